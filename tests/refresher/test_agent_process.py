"""The process of the agent: whether it is running, its report, and how it is started and stopped."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ssohelper.errors import Failed
from ssohelper.refresher import agent_process
from ssohelper.refresher.agent_process import LOCK, MODULE
from ssohelper.storage import locks, paths
from tests.fixtures.home import HANG_SECONDS

# Holds the agent's lock until it is killed; SIGTERM is ignored if it is asked to.
AGENT = """\
import signal, sys, time
from ssohelper.refresher.agent_process import LOCK
from ssohelper.storage import locks
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with locks.held(LOCK, waiting=print, deadline=0):
    print("started", flush=True)
    time.sleep(600)
"""


# Starts an agent, and ends.
START = """\
import sys
from ssohelper.errors import Failed
from ssohelper.refresher import agent_process
agent_process._START_SECONDS = float(sys.argv[1])
try:
    agent_process.start([sys.executable, "-c", sys.argv[2], "-m", agent_process.MODULE])
except Failed as error:
    print(error, error.hint, sep="|")
"""


def start(agent: str = AGENT, seconds: float = 10) -> str:
    """Start an agent in the background, within so many seconds; the error, if there is one."""
    words = [sys.executable, "-c", START, str(seconds), agent]
    return subprocess.run(words, capture_output=True, text=True, timeout=HANG_SECONDS, check=True).stdout


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our state folder, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return paths.state()


@contextmanager
def running(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that holds the agent's lock."""
    with subprocess.Popen([sys.executable, "-c", AGENT, "-m", MODULE, *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        try:
            yield process
        finally:
            process.kill()


def test_not_running(state: Path) -> None:
    """Without a lock file, and with one that no process holds, the agent is not running; nothing is written."""
    assert (agent_process.is_running(), agent_process.state(), state.exists()) == (False, {"running": False}, False)
    with running():
        assert agent_process.is_running()
    assert not agent_process.is_running()


@pytest.mark.parametrize(
    ("data", "report"),
    [
        (b'{"checks": 7}', {"checks": 7}),
        (b'{"checks": 7}' + b" " * 4000, {"checks": 7}),
        (b'{"checks"', {}),
        (b"[]", {}),
        (b"", {}),
        (b"\xff", {}),
    ],
)
def test_state(state: Path, data: bytes, report: dict[str, int]) -> None:
    """The last report is part of the state; one that cannot be parsed is ignored."""
    state.mkdir(parents=True)
    paths.agent().write_bytes(data)
    assert agent_process.state() == {"running": False, **report}


def test_start(state: Path) -> None:
    """The agent is started detached from the terminal, and its output goes to its log."""
    assert start() == ""
    try:
        assert agent_process.is_running()
        assert paths.agent_log().read_text() == "started\n"
        assert (paths.agent_log().stat().st_mode & 0o777, state.stat().st_mode & 0o777) == (0o600, 0o700)
    finally:
        agent_process.stop()
    assert not agent_process.is_running()


def test_does_not_start() -> None:
    """If it ends at once, that is an error; its output is in the log, which the hint shows."""
    printed = start("raise SystemExit('no memory')", seconds=0.3)
    assert printed == "the agent did not start|tail ~/.local/state/ssohelper/agent.log\n"
    assert paths.agent_log().read_text() == "no memory\n"


@pytest.mark.parametrize(
    ("words", "code"), [((), -signal.SIGTERM), (("stubborn",), -signal.SIGKILL)], ids=["normal", "stubborn"]
)
def test_stop(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int) -> None:
    """It is ended by SIGTERM, and killed if it ignores that."""
    monkeypatch.setattr(agent_process, "_START_SECONDS", 1.0 if words else 10.0)
    with running(*words) as process:
        agent_process.stop()
        assert process.wait(timeout=30) == code


@pytest.mark.first_is_quick
@pytest.mark.parametrize("holder", ["", "0", "1", "-1", "x", "stranger", "namesake"])
def test_unknown_process(holder: str) -> None:
    """Without the agent's own number, or with that of another process, no process gets a signal."""
    name = ["about ssohelper.processes.agent"] if holder == "namesake" else []
    stranger = subprocess.Popen([sys.executable, "-c", "input()", *name], stdin=subprocess.PIPE)
    try:
        with running() as process:
            number = str(stranger.pid) if holder in ("stranger", "namesake") else holder
            locks.path(LOCK).with_suffix(".holder").write_text(number)
            with pytest.raises(Failed, match="its process is not known"):
                agent_process.stop()
            assert (process.poll(), stranger.poll()) == (None, None)
    finally:
        stranger.kill()
        stranger.communicate()


def test_log_is_rotated(state: Path) -> None:
    """A log of more than a megabyte is renamed when the agent starts."""
    state.mkdir(parents=True)
    paths.agent_log().write_bytes(b"x" * 1_000_001)
    start()
    agent_process.stop()
    assert paths.agent_log().read_text() == "started\n"
    assert (state / "agent.log.1").stat().st_size == 1_000_001
