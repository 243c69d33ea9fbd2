"""The roles that were used recently, which the agent keeps fresh."""

import os
import time
from pathlib import Path

import pytest

from ssohelper.credentials import recent_roles
from ssohelper.roles import RoleRef

ONE, TWO, OTHER = (
    RoleRef("acme", "111122223333", "ReadOnly"),
    RoleRef("acme", "111122223333", "Admin"),
    RoleRef("my company", "111122223333", "ReadOnly"),
)


@pytest.fixture
def folder(state: Path) -> Path:
    """The folder of the records, in an empty home folder."""
    return state / "recent-roles"


def age(folder: Path, role: RoleRef, seconds: float) -> None:
    """Let the last use of a role be so many seconds ago."""
    os.utime(folder / role.file_name, (time.time() - seconds, time.time() - seconds))


def test_since(folder: Path) -> None:
    """Only the roles of that session that were used within the time are returned; older records are deleted."""
    for role in (ONE, TWO, OTHER):
        recent_roles.record(role)
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert set(recent_roles.since("acme", 3600)) == {ONE, TWO}
    assert list(recent_roles.since("my company", 3600)) == [OTHER]
    age(folder, TWO, 3700)
    age(folder, OTHER, 3700)
    assert list(recent_roles.since("acme", 3600)) == [ONE]
    assert {each.name for each in folder.iterdir()} == {ONE.file_name, OTHER.file_name}


def test_use_is_renewed(folder: Path) -> None:
    """Another use counts from then on."""
    recent_roles.record(ONE)
    age(folder, ONE, 3700)
    recent_roles.record(ONE)
    assert list(recent_roles.since("acme", 60)) == [ONE]


@pytest.mark.parametrize("session", ["acme", "caf\udce9", "a b", "https://x.awsapps.com/start"])
def test_any_session_name(folder: Path, session: str) -> None:
    """Every session name of a config file is read back, even bytes that are not UTF-8."""
    role = RoleRef(session, "111122223333", "ReadOnly")
    recent_roles.record(role)
    assert list(recent_roles.since(session, 60)) == [role]
    recent_roles.delete(session)
    assert list(folder.iterdir()) == []


def test_forget(folder: Path) -> None:
    """The records of one session are deleted; those of others, and invalid files, stay and do no harm."""
    for role in (ONE, TWO, OTHER):
        recent_roles.record(role)
    (folder / "empty").touch()
    (folder / "words").write_text("two words")
    (folder / "folder").mkdir()
    recent_roles.delete("acme")
    assert {each.name for each in folder.iterdir()} == {OTHER.file_name, "empty", "words", "folder"}
    assert list(recent_roles.since("my company", 60)) == [OTHER]
    assert list(recent_roles.since("acme", 60)) == []


def test_unusable_folder(folder: Path) -> None:
    """If nothing can be recorded, that is not an error."""
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"")
    recent_roles.record(ONE)
    recent_roles.delete("acme")
    assert (list(recent_roles.since("acme", 60)), folder.read_bytes()) == ([], b"")
