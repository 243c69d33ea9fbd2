"""What could not be read is said on stderr, and makes the exit code 5."""

import pytest

from ssohelper.permission_sets.inventory import Inventory, Unread
from ssohelper.ui import unread
from tests.fixtures.inventories import inventory


@pytest.fixture(autouse=True)
def _no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither --verbose nor --quiet."""
    for name in ("SSOHELPER_VERBOSE", "SSOHELPER_QUIET"):
        monkeypatch.delenv(name, raising=False)


def lacking(number: int) -> Inventory:
    """An inventory in which the tags of so many permission sets could not be read."""
    return inventory(unread=tuple(Unread(f"tags of set-{each}", "denied") for each in range(number)))


def lines(*numbers: int) -> list[str]:
    """What is said of these."""
    return [f"ssohelper: could not read tags of set-{each}: denied" for each in numbers]


MORE = "ssohelper: could not read {} more: --verbose or --json shows all"


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (0, 0, []),
        (1, 5, lines(0)),
        (5, 5, lines(*range(5))),
        (6, 5, [*lines(*range(5)), MORE.format(1)]),
        (99, 5, [*lines(*range(5)), MORE.format(94)]),
    ],
)
def test_warn(capsys: pytest.CaptureFixture[str], number: int, code: int, expected: list[str]) -> None:
    """The first five are named, and how many more there are; stdout has nothing of it."""
    assert unread.warn(lacking(number)) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err.splitlines()) == ("", expected)


def test_verbose(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With --verbose, all are named."""
    monkeypatch.setenv("SSOHELPER_VERBOSE", "1")
    assert unread.warn(lacking(8)) == 5
    assert capsys.readouterr().err.splitlines() == lines(*range(8))


def test_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With --quiet, it is said all the same: the result is not what it seems."""
    monkeypatch.setenv("SSOHELPER_QUIET", "1")
    assert unread.warn(lacking(1)) == 5
    assert capsys.readouterr().err.splitlines() == lines(0)


def test_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Names cannot act on the terminal."""
    found = inventory(unread=(Unread("tags of \x1b[2J\u202ename\n", "denied"),))
    assert unread.warn(found) == 5
    assert capsys.readouterr().err == "ssohelper: could not read tags of  [2J name : denied\n"
