"""The lookup of prepared answers, in Python and in the launcher: complete, fresh and for that role, or none."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.credentials import answer, prepared
from ssohelper.roles import RoleCredentials, RoleRef
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

CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", "secret/+=$HOME`*", "session %s/+=", 0)
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
    credentials = CREDENTIALS._replace(role=role, expiration=time.time() + 7200)
    answer.prepare(credentials, time.time())
    words = ("--session", name, "--account-id", ACCOUNT, "--role-name", name)
    done = launcher.run(*words)
    assert (done.stdout, done.stderr) == (f"{answer.version_1(credentials)}\n", "")
    assert prepared.lookup([*words]) == answer.version_1(credentials)


def test_fresh_and_stale(launcher: Launcher, path: Path) -> None:
    """A fresh answer is printed byte for byte, without the real command; a stale or deleted one is not."""
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time())
    line = path.read_text().splitlines()[1]
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (f"{line}\n", line)
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 4), time.time())
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)
    path.unlink()
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


def config_file(tmp_path: Path, where: str) -> tuple[Path, dict[str, str]]:
    """A file that counts, and the variable that says so."""
    home = tmp_path / "home"
    moved = {"AWS_CONFIG_FILE": tmp_path / "a b", "XDG_CONFIG_HOME": tmp_path / "c d"}
    path = {
        "AWS_CONFIG_FILE": moved["AWS_CONFIG_FILE"],
        "~/.aws/config": home / ".aws" / "config",
        "XDG_CONFIG_HOME": moved["XDG_CONFIG_HOME"] / "ssohelper" / "config.toml",
        "~/.config": home / ".config" / "ssohelper" / "config.toml",
    }[where]
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, {where: str(moved[where])} if where in moved else {}


@pytest.mark.parametrize("where", ["AWS_CONFIG_FILE", "~/.aws/config", "XDG_CONFIG_HOME", "~/.config"])
def test_another_config_file(launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """If the AWS config file or config.toml is another one, newer or older, an answer is not printed any more."""
    changed, more = config_file(tmp_path, where)
    for name, value in more.items():
        monkeypatch.setenv(name, value)

    def answers() -> list[bool]:
        printed = launcher.run(*WORDS, **more).stdout.rstrip("\n")
        return [each == line for each in (printed, prepared.lookup([*WORDS]))]

    def prepare() -> None:
        answer.prepare(credentials, time.time())

    def written(ago: float) -> None:
        changed.touch()
        moment = int((time.time() - ago) * 1e9)
        os.utime(changed, ns=(moment, moment))

    credentials = CREDENTIALS._replace(expiration=time.time() + 7200)
    line = answer.version_1(credentials)
    prepare()
    assert answers() == [True, True]
    for ago in (5, 3600, 100, 60):  # there was none; it is older, as after `mv` or `cp -p`; it is newer
        written(ago)
        assert answers() == [False, False]
        prepare()
        assert answers() == [True, True]
    changed.rename(changed.with_name("away"))
    assert answers() == [False, False]
    prepare()
    assert answers() == [True, True]
    changed.symlink_to("away")  # as stow makes it
    assert answers() == [False, False]
    prepare()
    assert answers() == [True, True]


@pytest.mark.parametrize("where", ["~/.aws/config", "~/.config"])
def test_files_of_one_time(launcher: Launcher, tmp_path: Path, where: str) -> None:
    """Where all files have the same time, such as 1 with Nix, a change cannot be seen: no answer is stored."""
    changed, _ = config_file(tmp_path, where)
    changed.touch()
    os.utime(changed, (1, 1))
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time())
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)
    assert [each.role for each in answer.records(ROLE.session)] == [ROLE]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_unmounted(launcher: Launcher, tmp_path: Path, depth: int) -> None:
    """A config.toml behind a dangling symlink may exist elsewhere: an answer from without it is not used."""
    settings, _ = config_file(tmp_path, "~/.config")
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time())
    assert launcher.answer() is not None
    link = (settings, *settings.parents)[depth]
    if link.exists():
        link.rename(tmp_path / "elsewhere")
    link.symlink_to(tmp_path / "unmounted")
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


def test_state_folder_of_others(launcher: Launcher, path: Path, state: Path) -> None:
    """A state folder that others can change is not used."""
    write_answer(path, fresh_answer())
    assert prepared.lookup([*WORDS]) is not None
    (state / "ssohelper" if (state / "ssohelper").exists() else state).chmod(0o777)
    assert prepared.lookup([*WORDS]) is None
    if os.geteuid() == 0:
        os.chown(path.parents[3], 12345, -1)
        assert launcher.answer() is None


def test_changed_while_it_was_requested(launcher: Launcher, tmp_path: Path) -> None:
    """An answer is for the files that were read, although they changed before it was written."""
    changed, _ = config_file(tmp_path, "~/.config")
    before = prepared.versions()
    changed.touch()
    os.utime(changed, (1, 1))
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time(), versions=before)
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_planted_by_another_user(launcher: Launcher, path: Path) -> None:
    """A file of another user is ignored."""
    write_answer(path, fresh_answer())
    assert launcher.answer()
    os.chown(path, 12345, -1)
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


def test_old_versions_are_removed(launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that hold the times of config files are removed after the longest time of an answer."""
    changed, _ = config_file(tmp_path, "~/.config")
    kept, first = list[list[str]](), 2_000_000_001 * 10**9
    for moment in (2_000_000_001, 2_000_000_002, 2_000_000_003):
        changed.touch()
        os.utime(changed, (moment, moment))
        if moment == 2_000_000_003:
            monkeypatch.setattr(time, "time", lambda: 13 * 3600 + changed.stat().st_ctime)
        answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time())
        kept.append(sorted(each.name for each in (Path(prepared.folder()) / ".versions").iterdir()))
    assert kept == [[f"{first}"], [f"{first}", f"{first + 10**9}"], [f"{first + 2 * 10**9}"]]
    assert launcher.path.exists()


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
    "no stale time": f" 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is a word": f"soon 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is a fraction": f"9999999999.5 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is a float": f"1e99 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is negative": f"-9999999999 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is an operator": f"-o 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is code": f"a[$(id>&2)] 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "stale time is in the past": f"1 9999999999 - - {NAMES}\n{{}}\n".encode(),
    "of an older program": f"9999999999 9999999999 {NAMES}\n{{}}\n".encode(),
    "a time that is a path": f"9999999999 9999999999 - ../x {NAMES}\n{{}}\n".encode(),
    "a time that is empty": f"9999999999 9999999999  - {NAMES}\n{{}}\n".encode(),
    "a time of a file that does not exist": f"9999999999 9999999999 1 - {NAMES}\n{{}}\n".encode(),
    "no expiration": f"9999999999 - - {NAMES}\n{{}}\n".encode(),
    "another session": f"9999999999 9999999999 - - ACME {ACCOUNT} {ROLE_NAME}\n{{}}\n".encode(),
    "another account": f"9999999999 9999999999 - - acme 111122223334 {ROLE_NAME}\n{{}}\n".encode(),
    "another role": f"9999999999 9999999999 - - acme {ACCOUNT} Readonly\n{{}}\n".encode(),
    "too many names": f"9999999999 9999999999 - - {NAMES} x\n{{}}\n".encode(),
    "too few names": f"9999999999 9999999999 - - acme {ACCOUNT}\n{{}}\n".encode(),
    "no names": b"9999999999 9999999999 - -\n{}\n",
    "a pattern for names": b"9999999999 9999999999 - - *\n{}\n",
    "no answer": f"9999999999 9999999999 - - {NAMES}\n".encode(),
    "an empty answer": f"9999999999 9999999999 - - {NAMES}\n\n".encode(),
    "the answer first": f"{{}}\n9999999999 9999999999 - - {NAMES}\n".encode(),
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
