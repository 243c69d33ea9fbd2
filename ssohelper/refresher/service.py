"""The agent as a service of the system: what is written where, and the commands that enable it. Pure."""

import os
import plistlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_UNIT = """\
[Unit]
Description=Keeps AWS sign-ins and role credentials fresh

[Service]
ExecStart={program} agent run
Restart=on-failure
RestartSec=30

[Install]
WantedBy=default.target
"""
_LABEL = "ssohelper-agent"


@dataclass(frozen=True, slots=True)
class Service:
    """A file that describes the service, the commands to run once it is written, and before it is removed.

    `probe` is a command that changes nothing, and succeeds if the service manager can be reached.
    """

    path: Path
    text: str
    probe: Sequence[str]
    enable: Sequence[Sequence[str]]
    disable: Sequence[Sequence[str]]


def of_this_system(program: str, *, config_home: Path, home: Path) -> Service | None:
    """The service for this system; None if it has no service manager that is supported."""
    if sys.platform == "darwin":
        return launchd(program, home, os.getuid())
    return systemd(program, config_home) if sys.platform == "linux" else None


def systemd(program: str, config_home: Path) -> Service:
    """A systemd user unit."""
    name = f"{_LABEL}.service"
    control = ("systemctl", "--user")
    return Service(
        config_home / "systemd" / "user" / name,
        _UNIT.format(program=_quoted(program)),
        probe=(*control, "show-environment"),
        enable=[(*control, "daemon-reload"), (*control, "enable", "--now", name)],
        disable=[(*control, "disable", "--now", name)],
    )


def launchd(program: str, home: Path, user: int) -> Service:
    """A launchd agent."""
    path = home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    properties = {
        "Label": _LABEL,
        "ProgramArguments": [program, "agent", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
    }
    domain = f"gui/{user}"
    return Service(
        path,
        plistlib.dumps(properties).decode(),
        probe=("launchctl", "print", domain),
        enable=[("launchctl", "bootstrap", domain, str(path))],
        disable=[("launchctl", "bootout", f"{domain}/{_LABEL}")],
    )


def _quoted(program: str) -> str:
    """An argument in the syntax of ExecStart: quoted, with `%` and `$` doubled."""
    escaped = program.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
