"""`ssohelper simulator`, run as a process."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command


@contextmanager
def running(home: Home, *words: str) -> "Iterator[subprocess.Popen[str]]":
    """Run the command, and kill it at the end."""
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


@pytest.mark.full
def test_printed_commands(make_home: Callable[..., Home]) -> None:
    """The printed exports and configure command are enough to sign in and sync."""
    home = make_home()
    with running(home, "--auto-approve") as simulator:
        assert simulator.stdout is not None
        assert simulator.stderr is not None
        exports = simulator.stdout.readline() + simulator.stdout.readline()
        assert simulator.stderr.readline().endswith(", Ctrl-C to stop\n")
        configure = simulator.stderr.readline().removeprefix("next: ")
        script = f"{exports}{configure}ssohelper login && ssohelper sync --yes | tail -1"
        path = f"{command('ssohelper')[0].removesuffix('/ssohelper')}:/usr/bin:/bin"
        done = home.run("sh", "-ec", script, PATH=path)
        assert (done.stdout, done.returncode) == ("16 to add, 0 unchanged\n", 0)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_options_and_signals(make_home: Callable[..., Home], number: signal.Signals) -> None:
    """The options define the company; SIGINT and SIGTERM end the process with exit code 0."""
    home = make_home()
    words = ["--accounts", "7", "--roles", "4", "--rate", "100", "--session-hours", "12", "--auto-approve", "--json"]
    with running(home, *words) as simulator:
        assert simulator.stdout is not None
        facts = json.JSONDecoder().raw_decode(_read_until(simulator.stdout, "}\n"))[0]
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
        simulator.send_signal(number)
        assert simulator.wait(HANG_SECONDS) == 0


def test_port_in_use(make_home: Callable[..., Home]) -> None:
    """A port that is in use is a one-line error."""
    with Simulator(organisation()) as other:
        done = make_home().ssohelper("simulator", "--port", str(other.port))
    assert (done.stderr, done.returncode) == (
        f"ssohelper: can't listen on port {other.port}: address already in use\nhint: choose another --port\n",
        1,
    )


def _read_until(lines: Iterator[str], last: str) -> str:
    text = ""
    for line in lines:
        text += line
        if line == last:
            break
    return text
