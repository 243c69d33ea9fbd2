"""`sync` that is killed at any call that changes a file, or in which one fails, leaves the old file or the new."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ssohelper import cli
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.changing_calls import Call, ChangingCalls, changing_calls
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in

pytestmark = pytest.mark.full

CHANGES = {"mkdir", "open", "write", "fchmod", "fsync", "rename", "renameat2", "unlink"}
PARTS = 4


@dataclass(slots=True)
class Scene:
    """A home folder before a sync, and the config file before and after it."""

    home: Home
    calls: ChangingCalls
    old: bytes
    new: bytes = b""
    write_path: list[Call] = field(default_factory=list)

    def sync(self, fault: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Run `sync --yes` in a process of its own, in which a call goes wrong."""
        return subprocess.run(
            command("ssohelper", "sync", "--yes"),
            # The seed: the same calls in the same order each time.
            env={**self.home.environment, **fault, "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )

    def restore(self) -> None:
        """Restore everything as it was before the sync."""
        for path in sorted(self.home.state.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        for path in self.home.config.parent.glob(".config*"):
            path.unlink()
        self.home.config.write_bytes(self.old)


@pytest.fixture
def company() -> Iterator[Simulator]:
    """A company of two accounts, so that the many syncs of these tests are fast."""
    accounts = [Account("111111111111", "one"), Account("222222222222", "two")]
    pairs = frozenset({("111111111111", "Admin"), ("222222222222", "Read")})
    world = World(accounts, [PermissionSet("Admin"), PermissionSet("Read")], [User("alex", pairs)])
    with Simulator(world, rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def scene(
    make_home: Callable[..., Home], company: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    """A config file with profiles, one of which has to be removed, and one to be added."""
    signed_in = make_home(**company.environment)
    sign_in(signed_in, company)
    signed_in.ssohelper("sync", "--yes")
    company.world.withdraw("111111111111", "Admin")
    company.world.assign("222222222222", "Admin")
    scene = Scene(signed_in, changing_calls(signed_in.path, tmp_path), signed_in.config.read_bytes())
    scene.restore()
    done = scene.sync(scene.calls.listed())
    assert done.returncode == 0, done.stderr
    every = scene.calls.calls()
    first = next(index for index, call in enumerate(every) if "locks" in call.path)
    scene.new, scene.write_path = signed_in.config.read_bytes(), every[first:]
    for name, value in signed_in.environment.items():
        monkeypatch.setenv(name, value)
    return scene


@pytest.mark.parametrize("part", range(PARTS))
def test_killed(scene: Scene, part: int) -> None:
    """A kill at any call leaves the old or the new file; the next sync writes the new one and cleans up."""
    assert {call.name for call in scene.write_path} >= CHANGES
    seen = set()
    for call in scene.write_path[part::PARTS]:
        scene.restore()
        done = scene.sync(scene.calls.killed(call))
        assert done.returncode == -signal.SIGKILL, (call, done.stderr)
        found = scene.home.config.read_bytes()
        assert found in (scene.old, scene.new), call
        seen.add(found)
        assert cli.run(["sync", "--yes"]) == 0
        assert scene.home.config.read_bytes() == scene.new, call
        assert [path.name for path in scene.home.config.parent.iterdir() if path.is_file()] == ["config"]
    assert scene.old in seen


@pytest.mark.parametrize(
    ("error", "words"), [("ENOSPC", "no space left on device"), ("EROFS", "read-only file system")]
)
def test_failing_calls(scene: Scene, error: str, words: str) -> None:
    """On a full or read-only disk, it fails with a clear error, and nothing is lost."""
    failures = 0
    for call in [call for call in scene.write_path if call.name in CHANGES - {"unlink"}]:
        scene.restore()
        done = scene.sync(scene.calls.failing(call, error))
        found = scene.home.config.read_bytes()
        assert found in (scene.old, scene.new), call
        if done.returncode:
            message = rf"ssohelper: can't \S+.* ~/\S+: {words}\nhint: (ls -ld|df -h) ~/\S+\n"
            assert re.fullmatch(message, done.stderr), call
            failures += 1
        else:  # the call was not necessary: a note, or a folder that exists
            assert found == scene.new, call
        assert cli.run(["sync", "--yes"]) == 0
        assert scene.home.config.read_bytes() == scene.new
    assert failures >= 10


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("renameat2", "EBUSY"),
        ("renameat2", "EXDEV"),
        ("open", "EROFS"),
        ("open", "EACCES"),
        ("fchmod", "EPERM"),
        ("fsync", "EINVAL"),
        ("flock", "EOPNOTSUPP"),
        ("flock", "ENOLCK"),
    ],
)
def test_degraded(scene: Scene, name: str, error: str) -> None:
    """A mount point, a folder that cannot be written, and file systems without modes, syncs or locks: it works."""
    place = "locks" if name == "flock" else ".aws/"
    call = next(call for call in scene.write_path if call.name == name and place in call.path)
    scene.restore()
    inode = scene.home.config.stat().st_ino
    # The plain rename, which is tried after the other one, fails as well.
    done = scene.sync(scene.calls.failing(call, error, 2 if name == "renameat2" else 1))
    assert (done.returncode, scene.home.config.read_bytes()) == (0, scene.new), done.stderr
    assert (scene.home.config.stat().st_ino == inode) == (name in ("renameat2", "open"))
    assert scene.old in [path.read_bytes() for path in scene.home.state.glob("backups/*/config-*")]
    assert [path.name for path in scene.home.config.parent.iterdir() if path.is_file()] == ["config"]


def test_hard_link(scene: Scene) -> None:
    """A file with another name keeps it, and both names have the new content."""
    scene.restore()
    other = scene.home.path / "other"
    other.hardlink_to(scene.home.config)
    assert cli.run(["sync", "--yes"]) == 0
    assert (other.samefile(scene.home.config), other.read_bytes()) == (True, scene.new)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owner(scene: Scene) -> None:
    """A file of another user stays theirs."""
    scene.restore()
    os.chown(scene.home.config, 12345, 54321)
    assert cli.run(["sync", "--yes"]) == 0
    found = scene.home.config.stat()
    assert (found.st_uid, found.st_gid, scene.home.config.read_bytes()) == (12345, 54321, scene.new)
