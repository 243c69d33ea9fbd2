"""The config file on disk: backed up, replaced whole, and never at the cost of another program's change."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.aws_config import config_file
from ssohelper.aws_config.config_text import ConfigText, unparse
from ssohelper.errors import ConfigConflict, Failed
from ssohelper.storage import files

# Adds `[profile theirs-N]` again and again; as the AWS CLI does it, in place and in two goes, or by a rename.
_STRANGER = """
import os, sys, time
path, how = sys.argv[1:]
for number in range(8):
    with open(path) as file:
        text = file.read()
    text += f"[profile theirs-{number}]\\n"
    place = path if how == "in place" else path + ".theirs"
    with open(place, "w") as file:
        file.write(text[:20])
        file.flush()
        time.sleep(0.02)
        file.write(text[20:])
    if how == "rename":
        os.replace(place, path)
    time.sleep(0.25)
"""
_ONCE = {
    "in place": "import sys; file = open(sys.argv[1], 'w'); file.write('[profile theirs]\\n')",
    "rename": "import os, sys; file = open(sys.argv[1] + '.x', 'w'); file.write('[profile theirs]\\n'); file.close();"
    "os.replace(sys.argv[1] + '.x', sys.argv[1])",
    "removal": "import os, sys; os.unlink(sys.argv[1])",
}
# One of us: adds a line of its own, several times.
_OURSELVES = """
import sys
from pathlib import Path
from ssohelper.aws_config import config_file
from ssohelper.aws_config.config_text import unparse
for number in range(4):
    line = f"# {sys.argv[2]}{number}\\n".encode()
    assert config_file.update(Path(sys.argv[1]), lambda text: unparse(text) + line, waiting=lambda _: None)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config file of an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(variable, raising=False)
    path = tmp_path / ".aws" / "config"
    path.parent.mkdir()
    return path


def _write(path: Path, data: bytes) -> None:
    """A file that has been at rest for long."""
    path.write_bytes(data)
    _age(path)


def _age(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))


def _adding(line: bytes) -> Callable[[ConfigText], bytes]:
    return lambda text: unparse(text) + line


def _update(path: Path, edit: Callable[[ConfigText], bytes]) -> bool:
    return config_file.update(path, edit, waiting=pytest.fail)


def _kept(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in config_file.backups(path)]


def test_a_new_file(path: Path) -> None:
    """A file that was not there is made for the user alone; there is nothing to back up."""
    path.parent.rmdir()
    assert unparse(config_file.load(path)) == b""
    assert not path.parent.exists()
    assert _update(path, _adding(b"[default]\n"))
    assert path.read_bytes() == b"[default]\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert config_file.backups(path) == []


def test_nothing_changes(path: Path) -> None:
    """Where nothing changes nothing is written: the very same file is there, and no backup."""
    _write(path, b"[default]\r\n# c")
    before = path.stat()
    assert not _update(path, unparse)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino, before.st_mtime_ns, before.st_ctime_ns,
    )  # fmt: skip
    assert config_file.backups(path) == []


def test_mode_and_symlink(path: Path, tmp_path: Path) -> None:
    """A link stays a link, and the file behind it keeps its mode."""
    target = tmp_path / "dotfiles" / "aws-config"
    target.parent.mkdir()
    _write(target, b"[default]\n")
    target.chmod(0o640)
    path.symlink_to(target)
    assert _update(path, _adding(b"# ours\n"))
    assert path.readlink() == target
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"[default]\n# ours\n", 0o640)
    assert [each.name for each in target.parent.iterdir()] == ["aws-config"]


def test_backups(path: Path, tmp_path: Path) -> None:
    """The last five versions are kept, the oldest first, for the user alone; by whichever name it was called."""
    link = tmp_path / "a-link"
    link.symlink_to(path)
    for number in range(8):
        _write(path, f"{number}".encode())
        assert _update(link if number % 2 else path, _adding(b"!"))
    assert _kept(path) == _kept(link) == [b"3", b"4", b"5", b"6", b"7"]
    assert {each.stat().st_mode & 0o777 for each in config_file.backups(path)} == {0o600}


def test_one_backup_of_one_version(path: Path) -> None:
    """A version that is backed up already is not backed up again."""
    for _ in range(3):
        _write(path, b"same")
        assert _update(path, _adding(b"!"))
    assert _kept(path) == [b"same"]


def test_an_edit_that_fails(path: Path) -> None:
    """Where the edit cannot be made nothing has changed."""
    _write(path, b"[default]\n")

    def edit(_text: ConfigText) -> bytes:
        raise ConfigConflict("no")

    with pytest.raises(ConfigConflict, match="no"):
        _update(path, edit)
    assert path.read_bytes() == b"[default]\n"
    assert config_file.backups(path) == []


@pytest.mark.parametrize("how", ["in place", "rename"])
def test_a_stranger_in_between(path: Path, how: str) -> None:
    """What another program wrote between our reading and our writing is read, and both changes stand."""
    _write(path, b"[default]\n")
    seen = []

    def edit(text: ConfigText) -> bytes:
        seen.append(unparse(text))
        if len(seen) == 1:
            subprocess.run([sys.executable, "-I", "-S", "-c", _ONCE[how], path], check=True)
        return unparse(text) + b"[profile ours]\n"

    assert _update(path, edit)
    assert seen == [b"[default]\n", b"[profile theirs]\n"]
    assert path.read_bytes() == b"[profile theirs]\n[profile ours]\n"
    assert _kept(path) == seen


def test_removed_in_between(path: Path) -> None:
    """A file that somebody removed meanwhile is made anew from nothing, not from what it held."""
    _write(path, b"[default]\n")

    def edit(text: ConfigText) -> bytes:
        if path.exists():
            subprocess.run([sys.executable, "-I", "-S", "-c", _ONCE["removal"], path], check=True)
        return unparse(text) + b"[profile ours]\n"

    assert _update(path, edit)
    assert path.read_bytes() == b"[profile ours]\n"


@pytest.mark.parametrize("how", ["in place", "rename"])
def test_a_busy_stranger(path: Path, how: str) -> None:
    """Beside a program that writes all the time nobody's change is lost, and a half-written file is never taken."""
    _write(path, b"# a first line that is longer than what is written first\n")
    stranger = subprocess.Popen([sys.executable, "-I", "-S", "-c", _STRANGER, path, how])
    running = True
    while running:
        running = stranger.poll() is None
        assert _update(path, _adding(b"# ours\n"))
    assert stranger.returncode == 0
    lines = path.read_text().splitlines()
    assert lines[0] == "# a first line that is longer than what is written first"
    assert [line for line in lines[1:] if line != "# ours"] == [f"[profile theirs-{number}]" for number in range(8)]
    assert lines[-1] == "# ours"


def test_many_of_us(path: Path) -> None:
    """Several of us at the same time take turns, and every line of each is there."""
    _write(path, b"# first\n")
    processes = [subprocess.Popen([sys.executable, "-c", _OURSELVES, path, who]) for who in "abc"]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    expected = [f"# {who}{number}" for who in "abc" for number in range(4)]
    assert sorted(path.read_text().splitlines()) == [*expected, "# first"]


def test_who_changes_it_every_time(path: Path) -> None:
    """Where somebody changes the file at every try, theirs stands and we give up."""
    _write(path, b"0")
    tries = []

    def edit(text: ConfigText) -> bytes:
        tries.append(unparse(text))
        _write(path, f"{len(tries)}".encode())
        return b"ours"

    with pytest.raises(ConfigConflict) as ended:
        _update(path, edit)
    assert str(ended.value) == "another program keeps changing ~/.aws/config"
    assert tries == [f"{number}".encode() for number in range(20)]
    assert path.read_bytes() == b"20"


def test_never_at_rest(path: Path) -> None:
    """A file that is being written all the time may be half of what it should be: we do not touch it."""
    path.write_bytes(b"half")
    ended = threading.Event()

    def writing() -> None:
        while not ended.wait(0.01):
            os.utime(path)

    writer = threading.Thread(target=writing)
    writer.start()
    try:
        with pytest.raises(ConfigConflict, match=r"^another program keeps changing ~/\.aws/config$"):
            _update(path, _adding(b"ours"))
    finally:
        ended.set()
        writer.join()
    assert path.read_bytes() == b"half"


def test_a_file_from_the_future(path: Path) -> None:
    """A clock that was set back does not make us wait."""
    path.write_bytes(b"[default]\n")
    os.utime(path, (time.time() + 10**6,) * 2)
    assert unparse(config_file.load(path)) == b"[default]\n"


def test_leftovers_are_rescued(path: Path) -> None:
    """What a killed run left beside the file goes to the backups: it may be what somebody wrote."""
    _write(path, b"now")
    left = path.parent / ".config.aaaaaaaa.ssohelper"
    empty = path.parent / ".config.bbbbbbbb.ssohelper"
    left.write_bytes(b"theirs")
    empty.touch()
    assert files.leftovers(path) == [left, empty]
    assert _update(path, _adding(b"!"))
    assert [each.name for each in path.parent.iterdir()] == ["config"]
    assert _kept(path) == [b"theirs", b"now"]


def test_what_cannot_be_read(path: Path) -> None:
    """A folder in the place of the file is told, and no backup is made of it."""
    path.mkdir()
    for call in (lambda: config_file.load(path), lambda: _update(path, unparse)):
        with pytest.raises(Failed, match=r"^can't read ~/\.aws/config: is a directory$"):
            call()
    assert config_file.backups(path) == []


def test_profile_names(path: Path) -> None:
    """The credentials file's headers are names as they stand, with nothing before them."""
    _write(path, b"[default]\n[prod.Admin]\naws_access_key_id = x\n# [no]\n[my prof]\n  [indented]\n")
    assert config_file.profile_names(path) == {"default", "prod.Admin", "my prof", "indented"}
    assert config_file.profile_names(path.with_name("absent")) == set()


def test_a_writer_that_is_held_up(path: Path) -> None:
    """A file that another program has emptied, and is about to write, is waited for."""
    path.write_bytes(b"")
    writer = threading.Timer(0.4, lambda: path.write_bytes(b"[profile a]\nregion = x\n"))
    writer.start()
    found = [section.name for section in config_file.load(path).of_kind("profile")]
    writer.join()
    assert found == ["a"]


def test_a_writer_that_ends_just_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written at the very instant in which its age is looked at is not taken for one at rest."""
    path.write_bytes(b"")
    clock = time.time

    def at_that_instant() -> float:
        now = clock()
        path.write_bytes(b"[profile a]\nregion = x\n")
        monkeypatch.setattr(time, "time", clock)
        return now

    monkeypatch.setattr(time, "time", at_that_instant)
    assert [section.name for section in config_file.load(path).of_kind("profile")] == ["a"]
