"""The agent as a service: the files that systemd and launchd read."""

import plistlib
from pathlib import Path

import pytest

from ssohelper.errors import BadInput
from ssohelper.refresher import service
from ssohelper.refresher.service import Command, ServiceSettings


def settings(**variables: str) -> ServiceSettings:
    """Those of a user x."""
    home = Path("/home/x")
    return ServiceSettings(config_home=home / ".config", home=home, log=home / "log", variables=variables)


@pytest.mark.parametrize(
    ("program", "written"),
    [
        ("/usr/bin/ssohelper", '"/usr/bin/ssohelper"'),
        ("/a b/ssohelper", '"/a b/ssohelper"'),
        ('/a"b/50%/$x/ssohelper', '"/a\\"b/50%%/$$x/ssohelper"'),
    ],
)
def test_systemd(program: str, written: str) -> None:
    """The unit contains the program's path as one word, with systemd's escapes."""
    made = service.systemd(program, settings())
    assert f"ExecStart={written} agent run\n" in made.text
    assert made.path == Path("/home/x/.config/systemd/user/ssohelper-agent.service")


def test_variables() -> None:
    """The service has the variables that decide about files and the network, and no others."""
    kept = {"AWS_CA_BUNDLE": "/a", "https_proxy": "http://u:p@x", "no_proxy": "y", "XDG_STATE_HOME": "/s"}
    others = {"AWS_PROFILE": "p", "AWS_SECRET_ACCESS_KEY": "k", "PATH": "/bin", "HTTP_PROXY": ""}
    assert service.variables_of(kept | others) == kept


def test_shown() -> None:
    """URLs are shown without their passwords, paths as they are."""
    variables = {"https_proxy": "http://u:p@x:1", "AWS_CA_BUNDLE": "/a@b"}
    assert service.shown(variables) == {"https_proxy": "http://***@x:1", "AWS_CA_BUNDLE": "/a@b"}


@pytest.mark.parametrize("value", ["a\rExecStartPre=/x", "a\nb", "\x1b]0;x", "/tmp/a\udcff"])
def test_values_that_break_a_file(value: str) -> None:
    """A value that would end its line, or cannot be encoded, is refused."""
    with pytest.raises(BadInput, match=r"^NO_PROXY has characters that a service file cannot have$"):
        service.check_variables({"A": "b", "NO_PROXY": value})


def test_systemd_variables() -> None:
    """Values are quoted, and systemd expands nothing in them."""
    made = service.systemd("/s", settings(A='1 $HOME "%h" \\', B="x y"))
    lines = made.text.splitlines()
    assert lines[4:7] == [
        'Environment="A=1 $HOME \\"%%h\\" \\\\"',
        'Environment="B=x y"',
        'ExecStart="/s" agent run',
    ]


def test_launchd() -> None:
    """The property list says what to run, when, with which variables, where errors go, and when to restart it."""
    made = service.launchd("/a b/ssohelper", settings(A="b"), 501)
    assert plistlib.loads(made.text.encode()) == {
        "Label": "ssohelper-agent",
        "ProgramArguments": ["/a b/ssohelper", "agent", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
        "StandardErrorPath": "/home/x/log",
        "EnvironmentVariables": {"A": "b"},
    }
    unload = Command(("launchctl", "bootout", "gui/501/ssohelper-agent"), accepted=(3, 36))
    path = "/home/x/Library/LaunchAgents/ssohelper-agent.plist"
    assert made.enable == [
        unload,
        Command(("launchctl", "enable", "gui/501/ssohelper-agent")),
        Command(("launchctl", "bootstrap", "gui/501", path), retry_on=5),
        Command(("launchctl", "kickstart", "gui/501/ssohelper-agent")),
    ]
    assert made.disable == [unload]
