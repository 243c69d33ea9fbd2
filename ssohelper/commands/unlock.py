"""`ssohelper unlock`: open a sensitive role for a while."""

import shlex

import click

from ssohelper import context, durations, options
from ssohelper.errors import BadInput, SsohelperError
from ssohelper.model import Account, Session
from ssohelper.ui import terminal

_LONGEST_SECONDS = 12 * 3600


@click.command("unlock")
@click.argument("role")
@options.session
@click.option("--reason", metavar="TEXT", help="Why you need it; goes into the log.")
@click.option("--for", "lasts", metavar="TIME", default="1h", help="For how long: 30m, 2h, 1h30m [1h].")
@click.option("--end", is_flag=True, help="Close it again, before its time is up.")
def command(role: str, session_name: str | None, reason: str | None, lasts: str, end: bool) -> None:
    """Open a sensitive role, so that unattended programs get its credentials for a while.

    ROLE is a profile, or ACCOUNT/ROLE with the account's id or name. config.toml says which roles are sensitive:
    sensitive_roles = ["*/BreakGlass", "payments-prod/Admin*"].

    Only works on a terminal: a person has to ask for it. Each time that credentials of the role are handed out then,
    `ssohelper log` shows when, to whom and why. Credentials that were handed out stay good until they expire.
    """
    seconds = options.seconds(lasts, "--for 1h30m")
    if seconds > _LONGEST_SECONDS:
        raise BadInput(f"a role cannot be unlocked for {lasts}: at most for 12 hours", hint="--for 12h")
    if seconds == 0 and not end:
        closing = f"ssohelper unlock {shlex.quote(role)} --end"
        raise BadInput("no time at all is no unlocking", hint=closing)
    session, account_id, role_name = _named(role, session_name)
    guard = context.guard_of(session)
    if guard is None or not guard.is_sensitive(account_id, role_name):
        raise BadInput(
            f"{role_name} in {account_id} is no sensitive role: it needs no unlocking",
            hint="in config.toml: sensitive_roles = [...]",
        )
    if end:
        was_open = guard.lock(account_id, role_name)
        terminal.say(f"{role_name} in {account_id} is {'closed again' if was_open else 'not open'}")
        return
    _check_assigned(session, account_id, role_name)
    if not terminal.interactive():
        raise BadInput("a role is unlocked by a person: there is no terminal", hint="run it in a terminal")
    reason = " ".join((reason or terminal.ask("reason", "--reason")).split())
    if not reason.isprintable() or not reason:
        raise BadInput("the reason has to be a line of text", hint='--reason "incident 4711"')
    guard.unlock(account_id, role_name, seconds, reason)
    terminal.say(f"{role_name} in {account_id} is open for {durations.shown(seconds)}: {reason}")


def _check_assigned(session: Session, account_id: str, role_name: str) -> None:
    """Raise `BadInput` where Identity Center says that there is no such role; its silence is no obstacle."""
    try:
        names = [
            role.name for role in context.portal_of(session, context.PATIENCE_SECONDS).roles(Account(account_id))
        ]
    except SsohelperError:
        return
    if role_name not in names:
        raise BadInput(
            f"you have no role {role_name} in {account_id}: there is {', '.join(sorted(names)) or 'none'}",
            hint=f"ssohelper roles --session {shlex.quote(session.name)}",
        )


def _named(role: str, session_name: str | None) -> tuple[Session, str, str]:
    """The role that is meant: a profile's, else ACCOUNT/ROLE by the account's id or name."""
    target = options.targets().get(role)
    if target is not None:
        return target.session, target.account_id, target.role_name
    account, slash, role_name = role.rpartition("/")
    if not slash:
        raise BadInput(f"{role!r} is no profile, and no ACCOUNT/ROLE", hint="ssohelper unlock 123456789012/Admin")
    session = options.chosen_session(session_name)
    names = {} if account.isdecimal() else context.account_names(session)
    ids = [account] if account.isdecimal() else [each for each, name in names.items() if name == account]
    if len(ids) != 1:
        wrong = "several accounts are" if ids else "you have no account that is"
        raise BadInput(f"{wrong} called {account!r}", hint="ssohelper accounts")
    options.chosen_role(options.NamedRole(session.name, ids[0], role_name, None))
    return session, ids[0], role_name
