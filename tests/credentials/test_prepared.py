"""The lookup of prepared answers, in Python and in the launcher: complete, fresh and for that role, or none."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.credentials import answer, prepared
from ssohelper.model import RoleCredentials, RoleRef
from tests.fixtures.launcher import (
    ACCOUNT,
    HOSTILE_NAMES,
    ROLE,
    ROLE_NAME,
    WORDS,
    Launcher,
    fresh_answer,
    write_answer,
)

CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", 'secret/+="\\n', "session %s/+=", 0)
TEXT = st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE_NAMES), st.text(alphabet="./aZ-", max_size=8))


@given(TEXT, TEXT, TEXT)
def test_any_names(session: str, account: str, role: str) -> None:
    """Whatever the names are, the path is exactly three levels below the folder of answers, or there is none."""
    found = prepared.path(session, account, role)
    if found is not None:
        assert Path(os.path.realpath(found)).relative_to(os.path.realpath(prepared.folder())).parts == (
            session,
            account,
            role,
        )


@pytest.mark.parametrize("name", ["ReadOnly", "a+b=c,d.e@f-g_h", "-", "--help", "a..b", "a.", "%s", "_"])
def test_plain_names(launcher: Launcher, name: str) -> None:
    """Answers are found for every name that a role, or a session without a slash, may have."""
    role = RoleRef(name, ACCOUNT, name)
    credentials = replace(CREDENTIALS, role=role, expiration=time.time() + 7200)
    answer.prepare(credentials, time.time())
    words = ("--session", name, "--account-id", ACCOUNT, "--role-name", name)
    done = launcher.run(*words)
    assert (done.stdout, done.stderr) == (f"{answer.version_1(credentials)}\n", "")
    assert prepared.lookup([*words]) == answer.version_1(credentials)


def test_fresh_and_stale(launcher: Launcher, path: Path) -> None:
    """A fresh answer is printed byte for byte, without the real command; a stale or deleted one is not."""
    answer.prepare(replace(CREDENTIALS, expiration=time.time() + 7200), time.time())
    line = path.read_text().splitlines()[1]
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (f"{line}\n", line)
    answer.prepare(replace(CREDENTIALS, expiration=time.time() + 4), time.time())
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)
    path.unlink()
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.parametrize("where", ["AWS_CONFIG_FILE", "~/.aws/config", "XDG_CONFIG_HOME", "~/.config"])
def test_older_than_a_config_file(
    launcher: Launcher, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """After the AWS config file or config.toml has changed, an answer that was prepared before is not printed."""
    home = tmp_path / "home"
    moved = {"AWS_CONFIG_FILE": tmp_path / "a b", "XDG_CONFIG_HOME": tmp_path / "c d"}
    changed = {
        "AWS_CONFIG_FILE": moved["AWS_CONFIG_FILE"],
        "~/.aws/config": home / ".aws" / "config",
        "XDG_CONFIG_HOME": moved["XDG_CONFIG_HOME"] / "ssohelper" / "config.toml",
        "~/.config": home / ".config" / "ssohelper" / "config.toml",
    }[where]
    more = {where: str(moved[where])} if where in moved else {}
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.touch()
    write_answer(path, fresh_answer())
    written = path.stat().st_mtime_ns
    for milliseconds, expected in ((-1, '{"ok": 1}'), (0, '{"ok": 1}'), (1, None)):
        os.utime(changed, ns=(written + milliseconds * 1_000_000, written + milliseconds * 1_000_000))
        printed = launcher.run(*WORDS, **more).stdout.rstrip("\n") or None
        assert (printed, prepared.lookup([*WORDS])) == (expected, expected)


def test_truncated(path: Path) -> None:
    """A truncated answer is not returned, at whatever byte it ends."""
    whole = fresh_answer()
    for length in range(len(whole)):
        write_answer(path, whole[:length])
        assert prepared.lookup([*WORDS]) is None, whole[:length]
    write_answer(path, whole)
    assert prepared.lookup([*WORDS]) == '{"ok": 1}'


NAMES = ROLE.text
INVALID = {
    "empty": b"",
    "lines": b"\n\n\n",
    "zeros": bytes(200),
    "binary": bytes(range(256)),
    "no stale time": f" 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is a word": f"soon 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is a fraction": f"9999999999.5 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is a float": f"1e99 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is negative": f"-9999999999 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is an operator": f"-o 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is code": f"a[$(id>&2)] 9999999999 {NAMES}\n{{}}\n".encode(),
    "stale time is in the past": f"1 9999999999 {NAMES}\n{{}}\n".encode(),
    "no expiration": f"9999999999 {NAMES}\n{{}}\n".encode(),
    "another session": f"9999999999 9999999999 ACME {ACCOUNT} {ROLE_NAME}\n{{}}\n".encode(),
    "another account": f"9999999999 9999999999 acme 111122223334 {ROLE_NAME}\n{{}}\n".encode(),
    "another role": f"9999999999 9999999999 acme {ACCOUNT} Readonly\n{{}}\n".encode(),
    "too many names": f"9999999999 9999999999 {NAMES} x\n{{}}\n".encode(),
    "too few names": f"9999999999 9999999999 acme {ACCOUNT}\n{{}}\n".encode(),
    "no names": b"9999999999 9999999999\n{}\n",
    "a pattern for names": b"9999999999 9999999999 *\n{}\n",
    "no answer": f"9999999999 9999999999 {NAMES}\n".encode(),
    "an empty answer": f"9999999999 9999999999 {NAMES}\n\n".encode(),
    "the answer first": f"{{}}\n9999999999 9999999999 {NAMES}\n".encode(),
}


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID)
def test_invalid_file(launcher: Launcher, path: Path, data: bytes) -> None:
    """A file that is not in our format is ignored, and nothing in it is evaluated."""
    write_answer(path, data)
    done = launcher.run(*WORDS, answer="HOSTILE", stale_at="9999999999", names=NAMES)
    assert (done.stdout, done.returncode != 0) == ("", True)
    assert "uid=" not in done.stderr
    assert prepared.lookup([*WORDS]) is None


def test_folder_instead_of_file(launcher: Launcher, path: Path) -> None:
    """A folder in place of the file is ignored."""
    path.mkdir(parents=True)
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        (),
        WORDS[:4],
        (*WORDS, "--help"),
        ("--session=acme", *WORDS[2:], "x"),
        (*WORDS[2:], *WORDS[:2]),
        (*WORDS[:2], *WORDS[4:], *WORDS[2:4]),
        ("--session --account-id", "acme", "--role-name", ACCOUNT, "6", ROLE_NAME),
    ],
    ids=" ".join,
)
def test_other_arguments(launcher: Launcher, path: Path, words: tuple[str, ...]) -> None:
    """Arguments in any other order or number are left to the real command."""
    write_answer(path, fresh_answer())
    assert (launcher.run(*words).stdout, prepared.lookup([*words])) == ("", None)


def test_case_insensitive_file_system(launcher: Launcher, path: Path) -> None:
    """If the file system treats `ACME` and `acme` as one path, the answer for one is not printed for the other."""
    write_answer(path, fresh_answer())
    (path.parents[2] / "ACME").symlink_to("acme")
    path.with_name("readonly").symlink_to(ROLE_NAME)
    for session, role, expected in (
        ("acme", ROLE_NAME, '{"ok": 1}'),
        ("ACME", ROLE_NAME, None),
        ("acme", "readonly", None),
    ):
        words = ("--session", session, "--account-id", ACCOUNT, "--role-name", role)
        printed = launcher.run(*words).stdout.rstrip("\n") or None
        assert (printed, prepared.lookup([*words])) == (expected, expected)
