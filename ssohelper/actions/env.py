"""Prints role credentials as environment variables."""

import time

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.shell import current_shell, exports
from ssohelper.ui import output, role_confirmation, terminal


def run(role_options: RoleOptions, echo: Echo, format_: str | None = None, *, yes: bool = False) -> None:
    """Print the credentials of the role that the options, or the environment, name.

    Without a format, it is that of the shell that has started this: not of $SHELL, the login shell.
    """
    context = selecting.context()
    selected = selecting.role(role_options, context).role
    session = context.of(selected.session)
    role_confirmation.before_use(session, selected.role, "print credentials of", yes=yes)
    found = selecting.signed_in(session, lambda: session.credentials(selected.role))
    echo(output.exact(exports.render(exports.variables(found, selected.region), format_ or _default_format())))
    if terminal.interactive():
        terminal.say(f"{session.label(selected.role)}: valid for {durations.shown(found.expiration - time.time())}")


def print_nothing(echo: Echo, format_: str | None = None) -> None:
    """Print what changes nothing, after an error: PowerShell's Invoke-Expression takes no empty text."""
    if (format_ or _default_format()) == "powershell":
        echo("#")


def _default_format() -> str:
    return "powershell" if current_shell.program() == "pwsh" else "bash"
