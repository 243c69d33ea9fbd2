"""Discovery of all accounts and roles of the user, with parallel requests."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError, Unavailable
from ssohelper.roles import Account, Role

if TYPE_CHECKING:
    from concurrent.futures import Future

# After so many failures in a row the service or the network is down, and the remaining accounts are skipped.
_MAX_FAILURES_IN_A_ROW = 20


class PortalClient(Protocol):
    """What discovery needs of the portal; both raise `SignInRequired`, `AccessDenied` or `Unavailable`."""

    def accounts(self) -> list[Account]:
        """Every account of the user."""
        ...

    def roles(self, account: Account) -> list[Role]:
        """Every role of the user in an account."""
        ...


class Unlisted(NamedTuple):
    """An account whose roles could not be listed, and the error message; `denied` if that will not pass by itself."""

    account: Account
    reason: str
    denied: bool = False


class Discovery(NamedTuple):
    """All accounts, the roles that could be listed, and the accounts that could not; ordered by account and role."""

    accounts: tuple[Account, ...]
    roles: tuple[Role, ...]
    unlisted: tuple[Unlisted, ...] = ()


def discover(
    portal: PortalClient,
    *,
    workers: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], None] = lambda: None,
) -> Discovery:
    """List all accounts, then the roles of each. `progress` is called with the number of accounts done, and of all.

    Continues when an account cannot be listed. When it is interrupted or the sign-in is missing, it calls `stop`,
    which should abort pending requests. Raises `SignInRequired`, and `Unavailable` if the accounts cannot be listed.
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed  # slow to load

    accounts = sorted(portal.accounts(), key=lambda account: (account.name or "", account.id))
    progress(0, len(accounts))
    listing = _Listing(portal)
    roles: list[Role] = []
    unlisted: list[Unlisted] = []
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="discovery")
    try:
        futures: dict[Future[list[Role]], Account] = {
            pool.submit(listing.roles, account): account for account in accounts
        }
        for done, future in enumerate(as_completed(futures), 1):
            try:
                roles += future.result()
            except SignInRequired:
                raise
            except SsohelperError as error:
                unlisted.append(Unlisted(futures[future], str(error), isinstance(error, AccessDenied)))
            progress(done, len(accounts))
    except BaseException:
        listing.stopped.set()
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return Discovery(
        tuple(accounts),
        tuple(sorted(roles, key=lambda role: (role.account.name or "", role.account.id, role.name))),
        tuple(sorted(unlisted, key=lambda each: each.account.id)),
    )


class _Listing:
    """Lists the roles of accounts, until too many in a row have failed."""

    def __init__(self, portal: PortalClient) -> None:
        self.stopped = threading.Event()
        self._portal = portal
        self._failures = 0
        self._lock = threading.Lock()

    def roles(self, account: Account) -> list[Role]:
        """The roles in an account. Raises `Unavailable` if stopped."""
        if self.stopped.is_set():
            raise Unavailable("skipped after too many failures in a row")
        try:
            roles = self._portal.roles(account)
        except SsohelperError as error:
            self._count(error)
            raise
        self._failures = 0
        return roles

    def _count(self, error: SsohelperError) -> None:
        with self._lock:
            self._failures += isinstance(error, Unavailable)
            if isinstance(error, SignInRequired) or self._failures >= _MAX_FAILURES_IN_A_ROW:
                self.stopped.set()
