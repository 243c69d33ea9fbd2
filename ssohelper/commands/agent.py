"""`ssohelper agent`: refreshes in the background, and what the agent is doing."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from ssohelper import hints, options
from ssohelper.errors import BadInput, Failed
from ssohelper.refresher import agent_process, service
from ssohelper.refresher.service import Command, Service
from ssohelper.settings import own_program
from ssohelper.storage import files, paths, timestamps
from ssohelper.ui import output, terminal
from ssohelper.ui.look import Look

_PROGRAM = (sys.executable, "-P", "-m", agent_process.MODULE)
# Between attempts of a command that is repeated, in seconds.
_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
_TIMES = ("checked_at", "next_check_at", "token_expires_at", "sign_in_expires_at", "expires_at")


@click.group("agent", invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Refresh sign-ins, and roles that were used within a day, in the background.

    Tools then find fresh credentials: SDKs have no reason to refresh a token themselves, and a profile of the style
    credential-process is always answered at once. Everything works without the agent, too.

    Example: ssohelper agent install
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    elif sys.platform == "win32":
        raise BadInput(
            "agent is not available on Windows", hint="credentials are refreshed when a command needs them"
        )


@command.command("run")
def run() -> None:
    """Run the agent in the foreground until Ctrl-C; changes are logged to stderr.

    Example: ssohelper agent run 2>> agent.log
    """
    sys.stderr.flush()
    os.execv(_PROGRAM[0], _PROGRAM)  # noqa: S606 (in place of this process, so that click does not stay in memory)


@command.command("start")
def start() -> None:
    """Start the agent in the background, unless it is running.

    Example: ssohelper agent start
    """
    if agent_process.is_running():
        terminal.say("agent is already running")
        return
    agent_process.start(_PROGRAM)
    terminal.say("agent is running")


@command.command("stop")
def stop() -> None:
    """Stop the agent, if it is running.

    Example: ssohelper agent stop
    """
    if not agent_process.is_running():
        terminal.say("agent is not running")
        return
    agent_process.stop()
    terminal.say("agent stopped")


@command.command("status")
@options.as_json
def status(as_json: bool) -> int:
    """Show whether the agent is running, when it checks next, and the last problems. Exit code 1: not running.

    Example: ssohelper agent status --json
    """
    state = agent_process.state()
    if as_json:
        click.echo(output.to_json(_with_dates(state)))
    else:
        click.echo("\n".join(output.agent_lines(state, time.time(), look=Look.of(sys.stdout))))
    for hint in _hints(state):
        terminal.hint(hint)
    return 0 if state["running"] else 1


def _with_dates(data: Any) -> Any:
    """The same data with every time in ISO 8601, as in all our JSON."""
    if isinstance(data, list):
        return [_with_dates(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {
        name: timestamps.written(value) if name in _TIMES and value is not None else _with_dates(value)
        for name, value in data.items()
    }


def _hints(state: dict[str, Any]) -> list[str]:
    if not state["running"]:
        return ["ssohelper agent start"]
    return [each["hint"] for each in state.get("sessions", {}).values() if each.get("hint")]


@command.command("install")
@click.option("--yes", "-y", is_flag=True, help="Install it without asking.")
def install(yes: bool) -> None:
    """Have the system start the agent at each login, as a systemd user unit or a launchd agent. Shows it first.

    It gets the variables of this shell that say where files are and how Identity Center is reached: AWS_CONFIG_FILE,
    AWS_CA_BUNDLE, proxies, XDG folders. Run it again if one of them changes. A password in a proxy's URL is saved in
    the file, which is private.

    Example: ssohelper agent install --yes
    """
    own_program.check_permanent(own_program.path())
    variables = agent_process.service_variables()
    service.check_variables(variables)
    unit = _service(variables)
    click.echo(f"{paths.shown(unit.path)}\n\n{_service(service.shown(variables)).text.rstrip()}\n")
    click.echo("\n".join(f"$ {shlex.join(each.words)}" for each in unit.enable))
    if not yes:
        if not terminal.interactive():
            raise BadInput("cannot ask for confirmation without a terminal", hint="ssohelper agent install --yes")
        terminal.confirm("install this?")
    _run(unit.probe, hint="ssohelper agent start")
    if agent_process.is_running():  # only one can run per user: it must be the system's
        agent_process.stop()
    files.replace(unit.path, unit.text.encode(), private=True)
    files.make_folder(paths.state())  # launchd does not create the log's folder
    for each in unit.enable:
        _run(each)
    terminal.say("agent is running, and starts at each login")


@command.command("uninstall")
def uninstall() -> None:
    """Undo `install`, and stop the agent.

    Example: ssohelper agent uninstall
    """
    unit = _service({})
    if not unit.path.exists():
        terminal.say("agent is not installed")
        return
    try:
        for each in unit.disable:
            _run(each)
    finally:  # without the file it is not started again, even if a command failed
        files.remove(unit.path)
    terminal.say("agent is no longer installed")


def _service(variables: Mapping[str, str]) -> Service:
    """The service of this system. Raises `BadInput`."""
    found = agent_process.system_service(variables)
    if found is None:
        raise BadInput("no supported service manager on this system", hint="ssohelper agent start")
    return found


def _run(command: Command, hint: str | None = None) -> None:
    """Run a command of the service manager. Raises `Failed`, with a hint or with the command."""
    words = command.words
    for pause in (*_PAUSES, None):
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise Failed(f"could not run {words[0]}", hint=hint or hints.shell(*words)) from error
        if done.returncode in (0, *command.accepted):
            return
        if done.returncode != command.retry_on or pause is None:
            break
        time.sleep(pause)
    why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
    raise Failed(f"{words[0]} failed: {why}", hint=hint or hints.shell(*words))
