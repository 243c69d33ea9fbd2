"""`ssohelper logout`: end a sign-in, at Identity Center and on this machine."""

from typing import TYPE_CHECKING, Any

import click

from ssohelper import context, options
from ssohelper.errors import BadInput, SignInRequired, SsohelperError, Unavailable
from ssohelper.model import Session
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from ssohelper.sign_in.access_tokens import Access


@click.command("logout")
@options.session
@click.option("--all", "every", is_flag=True, help="Sign out of every session of the config file.")
@options.as_json
def command(session_name: str | None, every: bool, as_json: bool) -> int:
    """Sign out: Identity Center ends the sign-in, and this machine forgets its token, its role credentials (also
    those that the AWS CLI kept) and the answers that were prepared from them.

    Other sessions stay signed in, and profiles stay where they are. Credentials that an SDK has in memory, or that
    you exported, work until they expire: nobody can take those back.

    Exit code 5: everything here is forgotten, but Identity Center could not be told.
    """
    if every and session_name:
        raise BadInput("--all and --session contradict each other", hint="ssohelper logout --all")
    sessions = options.every_session() if every else [options.chosen_session(session_name)]
    facts = [_logout(session) for session in sessions]
    if as_json:
        click.echo(output.to_json(facts if every else facts[0]))
    return 0 if all(each["told"] for each in facts) else Unavailable.exit_code


def _logout(session: Session) -> dict[str, Any]:
    access = context.access_of(session)
    try:
        was_signed_in = access.present() is not None
        told = not was_signed_in or _tell(session)
    finally:
        roles = _forget(session, access)
    forgotten = f", credentials of {roles} role{'' if roles == 1 else 's'} forgotten" if roles else ""
    was = "signed out of" if was_signed_in else "nobody was signed in to"
    terminal.say(f"{was} {session.name}{forgotten}")
    return {"session": session.name, "was_signed_in": was_signed_in, "told": told, "roles_forgotten": roles}


def _tell(session: Session) -> bool:
    """Let Identity Center end the sign-in; whether it has."""
    try:
        # A token that has expired ends nothing: the sign-in that it belongs to may go on for hours.
        context.portal_of(session, context.PATIENCE_SECONDS).logout()
    except SignInRequired:
        pass  # it has ended already
    except SsohelperError as error:
        message = f"Identity Center could not be told ({error}): there the sign-in ends by itself"
        terminal.complain(Unavailable(message, hint=f"or sign out at {session.start_url}"))
        return False
    return True


def _forget(session: Session, access: "Access") -> int:
    """Forget what is here, each part also where another one fails; of how many roles that was."""
    from ssohelper.credentials import cached_roles, recent_roles

    recent_roles.forget(session)
    try:
        access.forget()
    finally:
        roles = cached_roles.forget(session, options.roles_of(session), context.cache_of(session))
    return roles
