"""The agent as a service of the system: what is written where, and which commands take it up. Pure."""

import plistlib
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
    """A file that describes the service, and the commands after it was written, and before it is removed.

    `reach` is a command that changes nothing, and succeeds where the manager of services can be reached.
    """

    path: Path
    text: str
    reach: Sequence[str]
    enable: Sequence[Sequence[str]]
    disable: Sequence[Sequence[str]]


def systemd(program: str, config_home: Path) -> Service:
    """A user unit of systemd."""
    name = f"{_LABEL}.service"
    control = ("systemctl", "--user")
    return Service(
        config_home / "systemd" / "user" / name,
        _UNIT.format(program=_quoted(program)),
        reach=(*control, "show-environment"),
        enable=[(*control, "daemon-reload"), (*control, "enable", "--now", name)],
        disable=[(*control, "disable", "--now", name)],
    )


def launchd(program: str, home: Path, user: int) -> Service:
    """An agent of launchd."""
    path = home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    facts = {
        "Label": _LABEL,
        "ProgramArguments": [program, "agent", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
    }
    domain = f"gui/{user}"
    return Service(
        path,
        plistlib.dumps(facts).decode(),
        reach=("launchctl", "print", domain),
        enable=[("launchctl", "bootstrap", domain, str(path))],
        disable=[("launchctl", "bootout", f"{domain}/{_LABEL}")],
    )


def _quoted(program: str) -> str:
    """A word as systemd reads it in ExecStart: quoted, `%` and `$` twice."""
    escaped = program.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
