"""Discovery: every account and role of the user, by many workers at one pace."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol

from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Account, Role

# After this many accounts in a row could not be listed, the rest is not tried: the service or the network is down.
_GIVE_UP_AFTER = 20


class Lister(Protocol):
    """What discovery needs of the portal; both raise `SignInRequired`, `AccessDenied` or `Unavailable`."""

    def accounts(self) -> list[Account]:
        """Every account of the user."""
        ...

    def roles(self, account: Account) -> list[Role]:
        """Every role of the user in an account."""
        ...


@dataclass(frozen=True, slots=True)
class Unlisted:
    """An account whose roles could not be listed, and why in a few words."""

    account: Account
    reason: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the user may use, ordered by account and role; `unlisted` is what nobody knows today."""

    accounts: tuple[Account, ...]
    roles: tuple[Role, ...]
    unlisted: tuple[Unlisted, ...] = ()


def discover(
    portal: Lister,
    *,
    workers: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], None] = lambda: None,
) -> Discovery:
    """List all accounts, then the roles of each; `progress` is told how many accounts of how many are done.

    One account that cannot be listed does not end it. Whatever does (Ctrl-C, no token any more) calls `stop`, which
    ends the calls under way. Raises `SignInRequired`, and `Unavailable` where not even the
    accounts can be listed.
    """
    accounts = sorted(portal.accounts(), key=lambda account: (account.name or "", account.id))
    progress(0, len(accounts))
    patience = _Patience()
    roles: list[Role] = []
    unlisted: list[Unlisted] = []
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="discovery")
    try:
        futures: dict[Future[list[Role]], Account] = {
            pool.submit(patience.guarded, portal, account): account for account in accounts
        }
        for done, future in enumerate(as_completed(futures), 1):
            try:
                roles += future.result()
            except SignInRequired:
                raise
            except SsohelperError as error:
                unlisted.append(Unlisted(futures[future], str(error)))
            progress(done, len(accounts))
    except BaseException:
        patience.exhausted.set()
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return Discovery(
        tuple(accounts),
        tuple(sorted(roles, key=lambda role: (role.account.name or "", role.account.id, role.name))),
        tuple(sorted(unlisted, key=lambda each: each.account.id)),
    )


class _Patience:
    """Gives up on the rest when nothing but failures come back."""

    def __init__(self) -> None:
        self.exhausted = threading.Event()
        self._failures = 0
        self._lock = threading.Lock()

    def guarded(self, portal: Lister, account: Account) -> list[Role]:
        """The account's roles, unless patience has run out."""
        if self.exhausted.is_set():
            raise Unavailable("given up after too many failures in a row")
        try:
            roles = portal.roles(account)
        except SsohelperError as error:
            self._failed(error)
            raise
        self._failures = 0
        return roles

    def _failed(self, error: SsohelperError) -> None:
        with self._lock:
            self._failures += isinstance(error, Unavailable)
            if isinstance(error, SignInRequired) or self._failures >= _GIVE_UP_AFTER:
                self.exhausted.set()
