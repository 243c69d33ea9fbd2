"""`ssohelper agent`: the background refresher, and what it is doing."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssohelper import options
from ssohelper.errors import BadInput, Failed
from ssohelper.storage import files, locks, paths
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from ssohelper.refresher.service import Service

_PROGRAM = (sys.executable, "-P", "-m", "ssohelper.processes.agent")
_LOG_BYTES = 1_000_000
_STARTS_SECONDS = 10.0


@click.group("agent", invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def command(ctx: click.Context) -> None:
    """Keep every sign-in, and every role that was used within a day, fresh in the background.

    Whatever tool comes then finds them warm: the SDKs have no reason to renew a token by themselves, and a profile of
    the style credential-process is always answered at once. Everything works without it, too.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("run")
def run() -> None:
    """Run it here, in the foreground, until Ctrl-C; it says on stderr what changes."""
    sys.stderr.flush()
    os.execv(_PROGRAM[0], _PROGRAM)  # noqa: S606 (in our place, so that nothing of click stays in memory)


@command.command("start")
def start() -> None:
    """Start it in the background; does nothing where it runs."""
    if _runs():
        terminal.say("the agent runs already")
        return
    _rotate(paths.agent_log())
    files.make_folder(paths.state())
    handle = os.open(paths.agent_log(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        subprocess.Popen(
            _PROGRAM, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True, cwd="/"
        )
    finally:
        os.close(handle)
    if not _becomes(True):
        raise Failed("the agent did not start", hint=f"tail {paths.shown(paths.agent_log())}")
    terminal.say("the agent runs")


@command.command("stop")
def stop() -> None:
    """End it; does nothing where it does not run."""
    if not _runs():
        terminal.say("the agent does not run")
        return
    os.kill(_holder(), signal.SIGTERM)
    if not _becomes(False):
        os.kill(_holder(), getattr(signal, "SIGKILL", signal.SIGTERM))  # it is stuck; what it writes, it writes whole
    if not _becomes(False):
        raise Failed("the agent does not end", hint=f"kill -9 {_holder()}")
    terminal.say("the agent has ended")


@command.command("status")
@options.as_json
def status(as_json: bool) -> int:
    """Show whether it runs, what is due when, and what went wrong last. Exit code 1 where it does not run."""
    known = facts()
    if as_json:
        click.echo(output.to_json(_dated(known)))
    else:
        click.echo("\n".join(output.agent_lines(known, time.time(), color=terminal.color(sys.stdout))))
    for hint in _hints(known):
        terminal.hint(hint)
    return 0 if known["runs"] else 1


def facts() -> dict[str, Any]:
    """Whether it runs, and what it has told of itself; times are in Unix seconds."""
    return {"runs": _runs(), **_report()}


def is_installed() -> bool:
    """Whether the system is to start it at each login."""
    try:
        return _service().path.exists()
    except BadInput:
        return False


_TIMES = ("looked_at", "next_look", "token_ends", "sign_in_ends", "ends")


def _dated(facts: Any) -> Any:
    """The same with every time in ISO 8601, as whatever we print for programs has it."""
    from ssohelper.storage import timestamps

    if isinstance(facts, list):
        return [_dated(each) for each in facts]
    if not isinstance(facts, dict):
        return facts
    return {
        name: timestamps.written(value) if name in _TIMES and value is not None else _dated(value)
        for name, value in facts.items()
    }


def _hints(facts: dict[str, Any]) -> list[str]:
    """What the person can do."""
    if not facts["runs"]:
        return ["ssohelper agent start"]
    return [each["hint"] for each in facts.get("sessions", {}).values() if each.get("hint")]


@command.command("install")
@click.option("--yes", "-y", is_flag=True, help="Install it without asking.")
def install(yes: bool) -> None:
    """Let the system start it at each login: a user unit of systemd, or an agent of launchd. Shows it first."""
    service = _service()
    click.echo(f"{paths.shown(service.path)}\n\n{service.text.rstrip()}\n")
    click.echo("\n".join(f"$ {shlex.join(words)}" for words in service.enable))
    if not yes:
        if not terminal.interactive():
            raise BadInput("there is no terminal to ask on", hint="ssohelper agent install --yes")
        terminal.confirm("install this?")
    _order(service.reach, hint="ssohelper agent start")
    if _runs():  # there is one for each user: the system's shall be it
        os.kill(_holder(), signal.SIGTERM)
        _becomes(False)
    files.replace(service.path, service.text.encode())
    for words in service.enable:
        _order(words)
    terminal.say("the agent starts at each login, and runs now")


@command.command("uninstall")
def uninstall() -> None:
    """Undo `install`; the agent ends."""
    service = _service()
    if not service.path.exists():
        terminal.say("the agent is not installed")
        return
    try:
        for words in service.disable:
            _order(words)
    finally:  # without the file it is not started again, whatever there is to complain of
        files.remove(service.path)
    terminal.say("the agent is not started any more")


def _service() -> "Service":
    from ssohelper.refresher import service
    from ssohelper.settings import own_program

    program = own_program.path()
    if sys.platform == "darwin":
        return service.launchd(program, Path.home(), os.getuid())
    if sys.platform == "linux":
        return service.systemd(program, paths.settings().parent.parent)
    raise BadInput("there is no service manager here that we know", hint="ssohelper agent start")


def _order(words: Sequence[str], hint: str | None = None) -> None:
    """Let the system's service manager do something. Raises `Failed`, with a hint or with the order."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"{words[0]} could not be run", hint=hint or shlex.join(words)) from error
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["without a reason"])[0]
        raise Failed(f"{words[0]} refused: {why}", hint=hint or shlex.join(words))


def _runs() -> bool:
    try:
        return not locks.is_free(paths.state() / "locks" / "agent.lock")
    except OSError:
        return False


def _becomes(running: bool) -> bool:
    """Whether it runs, or does not, before patience ends."""
    ends = time.monotonic() + _STARTS_SECONDS
    while _runs() is not running:
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def _holder() -> int:
    return int(files.read(paths.state() / "locks" / "agent.holder") or b"0")


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
