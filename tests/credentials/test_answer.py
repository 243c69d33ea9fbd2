"""Answers for `credential_process`: their JSON, and the files that are prepared of them."""

import json
from pathlib import Path

import pytest
from freezegun import freeze_time

from ssohelper.credentials import answer, prepared
from ssohelper.credentials.answer import CachedRole
from ssohelper.roles import RoleCredentials, RoleRef
from tests.fixtures.launcher import ACCOUNT, HOSTILE_NAMES, ROLE, ROLE_NAME, WORDS, write_answer

NOW = 1767225600.0  # 2026-01-01T00:00:00Z
CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", 'secret/+="\\n', "session %s/+=", NOW + 3600)
JSON = (
    '{"Version": 1, "AccessKeyId": "ASIAKEY", "SecretAccessKey": "secret/+=\\"\\\\n", '
    '"SessionToken": "session %s/+=", "Expiration": "2026-01-01T01:00:00Z", "AccountId": "111122223333"}'
)


def test_version_1() -> None:
    """SDKs get one line of ASCII JSON, whatever the service sent; its date ends in Z."""
    assert answer.version_1(CREDENTIALS) == JSON
    awkward = CREDENTIALS._replace(secret_access_key="caf\u00e9\n\u2028", expiration=NOW + 0.9)
    printed = answer.version_1(awkward)
    assert (printed.isascii(), printed.isprintable()) == (True, True)
    facts = json.loads(printed)
    assert (facts["SecretAccessKey"], facts["Expiration"]) == ("caf\u00e9\n\u2028", "2026-01-01T00:00:00Z")


def test_prepared_file(path: Path, state: Path) -> None:
    """The file has two lines, until when and for which role, and the JSON; only the user can enter its folders."""
    answer.prepare(CREDENTIALS, NOW)
    assert path.read_text() == f"{int(NOW) + 2580} {int(NOW) + 3600} - - acme {ACCOUNT} {ROLE_NAME}\n{JSON}\n"
    folders = [each for each in path.parents if each.is_relative_to(state)]
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in folders} == dict.fromkeys(
        (ACCOUNT, "acme", "answers", "ssohelper"), "0o700"
    )


@pytest.mark.parametrize(
    ("left", "fresh_for"),
    [
        (12 * 3600, 12 * 3600 - 1020),
        (3600, 2580),
        (1081, 61),
        (1080, 60),
        (1020, 60),
        (66, 60),
        (65, 60),
        (64, 59),
        (6, 1),
        (5, 0),
        (1, -4),
        (-100, -105),
    ],
)
def test_how_long_it_is_fresh(path: Path, left: int, fresh_for: int) -> None:
    """An answer is fresh until 17 minutes before the expiration, after that for a minute; never to the very end."""
    answer.prepare(CREDENTIALS._replace(expiration=NOW + left + 0.7), NOW)
    assert path.read_text().split(" ")[:2] == [str(int(NOW) + fresh_for), str(int(NOW) + left)]
    with freeze_time("2026-01-01") as clock:
        clock.tick(fresh_for - 1)
        assert prepared.lookup([*WORDS]) == answer.version_1(CREDENTIALS._replace(expiration=NOW + left))
        clock.tick(1)
        assert prepared.lookup([*WORDS]) is None


def test_without_secrets(path: Path) -> None:
    """If no secret may be stored on disk, only a record is written, and it replaces an earlier answer."""
    answer.prepare(CREDENTIALS, NOW)
    answer.prepare(CREDENTIALS, NOW, secret=False)
    assert path.read_text() == f"0 {int(NOW) + 3600} - - acme {ACCOUNT} {ROLE_NAME}\n"
    assert prepared.lookup([*WORDS]) is None
    assert answer.records("acme") == [CachedRole(ROLE, NOW + 3600)]


def test_unusable_state_folder(state: Path) -> None:
    """If the state folder cannot be made, no answer is prepared, and that is not an error."""
    state.parent.mkdir(parents=True)
    state.write_bytes(b"")
    answer.prepare(CREDENTIALS, NOW)
    assert (state.read_bytes(), prepared.lookup([*WORDS]), answer.records("acme")) == (b"", None, [])


def test_forget(path: Path) -> None:
    """One answer is deleted, the others stay; deleting it twice is not an error."""
    for each in (CREDENTIALS, CREDENTIALS._replace(role=ROLE._replace(role_name="Other"))):
        answer.prepare(each, NOW)
    for _ in range(2):
        answer.delete(ROLE)
        assert [each.name for each in path.parent.iterdir()] == ["Other"]


def test_records(path: Path, state: Path) -> None:
    """The records are the session's roles with an answer, the latest expiration first; invalid files are skipped."""
    roles = [ROLE, RoleRef("acme", ACCOUNT, "Admin"), RoleRef("acme", "444455556666", ROLE_NAME)]
    for number, role in enumerate(roles):
        answer.prepare(CREDENTIALS._replace(role=role, expiration=NOW + number), NOW)
    answer.prepare(CREDENTIALS._replace(role=ROLE._replace(session="other")), NOW)
    for number, invalid in enumerate(
        (b"", b"\xff", b"1 2 - - acme x\n", b"1 x - - acme a b\n", b"1 2 - - other a b\n", b"1 2 acme a b\n")
    ):
        write_answer(path.with_name(f"invalid{number}"), invalid)
    write_answer(state / "answers" / "acme" / "file", b"1 2 - - acme a b\n")
    assert answer.records("acme") == [CachedRole(roles[number], NOW + number) for number in (2, 1, 0)]
    assert answer.records("unknown") == []


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_hostile_names(state: Path, name: str) -> None:
    """For a name that is not a plain file name, only a record without secrets is written, inside the folder."""
    for role in (RoleRef(name, ACCOUNT, ROLE_NAME), RoleRef("acme", name, ROLE_NAME), RoleRef("acme", ACCOUNT, name)):
        assert prepared.path(role.session, role.account_id, role.role_name) is None
        answer.prepare(CREDENTIALS._replace(role=role), NOW)
        [file] = [each for each in state.parents[2].rglob("*") if each.is_file()]
        assert file.is_relative_to(prepared.folder())
        assert file.read_text() == f"0 {int(CREDENTIALS.expiration)} - - {role.text}\n"
        answer.delete(role)
        words = ["--session", role.session, "--account-id", role.account_id, "--role-name", role.role_name]
        assert prepared.lookup(words) is None
    assert answer.records(name) == []
    assert [each for each in state.parents[2].rglob("*") if each.is_file()] == []
