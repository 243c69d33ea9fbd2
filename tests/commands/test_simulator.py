"""`ssohelper simulator`: an Identity Center for anybody's tests."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.home import HANG_SECONDS, Home, command


@contextmanager
def served(home: Home, *words: str) -> "Iterator[subprocess.Popen[str]]":
    """The simulator as a process, ended by its id."""
    with subprocess.Popen(
        command("ssohelper", "simulator", *words),
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_as_its_output_says(make_home: Callable[..., Home]) -> None:
    """A newcomer pastes what it prints: the environment, then the command that it names, and is signed in."""
    home = make_home()
    with served(home, "--auto-approve") as simulator:
        assert simulator.stdout is not None
        assert simulator.stderr is not None
        exports = simulator.stdout.readline() + simulator.stdout.readline()
        assert simulator.stderr.readline().endswith(", until Ctrl-C\n")
        configure = simulator.stderr.readline().removeprefix("next: ")
        script = f"{exports}{configure}ssohelper login && ssohelper sync --yes | tail -1"
        path = f"{command('ssohelper')[0].removesuffix('/ssohelper')}:/usr/bin:/bin"
        done = home.run("sh", "-ec", script, PATH=path)
        assert (done.stdout, done.returncode) == ("16 to add, 0 unchanged\n", 0)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_shape_and_end(make_home: Callable[..., Home], ending: signal.Signals) -> None:
    """Its options shape the world; Ctrl-C and SIGTERM end it well."""
    home = make_home()
    words = ["--accounts", "7", "--roles", "4", "--rate", "100", "--session-hours", "12", "--auto-approve", "--json"]
    with served(home, *words) as simulator:
        assert simulator.stdout is not None
        facts = json.JSONDecoder().raw_decode(_until(simulator.stdout, "}\n"))[0]
        assert sorted(facts) == ["environment", "region", "start_url"]
        home.environment.update(facts["environment"])
        home.ssohelper("configure", "--session", "s", "--start-url", facts["start_url"], "--region", facts["region"])
        home.ssohelper("login")
        roles = json.loads(home.ssohelper("roles", "--json").stdout)
        assert len(roles) == 28
        role = roles[0]
        done = home.ssohelper(
            "credential-process", "--account-id", role["account_id"], "--role-name", role["role_name"]
        )
        assert json.loads(done.stdout)["Version"] == 1
        simulator.send_signal(ending)
        assert simulator.wait(HANG_SECONDS) == 0


def test_port_in_use(make_home: Callable[..., Home]) -> None:
    """A port that is taken is told in one line."""
    with Simulator(organisation()) as taken:
        done = make_home().ssohelper("simulator", "--port", str(taken.port))
    assert (done.stderr, done.returncode) == (
        f"ssohelper: can't listen on port {taken.port}: address already in use\nhint: choose another --port\n",
        1,
    )


def _until(lines: Iterator[str], last: str) -> str:
    text = ""
    for line in lines:
        text += line
        if line == last:
            break
    return text
