"""The process of the agent: whether it is running, what it reports, how it is started and stopped."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper import hints
from ssohelper.errors import Failed
from ssohelper.refresher import service
from ssohelper.refresher.service import Service, ServiceSettings
from ssohelper.settings import own_program
from ssohelper.storage import files, locks, paths

LOCK = "agent"
MODULE = "ssohelper.processes.agent"
_LOG_BYTES = 1_000_000
_START_SECONDS = 10.0
_PROBE_SECONDS = 10.0
# A process that has just taken a lock writes its number a moment later.
_HOLDER_SECONDS = 1.0


def is_running() -> bool:
    """Whether the agent is running."""
    try:
        return not locks.is_free(locks.path(LOCK))
    except OSError:
        return False


def state() -> dict[str, Any]:
    """Whether the agent is `running`, and its last report (see `Agent.check`); times are in Unix seconds."""
    return {"running": is_running(), **_report()}


def service_variables() -> dict[str, str]:
    """The environment variables of the agent as a service.

    It has no current folder, and must not use the copies that `exec` makes.
    """
    variables = service.variables_of(os.environ)
    absolute = {"AWS_CONFIG_FILE": paths.aws_config(), "AWS_SHARED_CREDENTIALS_FILE": paths.aws_credentials()}
    absolute |= {name: Path(variables[name]) for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE") if name in variables}
    return variables | {name: str(path.absolute()) for name, path in absolute.items() if name in variables}


def system_service(variables: Mapping[str, str]) -> Service | None:
    """The agent as a service of this system; None if there is no supported service manager."""
    settings = ServiceSettings(
        config_home=paths.settings().parent.parent,
        home=paths.expanded("~"),
        log=paths.agent_log(),
        variables=variables,
    )
    return service.of_this_system(own_program.path(), settings)


def can_be_installed() -> bool:
    """Whether this system has a service manager that is running, and can start the agent at each login."""
    found = system_service({})
    if found is None:
        return False
    try:
        done = subprocess.run(found.probe.words, capture_output=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode in (0, *found.probe.accepted)


def is_installed() -> bool:
    """Whether the system is configured to start the agent at each login."""
    found = system_service({})
    return found is not None and found.path.exists()


def start(command: Sequence[str]) -> None:
    """Start the agent in the background. Raises `Failed`."""
    _rotate(paths.agent_log())
    files.make_folder(paths.state())
    with suppress(OSError):
        paths.agent().unlink()  # what another one has left says nothing about this one
    handle = os.open(paths.agent_log(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True, cwd="/"
        )
    finally:
        os.close(handle)
    if not _wait_until(running=True):
        raise Failed("the agent did not start", hint=hints.on_file(paths.shown(paths.agent_log()), "tail"))


def stop() -> None:
    """Stop the agent. Raises `Failed`, also if its process cannot be found: no other one must get a signal."""
    process_id = _process_id()
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGTERM)
        if not _wait_until(running=False):
            os.kill(process_id, getattr(signal, "SIGKILL", signal.SIGTERM))  # it hangs; it replaces files whole
    if not _wait_until(running=False):
        raise Failed("the agent does not stop", hint=hints.shell("kill", "-9", str(process_id)))


def _wait_until(*, running: bool) -> bool:
    """Whether it is running, or not, within some seconds."""
    deadline = time.monotonic() + _START_SECONDS
    while is_running() is not running:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _process_id() -> int:
    """The agent's process, by what it has written, and by its command line. Raises `Failed`."""
    deadline = time.monotonic() + _HOLDER_SECONDS
    while time.monotonic() < deadline:
        for found in (locks.holder(LOCK), _report().get("process_id")):
            number = str(found or "")
            words = _command_line(number) if number.isdecimal() and int(number) > 1 else ""
            if f" -m {MODULE} " in f"{words.strip()} ":
                return int(number)
        time.sleep(0.05)
    raise Failed("agent is running, but its process is not known", hint=f"find it: ps ax | grep {MODULE}")


def _command_line(process_id: str) -> str:
    try:
        words = ["ps", "-ww", "-o", "args=", "-p", process_id]
        return subprocess.run(words, capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _report() -> dict[str, Any]:
    try:
        found = json.loads(files.read(paths.agent()) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rotate(log: Path) -> None:
    try:
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
    except OSError:
        return
