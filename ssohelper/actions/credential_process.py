"""Prints role credentials as JSON, for the AWS SDKs."""

from ssohelper import selecting
from ssohelper.actions import Echo
from ssohelper.aws_config.selection import RoleOptions


def run(role_options: RoleOptions, echo: Echo) -> None:
    """Print the credentials of the role that the options name."""
    from ssohelper.credentials import answer

    context = selecting.context()
    selected = context.select_role(role_options)
    echo(answer.version_1(context.of(selected.session).credentials(selected.role, asks=False)))
