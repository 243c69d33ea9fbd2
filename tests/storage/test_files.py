"""Files are replaced atomically, and only the version that was read."""

import errno
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
path, name = Path(sys.argv[1]), sys.argv[2]
for number in range(15):
    with locks.held("race", waiting=lambda _: None):
        before = files.read(path)
        assert files.replace_if(path, (before or b"") + f"{name}{number}\\n".encode(), expected=before)
"""
# Another program, which takes no lock: it renames version after version to the file, and fails if one is overwritten.
_OTHER_PROGRAM = """
import os, sys, time
path = sys.argv[1]
for number in range(150):
    with open(path + ".new", "w") as file:
        file.write(f"t{number}\\n")
    os.replace(path + ".new", path)
    for _ in range(500):
        time.sleep(0.004)
        if open(path).read().startswith(f"t{number}\\n"):
            break
    else:
        sys.exit(f"t{number} was overwritten")
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


@pytest.fixture
def path(home: Path) -> Path:
    """The path of a file that does not exist yet."""
    return home / "file"


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def _only_file(path: Path) -> bool:
    """Whether there is nothing beside the file."""
    return [each.name for each in path.parent.iterdir()] == [path.name]


def test_read(path: Path) -> None:
    """The bytes of a file are read as they are; None if there is no file."""
    assert files.read(path) is None
    path.write_bytes(b"\r\n\0\xff")
    assert files.read(path) == b"\r\n\0\xff"


def test_new_file_is_private(home: Path) -> None:
    """New files and folders are accessible for the user only, whatever the umask is."""
    path = home / "a" / "b" / "file"
    before = os.umask(0)
    try:
        files.replace(path, b"new")
    finally:
        os.umask(before)
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o600)
    assert (_mode(home / "a"), _mode(home / "a" / "b")) == (0o700, 0o700)
    assert _only_file(path)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_mode_is_kept(path: Path, mode: int) -> None:
    """A file that is replaced keeps its mode."""
    path.write_bytes(b"old")
    path.chmod(mode)
    files.replace(path, b"new")
    assert (path.read_bytes(), _mode(path)) == (b"new", mode)
    assert files.replace_if(path, b"newer", expected=b"new")
    assert (path.read_bytes(), _mode(path)) == (b"newer", mode)
    assert _only_file(path)


@pytest.mark.parametrize("exists", [True, False])
def test_symlink_is_kept(home: Path, exists: bool) -> None:
    """The file that a symlink points to is replaced, or created."""
    target, link = home / "folder" / "target", home / "link"
    link.symlink_to("folder/target")
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"old")
    assert files.replace_if(link, b"new", expected=b"old" if exists else None)
    assert str(link.readlink()) == "folder/target"
    assert target.read_bytes() == b"new"
    files.replace(link, b"newer")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"newer")


@pytest.mark.parametrize("link", ["link", "folder/link"])
def test_link_to_nothing(home: Path, link: str) -> None:
    """A link to a drive that is not mounted is an error: nothing is made where the drive would be."""
    drive = home / "drive"
    if link == "link":
        (home / "link").symlink_to(drive / "aws" / "config")
    else:
        (home / "folder").symlink_to(drive / "aws")
    for call in (
        lambda path: files.replace(path, b"x"),
        lambda path: files.replace_if(path, b"x", expected=None),
        files.check_writable,
    ):
        with pytest.raises(
            Failed, match=r"^can't write ~/\S+: it is a link to \S+/drive/aws\S*, which does not exist$"
        ):
            call(home / link)
    assert not drive.exists()


def test_open_file_is_not_changed(path: Path) -> None:
    """A program that has the old file open still reads all of it."""
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
    """A file is replaced only if it is what was read; otherwise it stays as it is."""
    if present is not None:
        path.write_bytes(present)
    assert files.replace_if(path, b"new", expected=expected) == done
    assert files.read(path) == (b"new" if done else present)
    assert [each.name for each in path.parent.iterdir()] == (["file"] if done or present is not None else [])


def test_writers_with_a_lock(path: Path) -> None:
    """Processes that replace a file under a lock lose none of their lines."""
    processes = [subprocess.Popen([sys.executable, "-c", _ADD_LINES, path, name]) for name in "abc"]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert sorted(path.read_text().split()) == sorted(f"{name}{number}" for name in "abc" for number in range(15))


def test_writer_without_a_lock(path: Path) -> None:
    """What a program writes without a lock is never overwritten with something made from an older version."""
    path.write_bytes(b"")
    other = subprocess.Popen([sys.executable, "-I", "-S", "-c", _OTHER_PROGRAM, path])
    running = True
    while running:
        running = other.poll() is None
        before = files.read(path)
        assert before is not None
        replaced = files.replace_if(path, before + b"ours\n", expected=before)
    assert (other.returncode, replaced) == (0, True)
    assert set(path.read_text().split()) == {"t149", "ours"}


@pytest.mark.parametrize(("present", "left"), [(b"ours", b"newer"), (b"latest", b"latest"), (None, b"newer")])
def test_displaced_file_is_put_back(home: Path, path: Path, present: bytes | None, left: bytes) -> None:
    """A newer file that an exchange displaced is put back, unless a still newer one was written in the meantime.

    Tests a private function, since such a write cannot be timed.
    """
    displaced = home / "displaced"
    displaced.write_bytes(b"newer")
    if present is not None:
        path.write_bytes(present)
    assert not files._put_back(displaced, path, b"ours")
    assert path.read_bytes() == left


def test_refused_rename(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename that is refused while another program reads the file is repeated; no file is rewritten in place."""
    path.write_bytes(b"old")
    before, refusals, replace = path.stat().st_ino, [1, 2, 3], os.replace

    def refused(source: Path, target: Path) -> None:
        if refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "held by another program")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refused)
    files.replace(path, b"new", private=True)
    assert (path.read_bytes(), path.stat().st_ino != before, refusals) == (b"new", True, [])


@pytest.mark.parametrize("call", [lambda path: files.replace(path, b"new", private=True), files.remove])
def test_leftovers_of_private_files(home: Path, path: Path, call: Callable[[Path], None]) -> None:
    """What killed runs left of a private file is removed by the next run that writes it, or removes it."""
    left, other = home / ".file.aaaaaaaa.ssohelper", home / ".other.aaaaaaaa.ssohelper"
    for each in (left, other):
        each.write_bytes(b"secret")
    call(path)
    assert (left.exists(), other.exists()) == (False, True)


def test_overwrite(path: Path) -> None:
    """A file is written in place, whether it gets longer or shorter; it must exist."""
    path.write_bytes(b"old")
    inode = path.stat().st_ino
    for data in (b"longer than before", b"short"):
        files.overwrite(path, data)
        assert (path.read_bytes(), path.stat().st_ino, _mode(path)) == (data, inode, 0o600)
    path.unlink()
    with pytest.raises(Failed):
        files.overwrite(path, b"new")


def test_device(path: Path) -> None:
    """What is neither a file nor a folder is not replaced."""
    os.mkfifo(path)
    with pytest.raises(Failed, match=r"^can't write ~/file: not a regular file$"):
        files.replace(path, b"new")
    assert path.is_fifo()


def test_hint_is_quoted(home: Path) -> None:
    """The hint quotes a folder with blanks in its name, and leaves `~` unquoted."""
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
def test_folder_instead_of_file(path: Path, call: Callable[[Path], object], message: str) -> None:
    """A folder in place of the file is an error, with a command that shows it, and stays."""
    path.mkdir()
    with pytest.raises(Failed) as failed:
        call(path)
    assert (str(failed.value), failed.value.hint, _only_file(path)) == (message, "ls -ld ~", True)


def test_file_instead_of_folder(home: Path) -> None:
    """If the folder cannot be made, nothing is written."""
    (home / "file").write_bytes(b"old")
    with pytest.raises(Failed, match=r"^can't make the folder ~/file: file exists$"):
        files.replace(home / "file" / "x", b"new")
    assert (home / "file").read_bytes() == b"old"


def test_symlink_loop(path: Path) -> None:
    """A symlink to itself is an error."""
    path.symlink_to(path)
    with pytest.raises(Failed, match=r"^can't read ~/file: too many levels of symbolic links$"):
        files.read(path)


def test_check_writable(home: Path, path: Path) -> None:
    """The check fails if a file cannot be written, and leaves nothing behind if it can."""
    files.check_writable(path)
    assert list(home.iterdir()) == []
    path.mkdir()
    (path / "file").touch()
    with pytest.raises(Failed, match=r"^can't make the folder ~/file/file: file exists$"):
        files.check_writable(path / "file" / "x")


def test_remove(home: Path, path: Path) -> None:
    """The file that a symlink points to is deleted; deleting twice is not an error."""
    link = home / "link"
    path.write_bytes(b"secret")
    link.symlink_to(path)
    for _ in range(2):
        files.remove(link)
        assert (link.is_symlink(), path.exists()) == (True, False)
    path.mkdir()
    with pytest.raises(Failed, match=r"^can't remove ~/link: is a directory$"):
        files.remove(link)


def test_secret_in_a_file_of_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret is not written in place into a file whose mode cannot be changed."""
    path.write_bytes(b"old")
    path.chmod(0o666)
    path.with_name("other").hardlink_to(path)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(Failed, match="operation not permitted"):
        files.replace(path, b"secret", private=True)
    assert path.read_bytes() == b"old"
    files.replace(path, b"no secret")
    assert path.read_bytes() == b"no secret"


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from ssohelper.errors import Failed
from ssohelper.storage import files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    files.replace(Path(sys.argv[1]), b"new" * 10_000)
except Failed as error:
    sys.exit(str(error))
"""


def test_full_disk_in_place(path: Path) -> None:
    """A file that is written in place has its old content if the new one has no place on the disk."""
    path.write_bytes(b"old" * 5_000)
    path.with_name("other").hardlink_to(path)
    done = subprocess.run([sys.executable, "-c", _FULL_DISK, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "can't write ~/file: file too large\n")
    assert path.read_bytes() == b"old" * 5_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_private_file_of_another_user(path: Path) -> None:
    """A secret is not written into a file that another user owns: the new file is ours."""
    path.write_bytes(b"old")
    os.chown(path, 12345, -1)
    files.replace(path, b"secret", private=True)
    assert (path.read_bytes(), path.stat().st_uid) == (b"secret", os.geteuid())
