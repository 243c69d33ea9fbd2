"""`ssohelper logout`: end a sign-in, at Identity Center and on this machine."""

from pathlib import Path

import click

from ssohelper import hints, options, selecting
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, Failed, SsohelperError, Unavailable
from ssohelper.model import Session, no_session
from ssohelper.storage import folders, paths
from ssohelper.ui import output, sign_out, terminal


@click.command("logout")
@options.session_or_all("Sign out of every session of the config file.")
@options.as_json
def command(session_name: str | None, every: bool, as_json: bool) -> int:
    """Sign out: Identity Center ends the sign-in, and this machine deletes its token, its role credentials (also
    those that the AWS CLI cached) and the answers that were prepared from them.

    Unlocked roles are locked again. Other sessions stay signed in; profiles, the client registration and the names of
    your accounts stay as they are. Credentials that an SDK holds in memory, or that you exported, cannot be revoked:
    they are valid until they expire. --all also deletes the credentials of roles that were assumed with access keys.

    Exit code 5: everything here is deleted, but Identity Center could not be reached, or Ctrl-C ended the wait.

    Example: ssohelper logout --all
    """
    return run(session_name, every=every, as_json=as_json)


def run(session_name: str | None, *, every: bool, as_json: bool) -> int:
    """Sign out of the sessions that the options name. Returns the exit code."""
    context = options.context()
    sessions = _all_sessions(context) if every else [selecting.session(context, session_name)]
    results = [sign_out.sign_out(session) for session in sessions]
    if every:
        _delete_of_access_keys(context)
    _delete_unknown(context, {each.session for each in sessions})
    if as_json:
        click.echo(output.to_json(results if every else results[0]))
    problem = folders.state_problem()
    if problem:
        folder = folders.folder()
        message = f"{paths.shown(Path(folder))} may still hold credentials: {problem}"
        raise Failed(message, hint=hints.on_file(folder, "rm", "-r"))
    return 0 if all(each["ended_at_identity_center"] for each in results) else Unavailable.exit_code


def _all_sessions(context: Context) -> list[SessionContext]:
    """Every session; none is needed if there are profiles that assume a role with access keys."""
    try:
        return context.all_sessions()
    except BadInput:
        if all(each.session.needs_sign_in for each in context.profiles.values()):
            raise
        return []


def _delete_of_access_keys(context: Context) -> None:
    """Delete the credentials of roles that were assumed with access keys."""
    roles = sign_out.delete(context.of(no_session()))
    if roles:
        terminal.say(f"deleted the credentials of {roles} role{'' if roles == 1 else 's'} assumed with access keys")


def _delete_unknown(context: Context, signed_out: set[Session]) -> None:
    """Delete role credentials of which nothing is known but that they came from Identity Center.

    A process may have been killed before it recorded the role, or the state folder is gone.
    """
    from ssohelper.credentials import cached_roles

    try:
        others = [each for each in context.all_sessions() if each.session not in signed_out]
    except SsohelperError:  # there is no session any more
        others = []
    cached_roles.delete_unknown({each.session: each.profile_roles() for each in others})
