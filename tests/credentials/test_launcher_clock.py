"""How the launcher knows whether an answer is stale: without starting `date`, or with it where that is impossible."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ssohelper.credentials import answer, prepared
from ssohelper.roles import RoleCredentials
from tests.fixtures.faketime import faketime
from tests.fixtures.launcher import ROLE, WORDS, Launcher, fresh_answer, write_answer

CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", "secret", "session", 0)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is needed")


def prepare(seconds: float) -> str:
    """Prepare an answer that becomes stale after some seconds; a moment ago, since some shells compare seconds."""
    found = CREDENTIALS._replace(expiration=time.time() + answer.STALE_SECONDS + seconds)
    answer.prepare(found, time.time() - 3600)
    path = prepared.path(*ROLE)
    assert path is not None
    os.utime(path, (time.time() - 2,) * 2)
    return f"{answer.version_1(found)}\n"


def until_files() -> list[Path]:
    """The files whose times are stale times."""
    return sorted((Path(prepared.folder()) / prepared.UNTIL).iterdir())


@LINUX
def test_without_date(launcher: Launcher, state: Path, tmp_path: Path) -> None:
    """Neither for a fresh answer nor for a stale one is `date` started."""
    program = tmp_path / "programs" / "date"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho started >> {tmp_path}/started\n")
    program.chmod(0o755)
    search = f"{program.parent}:{os.environ['PATH']}"
    line = prepare(3600)
    assert launcher.run(*WORDS, PATH=search).stdout == line
    (file,) = until_files()
    os.utime(file, (time.time() - 1,) * 2)
    assert launcher.run(*WORDS, PATH=search).stdout == ""
    assert not (tmp_path / "started").exists()


@LINUX
def test_becomes_stale(launcher: Launcher, state: Path) -> None:
    """It is stale from the second on that the answer names, as in Python."""
    line = prepare(30)
    assert (launcher.answer(), prepared.lookup([*WORDS]) is not None) == (line, True)
    prepare(2)
    (file,) = until_files()[:1]
    time.sleep(max(0.0, int(file.name) - time.time()) + 0.02)
    assert (launcher.answer(), prepared.lookup([*WORDS])) == (None, None)


@pytest.mark.parametrize(("offset", "fresh"), [("-1h", True), ("+30m", True), ("+61m", False), ("+3d", False)])
def test_another_clock(launcher: Launcher, state: Path, offset: str, fresh: bool) -> None:
    """Under faketime, which shifts the times of all files, its clock counts."""
    line = prepare(3600)
    words = [*faketime("-f", offset), *launcher.interpreter]
    assert replace(launcher, interpreter=words).answer() == (line if fresh else None)


@pytest.mark.parametrize("option", ["-r", "-a"])
def test_copied_folder(launcher: Launcher, state: Path, option: str) -> None:
    """A copy of the state folder that has new times gives no answer until it is prepared again; an exact one does."""
    line = prepare(3600)
    shutil.move(state, state.with_name("before"))
    subprocess.run(["cp", option, state.with_name("before"), state], check=True)
    os.utime(prepared.path(*ROLE) or "", (time.time() - 2,) * 2)
    assert launcher.answer() == (line if option == "-a" else None)
    line = prepare(3600)
    assert launcher.answer() == line


def test_clock_that_was_ahead(launcher: Launcher, state: Path) -> None:
    """If an answer was written in what is the future now, `date` decides: the times of files cannot be trusted."""
    path = Path(prepared.path(*ROLE) or "")
    for stale_in, printed in ((600, True), (-1, False)):
        line = prepare(3600)
        stale_at = int(time.time()) + stale_in
        path.write_text(f"{stale_at} {path.read_text().partition(' ')[2]}")
        (file,) = until_files()
        file.rename(file.with_name(str(stale_at)))  # its time is one of the future all the same
        os.utime(path, (time.time() + 600,) * 2)
        assert launcher.answer() == (line if printed else None)
        file.with_name(str(stale_at)).unlink()


def test_without_the_file(launcher: Launcher, path: Path) -> None:
    """`date` decides where that file is missing."""
    write_answer(path, fresh_answer())
    assert launcher.answer() == '{"ok": 1}\n'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_file_of_another_user(launcher: Launcher, state: Path) -> None:
    """`date` decides where that file belongs to another user."""
    line = prepare(3600)
    (file,) = until_files()
    os.chown(file, 12345, -1)
    os.utime(file, (1, 1))
    assert launcher.answer() == line


def test_passed_ones_are_removed(state: Path) -> None:
    """The files of times that have passed are removed, and answers of one second share one."""
    answer.prepare(CREDENTIALS._replace(expiration=1_900_001_020.0), 1_800_000_000.0)
    answer.prepare(CREDENTIALS._replace(expiration=1_900_002_020.0), 1_800_000_000.0)
    assert [each.name for each in until_files()] == ["1900000000", "1900001000"]
    answer.prepare(CREDENTIALS._replace(expiration=1_900_003_020.0), 1_900_000_500.0)
    assert [each.name for each in until_files()] == ["1900001000", "1900002000"]
    assert [each.stat().st_mtime for each in until_files()] == [1_900_001_000, 1_900_002_000]


def test_unchanged_answer(state: Path) -> None:
    """An answer that is right already is not written again, only newer: the launcher compares it with the files."""
    found = CREDENTIALS._replace(expiration=time.time() + 7200)
    answer.prepare(found, time.time())
    path = Path(prepared.path(*ROLE) or "")
    before = path.stat().st_ino
    os.utime(path, (1, 1))
    answer.prepare(found, time.time())
    assert (path.stat().st_ino, time.time() - path.stat().st_mtime < 60) == (before, True)
    path.chmod(0o644)
    answer.prepare(found, time.time())
    assert (path.stat().st_ino != before, path.stat().st_mode & 0o777) == (True, 0o600)


@pytest.mark.parametrize("variable", ["FAKETIME", "LD_PRELOAD"])
def test_under_another_clock(state: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Under faketime, a file's time may be another one than for others: there is none, and `date` decides."""
    monkeypatch.setenv(variable, "x")
    answer.prepare(CREDENTIALS._replace(expiration=time.time() + 7200), time.time())
    assert not (Path(prepared.folder()) / prepared.UNTIL).exists()


def test_what_cannot_be_removed(launcher: Launcher, state: Path) -> None:
    """What else is in the folder of these files does not prevent an answer."""
    (Path(prepared.folder()) / prepared.UNTIL / "stray").mkdir(parents=True)
    line = prepare(3600)
    assert launcher.answer() == line
