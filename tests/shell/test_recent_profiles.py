"""The list of recently used profiles."""

from pathlib import Path

import pytest

from ssohelper.shell import recent_profiles


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list, in a state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "ssohelper" / "recent-profiles"


def test_order(path: Path) -> None:
    """The latest profile comes first, each one only once."""
    assert recent_profiles.names() == []
    for name in ("a", "b", "caf\u00e9 \udcff", "a"):
        recent_profiles.record(name)
    assert recent_profiles.names() == ["a", "caf\u00e9 \udcff", "b"]
    assert path.read_bytes() == "a\ncaf\u00e9 \udcff\nb\n".encode("utf-8", "surrogateescape")


def test_limit() -> None:
    """Only the latest 50 are stored."""
    for number in range(52):
        recent_profiles.record(str(number))
    assert recent_profiles.names() == [str(number) for number in range(51, 1, -1)]


def test_failure(path: Path) -> None:
    """If the list cannot be written, nothing fails."""
    path.parent.write_bytes(b"")
    recent_profiles.record("a")
    assert path.parent.read_bytes() == b""
