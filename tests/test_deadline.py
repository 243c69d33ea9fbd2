"""Deadlines on work that may hang."""

import threading
import time

import pytest

from ssohelper import deadline
from ssohelper.errors import Unavailable
from tests.fixtures.home import HANG_SECONDS


def test_in_time() -> None:
    """The result of work that is in time is returned."""
    assert deadline.within(HANG_SECONDS, "the work", lambda: "done") == "done"


@pytest.mark.parametrize("error", [ValueError("wrong"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_errors(error: BaseException) -> None:
    """What the work raises is raised in the thread that waits."""

    def work() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        deadline.within(HANG_SECONDS, "the work", work)
    assert caught.value is error


def test_late() -> None:
    """Work that is late is not waited for."""
    end = threading.Event()
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        deadline.within(0.6, "the work", lambda: end.wait(HANG_SECONDS))
    assert time.monotonic() - started < HANG_SECONDS / 2
    assert (str(caught.value), caught.value.hint) == (
        "the work timed out after 1 seconds",
        "check the network, then run the command again",
    )
    end.set()


@pytest.mark.parametrize(
    ("now", "error", "expected"),
    [
        (1.0, Unavailable("the inner work timed out"), "the work timed out after 1 seconds"),
        (0.9, Unavailable("the host is unknown"), "the host is unknown"),
        (1.0, ValueError("wrong"), "wrong"),
    ],
)
def test_late_error(monkeypatch: pytest.MonkeyPatch, now: float, error: Exception, expected: str) -> None:
    """Of two deadlines that end together, the outer one is told, even if the inner one's error is there first."""

    def work() -> None:
        monkeypatch.setattr(time, "monotonic", lambda: now)
        raise error

    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    with pytest.raises(type(error)) as caught:
        deadline.within(1, "the work", work)
    assert str(caught.value) == expected


def test_hint() -> None:
    """A caller may have a hint of its own."""
    end = threading.Event()
    with pytest.raises(Unavailable) as caught:
        deadline.within(0.01, "the keyring", lambda: end.wait(HANG_SECONDS), hint="unlock the keyring")
    assert caught.value.hint == "unlock the keyring"
    end.set()
