"""Prints role credentials as environment variables."""

import sys
import time

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.shell import exports
from ssohelper.ui import output, role_confirmation, terminal

# Not that of $SHELL: it is the login shell, and a script or another shell may evaluate this.
DEFAULT_FORMAT = "powershell" if sys.platform == "win32" else "bash"


def run(role_options: RoleOptions, echo: Echo, format_: str = DEFAULT_FORMAT, *, yes: bool = False) -> None:
    """Print the credentials of the role that the options, or the environment, name."""
    context = selecting.context()
    selected = selecting.role(role_options, context).role
    session = context.of(selected.session)
    role_confirmation.before_use(session, selected.role, "print credentials of", yes=yes)
    found = selecting.signed_in(session, lambda: session.credentials(selected.role))
    echo(output.exact(exports.render(exports.variables(found, selected.region), format_)))
    if terminal.interactive():
        terminal.say(f"{session.label(selected.role)}: valid for {durations.shown(found.expiration - time.time())}")
