"""Small builds of Python without the modules of POSIX: what people do every day works."""

import json
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command, sign_in
from tests.fixtures.shells import program_on_path

pytestmark = pytest.mark.full

MODULES = ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
# Python runs a module of this name when it starts.
BLOCKED = f"import sys\nsys.modules.update(dict.fromkeys({MODULES}))\n"
ROLE = ("--account-id", "333344445555", "--role-name", "ReadOnly")
KEY_ID = "import boto3; print(boto3.Session().get_credentials().access_key)"


@pytest.fixture
def home(home: Home, tmp_path: Path) -> Home:
    """A home folder; in its processes, these modules cannot be imported."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    home.environment["PYTHONPATH"] = str(tmp_path)
    program_on_path(home)
    return home


def run(home: Home, *words: str) -> str:
    """What a command prints; it must succeed. It is started by its path: others are forked from this process."""
    done = home.run(command("ssohelper")[0], *words)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


@pytest.mark.parametrize("style", ["sso", "credential-process"])
def test_every_day(home: Home, identity_center: Simulator, style: str) -> None:
    """Configure, sign in, sync, and use roles in each way."""
    session = ("--session", "acme", "--start-url", identity_center.start_url, "--region", identity_center.region)
    run(home, "configure", *session)
    run(home, "login")
    run(home, "sync", "--yes", "--style", style)
    assert run(home, "status", "--json")
    assert run(home, "roles")
    assert run(home, "console", "--print", *ROLE)
    assert "payments-prod.ReadOnly" in run(home, "use", "payments-prod.ReadOnly", "--in-shell")
    issued = {json.loads(run(home, "env", "--format", "json", *ROLE))["AWS_ACCESS_KEY_ID"]}
    for via in ("env", "credential-process", "endpoint"):
        issued.add(run(home, "exec", "--via", via, *ROLE, "--", command("python")[0], "-c", KEY_ID).strip())
    assert {identity_center.issued(each).role_name for each in issued} == {"ReadOnly"}
    run(home, "doctor", "payments-prod.ReadOnly")
    run(home, "logout")


def test_agent(home: Home, identity_center: Simulator) -> None:
    """An agent that could not be found again, since there are no locks, does not start, and says why."""
    sign_in(home, identity_center)
    done = home.run(command("ssohelper")[0], "agent", "run")
    assert (done.returncode, done.stderr) == (
        1,
        "ssohelper: the agent needs file locks, which this system does not support for its state folder\n",
    )
