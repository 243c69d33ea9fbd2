"""`sync` that is killed at any system call, or that fails at one, leaves the old file or the new one."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ssohelper import cli
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in
from tests.fixtures.system_calls import CALLS, TRACED, Point

pytestmark = pytest.mark.full

CHANGES = {"mkdir", "write", "fchmod", "fsync", "rename", "renameat2", "unlink"}
PARTS = 4


@pytest.fixture
def strace() -> str:
    """The path of strace."""
    return need("strace")


def traced(home: Home, strace: str, *inject: str) -> "subprocess.CompletedProcess[str]":
    """Run `sync --yes` under strace, with a fault injected into its main thread, which writes all files."""
    return subprocess.run(
        [
            strace, "-qq", "-y", "-e", "signal=none", "-e", f"trace={','.join(CALLS)}", *inject,
            "-o", str(home.path.parent / "trace"), *command("ssohelper", "sync", "--yes"),
        ],
        env={**home.environment, "PYTHONHASHSEED": "0"},  # the same calls in the same order each time
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )  # fmt: skip


def write_path(home: Home) -> list[Point]:
    """Every traced call on the home folder, from the lock on the config file on."""
    numbers: Counter[str] = Counter()
    points: list[Point] = []
    lines = (home.path.parent / "trace").read_text().splitlines()
    for found in filter(None, map(TRACED.match, lines)):
        call, arguments = found[1], found[2]
        numbers[call] += 1
        if str(home.path) in arguments and (points or "locks" in arguments):
            points.append(Point(call, numbers[call], arguments))
    return points


@dataclass(slots=True)
class Scene:
    """A home folder before a sync, and the config file before and after it."""

    home: Home
    strace: str
    old: bytes
    new: bytes = b""
    points: list[Point] = field(default_factory=list)

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
def scene(make_home: Callable[..., Home], company: Simulator, strace: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A config file with profiles, one of which has to be removed, and one to be added."""
    signed_in = make_home(**company.environment)
    sign_in(signed_in, company)
    signed_in.ssohelper("sync", "--yes")
    company.world.withdraw("111111111111", "Admin")
    company.world.assign("222222222222", "Admin")
    scene = Scene(signed_in, strace, signed_in.config.read_bytes())
    scene.restore()
    done = traced(signed_in, strace)
    if "ptrace" in done.stderr:
        pytest.skip("strace is not allowed to trace")
    assert done.returncode == 0, done.stderr
    scene.new, scene.points = signed_in.config.read_bytes(), write_path(signed_in)
    for name, value in signed_in.environment.items():
        monkeypatch.setenv(name, value)
    return scene


@pytest.mark.parametrize("part", range(PARTS))
def test_killed(scene: Scene, part: int) -> None:
    """A kill at any call leaves the old or the new file; the next sync writes the new one and cleans up."""
    assert {point.call for point in scene.points} >= CHANGES
    seen = set()
    for point in scene.points[part::PARTS]:
        scene.restore()
        done = traced(scene.home, scene.strace, "-e", f"inject={point.call}:signal=KILL:when={point.number}")
        assert done.returncode == -9, (point, done.stderr)
        found = scene.home.config.read_bytes()
        assert found in (scene.old, scene.new), point
        seen.add(found)
        assert cli.run(["sync", "--yes"]) == 0
        assert scene.home.config.read_bytes() == scene.new, point
        assert [path.name for path in scene.home.config.parent.iterdir() if path.is_file()] == ["config"]
    assert scene.old in seen


@pytest.mark.parametrize(
    ("error", "words"), [("ENOSPC", "no space left on device"), ("EROFS", "read-only file system")]
)
def test_failing_calls(scene: Scene, error: str, words: str) -> None:
    """On a full or read-only disk, it fails with a clear error, and nothing is lost."""
    failing = [point for point in scene.points if point.call in CHANGES - {"unlink"} or "O_CREAT" in point.arguments]
    failures = 0
    for point in failing:
        scene.restore()
        inject = f"inject={point.call}:error={error}:when={point.number}"
        done = traced(scene.home, scene.strace, "-f", "--seccomp-bpf", "-e", inject)
        found = scene.home.config.read_bytes()
        assert found in (scene.old, scene.new), point
        if done.returncode:
            assert re.fullmatch(rf"ssohelper: can't \S+.* ~/\S+: {words}\nhint: ls -ld ~/\S+\n", done.stderr), point
            failures += 1
        else:  # the call was not necessary: a note, or a folder that exists
            assert found == scene.new, point
        assert cli.run(["sync", "--yes"]) == 0
        assert scene.home.config.read_bytes() == scene.new
    assert failures >= 10


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("renameat2", "EBUSY"),
        ("renameat2", "EXDEV"),
        ("openat", "EROFS"),
        ("openat", "EACCES"),
        ("fchmod", "EPERM"),
        ("fsync", "EINVAL"),
        ("flock", "EOPNOTSUPP"),
        ("flock", "ENOLCK"),
    ],
)
def test_degraded(scene: Scene, call: str, error: str) -> None:
    """A mount point, a folder that cannot be written, and file systems without modes, syncs or locks: it works."""
    place = "locks" if call == "flock" else ".aws/"
    at = next(
        number
        for number, point in enumerate(scene.points)
        if point.call == call and place in point.arguments and (call != "openat" or "O_CREAT" in point.arguments)
    )
    failing = [f"inject={call}:error={error}:when={scene.points[at].number}"]
    if call == "renameat2":  # then the plain rename, which is tried instead, fails as well
        before = max(point.number for point in scene.points[:at] if point.call == "rename")
        failing.append(f"inject=rename:error={error}:when={before + 1}")
    scene.restore()
    inode = scene.home.config.stat().st_ino
    done = traced(scene.home, scene.strace, *(word for each in failing for word in ("-e", each)))
    assert (done.returncode, scene.home.config.read_bytes()) == (0, scene.new), done.stderr
    assert (scene.home.config.stat().st_ino == inode) == (call in ("renameat2", "openat"))
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
