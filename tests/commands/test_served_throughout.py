"""A service that trickles or hangs, a machine that sleeps, a clock that is set: valid credentials are served.

A job under `ssohelper exec` asks the endpoint twenty times a second, and another process starts `credential-process`
again and again. Both, and the service, have the same clock, which the test sets.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from ssohelper.simulator.companies import generate
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.exec_jobs import exec_servers
from tests.fixtures.faketime import faketime
from tests.fixtures.home import HANG_SECONDS, Home, command, sign_in, wait_for

pytestmark = pytest.mark.full

MINUTES = 60
# Asks the endpoint until there is a file `stop`; each answer is a line: the status, and the end of the credentials.
CLIENT = """\
import json, os, sys, time, urllib.error, urllib.request
url, token = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
request = urllib.request.Request(url, headers={"Authorization": token})
with open("asked", "w", buffering=1) as file:
    while not os.path.exists("stop"):
        try:
            with urllib.request.urlopen(request, timeout=60) as found:
                print(found.status, json.load(found)["Expiration"], file=file)
        except urllib.error.HTTPError as error:
            print(error.code, "-", file=file)
        except ConnectionError:  # the clock has jumped beyond the time limit of this connection
            pass
        time.sleep(0.05)
"""


@dataclass(slots=True)
class Clock:
    """A clock that is some seconds ahead of this machine's; processes read the difference from a file."""

    path: Path
    ahead: float = 0.0

    def __call__(self) -> float:
        """The time in Unix seconds."""
        return time.time() + self.ahead

    def set(self, ahead: float) -> None:
        """Let everything have another time."""
        self.ahead = ahead
        part = self.path.with_suffix(".part")
        part.write_text(f"{ahead:+.0f}")
        part.replace(self.path)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of processes with this clock."""
        words = [*faketime("+0"), "printenv", "LD_PRELOAD"]
        preload = subprocess.run(words, capture_output=True, text=True, check=True)
        faked = {"FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1"}
        return {**faked, "LD_PRELOAD": preload.stdout.strip()}


@dataclass(slots=True)
class Scene:
    """A running job, and what it and the other process got."""

    home: Home
    center: Simulator
    clock: Clock
    codes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def role(self) -> tuple[str, ...]:
        """The options that name the only role."""
        account, role = self.center.world.accounts[0].id, self.center.world.permission_sets[0].name
        return ("--session", "acme", "--account-id", account, "--role-name", role)

    def statuses(self) -> list[int]:
        """The status of each answer of the endpoint."""
        return [int(line.split()[0]) for line in self._lines()]

    def expiration(self) -> float:
        """When the credentials in the last answer expire, in Unix seconds; 0 if it had none."""
        last = self._lines()[-1].split()[1]
        return 0.0 if last == "-" else datetime.fromisoformat(last).timestamp()

    def wait_for_answers(self, count: int = 40) -> None:
        """Wait until the endpoint and the other process have answered some more times."""
        asked, started = len(self._lines()), len(self.codes)
        wait_for(lambda: len(self._lines()) >= asked + count and len(self.codes) > started + 1)

    def _lines(self) -> list[str]:
        path = self.home.path / "asked"
        return [line for line in path.read_text().splitlines() if " " in line] if path.exists() else []


@pytest.fixture
def scene(make_home: Callable[..., Home], tmp_path: Path) -> Iterator[Scene]:
    """A job that has been served for a moment."""
    clock = Clock(tmp_path / "clock")
    clock.set(0)
    with Simulator(generate(1, 1), rate=None, auto_approve=True, clock=clock, sign_in_seconds=24 * 3600) as center:
        home = make_home(**center.environment)
        sign_in(home, center)
        home.environment.update(clock.environment)
        found = Scene(home, center, clock)
        with job(found), other_process(found):
            wait_for(lambda: len(found.statuses()) > 3 and len(found.codes) > 0)
            yield found


@contextmanager
def job(scene: Scene) -> Iterator[None]:
    """Run the client under `exec`; it must end with 0."""
    home = scene.home
    words = command("ssohelper", "exec", *scene.role, "--", sys.executable, "-c", CLIENT)
    running = subprocess.Popen(words, env=home.environment, cwd=home.path, stdin=subprocess.DEVNULL, text=True)
    try:
        yield
    finally:
        (home.path / "stop").touch()
        try:
            assert running.wait(HANG_SECONDS) == 0
        finally:
            running.kill()


@contextmanager
def other_process(scene: Scene) -> Iterator[None]:
    """Start `credential-process` again and again, without the launcher's prepared answers."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            done = scene.home.run(*command("ssohelper", "credential-process", *scene.role))
            scene.codes.append((done.returncode, done.stderr))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(HANG_SECONDS)


FAULTS = {
    # Not `*`: a token refresh is never cut off, so it would take minutes.
    "trickle": ("GetRoleCredentials", Fault.trickle()),
    "hang": ("*", Fault.hang(3600)),
    "503": ("*", Fault.error(503)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(scene: Scene, name: str) -> None:
    """While the service does not answer, no call is refused; afterwards there are new credentials."""
    operation, fault = FAULTS[name]
    scene.center.faults.add(operation, fault, None)
    before = scene.expiration()
    scene.clock.set(45 * MINUTES)  # the credentials and the token are due
    wait_for(lambda: scene.center.counters.calls["CreateToken"] > 1)
    scene.wait_for_answers()
    assert scene.expiration() == before
    scene.center.faults.clear()
    scene.clock.set(50 * MINUTES)
    wait_for(lambda: scene.expiration() > before)
    scene.wait_for_answers()
    assert set(scene.statuses()) == {200}
    assert {code for code, _ in scene.codes} == {0}


def test_suspend(scene: Scene) -> None:
    """After hours of sleep, calls are held until there are new credentials, and none gets expired ones."""
    (server,) = exec_servers(scene.home)
    before = scene.expiration()
    os.kill(server, signal.SIGSTOP)
    scene.clock.set(5 * 3600)
    time.sleep(1)
    os.kill(server, signal.SIGCONT)
    wait_for(lambda: scene.expiration() > before)
    refused = scene.statuses().count(503)
    assert refused <= 3  # each is held for two seconds, and a refresh may take longer on a busy machine
    scene.wait_for_answers()
    assert scene.statuses().count(200) == len(scene.statuses()) - refused
    assert {code for code, _ in scene.codes} == {0}


@pytest.mark.parametrize("ahead", [-3 * 3600, -30 * MINUTES, 30 * MINUTES, 48 * MINUTES])
def test_clock_is_set(scene: Scene, ahead: float) -> None:
    """Whatever the clock is set to, forward or back, no call is refused, and no credentials have expired."""
    scene.clock.set(ahead)
    scene.wait_for_answers()
    assert scene.expiration() > scene.clock()
    scene.clock.set(0)
    scene.wait_for_answers()
    assert set(scene.statuses()) == {200}
    assert {code for code, _ in scene.codes} == {0}, json.dumps(scene.codes)
