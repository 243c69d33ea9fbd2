"""Role credentials: from the cache while they are fresh, else requested once, however many processes want them."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from ssohelper import deadline, durations
from ssohelper.credentials import answer
from ssohelper.credentials.answer import STALE_SECONDS
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import AccessDenied, Failed, SourceRejected, SsohelperError
from ssohelper.model import Account, AssumedRole, CredentialSource, Role, RoleCredentials, RoleRef, Token
from ssohelper.sign_in.access_tokens import AccessTokens, Runtime
from ssohelper.storage import locks


class Timing(NamedTuple):
    """When credentials are refreshed, with less than `ahead` left, and how long that may take; all in seconds.

    `refresh` is for while the old credentials are valid, `cold` for when there are none.
    """

    ahead: float
    cold: float
    refresh: float


# A program waits: some SDKs end a credential process after a minute, and people give up sooner.
FOREGROUND = Timing(STALE_SECONDS, cold=20, refresh=10)
# Nothing waits: credentials are refreshed before anything needs them.
BACKGROUND = Timing(20 * 60, cold=300, refresh=300)


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


# Assumes a role with the credentials of its source. Raises `AccessDenied`, `SourceRejected`, `BadInput`, `Failed`,
# `Unavailable`.
AssumeRole = Callable[[RoleCredentials, AssumedRole], RoleCredentials]


class CredentialProvider:
    """Provides the role credentials of one session."""

    def __init__(  # noqa: PLR0913 (what a session has, each one needed)
        self,
        access_tokens: AccessTokens,
        issuer: Callable[[Token], Issuer],
        cache: CredentialCache,
        runtime: Runtime,
        *,
        assume_role: AssumeRole,
        guard: Guard | None = None,
    ) -> None:
        self._access_tokens = access_tokens
        self._issuer = issuer
        self._assume_role = assume_role
        self._cache = cache
        self._runtime = runtime
        self._guard = guard

    def credentials(self, role: CredentialSource, timing: Timing = FOREGROUND) -> RoleCredentials:
        """Credentials that are valid for at least 15 minutes, or else cached ones that are still valid.

        Raises `AccessDenied` if the role is not assigned, or may not be assumed, `Locked` for a sensitive role that
        is not unlocked, `SignInRequired`, `Unavailable`, `Failed`, and `BadInput` for a profile's invalid options.
        """
        what = "getting role credentials"
        if self._is_sensitive(role):
            return deadline.within(FOREGROUND.cold, what, lambda: self._sensitive(role))

        def refresh(seen: RoleCredentials | None) -> RoleCredentials:
            seconds = timing.refresh if seen and self._left(seen) > 0 else timing.cold
            return deadline.within(seconds, what, lambda: self._refreshed(role, seen, timing.ahead))

        return self._cached_or(role, timing.ahead, refresh)

    def _source_credentials(self, role: CredentialSource, ahead: float) -> RoleCredentials:
        """Credentials with which another role is assumed; the deadline of that one applies."""
        if self._is_sensitive(role):
            return self._sensitive(role)
        return self._cached_or(role, ahead, lambda seen: self._refreshed(role, seen, ahead))

    def _cached_or(
        self, role: CredentialSource, ahead: float, refresh: Callable[[RoleCredentials | None], RoleCredentials]
    ) -> RoleCredentials:
        """Cached credentials that are valid for longer than `ahead` seconds, else refreshed ones if possible."""
        seen = self._cached(role)
        if seen and self._left(seen) > ahead:
            self._prepare(seen)
            return seen
        try:
            return refresh(seen)
        except AccessDenied:
            raise
        except SsohelperError as error:
            return self._still_valid(seen, error)

    def _is_sensitive(self, role: CredentialSource) -> bool:
        return self._guard is not None and self._guard.applies_to(role)

    def _sensitive(self, role: CredentialSource) -> RoleCredentials:
        """Credentials of a sensitive role, or with those of one, are requested each time, and cached nowhere."""
        assert self._guard is not None
        self._delete(role)  # those from before it became sensitive
        if self._guard.is_sensitive(role):
            self._guard.authorize(role)
        if isinstance(role, AssumedRole):
            return self._assume(role, FOREGROUND.ahead, lambda source: self._assumed(source, role))
        return self._issued(role)

    def _refreshed(self, role: CredentialSource, seen: RoleCredentials | None, ahead: float) -> RoleCredentials:
        if not isinstance(role, AssumedRole):
            return self._under_lock(role, seen, ahead, lambda: self._issued(role))
        return self._assume(
            role, ahead, lambda source: self._under_lock(role, seen, ahead, lambda: self._assumed(source, role))
        )

    def _assume(
        self, role: AssumedRole, ahead: float, request: Callable[[RoleCredentials], RoleCredentials]
    ) -> RoleCredentials:
        """What `request` returns for credentials of the source: new ones, if STS rejects those of the cache.

        No lock is held while they are refreshed, since the chains of two processes may cross.
        """
        source = self._source_credentials(role.source, ahead)
        try:
            return request(source)
        except SourceRejected:
            cached = self._cached(role.source)
            if cached is None or cached.access_key_id != source.access_key_id:
                raise
            self._delete(role.source)
            return request(self._source_credentials(role.source, ahead))

    def _under_lock(
        self,
        role: CredentialSource,
        seen: RoleCredentials | None,
        ahead: float,
        request: Callable[[], RoleCredentials],
    ) -> RoleCredentials:
        """Read the cache again first: another process may have requested credentials while we waited."""
        waiting = self._runtime.waiting(f"credentials of {role.label}")
        with locks.held(role.lock_name, waiting=waiting):
            cached = self._cached(role)
            by_another = cached and (seen is None or cached.access_key_id != seen.access_key_id)
            if cached and (self._left(cached) > ahead or (by_another and self._left(cached) > 0)):
                return cached
            new = request()
            self._save(new)
            return new

    def _issued(self, role: RoleRef) -> RoleCredentials:
        """New credentials from Identity Center."""
        warnings: list[str] = []
        issuer = self._issuer(self._access_tokens.token(warnings.append))
        try:
            found = issuer.role_credentials(role)
        except AccessDenied as error:
            self._forget(role)
            raise self._not_assigned(issuer, role) from error
        for warning in warnings:  # without credentials, the error alone is enough
            self._runtime.warn(warning)
        return found

    def _assumed(self, source: RoleCredentials, role: AssumedRole) -> RoleCredentials:
        """New credentials from STS."""
        try:
            return self._assume_role(source, role)
        except AccessDenied:
            self._forget(role)
            raise

    def _forget(self, role: CredentialSource) -> None:
        with suppress(Failed):  # access is denied whether or not the cache can be deleted
            self._delete(role)

    def _delete(self, role: CredentialSource) -> None:
        self._cache.delete(role)
        answer.delete(role)

    def _save(self, new: RoleCredentials) -> None:
        try:
            self._cache.save(new)
        except SsohelperError as error:  # the credentials themselves are valid
            self._runtime.warn(f"could not cache the credentials: {error}")
        self._prepare(new)

    def _prepare(self, credentials: RoleCredentials) -> None:
        answer.prepare(credentials, self._runtime.now(), secret=self._cache.secret_on_disk)

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
            hint=f"ssohelper roles --session {shlex.quote(role.session)}",
        )
