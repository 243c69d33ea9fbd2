"""The private folder of an exec server: nobody else can read it, and it does not outlive its server."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssohelper.errors import Failed
from ssohelper.refresher import private_folder
from ssohelper.storage import paths

HOLD = """\
import sys
from ssohelper.refresher import private_folder
with private_folder.create() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all of them, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return paths.exec_folder()


def test_private(base: Path) -> None:
    """Only the user can read the folder and its files, whatever the umask is, and it is deleted at the end."""
    before = os.umask(0)
    try:
        with private_folder.create() as folder:
            private_folder.write(folder / "token", b"secret")
            assert (folder / "token").read_bytes() == b"secret"
            modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (folder, *folder.iterdir())}
            assert modes == {folder.name: "0o700", "lock": "0o600", "token": "0o600"}
            with pytest.raises(Failed, match="file exists"):
                private_folder.write(folder / "token", b"another")
    finally:
        os.umask(before)
    assert list(base.iterdir()) == []


def test_killed_server(base: Path) -> None:
    """The folder of a running server stays; that of a killed one is deleted when the next one starts."""
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        folder = Path(server.stdout.readline().decode().strip())
        with private_folder.create():
            assert folder in base.iterdir()
        server.kill()
    with private_folder.create() as another:
        assert list(base.iterdir()) == [another]


@pytest.mark.parametrize(("age", "remains"), [(0, True), (61, False)])
def test_folder_without_a_lock(base: Path, age: float, remains: bool) -> None:
    """A folder whose server has not locked it yet is kept for a minute."""
    (base / "new").mkdir(parents=True)
    os.utime(base / "new", (time.time() - age, time.time() - age))
    private_folder.sweep()
    assert (base / "new").exists() is remains


def test_unusable_state_folder(base: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If no folder can be made there, it is in the system's temporary folder, and gone at the end, too."""
    base.parent.mkdir(parents=True)
    base.write_bytes(b"")
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with private_folder.create() as folder:
        assert (folder.is_relative_to(temporary), folder.parts[-3:-1]) == (True, ("ssohelper", "exec"))
        assert [each.stat().st_mode & 0o777 for each in (folder, *temporary.iterdir())] == [0o700, 0o700]
    assert list(temporary.iterdir()) == []
