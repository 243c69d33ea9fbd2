"""The agent as a service of the system: what is written where, and the commands that enable it. Pure."""

import os
import plistlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssohelper import hints
from ssohelper.errors import BadInput
from ssohelper.identity_center import network

_UNIT = """\
[Unit]
Description=Keeps AWS sign-ins and role credentials fresh

[Service]
{variables}ExecStart={program} agent run
Restart=on-failure
RestartSec=30

[Install]
WantedBy=default.target
"""
_LABEL = "ssohelper-agent"
# What decides where files are, and how Identity Center is reached. A service manager has none of them from a shell.
_PATHS = {
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME"),
    *("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
}
_VARIABLES = {
    *_PATHS,
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_STS"),
    *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
}
# Exit codes of launchctl: bootout of what is not loaded (3) or still being unloaded (36), bootstrap until it is (5).
_NOT_LOADED, _UNLOADING, _BUSY = 3, 36, 5


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the service manager.

    `accepted` are exit codes besides 0 that count as success; on `retry_on` it is repeated for a few seconds.
    """

    words: Sequence[str]
    accepted: Sequence[int] = ()
    retry_on: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A file that describes the service, the commands to run once it is written, and before it is removed.

    `probe` changes nothing, and succeeds if the service manager can be reached. The text may have a proxy's password.
    """

    path: Path
    text: str
    probe: Command
    enable: Sequence[Command]
    disable: Sequence[Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Where a service is installed, and with which environment variables it is run; its errors go to `log`."""

    config_home: Path
    home: Path
    log: Path
    variables: Mapping[str, str]


def variables_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the agent needs; those of proxies may be in lower case."""
    return {name: value for name, value in sorted(environment.items()) if name.upper() in _VARIABLES and value}


def check_variables(variables: Mapping[str, str]) -> None:
    """Raise `BadInput` for a value that could end its line in a unit file, or cannot be written to one."""
    for name, value in variables.items():
        if not value.isprintable():
            raise BadInput(f"{name} has characters that a service file cannot have", hint=hints.unset(name))


def shown(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without the passwords in URLs."""
    return {name: value if name in _PATHS else network.without_password(value) for name, value in variables.items()}


def of_this_system(program: str, settings: ServiceSettings) -> Service | None:
    """The service for this system; None if it has no service manager that is supported."""
    if sys.platform == "darwin":
        return launchd(program, settings, os.getuid())
    return systemd(program, settings) if sys.platform == "linux" else None


def systemd(program: str, settings: ServiceSettings) -> Service:
    """A systemd user unit."""
    name = f"{_LABEL}.service"
    control = ("systemctl", "--user")
    # ExecStart= expands $VARIABLES, Environment= does not.
    lines = [f"Environment={_quoted(f'{key}={value}')}\n" for key, value in settings.variables.items()]
    return Service(
        settings.config_home / "systemd" / "user" / name,
        _UNIT.format(program=_quoted(program).replace("$", "$$"), variables="".join(lines)),
        probe=Command((*control, "show-environment")),
        enable=[Command((*control, "daemon-reload")), Command((*control, "enable", "--now", name))],
        disable=[Command((*control, "disable", "--now", name))],
    )


def launchd(program: str, settings: ServiceSettings, user: int) -> Service:
    """A launchd agent."""
    path = settings.home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    properties = {
        "Label": _LABEL,
        "ProgramArguments": [program, "agent", "run"],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
        "StandardErrorPath": str(settings.log),
        "EnvironmentVariables": dict(settings.variables),
    }
    domain, service = f"gui/{user}", f"gui/{user}/{_LABEL}"
    unload = Command(("launchctl", "bootout", service), accepted=(_NOT_LOADED, _UNLOADING))
    return Service(
        path,
        plistlib.dumps(properties).decode(),
        probe=Command(("launchctl", "print", domain)),
        # launchd refuses to bootstrap a service that is loaded or disabled.
        enable=[
            unload,
            Command(("launchctl", "enable", service)),
            Command(("launchctl", "bootstrap", domain, str(path)), retry_on=_BUSY),
            Command(("launchctl", "kickstart", service)),
        ],
        disable=[unload],
    )


def _quoted(word: str) -> str:
    """A word in the syntax of unit files."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
