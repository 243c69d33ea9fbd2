"""How long role credentials are valid, as they were issued last."""

import json
from pathlib import Path

import pytest

from ssohelper.credentials import session_durations
from ssohelper.model import Session
from ssohelper.roles import RoleRef
from ssohelper.storage import paths

ACME = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
NOW = 1_800_000_000.0
ADMIN = RoleRef("acme", "333344445555", "Admin")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return paths.state()


def test_lengths() -> None:
    """Each role of a session has the length that was seen last, to the minute."""
    session_durations.record(ADMIN, 3599.2, NOW)
    session_durations.record(RoleRef("acme", "111122223333", "Read\u00e9"), 28800, NOW)
    session_durations.record(RoleRef("beta", "333344445555", "Admin"), 60, NOW)
    assert session_durations.of_session(ACME) == {"Admin": 3600, "Read\u00e9": 28800}
    session_durations.record(ADMIN, 7200, NOW)
    assert session_durations.of_session(ACME)["Admin"] == 7200


def test_refreshed_all_day() -> None:
    """A role whose credentials were issued eight times within a day for one account was refreshed all day."""
    for hour in range(8):
        session_durations.record(ADMIN, 3600, NOW + hour * 3600)
        session_durations.record(RoleRef("acme", f"{hour:012}", "Read"), 3600, NOW + hour * 3600)
        assert session_durations.refreshed_all_day(ACME, NOW + hour * 3600) == (["Admin"] if hour == 7 else [])
    assert session_durations.refreshed_all_day(ACME, NOW + 24 * 3600) == []


@pytest.mark.parametrize("data", ["", "[]", "{}", json.dumps({"role_name": 1, "seconds": 60, "issued": [{}]}), "{"])
def test_damaged(state: Path, data: str) -> None:
    """A damaged record is ignored, and replaced."""
    session_durations.record(ADMIN, 3600, NOW)
    (path,) = state.rglob("session-durations/*/*.json")
    path.write_text(data)
    assert session_durations.of_session(ACME) == {}
    session_durations.record(ADMIN, 3600, NOW)
    assert session_durations.of_session(ACME) == {"Admin": 3600}
