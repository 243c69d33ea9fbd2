"""Commands that are killed at any call that changes a file, or in which any of them fails.

Nothing is torn, no sign-in is lost, and the next `logout` leaves no secret. A few of the calls of each command are
tried; with SSOHELPER_ALL_EXAMPLES=15, all of them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.changing_calls import Call, ChangingCalls, changing_calls
from tests.fixtures.home import HANG_SECONDS, Home, command, wait_for
from tests.fixtures.sensitive_roles import BY_ROLE, PAYMENTS, PLAIN, SENSITIVE, set_sensitive, two_accounts

pytestmark = pytest.mark.full

SECRET = re.compile(rb"(ao[ar]AAAAA|IQoJ)[\w-]{40}")
ERRORS = ("ENOSPC", "EIO", "EACCES")


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center of two accounts, with a role that is made sensitive."""
    with Simulator(two_accounts(), rate=None, auto_approve=True) as simulator:
        yield simulator


Done = subprocess.CompletedProcess[str]
Run = Callable[[Home, dict[str, str]], Done]


def words(*line: str, stdin: str = "") -> Run:
    """Runs a command to its end."""

    def run(home: Home, environment: dict[str, str]) -> Done:
        return subprocess.run(
            command("ssohelper", *line),
            env={**home.environment, **environment},
            cwd=home.path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
            check=False,
        )

    return run


def unlock(home: Home, environment: dict[str, str]) -> Done:
    """Unlock the sensitive role on a terminal."""
    line = ["unlock", f"{PAYMENTS}/BreakGlass", "--session", "acme", "--reason", "incident 4711"]
    terminal = Home(home.path, {**home.environment, **environment}).terminal(*line)
    terminal.expect(pexpect.EOF)
    terminal.close()
    code = terminal.exitstatus if terminal.signalstatus is None else -terminal.signalstatus
    assert code is not None
    return Done(line, code, "", str(terminal.before))


def agent(home: Home, environment: dict[str, str]) -> Done:
    """Run the agent until its first check has refreshed a role, or it has ended."""
    cached = next((home.path / ".aws/cli/cache").glob("*.json"))
    before = cached.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "ssohelper.processes.agent"],
        env={**home.environment, **environment},
        cwd=home.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with suppress(AssertionError):  # a call failed, and it tries again much later
            wait_for(lambda: process.poll() is not None or _is_refreshed(cached, before), 6)
        process.terminate()
        errors = process.communicate(timeout=HANG_SECONDS)[1]
    finally:
        process.kill()
    return Done("agent", process.returncode, "", errors)


def _is_refreshed(path: Path, before: bytes) -> bool:
    with suppress(OSError):
        return path.read_bytes() != before
    return False


@dataclass(frozen=True, slots=True)
class Case:
    """A command, and what was done before it; `keeps` says whether one is signed in before and after it.

    One that `is_sensitive` prints credentials of the sensitive role.
    """

    name: str
    run: Run
    before: tuple[Callable[["Scene"], None], ...] = ()
    keeps: bool = True
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A home folder that is signed in, and a copy of it."""

    home: Home
    center: Simulator
    calls: ChangingCalls
    copy: Path

    def restore(self, case: Case) -> None:
        """Restore everything, sign in again, and do what comes before the command."""
        shutil.rmtree(self.home.path)
        shutil.copytree(self.copy, self.home.path, symlinks=True)
        grant = self.center.sign_in()
        path = next(
            each for each in (self.home.path / ".aws/sso/cache").iterdir() if b"startUrl" in each.read_bytes()
        )
        facts = json.loads(path.read_bytes())
        tokens = {"accessToken": grant.access_token, "refreshToken": grant.refresh_token}
        path.write_text(
            json.dumps(facts | tokens | {"clientId": grant.client_id, "clientSecret": grant.client_secret})
        )
        for step in case.before:
            step(self)

    def run(self, *line: str) -> "subprocess.CompletedProcess[str]":
        """Run a command without any fault."""
        return self.home.ssohelper(*line)


def signed_out(scene: Scene) -> None:
    """Sign out."""
    assert scene.run("logout").returncode == 0


def used(scene: Scene) -> None:
    """Use a role, so that it is cached."""
    assert scene.run("credential-process", *PLAIN).returncode == 0


def unlocked(scene: Scene) -> None:
    """Unlock the sensitive role."""
    assert unlock(scene.home, {}).returncode == 0


def due(scene: Scene) -> None:
    """Use a role, whose credentials then expire in five minutes."""
    used(scene)
    for path in (scene.home.path / ".aws/cli/cache").glob("*.json"):
        cached = json.loads(path.read_bytes())
        cached["Credentials"]["Expiration"] = timestamps.written(time.time() + 300)
        path.write_text(json.dumps(cached))
    for path in scene.home.state.glob("answers/acme/*/*"):
        path.write_text(re.sub(r"^\d+", "0", path.read_text()))


CASES = [
    Case("login", words("login"), (signed_out,), keeps=False),
    Case("login again", words("login", "--force")),
    Case("credential-process", words("credential-process", *PLAIN)),
    Case("credential-process of a role that is due", words("credential-process", *PLAIN), (due,)),
    Case(
        "credential-process of a sensitive role",
        words("credential-process", *SENSITIVE),
        (unlocked,),
        is_sensitive=True,
    ),
    Case("logout", words("logout"), (used, unlocked), keeps=False),
    Case("unlock", unlock),
    Case("agent", agent, (due,)),
    Case("check of the agent", words("refresh", stdin='{"role": null}'), (due,)),
]


@pytest.fixture
def scene(signed_in: Home, identity_center: Simulator, tmp_path: Path) -> Scene:
    """A home folder to which every run returns."""
    signed_in.settings.parent.mkdir(parents=True)
    set_sensitive(signed_in, BY_ROLE)
    copy = tmp_path / "copy"
    shutil.copytree(signed_in.path, copy, symlinks=True)
    return Scene(signed_in, identity_center, changing_calls(signed_in.path, tmp_path), copy)


def changes(scene: Scene, case: Case) -> list[Call]:
    """Some of the calls of a command that change files, or all."""
    scene.restore(case)
    case.run(scene.home, scene.calls.listed())  # compiles modules
    scene.restore(case)
    done = case.run(scene.home, scene.calls.listed())
    assert done.returncode in (0, -signal.SIGTERM), done.stderr
    found = scene.calls.calls()
    assert {call.name for call in found} >= {"open", "flock", "write"}, found
    count = min(len(found), int(os.environ.get("SSOHELPER_ALL_EXAMPLES", "1")) * (len(found) // 15 + 1))
    return [found[index * len(found) // count] for index in range(count)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_killed(scene: Scene, case: Case) -> None:
    """A kill before any call leaves whole files; the next command works, and the next logout leaves no secret."""
    seen: Counter[int] = Counter()
    for call in changes(scene, case):
        scene.restore(case)
        done = case.run(scene.home, scene.calls.killed(call))
        assert done.returncode in (-signal.SIGKILL, 0), (call, done)
        seen[done.returncode] += 1
        check(scene, case, call, done)
    assert seen[-signal.SIGKILL] >= seen[0]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_failing_calls(scene: Scene, case: Case, error: str) -> None:
    """If any call fails, the exit code and message are ours, files are whole, and no sign-in is lost."""
    for call in changes(scene, case):
        scene.restore(case)
        done = case.run(scene.home, scene.calls.failing(call, error))
        assert done.returncode in (0, 1, 4, 5, -signal.SIGTERM), (call, done)
        assert "bug" not in done.stderr, (call, done.stderr)
        assert "Traceback" not in done.stderr, (call, done.stderr)
        check(scene, case, call, done)


def check(scene: Scene, case: Case, call: Call, done: Done) -> None:
    """Check what a command that was killed, or failed, has left."""
    for folder in (".aws/sso/cache", ".aws/cli/cache"):
        for path in (scene.home.path / folder).glob("*.json"):
            json.loads(path.read_bytes())
    if case.is_sensitive and done.stdout:
        assert audited(scene)[-1]["event"] == "issue", call  # no entry, no keys
    if case.keeps:
        still = scene.run("accounts")
        assert still.returncode == 0, (call, done.stderr, still.stderr)
    if case.keeps and call.number % 2:  # else `logout` has to find what was left without a trace of its use
        again = scene.run("credential-process", *PLAIN)
        assert again.returncode == 0, (call, done.stderr, again.stderr)
    logout = scene.run("logout")
    assert logout.returncode in (0, 4), (call, logout.stderr)
    assert left_secrets(scene.home.path) == [], call
    audited(scene)
    if not case.keeps:
        assert scene.run("login").returncode == 0, call


def audited(scene: Scene) -> list[dict[str, Any]]:
    """The entries of the audit log, each of which is whole."""
    path = scene.home.state / "audit-log.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines() if line] if path.exists() else []


def left_secrets(home: Path) -> list[str]:
    """The files with a token or with credentials."""
    return [str(path) for path in home.rglob("*") if path.is_file() and SECRET.search(path.read_bytes())]
