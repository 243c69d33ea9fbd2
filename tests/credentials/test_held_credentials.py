"""Credentials that a long run holds are requested once, and again shortly before they expire."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssohelper.credentials.held_credentials import HeldCredentials
from ssohelper.errors import Unavailable
from ssohelper.roles import RoleCredentials, RoleRef
from tests.fixtures.clock import Clock

ROLE = RoleRef("acme", "333344445555", "ReadOnly")


class Issuer:
    """Issues credentials that are valid for `seconds`, each with a key of its own; `down` makes it fail."""

    def __init__(self, clock: Clock, seconds: float = 3600) -> None:
        self.clock = clock
        self.seconds = seconds
        self.issued = 0
        self.down = False

    def __call__(self) -> RoleCredentials:
        """New credentials."""
        if self.down:
            raise Unavailable("down")
        self.issued += 1
        return RoleCredentials(ROLE, f"ASIA{self.issued}", "secret", "token", self.clock() + self.seconds)


@pytest.mark.parametrize(("passed", "key"), [(0, "ASIA1"), (3300, "ASIA1"), (3301, "ASIA2"), (10_000, "ASIA2")])
def test_refreshed(passed: float, key: str) -> None:
    """New credentials are requested once less than five minutes are left."""
    clock = Clock()
    held = HeldCredentials(Issuer(clock), clock)
    first = held()
    clock.advance(passed)
    assert (first.access_key_id, held().access_key_id, held().access_key_id) == ("ASIA1", key, key)


def test_not_requested_before() -> None:
    """Nothing is requested before credentials are needed."""
    clock = Clock()
    issuer = Issuer(clock)
    HeldCredentials(issuer, clock)
    assert issuer.issued == 0


def test_short() -> None:
    """Credentials that last less than five minutes are used, and asked for again each time."""
    clock = Clock()
    held = HeldCredentials(Issuer(clock, 200), clock)
    assert [held().access_key_id for _ in range(3)] == ["ASIA1", "ASIA2", "ASIA3"]


def test_failure() -> None:
    """A failed request is the caller's to see, and the next call requests again."""
    clock = Clock()
    issuer = Issuer(clock)
    held = HeldCredentials(issuer, clock)
    issuer.down = True
    with pytest.raises(Unavailable, match=r"^down$"):
        held()
    issuer.down = False
    assert held().access_key_id == "ASIA1"


def test_threads() -> None:
    """Threads that need credentials at the same time share one request."""
    clock = Clock()
    issuer = Issuer(clock)

    def slow() -> RoleCredentials:
        time.sleep(0.05)
        return issuer()

    held = HeldCredentials(slow, clock)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: held().access_key_id, range(8))) == ["ASIA1"] * 8
