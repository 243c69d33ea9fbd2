"""Role credentials: from the cache while they are fresh, else requested once, however many processes want them."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from ssohelper import deadline, durations, hints
from ssohelper.credentials import answer, session_durations
from ssohelper.credentials.answer import STALE_SECONDS
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import AccessDenied, AssumeRoleDenied, Failed, MfaRequired, SourceRejected, SsohelperError
from ssohelper.model import Token
from ssohelper.roles import (
    AccessKeys,
    AccessKeysRef,
    Account,
    AssumedRole,
    CredentialSource,
    Role,
    RoleCredentials,
    RoleRef,
)
from ssohelper.sign_in.access_tokens import AccessTokens
from ssohelper.sign_in.runtime import Runtime
from ssohelper.storage import locks


class Timing(NamedTuple):
    """When credentials are refreshed, with less than `ahead` left, and how long that may take; all in seconds.

    `refresh` is for while the old credentials are valid, `cold` for when there are none. With `asks`, `MfaRequired`
    is raised although the old ones are valid, since a person can be asked for the code, or told.
    """

    ahead: float
    cold: float
    refresh: float
    asks: bool = False


# A program waits: some SDKs end a credential process after a minute, and people give up sooner.
FOREGROUND = Timing(STALE_SECONDS, cold=20, refresh=10)
ATTENDED = FOREGROUND._replace(asks=True)
# Nothing waits: credentials are refreshed before anything needs them.
BACKGROUND = Timing(durations.REFRESH_AHEAD_SECONDS, cold=300, refresh=300, asks=True)


class Issuer(Protocol):
    """What the provider needs of the portal. Raises `AccessDenied`, `SignInRequired` or `Unavailable`."""

    def role_credentials(self, role: RoleRef) -> RoleCredentials:
        """New credentials."""
        ...

    def roles(self, account: Account) -> list[Role]:
        """The roles that the user has in an account."""
        ...


class CredentialCache(Protocol):
    """Where role credentials are cached. `secret_on_disk`: whether that is a file, so that answers may be, too."""

    secret_on_disk: bool

    def load(self, role: CredentialSource) -> RoleCredentials | None:
        """The cached credentials of a role, expired or not."""
        ...

    def save(self, credentials: RoleCredentials) -> None:
        """Cache credentials."""
        ...

    def delete(self, role: CredentialSource) -> None:
        """Delete the credentials of a role."""
        ...


# With what a role is assumed.
SourceCredentials = RoleCredentials | AccessKeys
# Assumes a role, with an MFA code if it needs one. Raises `AccessDenied`, `SourceRejected`, `BadInput`, `Failed`,
# `Unavailable`.
AssumeRole = Callable[[SourceCredentials, AssumedRole, str | None], RoleCredentials]


class CredentialProvider:
    """Provides the role credentials of one session."""

    def __init__(  # noqa: PLR0913 (what a session has, each one needed)
        self,
        access_tokens: AccessTokens,
        issuer: Callable[[Token], Issuer],
        cache: CredentialCache,
        runtime: Runtime,
        *,
        access_keys: Callable[[AccessKeysRef], AccessKeys],
        assume_role: AssumeRole,
        guard: Guard | None = None,
        versions: tuple[str, str] | None = None,
    ) -> None:
        self._access_tokens = access_tokens
        self._issuer = issuer
        self._access_keys = access_keys
        self._assume_role = assume_role
        self._cache = cache
        self._runtime = runtime
        self._guard = guard
        self._versions = versions  # of the files that its settings come from, see `prepared`
        self._mfa_code: str | None = None
        self._was_signed_in = not access_tokens.signed_out()

    def use_mfa_code(self, code: str) -> None:
        """Use a code, which a person has entered, for the next request that needs one."""
        self._mfa_code = code

    def credentials(self, role: CredentialSource, timing: Timing = FOREGROUND) -> RoleCredentials:
        """Credentials that are not due for a refresh, or else cached ones that are still valid.

        Raises `AccessDenied` if the role is not assigned, or may not be assumed, `Locked` for a sensitive role that
        is not unlocked, `SignInRequired`, of which `MfaRequired` is one, `Unavailable`, `Failed`, and `BadInput` for
        a profile's invalid options.
        """
        what = "getting role credentials"
        if self._needs_unlock(role):
            return deadline.within(FOREGROUND.cold, what, lambda: self._sensitive(role))

        def refresh(seen: RoleCredentials | None) -> RoleCredentials:
            seconds = timing.refresh if seen and self._left(seen) > 0 else timing.cold
            return deadline.within(seconds, what, lambda: self._refresh(role, seen, timing.ahead))

        return self._cached_or_refreshed(role, timing.ahead, refresh, asks=timing.asks)

    def _source_credentials(self, source: CredentialSource | AccessKeysRef, ahead: float) -> SourceCredentials:
        """Access keys, or credentials of a source role, within the deadline of the role that is assumed with them."""
        if isinstance(source, AccessKeysRef):
            return self._access_keys(source)
        if self._needs_unlock(source):
            return self._sensitive(source)
        return self._cached_or_refreshed(source, ahead, lambda seen: self._refresh(source, seen, ahead))

    def _cached_or_refreshed(
        self,
        role: CredentialSource,
        ahead: float,
        refresh: Callable[[RoleCredentials | None], RoleCredentials],
        *,
        asks: bool = False,
    ) -> RoleCredentials:
        """Cached credentials that are not due for a refresh, else refreshed ones if possible."""
        seen = self._cached(role)
        if seen and self._left(seen) > _refresh_ahead(role, ahead):
            self._prepare(seen)
            return seen
        try:
            return refresh(seen)
        except SsohelperError as error:
            if isinstance(error, AccessDenied) and not isinstance(error, AssumeRoleDenied):
                raise
            if isinstance(error, MfaRequired) and asks:
                raise
            return self._still_valid(seen, error)

    def _needs_unlock(self, role: CredentialSource) -> bool:
        return self._guard is not None and bool(self._guard.sensitive_in(role))

    def _sensitive(self, role: CredentialSource) -> RoleCredentials:
        """Request credentials without caching them: the role, or one in its chain, is sensitive."""
        assert self._guard is not None
        self._delete(role)  # those from before it became sensitive
        self._check_mfa_code(role)  # first: without a code, nothing is handed out
        self._guard.authorize(role)
        if not isinstance(role, AssumedRole):
            return self._request_sso_role(role)
        return self._assume(role, self._source_credentials(role.source, FOREGROUND.ahead), FOREGROUND.ahead)

    def _refresh(self, role: CredentialSource, seen: RoleCredentials | None, ahead: float) -> RoleCredentials:
        """New credentials, or those that another process has requested meanwhile.

        Those of a source role are requested before the lock is taken: processes whose chains cross would
        wait for each other.
        """
        if not isinstance(role, AssumedRole):
            return self._under_lock(role, seen, ahead, lambda: self._request_sso_role(role))

        source = self._source_credentials(role.source, ahead)
        return self._under_lock(role, seen, ahead, lambda: self._assume(role, self._newer(source), ahead))

    def _newer(self, credentials: SourceCredentials) -> SourceCredentials:
        """Those in the cache, if they are valid for longer: we may have waited for a lock meanwhile."""
        if isinstance(credentials, AccessKeys):
            return credentials
        cached = self._cached(credentials.role)
        return cached if cached and cached.expiration > credentials.expiration else credentials

    def _assume(self, role: AssumedRole, source: SourceCredentials, ahead: float) -> RoleCredentials:
        """New credentials from STS. If it rejects those of the source role, these are requested again, once."""
        self._check_mfa_code(role)
        code, self._mfa_code = (None, self._mfa_code) if role.mfa_serial is None else (self._mfa_code, None)
        try:
            return self._assume_role(source, role, code)
        except SourceRejected:
            if isinstance(source, AccessKeys):
                raise
            self._forget(source)
            newer = self._source_credentials(role.source, ahead)
            if newer.access_key_id == source.access_key_id:
                raise
            return self._assume_role(newer, role, None)

    def _check_mfa_code(self, role: CredentialSource) -> None:
        """Raise `MfaRequired` if the request needs a code, and nobody has entered one."""
        if not isinstance(role, AssumedRole) or role.mfa_serial is None or self._mfa_code:
            return
        # Credentials of a sensitive role are not kept: only the command that uses them can ask.
        asks = hints.command("whoami", "--profile", role.settings_profile, "--verify")
        raise MfaRequired(
            f"{role.label} (profile {role.profile!r}) needs an MFA code of {role.mfa_serial}",
            serial=role.mfa_serial,
            hint="run the command on a terminal: it asks for the code" if self._needs_unlock(role) else asks,
        )

    def _forget(self, credentials: RoleCredentials) -> None:
        """Delete credentials from the cache, unless newer ones are there."""
        cached = self._cached(credentials.role)
        if cached and cached.access_key_id == credentials.access_key_id:
            with suppress(Failed):
                self._delete(credentials.role)

    def _under_lock(
        self,
        role: CredentialSource,
        seen: RoleCredentials | None,
        ahead: float,
        request: Callable[[], RoleCredentials],
    ) -> RoleCredentials:
        """Read the cache again first: another process may have requested credentials while we waited."""
        waiting = self._runtime.waiting(f"credentials of {role.label}")
        with locks.held_if_possible(role.lock_name, waiting=waiting, warn=self._runtime.warn):
            cached = self._cached(role)
            by_another = cached and (seen is None or cached.access_key_id != seen.access_key_id)
            if cached and (
                self._left(cached) > _refresh_ahead(role, ahead) or (by_another and self._left(cached) > 0)
            ):
                return cached
            new = request()
            if cached and self._left(cached) > max(0.0, self._left(new)):
                return cached
            self._save(new)
            return new

    def _request_sso_role(self, role: RoleRef) -> RoleCredentials:
        """New credentials from Identity Center."""
        warnings: list[str] = []
        issuer = self._issuer(self._access_tokens.token(warnings.append))
        try:
            found = issuer.role_credentials(role)
        except AccessDenied as error:
            with suppress(Failed):  # access is denied whether or not the cache can be deleted
                self._delete(role)
            raise self._not_assigned(issuer, role) from error
        now = self._runtime.now()
        session_durations.record(role, found.expiration - now, now)
        for warning in warnings:  # without credentials, the error alone is enough
            self._runtime.warn(warning)
        return found

    def _delete(self, role: CredentialSource) -> None:
        self._cache.delete(role)
        answer.delete(role)

    def _save(self, new: RoleCredentials) -> None:
        self._prepare(new)  # first: `logout` finds a role by its answer
        try:
            self._cache.save(new)
        except SsohelperError as error:  # the credentials themselves are valid
            self._runtime.warn(f"could not cache the credentials: {error}")
        self._undo_after_logout(new.role)

    def _prepare(self, credentials: RoleCredentials) -> None:
        answer.prepare(credentials, self._runtime.now(), secret=self._cache.secret_on_disk, versions=self._versions)
        self._undo_after_logout(credentials.role)

    def _undo_after_logout(self, role: CredentialSource) -> None:
        """Delete what was just written if `logout` ran meanwhile, which has not seen it."""
        if self._was_signed_in and self._access_tokens.signed_out():
            with suppress(SsohelperError):
                self._delete(role)

    def _cached(self, role: CredentialSource) -> RoleCredentials | None:
        try:
            return self._cache.load(role)
        except SsohelperError as error:
            self._runtime.warn(f"ignoring the cache of role credentials: {error}")
            return None

    def _still_valid(self, seen: RoleCredentials | None, error: SsohelperError) -> RoleCredentials:
        """The cached credentials as long as they are valid, although they could not be refreshed."""
        if seen is None or self._left(seen) <= 0:
            raise error
        self._prepare(seen)
        left = durations.shown(self._left(seen))
        self._runtime.warn(f"could not refresh the credentials ({error}), valid for {left}")
        return seen

    def _left(self, credentials: RoleCredentials) -> float:
        return credentials.expiration - self._runtime.now()

    def _not_assigned(self, issuer: Issuer, role: RoleRef) -> AccessDenied:
        try:
            names = sorted(each.name for each in issuer.roles(Account(role.account_id)))
            assigned = f" (assigned: {', '.join(names) or 'none'})"
        except AccessDenied:
            assigned = " (assigned: none)"
        except SsohelperError:
            assigned = ""
        return AccessDenied(
            f"role {role.role_name} in account {role.account_id} is not assigned to you{assigned}",
            hint=hints.command("roles", "--session", role.session),
        )


def _refresh_ahead(role: CredentialSource, ahead: float) -> float:
    """How many seconds before they expire to refresh credentials: `ahead`, or half the time of a short role.

    Those that STS issues for 15 minutes would otherwise never be fresh, and each process would request new ones.
    Those that need an MFA code are due when a person's command would ask for it.
    """
    if isinstance(role, AssumedRole) and role.mfa_serial is not None:
        ahead = min(ahead, STALE_SECONDS)
    duration = dict(role.arguments).get("DurationSeconds") if isinstance(role, AssumedRole) else None
    return ahead if duration is None else min(ahead, int(duration) / 2)
