"""`ssohelper console`: open the AWS console as a role, in a browser."""

from typing import Any

import click

from ssohelper import options
from ssohelper.actions import console
from ssohelper.actions.console import Options
from ssohelper.aws_config.selection import RoleOptions


@click.command("console")
@options.profile_or_role
@click.option("--service", metavar="SERVICE", help="The page of a service: s3, ec2, s3/buckets/NAME.")
@click.option("--region", metavar="REGION", shell_complete=options.offer_regions, help="The region [the profile's].")
@click.option("--print", "only_print", is_flag=True, help="Print the link instead of opening it.")
@click.option("--federate", is_flag=True, help="Use the role's credentials instead of the access portal.")
@click.option("--duration", metavar="TIME", help="How long the session lasts, 15m to 12h: see below.")
@options.yes
@options.as_json
def command(role_options: RoleOptions, duration: str | None, **values: Any) -> int:
    """Open the AWS console as a role.

    \b
      ssohelper console payments-prod.ReadOnly
      ssohelper console payments-prod.ReadOnly --service s3 --region eu-west-1
      ssohelper console payments-prod.ReadOnly --print

    It opens the access portal's own link for the role. The link holds no secret, so you can share it: anyone who
    opens it signs in to the portal as themselves, and needs the role. Without a PROFILE, that of $AWS_PROFILE is
    used, else the role of the enclosing `ssohelper exec`, else [default]; else, on a terminal, you choose one.

    With --federate, the role's credentials are exchanged for a link that is already signed in: it needs no portal,
    and --duration can make the session longer than the credentials. That link is a secret for 15 minutes. It is shown
    only where you ask for it (--print, --json), or on a terminal if no browser opens. A profile that assumes a role
    (role_arn, source_profile) always opens that way; --duration is available only if it does so with access keys.

    --json prints what --print does, as data. `console_browser` and `browser` in config.toml choose another browser,
    and keep several accounts apart in one.
    """  # noqa: D301 (click keeps the line breaks after \b)
    seconds = None if duration is None else options.seconds(duration, "--duration 1h")
    return console.run(role_options, Options(seconds=seconds, **values), click.echo)
