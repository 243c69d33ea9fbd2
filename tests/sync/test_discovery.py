"""Discovery of accounts and roles: parallel, partial, stopped after many failures."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ssohelper.errors import AccessDenied, Failed, SignInRequired, Unavailable
from ssohelper.roles import Account, Role
from ssohelper.sync.discovery import Discovery, Unlisted, discover


@dataclass
class Portal:
    """A portal with these accounts; `answer` lists the roles of one, or raises."""

    found: list[Account]
    answer: Callable[[Account], list[Role]]
    asked: list[str] = field(default_factory=list)

    def accounts(self) -> list[Account]:
        """Every account."""
        return self.found

    def roles(self, account: Account) -> list[Role]:
        """The roles of an account."""
        self.asked.append(account.id)
        return self.answer(account)


def _accounts(count: int) -> list[Account]:
    return [Account(f"{number:012}", f"account-{number:03}") for number in range(count)]


def _admin(account: Account) -> list[Role]:
    return [Role(account, "Admin")]


@pytest.mark.parametrize("workers", [1, 8])
def test_order(workers: int) -> None:
    """Accounts and roles are ordered by account and role, in whatever order they arrive."""
    one, two, third = Account("2", "a"), Account("1", "b"), Account("3", None)
    portal = Portal([two, one, third], lambda account: [Role(account, "Read"), Role(account, "Admin")])
    assert discover(portal, workers=workers) == Discovery(
        accounts=(third, one, two),
        roles=tuple(Role(account, name) for account in (third, one, two) for name in ("Admin", "Read")),
    )


def test_partial_failures() -> None:
    """An account that cannot be listed is returned with the reason, and the others are listed."""
    accounts = _accounts(4)

    def answer(account: Account) -> list[Role]:
        if account == accounts[1]:
            raise Unavailable("HTTP 500")
        if account == accounts[2]:
            raise AccessDenied("no access")
        return _admin(account)

    calls: list[tuple[int, int]] = []
    found = discover(Portal(accounts, answer), workers=3, progress=lambda done, total: calls.append((done, total)))
    assert found == Discovery(
        accounts=tuple(accounts),
        roles=(Role(accounts[0], "Admin"), Role(accounts[3], "Admin")),
        unlisted=(Unlisted(accounts[1], "HTTP 500"), Unlisted(accounts[2], "no access", denied=True)),
    )
    assert calls == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def _refuse(error: Exception) -> Callable[[Account], list[Role]]:
    def answer(_account: Account) -> list[Role]:
        raise error

    return answer


def test_gives_up() -> None:
    """After 20 failures in a row the other accounts are skipped."""
    accounts = _accounts(50)
    portal = Portal(accounts, _refuse(Unavailable("no network")))
    found = discover(portal, workers=1)
    assert portal.asked == [account.id for account in accounts[:20]]
    assert found.roles == ()
    assert [each.reason for each in found.unlisted] == ["no network"] * 20 + [
        "skipped after too many failures in a row"
    ] * 30


def test_failures_not_in_a_row() -> None:
    """It continues if an account is listed in between, or if access is denied."""

    def every_tenth(account: Account) -> list[Role]:
        if int(account.id) % 10:
            raise Unavailable("HTTP 500")
        return _admin(account)

    assert len(discover(Portal(_accounts(100), every_tenth), workers=1).roles) == 10
    denied = Portal(_accounts(50), _refuse(AccessDenied("no access")))
    assert len(discover(denied, workers=1).unlisted) == 50
    assert len(denied.asked) == 50


@pytest.mark.parametrize("workers", [1, 4])
def test_sign_in_required(workers: int) -> None:
    """Without a sign-in there are no further requests."""
    portal = Portal(_accounts(200), _refuse(SignInRequired("sign in")))
    with pytest.raises(SignInRequired, match="sign in"):
        discover(portal, workers=workers)
    assert len(portal.asked) <= workers


def test_other_errors() -> None:
    """Any other error makes the account an unlisted one."""
    found = discover(Portal(_accounts(3), _refuse(Failed("broken"))), workers=2)
    assert (found.roles, [each.reason for each in found.unlisted]) == ((), ["broken"] * 3)


def test_stop() -> None:
    """Pending requests are aborted if it is interrupted, and only then."""
    calls: list[bool] = []
    with pytest.raises(SignInRequired):
        discover(Portal(_accounts(3), _refuse(SignInRequired("no"))), workers=2, stop=lambda: calls.append(True))
    assert calls == [True]
    discover(Portal(_accounts(3), _admin), workers=2, stop=lambda: calls.append(True))
    assert calls == [True]


def test_no_accounts() -> None:
    """If the accounts cannot be listed, the error is raised; no accounts are no error."""

    class Down(Portal):
        def accounts(self) -> list[Account]:
            raise Unavailable("down")

    with pytest.raises(Unavailable, match="down"):
        discover(Down([], _admin), workers=2)
    assert discover(Portal([], _admin), workers=2) == Discovery((), ())


def test_parallel_requests() -> None:
    """There are as many requests at once as workers."""
    meet = threading.Barrier(4, timeout=60)

    def answer(account: Account) -> list[Role]:
        meet.wait()
        return _admin(account)

    assert len(discover(Portal(_accounts(8), answer), workers=4).roles) == 8


def test_interrupted() -> None:
    """Ctrl-C ends all workers."""
    portal = Portal(_accounts(100), _admin)

    def progress(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        discover(portal, workers=1, progress=progress)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("discovery")] == []
