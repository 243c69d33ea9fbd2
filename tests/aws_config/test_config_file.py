"""The config file on disk: backed up, replaced whole, and without losing changes of other programs."""

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
from ssohelper.storage import leftovers

# Adds `[profile other-N]` several times: in place with two writes, like the AWS CLI, or by a rename.
_OTHER_PROGRAM = """
import os, sys, time
path, how = sys.argv[1:]
for number in range(8):
    with open(path) as file:
        text = file.read()
    text += f"[profile other-{number}]\\n"
    place = path if how == "in place" else path + ".other"
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
    "in place": "import sys; file = open(sys.argv[1], 'w'); file.write('[profile other]\\n')",
    "rename": "import os, sys; file = open(sys.argv[1] + '.x', 'w'); file.write('[profile other]\\n'); file.close();"
    "os.replace(sys.argv[1] + '.x', sys.argv[1])",
    "removal": "import os, sys; os.unlink(sys.argv[1])",
}
# Adds a line with its own name several times.
_SSOHELPER = """
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
    """Write a file that last changed long ago."""
    path.write_bytes(data)
    _age(path)


def _age(path: Path) -> None:
    os.utime(path, (1_700_000_000, 1_700_000_000))


def _adding(line: bytes) -> Callable[[ConfigText], bytes]:
    return lambda text: unparse(text) + line


def _update(path: Path, edit: Callable[[ConfigText], bytes]) -> bool:
    return config_file.update(path, edit, waiting=pytest.fail)


def _backups(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in config_file.backups(path)]


def test_a_new_file(path: Path) -> None:
    """A new file is private and has no backup."""
    path.parent.rmdir()
    assert unparse(config_file.load(path)) == b""
    assert not path.parent.exists()
    assert _update(path, _adding(b"[default]\n"))
    assert path.read_bytes() == b"[default]\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert config_file.backups(path) == []


def test_nothing_changes(path: Path) -> None:
    """If nothing changes, nothing is written and there is no backup."""
    _write(path, b"[default]\r\n# c")
    before = path.stat()
    assert not _update(path, unparse)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino, before.st_mtime_ns, before.st_ctime_ns,
    )  # fmt: skip
    assert config_file.backups(path) == []


def test_mode_and_symlink(path: Path, tmp_path: Path) -> None:
    """A symlink stays a symlink, and its target keeps its mode."""
    target = tmp_path / "dotfiles" / "aws-config"
    target.parent.mkdir()
    _write(target, b"[default]\n")
    target.chmod(0o640)
    path.symlink_to(target)
    assert _update(path, _adding(b"# added\n"))
    assert path.readlink() == target
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"[default]\n# added\n", 0o640)
    assert [each.name for each in target.parent.iterdir()] == ["aws-config"]


def test_backups(path: Path, tmp_path: Path) -> None:
    """The last five versions are kept, private and oldest first, also if the file is changed through a link."""
    link = tmp_path / "a-link"
    link.symlink_to(path)
    for number in range(8):
        _write(path, f"{number}".encode())
        assert _update(link if number % 2 else path, _adding(b"!"))
    assert _backups(path) == _backups(link) == [b"3", b"4", b"5", b"6", b"7"]
    assert {each.stat().st_mode & 0o777 for each in config_file.backups(path)} == {0o600}


def test_one_backup_of_each_version(path: Path) -> None:
    """A version that has a backup is not backed up again."""
    for _ in range(3):
        _write(path, b"same")
        assert _update(path, _adding(b"!"))
    assert _backups(path) == [b"same"]


def test_an_edit_that_fails(path: Path) -> None:
    """If the edit raises an error, nothing has changed."""
    _write(path, b"[default]\n")

    def edit(_text: ConfigText) -> bytes:
        raise ConfigConflict("no")

    with pytest.raises(ConfigConflict, match="no"):
        _update(path, edit)
    assert path.read_bytes() == b"[default]\n"
    assert config_file.backups(path) == []


@pytest.mark.parametrize("how", ["in place", "rename"])
def test_a_write_in_between(path: Path, how: str) -> None:
    """If another program writes between our reading and writing, both changes are kept."""
    _write(path, b"[default]\n")
    seen = []

    def edit(text: ConfigText) -> bytes:
        seen.append(unparse(text))
        if len(seen) == 1:
            subprocess.run([sys.executable, "-I", "-S", "-c", _ONCE[how], path], check=True)
        return unparse(text) + b"[profile managed]\n"

    assert _update(path, edit)
    assert seen == [b"[default]\n", b"[profile other]\n"]
    assert path.read_bytes() == b"[profile other]\n[profile managed]\n"
    assert _backups(path) == seen


def test_removed_in_between(path: Path) -> None:
    """If another program removes the file in between, the new one does not have its old content."""
    _write(path, b"[default]\n")

    def edit(text: ConfigText) -> bytes:
        if path.exists():
            subprocess.run([sys.executable, "-I", "-S", "-c", _ONCE["removal"], path], check=True)
        return unparse(text) + b"[profile managed]\n"

    assert _update(path, edit)
    assert path.read_bytes() == b"[profile managed]\n"


@pytest.mark.first_is_quick
@pytest.mark.parametrize("how", ["in place", "rename"])
def test_a_busy_program(path: Path, how: str) -> None:
    """While another program keeps writing, no change is lost and no half-written file is read."""
    _write(path, b"# a line that is longer than the first write\n")
    program = subprocess.Popen([sys.executable, "-I", "-S", "-c", _OTHER_PROGRAM, path, how])
    running = True
    while running:
        running = program.poll() is None
        assert _update(path, _adding(b"# added\n"))
    assert program.returncode == 0
    lines = path.read_text().splitlines()
    assert lines[0] == "# a line that is longer than the first write"
    assert [line for line in lines[1:] if line != "# added"] == [f"[profile other-{number}]" for number in range(8)]
    assert lines[-1] == "# added"


def test_several_processes(path: Path) -> None:
    """Several processes of ssohelper change the file one after the other; no line is lost."""
    _write(path, b"# first\n")
    processes = [subprocess.Popen([sys.executable, "-c", _SSOHELPER, path, name]) for name in "abc"]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    expected = [f"# {name}{number}" for name in "abc" for number in range(4)]
    assert sorted(path.read_text().splitlines()) == [*expected, "# first"]


def test_a_write_at_every_try(path: Path) -> None:
    """If another program changes the file at every try, its change stays and the edit is refused."""
    _write(path, b"0")
    tries = []

    def edit(text: ConfigText) -> bytes:
        tries.append(unparse(text))
        _write(path, f"{len(tries)}".encode())
        return b"edited"

    with pytest.raises(ConfigConflict) as refused:
        _update(path, edit)
    assert str(refused.value) == "another program keeps changing ~/.aws/config"
    assert tries == [f"{number}".encode() for number in range(20)]
    assert path.read_bytes() == b"20"


def test_never_unchanged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written all the time is not changed: it may be half written."""
    path.write_bytes(b"half")
    monkeypatch.setattr(time, "time", lambda: path.stat().st_mtime + 0.05)
    with pytest.raises(ConfigConflict, match=r"^another program keeps changing ~/\.aws/config$"):
        _update(path, _adding(b"edited"))
    assert path.read_bytes() == b"half"


def test_a_file_from_the_future(path: Path) -> None:
    """After the clock was set back, reading does not wait."""
    path.write_bytes(b"[default]\n")
    os.utime(path, (time.time() + 10**6,) * 2)
    assert unparse(config_file.load(path)) == b"[default]\n"


@pytest.mark.parametrize(("days", "exists", "kept"), [(91, False, False), (89, False, True), (91, True, True)])
def test_orphaned_backups(path: Path, tmp_path: Path, days: int, exists: bool, kept: bool) -> None:
    """Backups of a file that does not exist any more are removed after 90 days, when another file is backed up."""
    other, moment = tmp_path / "other", time.time() - days * 24 * 3600
    _write(other, b"1")
    assert _update(other, _adding(b"!"))
    for each in config_file.backups(other):
        os.utime(each, (moment, moment))
    if not exists:
        other.unlink()
    _write(path, b"1")
    assert _update(path, _adding(b"!"))
    assert (_backups(other), _backups(path)) == ([b"1"] if kept else [], [b"1"])


def test_leftovers_are_rescued(path: Path) -> None:
    """Temporary files of a killed run are moved to the backups: one may hold a change of another program."""
    _write(path, b"now")
    left = path.parent / ".config.aaaaaaaa.ssohelper"
    empty = path.parent / ".config.bbbbbbbb.ssohelper"
    left.write_bytes(b"changed")
    empty.touch()
    assert leftovers.of_file(path, exclusive=True) == [left, empty]
    assert _update(path, _adding(b"!"))
    assert [each.name for each in path.parent.iterdir()] == ["config"]
    assert _backups(path) == [b"changed", b"now"]


def test_a_folder(path: Path) -> None:
    """A folder instead of the file is an error, without a backup."""
    path.mkdir()
    for call in (lambda: config_file.load(path), lambda: _update(path, unparse)):
        with pytest.raises(Failed, match=r"^can't read ~/\.aws/config: is a directory$"):
            call()
    assert config_file.backups(path) == []


def test_profile_names(path: Path) -> None:
    """The headers of the credentials file are profile names."""
    _write(path, b"[default]\n[prod.Admin]\naws_access_key_id = x\n# [no]\n[my prof]\n  [indented]\n")
    assert config_file.profile_names(path) == {"default", "prod.Admin", "my prof", "indented"}
    assert config_file.profile_names(path.with_name("absent")) == set()


def test_a_slow_program(path: Path) -> None:
    """If another program has emptied the file, reading waits until it has written it."""
    path.write_bytes(b"")
    writer = threading.Timer(0.4, lambda: path.write_bytes(b"[profile a]\nregion = x\n"))
    writer.start()
    found = [section.name for section in config_file.load(path).of_kind("profile")]
    writer.join()
    assert found == ["a"]


def test_a_write_during_the_check(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written while its age is checked does not count as unchanged."""
    path.write_bytes(b"")
    clock = time.time

    def during_the_check() -> float:
        now = clock()
        path.write_bytes(b"[profile a]\nregion = x\n")
        monkeypatch.setattr(time, "time", clock)
        return now

    monkeypatch.setattr(time, "time", during_the_check)
    assert [section.name for section in config_file.load(path).of_kind("profile")] == ["a"]
