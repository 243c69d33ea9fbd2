"""What every test may use: a home folder of its own, an Identity Center, and the real `ssohelper` in a process."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests import planted, signing_in
from tests.planted import Told
from tests.sts import Sts, sts

# Long enough for the slowest machine; a test never waits for it unless something hangs.
HANG_SECONDS = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with the tests that take minutes, so that none of them is left for the end."""
    lapses = [item for item in items if item.get_closest_marker("time_lapse")]
    slow = [item for item in items if item.get_closest_marker("slow") and item not in lapses]
    first = dict(zip(_places(len(items), len(lapses)), [*lapses, *slow], strict=False))
    others = iter([item for item in items if item not in first.values()])
    items[:] = [first.get(number) or next(others) for number in range(len(items))]


def _places(tests: int, lapses: int) -> Iterator[int]:
    """The numbers of the tests with which the workers of xdist begin, as `--dist worksteal` shares them out.

    First one of each worker, then a second one, a third and so on of all those that have no time lapse.
    """
    workers, at, beginnings = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 0, []
    for others in range(workers, 0, -1):
        beginnings.append(at)
        at += (tests - at) // others
    yield from beginnings
    for depth in range(1, tests // workers):
        yield from (each + depth for each in beginnings[lapses:])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests under a clock that runs fast go before all others, in whatever else their workers do."""
    if "PYTEST_XDIST_WORKER" in os.environ and item.get_closest_marker("time_lapse") is None and os.nice(0) == 0:
        os.nice(10)


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder, and the environment of a process that lives in it."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list, repr=False)
    shown: list[tuple[tuple[str, ...], io.StringIO]] = field(default_factory=list, repr=False)

    @property
    def config(self) -> Path:
        """The AWS config file."""
        return self.path / ".aws" / "config"

    @property
    def settings(self) -> Path:
        """Our settings file."""
        return self.path / ".config" / "ssohelper" / "config.toml"

    @property
    def state(self) -> Path:
        """Our state folder."""
        return self.path / ".local" / "state" / "ssohelper"

    def run(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `more` in its environment; `ssohelper` is the one of this checkout."""
        done = subprocess.run(
            command(*words),
            env={**self.environment, **more},
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )
        self.told.append(Told(words, done.stdout, done.stderr))
        return done

    def ssohelper(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run `ssohelper` to its end."""
        return self.run("ssohelper", *words, **more)

    def terminal(self, *words: str, program: str = "ssohelper") -> "pexpect.spawn[str]":
        """Start `ssohelper`, or another program, on a terminal, where a person answers."""
        path, *arguments = command(program, *words)
        environment = cast("os._Environ[str]", self.environment)  # what the stubs ask for; any mapping will do
        spawned = pexpect.spawn(
            path,
            arguments,
            env=environment,
            cwd=self.path,
            encoding="utf-8",
            codec_errors="replace",
            timeout=HANG_SECONDS,
        )
        spawned.logfile_read = io.StringIO()
        self.shown.append(((program, *words), spawned.logfile_read))
        return spawned

    def all_told(self) -> list[Told]:
        """What every run printed, on terminals too."""
        return [*self.told, *(Told(words, log.getvalue(), "") for words, log in self.shown)]

    def tree(self) -> dict[str, bytes]:
        """Every file of the home folder, by name; but not what is only remembered: locks, what was used or listed."""
        return {
            str(each.relative_to(self.path)): each.read_bytes()
            for each in self.path.rglob("*")
            if each.is_file() and each.parent.name not in ("locks", "renewals", "used", "accounts")
        }


def command(*words: str) -> list[str]:
    """The words to start; a program that is installed beside this Python is taken from there."""
    beside = Path(sys.executable).parent / words[0]
    return [str(beside) if beside.exists() else words[0], *words[1:]]


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, but for everything that leads outside `home`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SSOHELPER_", "XDG_", "PYTEST_", "COV_"))
        and name not in ("NO_COLOR", "FORCE_COLOR")
    }
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "COLUMNS": "100",
        **more,
    }


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """A small company's Identity Center that approves every sign-in."""
    with Simulator(organisation(), rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def caller_identity(identity_center: Simulator) -> Iterator[Sts]:
    """An STS for keys that this Identity Center issued."""
    with sts(identity_center) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _process_list_watched() -> Iterator[None]:
    """No process of the whole run shows a token in its arguments."""
    with planted.process_list_watched():
        yield


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Makes a home folder by name, with an environment; in the end its secrets are looked for where none may be."""
    made: list[Home] = []

    def make(name: str = "home", **more: str) -> Home:
        path = tmp_path / name
        path.mkdir()
        made.append(Home(path, environment(path, more)))
        return made[-1]

    yield make
    for home in made:
        planted.check(home.path, home.all_told())


@pytest.fixture
def home(make_home: Callable[..., Home], identity_center: Simulator) -> Home:
    """An empty home folder whose AWS calls go to the Identity Center."""
    return make_home(**identity_center.environment)


@pytest.fixture
def signed_in(home: Home, identity_center: Simulator) -> Home:
    """A home folder in which `acme` is configured and signed in."""
    sign_in(home, identity_center)
    return home


def sign_in(home: Home, identity_center: Simulator, name: str = "acme") -> None:
    """Configure a session and sign in to it: `sign_in_by_commands` without the commands."""
    signing_in.leave(home.path, identity_center, name)


def sign_in_by_commands(home: Home, identity_center: Simulator, name: str = "acme") -> None:
    """Configure a session and sign in to it, by the real commands."""
    url, region = identity_center.start_url, identity_center.region
    done = home.ssohelper("configure", "--session", name, "--start-url", url, "--region", region)
    assert done.returncode == 0, done.stderr
    done = home.ssohelper("login", "--session", name)
    assert done.returncode == 0, done.stderr
