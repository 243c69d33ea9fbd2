"""What the rules of config.toml ask for before a role is used: a warning, a confirmation. On a terminal only."""

import sys

from ssohelper.context import SessionContext
from ssohelper.errors import Cancelled
from ssohelper.roles import CredentialSource
from ssohelper.ui import terminal
from ssohelper.ui.look import Look


def before_use(context: SessionContext, role: CredentialSource, action: str, *, yes: bool) -> None:
    """Show the warning of a role's rule, and ask whether to do `action` with it, unless `yes` answers that.

    `action` is such as `run terraform as`. Without a terminal this does nothing: there, `sensitive_roles` guards
    roles. Nor does it inside an `exec` with this role, which has asked. Raises `Cancelled` if the answer is no,
    `BadInput`, `Failed`.
    """
    if not terminal.interactive() or context.is_enclosing_role(role):
        return
    rule = context.rule_to_use(role)
    if rule.warning:
        terminal.warn(rule.warning)
    if rule.confirm and not yes:
        label = f"{rule.label} " if rule.label else ""
        name = terminal.plain(f"{label}{context.label(role)}")
        if rule.color:
            name = Look.of(sys.stderr).paint(name, rule.color)
        if not terminal.agree(f"{terminal.plain(action)} {name}?", default=False):
            raise Cancelled("not confirmed")
