"""Role credentials: from the cache while they are fresh, else requested once, however many processes want them."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from ssohelper import deadline, durations
from ssohelper.credentials import answer
from ssohelper.credentials.answer import STALE_SECONDS
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import AccessDenied, Failed, SsohelperError
from ssohelper.model import Account, Role, RoleCredentials, RoleRef, Token
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

    def load(self, role: RoleRef) -> RoleCredentials | None:
        """The cached credentials of a role, expired or not."""
        ...

    def save(self, credentials: RoleCredentials) -> None:
        """Cache credentials."""
        ...

    def delete(self, role: RoleRef) -> None:
        """Delete the credentials of a role."""
        ...


class CredentialProvider:
    """Provides the role credentials of one session."""

    def __init__(
        self,
        access_tokens: AccessTokens,
        issuer: Callable[[Token], Issuer],
        cache: CredentialCache,
        runtime: Runtime,
        *,
        guard: Guard | None = None,
    ) -> None:
        self._access_tokens = access_tokens
        self._issuer = issuer
        self._cache = cache
        self._runtime = runtime
        self._guard = guard

    def credentials(self, role: RoleRef, timing: Timing = FOREGROUND) -> RoleCredentials:
        """Credentials that are valid for at least 15 minutes, or else cached ones that are still valid.

        Raises `AccessDenied` if the role is not assigned, `Locked` for a sensitive role that is not unlocked,
        `SignInRequired`, `Unavailable`, `Failed`.
        """
        if self._guard and self._guard.is_sensitive(role):
            return self._sensitive(self._guard, role)
        seen = self._cached(role)
        if seen and self._left(seen) > timing.ahead:
            self._prepare(seen)
            return seen
        seconds = timing.refresh if seen and self._left(seen) > 0 else timing.cold
        try:
            return deadline.within(
                seconds, "getting role credentials", lambda: self._under_lock(role, seen, timing.ahead)
            )
        except AccessDenied:
            raise
        except SsohelperError as error:
            return self._still_valid(seen, error)

    def _sensitive(self, guard: Guard, role: RoleRef) -> RoleCredentials:
        """Credentials of a sensitive role are requested each time, and cached nowhere."""
        self._delete(role)  # those from before it became sensitive
        guard.authorize(role)
        return deadline.within(FOREGROUND.cold, "getting role credentials", lambda: self._request(role))

    def _under_lock(self, role: RoleRef, seen: RoleCredentials | None, ahead: float) -> RoleCredentials:
        """Read the cache again first: another process may have requested credentials while we waited."""
        waiting = self._runtime.waiting(f"credentials of {role.label}")
        with locks.held(role.lock_name, waiting=waiting):
            cached = self._cached(role)
            by_another = cached and (seen is None or cached.access_key_id != seen.access_key_id)
            if cached and (self._left(cached) > ahead or (by_another and self._left(cached) > 0)):
                return cached
            new = self._request(role)
            self._save(new)
            return new

    def _request(self, role: RoleRef) -> RoleCredentials:
        warnings: list[str] = []
        issuer = self._issuer(self._access_tokens.token(warnings.append))
        try:
            found = issuer.role_credentials(role)
        except AccessDenied as error:
            with suppress(Failed):  # access is denied whether or not the cache can be deleted
                self._delete(role)
            raise self._not_assigned(issuer, role) from error
        for warning in warnings:  # without credentials, the error alone is enough
            self._runtime.warn(warning)
        return found

    def _delete(self, role: RoleRef) -> None:
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

    def _cached(self, role: RoleRef) -> RoleCredentials | None:
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
