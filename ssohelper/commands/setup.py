"""`ssohelper setup`: from nothing to working profiles."""

from collections.abc import Mapping
from typing import Any

import click

from ssohelper import hints, options, selecting
from ssohelper.aws_config import resolve
from ssohelper.errors import BadInput, Cancelled, Failed, SignInRequired, Unavailable
from ssohelper.model import Session
from ssohelper.shell import current_shell, startup_file
from ssohelper.storage import paths
from ssohelper.ui import session_dialogue, sync_notes, terminal


@click.command("setup")
@options.start_url
@options.sso_region
@click.option("-s", "--session", "name", metavar="NAME", help="The session to set up, or a name for a new one.")
@click.option("--shell-init/--no-shell-init", default=None, help="Add prompt, `use` and completion to the shell.")
@click.option("--agent/--no-agent", default=None, help="Refresh in the background, from each login on.")
@click.option("--yes", "-y", is_flag=True, help="Take the default answer of all questions after the sign-in.")
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Set everything up: session, sign-in, profiles, shell integration, agent.

    Asks for what is missing; every answer can be given as an option instead. Each step is complete before the next
    one begins: after Ctrl-C, run it again, and it continues. Without a terminal, the shell integration and the agent
    are left out, unless you name them.

    The same by hand: ssohelper configure, login, sync, shell-init --install, agent install.

    Example: ssohelper setup --start-url acme --region eu-central-1
    """
    try:
        _run(ctx, values)
    except (Cancelled, KeyboardInterrupt, Failed, SignInRequired, Unavailable):
        terminal.say("not finished: run `ssohelper setup` again to continue")
        raise


def _run(ctx: click.Context, values: Mapping[str, Any]) -> None:
    yes = values["yes"] or not terminal.interactive()
    session = _session(values)
    session = _signed_in(ctx, session)
    options.invoke(ctx, "sync", session_name=session.name, yes=yes, summary=True)
    _shell_init(ctx, values["shell_init"], yes=yes)
    _agent(ctx, values["agent"], yes=yes)
    profiles = [name for name, each in options.context().profiles.items() if each.session.name == session.name]
    if profiles:
        first = sync_notes.first_to_try(profiles)
        terminal.next_step(hints.shell("aws", "sts", "get-caller-identity", "--profile", first))


def _session(values: Mapping[str, Any]) -> Session:
    """The session: the one that is configured, or one that is asked for and written."""
    context = options.context()
    known = resolve.named_sessions(context.aws_files)
    name, url, region = values["name"], values["start_url"], values["region"]
    if url is None and region is None and (name in known or (name is None and known)):
        session = selecting.session(context, name).session
        terminal.say(f"continuing with session {session.name}; for another one, add --session NEW_NAME")
        return session
    session = session_dialogue.ask(context, name=name, url=url, region=region, replace=False)
    _write(session, replace=False)
    return session


def _write(session: Session, *, replace: bool) -> None:
    if session_dialogue.write(session, replace=replace):
        terminal.say(f"wrote [sso-session {session.name}] to {paths.shown(paths.aws_config())}")


def _signed_in(ctx: click.Context, session: Session) -> Session:
    """Sign in. If the start URL is not known in the region, both are asked for again."""
    while True:
        try:
            options.invoke(ctx, "login", session_name=session.name)
        except BadInput as error:
            if not terminal.interactive():
                raise
            terminal.error(BadInput(str(error)))
            session = session_dialogue.ask_again(options.context(), session)
            _write(session, replace=True)
        else:
            return session


def _shell_init(ctx: click.Context, wanted: bool | None, *, yes: bool) -> None:
    shell = startup_file.shell_of(current_shell.or_login_shell())
    if shell is None or startup_file.loads_already(shell):
        return
    shown = paths.shown(startup_file.path(shell))
    if _agreed(f"add the prompt, `{current_shell.use_function()}` and completion to {shown}?", wanted, yes=yes):
        options.invoke(ctx, "shell-init", shell=shell, install=True)


def _agent(ctx: click.Context, wanted: bool | None, *, yes: bool) -> None:
    from ssohelper.refresher import agent_process

    if agent_process.is_installed() or not agent_process.can_be_installed():
        return
    if _agreed("refresh sign-ins and credentials in the background, from each login on?", wanted, yes=yes):
        options.invoke(ctx, "agent", "install", yes=True)


def _agreed(question: str, wanted: bool | None, *, yes: bool) -> bool:
    """Whether a part is wanted: by its option, else by the answer; without a terminal it is not."""
    if wanted is not None:
        return wanted
    if not terminal.interactive():
        return False
    return yes or terminal.agree(question, default=True)
