"""`ssohelper whoami`: the role that AWS tools use here, and for how long its credentials are valid."""

import click

from ssohelper import options
from ssohelper.actions import whoami
from ssohelper.actions.whoami import Options
from ssohelper.aws_config.selection import RoleOptions


@click.command("whoami")
@options.profile_or_role
@click.option("--verify", is_flag=True, help="Ask STS with the role's credentials.")
@options.as_json
def command(role_options: RoleOptions, verify: bool, as_json: bool) -> int:
    """Show which role AWS tools use here: profile, account, role, region, where its credentials come from, and how
    long the cached ones are valid.

    Without a PROFILE it is the profile of $AWS_PROFILE, else the role of the enclosing `ssohelper exec`, else
    [default]. It makes no request, except with --verify, which requests credentials if none are cached, and asks STS
    whose they are.

    Example: ssohelper whoami --json
    """
    return whoami.run(Options(role_options, verify, as_json), click.echo)
