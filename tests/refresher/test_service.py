"""The agent as a service: the files that systemd and launchd read."""

import plistlib
from pathlib import Path

import pytest

from ssohelper.refresher import service


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
    made = service.systemd(program, Path("/home/x/.config"))
    assert f"ExecStart={written} agent run\n" in made.text
    assert made.path == Path("/home/x/.config/systemd/user/ssohelper-agent.service")


def test_launchd() -> None:
    """The property list says what to run, when, and when to restart it."""
    made = service.launchd("/a b/ssohelper", Path("/Users/x"), 501)
    assert plistlib.loads(made.text.encode()) == {
        "Label": "ssohelper-agent",
        "ProgramArguments": ["/a b/ssohelper", "agent", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
    }
    assert made.enable == [
        ("launchctl", "bootstrap", "gui/501", "/Users/x/Library/LaunchAgents/ssohelper-agent.plist")
    ]
