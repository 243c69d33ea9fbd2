"""`ssohelper unlock`: unlock a sensitive role for a limited time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ssohelper import durations, hints, options, selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import RETRY_SECONDS, Context, SessionContext
from ssohelper.credentials.sensitive import LONGEST_SECONDS
from ssohelper.errors import BadInput, SsohelperError
from ssohelper.roles import Account, AssumedRole, CredentialSource
from ssohelper.ui import terminal
from ssohelper.ui.terminal import Question

if TYPE_CHECKING:
    from ssohelper.credentials.sensitive import Guard


@click.command("unlock")
@click.argument("role")
@options.session
@click.option("--reason", metavar="TEXT", help="Why you need it; recorded in the audit log.")
@click.option("--for", "lasts", metavar="TIME", default="1h", help="For how long: 30m, 2h, 1h30m [1h].")
@click.option("--end", is_flag=True, help="Lock it again now.")
def command(role: str, session_name: str | None, reason: str | None, lasts: str, end: bool) -> None:
    """Unlock a sensitive role, so that unattended programs get its credentials for a limited time.

    ROLE is a profile, or ACCOUNT/ROLE with the account's id or name. It can be an assumed role; of a profile that
    assumes roles, each sensitive role is unlocked. config.toml lists the sensitive roles:
    sensitive_roles = ["*/BreakGlass", "payments-prod/Admin*"].

    It needs a terminal: only a person can unlock a role. `ssohelper log` shows each time that credentials of an
    unlocked role were handed out, to which process and why. These are valid until they expire.

    Example: ssohelper unlock payments-prod/BreakGlass --reason "incident 4711" --for 30m
    """
    context = options.context()
    seconds = _seconds(role, lasts, end=end)
    request = _selected(context, role, session_name)
    if end:
        request.lock()
    else:
        request.unlock(seconds, reason)


def _seconds(role: str, lasts: str, *, end: bool) -> int:
    """How long the role is unlocked. Raises `BadInput`."""
    seconds = options.seconds(lasts, "--for 1h30m")
    if seconds > LONGEST_SECONDS:
        raise BadInput(f"--for must be at most 12h, not {lasts}", hint="--for 12h")
    if seconds == 0 and not end:
        raise BadInput("--for must be longer than zero", hint=hints.command("unlock", role, "--end"))
    return seconds


@dataclass(frozen=True, slots=True)
class _Request:
    """Roles of which the sensitive ones are unlocked, or locked again; the first one was named."""

    context: SessionContext
    roles: Sequence[CredentialSource]

    def lock(self) -> None:
        guard, roles = self._sensitive()
        for role in roles:
            was_unlocked = guard.lock(role)
            terminal.say(f"{role.label} is {'locked again' if was_unlocked else 'not unlocked'}")

    def unlock(self, seconds: int, reason: str | None) -> None:
        guard, roles = self._sensitive()
        for role in roles:
            self._check_assigned(role)
        if not terminal.interactive():
            raise BadInput("only a person can unlock a role, and there is no terminal", hint="run it in a terminal")
        reason = " ".join((reason or terminal.ask(Question("reason", "--reason"))).split())
        if not reason.isprintable() or not reason:
            raise BadInput("not a valid reason (expected one line of text)", hint='--reason "incident 4711"')
        for role in roles:
            guard.unlock(role, seconds, reason)
            terminal.say(f"{role.label} is unlocked for {durations.shown(seconds)}: {reason}")

    def _sensitive(self) -> "tuple[Guard, list[CredentialSource]]":
        guard = self.context.guard
        roles = [each for each in self.roles if guard and guard.is_sensitive(each)]
        if guard is None or not roles:
            raise BadInput(
                f"{self.roles[0].label} is not a sensitive role: nothing to unlock",
                hint="in config.toml: sensitive_roles = [...]",
            )
        return guard, roles

    def _check_assigned(self, role: CredentialSource) -> None:
        """Raise `BadInput` if Identity Center says that the role is not assigned; if it is unavailable, go on."""
        if isinstance(role, AssumedRole):  # Identity Center does not know who may assume it
            return
        try:
            assigned = self.context.portal(RETRY_SECONDS).roles(Account(role.account_id))
        except SsohelperError:
            return
        names = sorted(each.name for each in assigned)
        if role.role_name not in names:
            raise BadInput(
                f"role {role.role_name} in account {role.account_id} is not assigned to you"
                f" (assigned: {', '.join(names) or 'none'})",
                hint=hints.command("roles", "--session", role.session),
            )


def _selected(context: Context, role: str, session_name: str | None) -> _Request:
    """The roles of a profile's chain, or ACCOUNT/ROLE by the account's id or name. Raises `BadInput`."""
    if role in context.profiles:
        profile = context.profiles[role]
        return _Request(context.of(profile.session), profile.role.chain)
    account, slash, role_name = role.rpartition("/")
    if not slash:
        raise BadInput(f"not a profile or ACCOUNT/ROLE: {role!r}", hint="ssohelper unlock 123456789012/Admin")
    session = selecting.session(context, session_name)
    selected = context.select_role(RoleOptions(session.session.name, account, role_name)).role
    # It may be the assumed role of a profile.
    chained = [link for each in context.profiles.values() for link in each.role.chain]
    assumed = (each for each in chained if isinstance(each, AssumedRole) and each.ref == selected)
    return _Request(session, [next(assumed, selected)])
