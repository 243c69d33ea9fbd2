"""Role credentials: from the cache while they are fresh, else asked for once, however many processes want them."""

import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from ssohelper import deadline
from ssohelper.credentials import answer
from ssohelper.credentials.answer import STALE_SECONDS
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import AccessDenied, Failed, SsohelperError
from ssohelper.model import Account, Role, RoleCredentials, Session, Token
from ssohelper.sign_in.access_tokens import Access, Doors
from ssohelper.storage import json_cache, locks


class Patience(NamedTuple):
    """When credentials are renewed, with less than `ahead` left, and how long that may take; all in seconds.

    `renewal` is for while the old credentials work, `cold` for when there are none.
    """

    ahead: float
    cold: float
    renewal: float


# Somebody waits: some SDKs end a credential process after a minute, a person gives up sooner.
WAITED_FOR = Patience(STALE_SECONDS, cold=20, renewal=10)
# Nobody waits: they are renewed before anybody asks.
BEFOREHAND = Patience(20 * 60, cold=300, renewal=300)


class Issuer(Protocol):
    """What the provider needs of the portal. Raises `AccessDenied`, `SignInRequired` or `Unavailable`."""

    def role_credentials(self, account_id: str, role_name: str) -> RoleCredentials:
        """Fresh credentials."""
        ...

    def roles(self, account: Account) -> list[Role]:
        """The roles that the user has in an account."""
        ...


class Cache(Protocol):
    """Where role credentials are kept. `secret_on_disk` says whether that is a file, so that answers may be, too."""

    secret_on_disk: bool

    def load(self, session: Session, account_id: str, role_name: str) -> RoleCredentials | None:
        """What is kept for a role, fresh or not."""
        ...

    def save(self, session: Session, credentials: RoleCredentials) -> None:
        """Keep credentials."""
        ...

    def forget(self, session: Session, account_id: str, role_name: str) -> None:
        """Remove what is kept for a role."""
        ...


class Provider:
    """The role credentials of one session."""

    def __init__(  # noqa: PLR0913, PLR0917 (the whole room meets here)
        self,
        session: Session,
        access: Access,
        issuer: Callable[[Token], Issuer],
        cache: Cache,
        doors: Doors,
        guard: Guard | None = None,
    ) -> None:
        self._session = session
        self._access = access
        self._issuer = issuer
        self._cache = cache
        self._doors = doors
        self._guard = guard

    def credentials(self, account_id: str, role_name: str, patience: Patience = WAITED_FOR) -> RoleCredentials:
        """Credentials that are good for 15 minutes at least, or as long as any that can be had.

        Raises `AccessDenied` where the role is not assigned, `Locked` for a sensitive role that is not unlocked,
        `SignInRequired`, `Unavailable`, `Failed`.
        """
        if self._guard and self._guard.is_sensitive(account_id, role_name):
            return self._guarded(self._guard, account_id, role_name)
        seen = self._kept(account_id, role_name)
        if seen and self._left(seen) > patience.ahead:
            self._prepare(seen)
            return seen
        seconds = patience.renewal if seen and self._left(seen) > 0 else patience.cold
        try:
            return deadline.within(
                seconds,
                "getting role credentials",
                lambda: self._in_turn(account_id, role_name, seen, patience.ahead),
            )
        except AccessDenied:
            raise
        except SsohelperError as error:
            return self._still_good(seen, error)

    def _guarded(self, guard: Guard, account_id: str, role_name: str) -> RoleCredentials:
        """Credentials of a sensitive role are asked for each time, and nowhere kept."""
        self._forget(account_id, role_name)  # what is left from before it became sensitive
        guard.pass_(account_id, role_name)
        return deadline.within(WAITED_FOR.cold, "getting role credentials", lambda: self._ask(account_id, role_name))

    def _in_turn(
        self, account_id: str, role_name: str, seen: RoleCredentials | None, ahead: float
    ) -> RoleCredentials:
        """Hold the role's lock, and read again: somebody else may have asked."""
        name = json_cache.name(f"{self._session.name} {account_id} {role_name}")
        waiting = self._doors.waiting(f"the credentials of {role_name} in {account_id}")
        with locks.held(f"role-{name}", waiting=waiting):
            return self._alone(account_id, role_name, seen, ahead)

    def _alone(self, account_id: str, role_name: str, seen: RoleCredentials | None, ahead: float) -> RoleCredentials:
        kept = self._kept(account_id, role_name)
        somebody_elses = kept and (seen is None or kept.access_key_id != seen.access_key_id)
        if kept and (self._left(kept) > ahead or (somebody_elses and self._left(kept) > 0)):
            return kept
        new = self._ask(account_id, role_name)
        self._keep(new)
        return new

    def _ask(self, account_id: str, role_name: str) -> RoleCredentials:
        worries: list[str] = []
        issuer = self._issuer(self._access.token(worries.append))
        try:
            found = issuer.role_credentials(account_id, role_name)
        except AccessDenied as error:
            with suppress(Failed):  # what cannot be removed is denied all the same
                self._forget(account_id, role_name)
            raise self._not_assigned(issuer, account_id, role_name) from error
        for worry in worries:  # where there are no credentials either, one line is enough: it is said of those
            self._doors.warn(worry)
        return found

    def _forget(self, account_id: str, role_name: str) -> None:
        self._cache.forget(self._session, account_id, role_name)
        answer.forget(self._session, account_id, role_name)

    def _keep(self, new: RoleCredentials) -> None:
        try:
            self._cache.save(self._session, new)
        except SsohelperError as error:  # what was got at such a price is not thrown away for that
            self._doors.warn(f"the credentials are good, but could not be kept: {error}")
        self._prepare(new)

    def _prepare(self, credentials: RoleCredentials) -> None:
        answer.prepare(self._session, credentials, self._doors.now(), secret=self._cache.secret_on_disk)

    def _kept(self, account_id: str, role_name: str) -> RoleCredentials | None:
        try:
            return self._cache.load(self._session, account_id, role_name)
        except SsohelperError as error:
            self._doors.warn(f"the cache of role credentials is left out: {error}")
            return None

    def _still_good(self, seen: RoleCredentials | None, error: SsohelperError) -> RoleCredentials:
        """What was kept, for as long as it works, although nothing newer could be had."""
        if seen is None or self._left(seen) <= 0:
            raise error
        self._prepare(seen)
        self._doors.warn(f"the credentials could not be renewed ({error}), {int(self._left(seen)) // 60}m left")
        return seen

    def _left(self, credentials: RoleCredentials) -> float:
        return credentials.expiration - self._doors.now()

    def _not_assigned(self, issuer: Issuer, account_id: str, role_name: str) -> AccessDenied:
        try:
            names = sorted(role.name for role in issuer.roles(Account(account_id)))
            has = f": you have {', '.join(names) or 'no role'} there"
        except AccessDenied:
            has = ": you have no role there"
        except SsohelperError:
            has = ""
        return AccessDenied(
            f"the role {role_name} in account {account_id} is not assigned to you{has}",
            hint=f"ssohelper roles --session {shlex.quote(self._session.name)}",
        )
