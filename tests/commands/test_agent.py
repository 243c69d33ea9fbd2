"""`ssohelper agent`: start, stop, status, install."""

import os
import signal
import sys

import pytest

from tests.fixtures.agents import agent_log, agent_status
from tests.fixtures.home import Home, command, wait_for


def test_start_and_stop(agent_home: Home) -> None:
    """It is started once, its status can be shown, and it can be stopped."""
    printed = []
    for words in ("status", "start", "start", "status", "stop", "stop", "status"):
        done = agent_home.ssohelper("agent", words)
        first = (done.stdout or done.stderr).splitlines()[0].removeprefix("ssohelper: ")
        printed.append((words, first, done.returncode))
    assert printed == [
        ("status", "agent is not running", 1),
        ("start", "agent is running", 0),
        ("start", "agent is already running", 0),
        ("status", "agent is running", 0),
        ("stop", "agent stopped", 0),
        ("stop", "agent is not running", 0),
        ("status", "agent is not running", 1),
    ]
    assert agent_log(agent_home) == ["agent started", "agent stopped"]
    assert (agent_home.state / "agent.log").stat().st_mode & 0o777 == 0o600


def test_already_running(with_agent: Home) -> None:
    """A second agent is refused; after the first one was killed, another can be started."""
    done = with_agent.ssohelper("agent", "run")
    error = "ssohelper: agent is already running\nhint: ssohelper agent status\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", error, 1)
    os.kill(int((with_agent.state / "locks" / "agent.holder").read_text()), signal.SIGKILL)
    wait_for(lambda: not agent_status(with_agent)["running"])
    assert with_agent.ssohelper("agent", "start").stderr == "ssohelper: agent is running\n"


SYSTEMCTL = """\
#!/bin/sh
echo "$@" >> {home}/systemctl-calls
case "$*" in *{refused}*) echo "Failed to connect to bus" >&2; exit 1 ;; esac
"""


def install_systemctl(home: Home, refused: str = "nothing") -> None:
    """Install a `systemctl` that records its arguments, and refuses one of them."""
    folder = home.path.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "systemctl").write_text(SYSTEMCTL.format(home=home.path, refused=refused))
    (folder / "systemctl").chmod(0o755)
    home.environment["PATH"] = f"{folder}:{home.environment['PATH']}"


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is for Linux")
def test_install(with_agent: Home) -> None:
    """Install shows, writes and enables the unit, and stops a running agent; uninstall undoes it."""
    install_systemctl(with_agent)
    unit = with_agent.path / ".config" / "systemd" / "user" / "ssohelper-agent.service"
    done = with_agent.ssohelper("agent", "install")
    error = "ssohelper: cannot ask for confirmation without a terminal\nhint: ssohelper agent install --yes\n"
    assert (done.stderr, done.returncode, unit.exists()) == (error, 2, False)
    done = with_agent.ssohelper("agent", "install", "--yes")
    text = unit.read_text()
    assert (done.returncode, text in done.stdout, agent_status(with_agent)["running"]) == (0, True, False)
    assert f'ExecStart="{command("ssohelper")[0]}" agent run\n' in text
    done = with_agent.ssohelper("agent", "uninstall")
    assert (done.stderr, unit.exists()) == ("ssohelper: agent is no longer installed\n", False)
    assert with_agent.ssohelper("agent", "uninstall").stderr == "ssohelper: agent is not installed\n"
    assert (with_agent.path / "systemctl-calls").read_text().splitlines() == [
        "--user show-environment",
        "--user daemon-reload",
        "--user enable --now ssohelper-agent.service",
        "--user disable --now ssohelper-agent.service",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is for Linux")
def test_install_fails(home: Home) -> None:
    """The error has the message of systemctl, and the command that failed."""
    install_systemctl(home, refused="enable")
    done = home.ssohelper("agent", "install", "--yes")
    error = (
        "ssohelper: systemctl failed: Failed to connect to bus\n"
        "hint: systemctl --user enable --now ssohelper-agent.service\n"
    )
    assert (done.stderr, done.returncode) == (error, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is for Linux")
def test_install_without_systemd(with_agent: Home) -> None:
    """If systemd cannot be reached, nothing is written, and the agent keeps running; an old unit can be removed."""
    install_systemctl(with_agent, refused="--user")
    unit = with_agent.path / ".config" / "systemd" / "user" / "ssohelper-agent.service"
    done = with_agent.ssohelper("agent", "install", "--yes")
    error = "ssohelper: systemctl failed: Failed to connect to bus\nhint: ssohelper agent start\n"
    assert (done.stderr, done.returncode, unit.exists(), agent_status(with_agent)["running"]) == (
        error,
        1,
        False,
        True,
    )
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")
    assert (with_agent.ssohelper("agent", "uninstall").returncode, unit.exists()) == (1, False)


def test_variables_of_the_service(home: Home) -> None:
    """The unit has the proxy and the config file; it is private, and shown without the password."""
    install_systemctl(home)
    home.environment.update(https_proxy="http://alex:hunter2@proxy.corp:3128", AWS_CONFIG_FILE="aws-config")
    done = home.ssohelper("agent", "install", "--yes")
    unit = home.path / ".config" / "systemd" / "user" / "ssohelper-agent.service"
    assert (done.returncode, "hunter2" in done.stdout, unit.stat().st_mode & 0o777) == (0, False, 0o600)
    assert f'Environment="AWS_CONFIG_FILE={home.path}/aws-config"\n' in unit.read_text()
    assert 'Environment="https_proxy=http://alex:hunter2@proxy.corp:3128"\n' in unit.read_text()
    assert 'Environment="https_proxy=http://***@proxy.corp:3128"\n' in done.stdout


# Runs the program as if on macOS. urllib.request is imported before: it would import a module that only macOS has.
MACOS = """\
import sys, urllib.request
sys.platform, sys.argv[0] = "darwin", {program!r}
from ssohelper.__main__ import main
sys.exit(main())
"""
# Refuses to load a service some times, as while the one of the last install is being unloaded.
LAUNCHCTL = """\
#!/bin/sh
echo "$@" >> {home}/launchctl-calls
case $1 in
    bootout) exit {bootout} ;;
    bootstrap) [ "$(grep -c bootstrap {home}/launchctl-calls)" -gt {refusals} ] || exit 5 ;;
esac
"""


LOADED = ["print", "bootout", "enable", "bootstrap", "kickstart"]


@pytest.mark.parametrize(
    ("bootout", "refusals", "code", "calls"),
    [
        (0, 0, 0, LOADED),
        (3, 0, 0, LOADED),
        (36, 2, 0, [*LOADED[:3], *["bootstrap"] * 3, "kickstart"]),
        (1, 0, 1, LOADED[:2]),
        pytest.param(0, 99, 1, [*LOADED[:3], *["bootstrap"] * 6], marks=pytest.mark.slow),
    ],
)
def test_launchctl(home: Home, bootout: int, refusals: int, code: int, calls: list[str]) -> None:
    """On macOS a service that is loaded is unloaded first, and a bootstrap is repeated until that is done."""
    folder = home.path.parent / "bin"
    folder.mkdir()
    text = LAUNCHCTL
    for name, value in (("home", home.path), ("bootout", bootout), ("refusals", refusals)):
        text = text.replace(f"{{{name}}}", str(value))
    (folder / "launchctl").write_text(text)
    (folder / "launchctl").chmod(0o755)
    home.environment["PATH"] = f"{folder}:{home.environment['PATH']}"
    program = MACOS.format(program=command("ssohelper")[0])
    done = home.run(sys.executable, "-c", program, "agent", "install", "--yes")
    assert done.returncode == code, done.stderr
    assert [each.split()[0] for each in (home.path / "launchctl-calls").read_text().splitlines()] == calls
    plist = home.path / "Library" / "LaunchAgents" / "ssohelper-agent.plist"
    assert plist.exists()
    done = home.run(sys.executable, "-c", program, "agent", "uninstall")
    assert (done.returncode, plist.exists()) == (int(bootout == 1), False)
