"""Files are old or new and never between, exchanged only for what was read, and guarded by kernel locks."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.errors import Failed
from ssohelper.storage import files

_ADD_LINES = """
import sys
from pathlib import Path
from ssohelper.storage import files, locks
path, who = Path(sys.argv[1]), sys.argv[2]
for number in range(15):
    with locks.held("race", waiting=lambda _: None):
        before = files.read(path)
        assert files.replace_if(path, (before or b"") + f"{who}{number}\\n".encode(), expected=before)
"""
# A program that knows nothing of us: renames version after version to the file. One that we overwrote never returns.
_STRANGER = """
import os, sys, time
path = sys.argv[1]
for number in range(150):
    with open(path + ".theirs", "w") as file:
        file.write(f"t{number}\\n")
    os.replace(path + ".theirs", path)
    for _ in range(500):
        time.sleep(0.004)
        if open(path).read().startswith(f"t{number}\\n"):
            break
    else:
        sys.exit(f"t{number} was overwritten")
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


@pytest.fixture
def path(home: Path) -> Path:
    """A file that is not there yet."""
    return home / "file"


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def _alone(path: Path) -> bool:
    """Whether there is nothing beside the file."""
    return [each.name for each in path.parent.iterdir()] == [path.name]


def test_read(path: Path) -> None:
    """A file's bytes are read as they are; no file is None."""
    assert files.read(path) is None
    path.write_bytes(b"\r\n\0\xff")
    assert files.read(path) == b"\r\n\0\xff"


def test_replace_makes_a_private_file(home: Path) -> None:
    """A new file and new folders are for the user alone, whatever the umask."""
    path = home / "a" / "b" / "file"
    before = os.umask(0)
    try:
        files.replace(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o600)
    assert (_mode(home / "a"), _mode(home / "a" / "b")) == (0o700, 0o700)
    assert _alone(path)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_the_mode_is_kept(path: Path, mode: int) -> None:
    """A file that is replaced keeps its mode."""
    path.write_bytes(b"old")
    path.chmod(mode)
    files.replace(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", mode)
    assert files.replace_if(path, b"newer", expected=b"new")
    assert (path.read_bytes(), _mode(path)) == (b"newer", mode)
    assert _alone(path)


@pytest.mark.parametrize("there", [True, False])
def test_a_symlink_stays_one(home: Path, there: bool) -> None:
    """Behind a symlink it is the file that is replaced, or made."""
    target, link = home / "folder" / "target", home / "link"
    link.symlink_to("folder/target")
    if there:
        target.parent.mkdir()
        target.write_bytes(b"old")
    assert files.replace_if(link, b"new", expected=b"old" if there else None)
    assert str(link.readlink()) == "folder/target"
    assert target.read_bytes() == b"new"
    files.replace(link, b"newer")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"newer")


def test_readers_see_old_or_new(path: Path) -> None:
    """Who has the old file open still reads all of it."""
    path.write_bytes(b"old" * 1000)
    with path.open("rb") as reader:
        files.replace(path, b"new")
        assert reader.read() == b"old" * 1000


@pytest.mark.parametrize(
    ("present", "expected", "done"),
    [
        (None, None, True),
        (b"old", b"old", True),
        (b"", b"", True),
        (None, b"old", False),
        (b"old", None, False),
        (b"", None, False),
        (b"other", b"old", False),
    ],
)
def test_replace_if(path: Path, present: bytes | None, expected: bytes | None, done: bool) -> None:
    """A file is exchanged only for what was read; otherwise it stays as it is."""
    if present is not None:
        path.write_bytes(present)
    assert files.replace_if(path, b"new", expected=expected) == done
    assert files.read(path) == (b"new" if done else present)
    assert [each.name for each in path.parent.iterdir()] == (["file"] if done or present is not None else [])


def test_who_takes_turns_loses_nothing(home: Path, path: Path) -> None:
    """Processes that exchange a file by turns, under a lock, all find their lines in it at the end."""
    processes = [subprocess.Popen([sys.executable, "-c", _ADD_LINES, path, who]) for who in "abc"]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert sorted(path.read_text().split()) == sorted(f"{who}{number}" for who in "abc" for number in range(15))


def test_a_stranger_loses_nothing(path: Path) -> None:
    """What a program writes that takes no lock is never overwritten by what we made of an older version."""
    path.write_bytes(b"")
    stranger = subprocess.Popen([sys.executable, "-I", "-S", "-c", _STRANGER, path])
    running = True
    while running:
        running = stranger.poll() is None
        before = files.read(path)
        assert before is not None
        ended = files.replace_if(path, before + b"ours\n", expected=before)
    assert (stranger.returncode, ended) == (0, True)
    assert set(path.read_text().split()) == {"t149", "ours"}


@pytest.mark.parametrize(("present", "left"), [(b"ours", b"theirs"), (b"latest", b"latest"), (None, b"theirs")])
def test_what_was_displaced_is_put_back(home: Path, path: Path, present: bytes | None, left: bytes) -> None:
    """A newer file that an exchange displaced is put back, unless somebody wrote a still newer one meanwhile.

    From inside: nobody can time such a write.
    """
    displaced = home / "displaced"
    displaced.write_bytes(b"theirs")
    if present is not None:
        path.write_bytes(present)
    assert not files._put_back(displaced, path, b"ours")
    assert path.read_bytes() == left


def test_exchange(home: Path, path: Path) -> None:
    """Two files change places in one step; where one is missing nothing happens."""
    other = home / "other"
    path.write_bytes(b"1")
    assert not files.exchange(path, other)
    other.write_bytes(b"2")
    assert files.exchange(path, other)
    assert (path.read_bytes(), other.read_bytes()) == (b"2", b"1")


def test_leftovers(home: Path) -> None:
    """Neighbours that a killed run left are found, also beside a name with brackets, and only this file's."""
    path = home / "a[1]"
    left = ".a[1].abcdefg_.ssohelper"
    for name in (left, ".a1.abcdefg_.ssohelper", ".a[1].abcdefg_.other", left[1:], ".a[1].work.abcdefg_.ssohelper"):
        (home / name).touch()
    os.mkfifo(home / ".a[1].aaaaaaaa.ssohelper")
    (home / ".a[1].bbbbbbbb.ssohelper").symlink_to("/etc/passwd")
    assert files.leftovers(path) == [home / left]


def test_a_device_is_nobodys_to_replace(path: Path) -> None:
    """What is neither a file nor a folder stays what it is."""
    os.mkfifo(path)
    with pytest.raises(Failed, match=r"^can't write ~/file: not a regular file$"):
        files.replace(path, b"new")
    assert path.is_fifo()


def test_a_hint_can_be_pasted(home: Path) -> None:
    """A folder with blanks in its name is quoted, and `~` still means the home folder."""
    folder = home / "my files"
    folder.mkdir()
    (folder / "x").mkdir()
    with pytest.raises(Failed) as failed:
        files.read(folder / "x")
    assert failed.value.hint == "ls -ld ~/'my files'"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (files.read, "can't read ~/file: is a directory"),
        (lambda path: files.replace(path, b"x"), "can't write ~/file: is a directory"),
        (lambda path: files.replace_if(path, b"x", expected=None), "can't write ~/file: is a directory"),
    ],
)
def test_a_folder_in_its_place(path: Path, call: Callable[[Path], object], message: str) -> None:
    """A folder in the place of the file is told, with a command that shows it, and stays."""
    path.mkdir()
    with pytest.raises(Failed) as failed:
        call(path)
    assert (str(failed.value), failed.value.hint, _alone(path)) == (message, "ls -ld ~", True)


def test_a_file_in_the_place_of_its_folder(home: Path) -> None:
    """Where a folder cannot be, nothing is written."""
    (home / "file").write_bytes(b"old")
    with pytest.raises(Failed, match=r"^can't make the folder ~/file: file exists$"):
        files.replace(home / "file" / "x", b"new")
    assert (home / "file").read_bytes() == b"old"


def test_a_loop_of_links(path: Path) -> None:
    """A symlink that leads to itself is told, not followed for ever."""
    path.symlink_to(path)
    with pytest.raises(Failed, match=r"^can't read ~/file: too many levels of symbolic links$"):
        files.read(path)
