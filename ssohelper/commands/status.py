"""`ssohelper status`: whether each session is signed in, and until when."""

import click

from ssohelper import options
from ssohelper.actions import status
from ssohelper.actions.status import Options


@click.command("status")
@options.profile
@options.session
@click.option("--watch", is_flag=True, help="Show changes until Ctrl-C.")
@options.as_json
def command(profile: str | None, session_name: str | None, watch: bool, as_json: bool) -> int:
    """Show, for each session, when you have to sign in next, how long the access token is valid, whether it is
    refreshed automatically (and why not), how long the client registration is valid, and which role credentials are
    cached. Identity Center does not tell when the next sign-in is due: set sign_in_hours in config.toml, if you know
    how long sign-ins are valid.

    With a PROFILE, only its session is shown. It makes no request: a sign-in that an administrator has ended shows as
    expired when it is next used.

    Exit code 4: a sign-in is needed; the command for it is on stderr.

    Example: ssohelper status --json
    """
    return status.run(Options(profile, session_name, watch, as_json), click.echo)
