"""Prints role credentials as environment variables."""

import time

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import SsohelperError
from ssohelper.shell import current_shell, exports
from ssohelper.ui import output, role_confirmation, terminal


def run(role_options: RoleOptions, echo: Echo, format_: str | None = None, *, yes: bool = False) -> None:
    """Print the credentials of the role that the options, or the environment, name.

    Without a format, it is that of the shell that has started this: not of $SHELL, the login shell.
    """
    format_ = format_ or ("powershell" if current_shell.program() == "pwsh" else "bash")
    try:
        _print(role_options, echo, format_, yes=yes)
    except SsohelperError:
        if format_ == "powershell":  # Invoke-Expression takes no empty text, and would hide our exit code
            echo("#")
        raise


def _print(role_options: RoleOptions, echo: Echo, format_: str, *, yes: bool) -> None:
    context = selecting.context()
    selected = selecting.role(role_options, context).role
    session = context.of(selected.session)
    role_confirmation.before_use(session, selected.role, "print credentials of", yes=yes)
    found = selecting.signed_in(session, lambda: session.credentials(selected.role))
    echo(output.exact(exports.render(exports.variables(found, selected.region), format_)))
    if terminal.interactive():
        terminal.say(f"{session.label(selected.role)}: valid for {durations.shown(found.expiration - time.time())}")
