"""`ssohelper credential-process`: what SDKs run for a profile of the style credential-process.

An answer that is already prepared is printed before this module is loaded: see `__main__`.
"""

import click

from ssohelper import options
from ssohelper.actions import credential_process
from ssohelper.aws_config.selection import RoleOptions


@click.command("credential-process")
@options.role
def command(role_options: RoleOptions) -> None:
    """Print role credentials as JSON, for the AWS SDKs.

    An SDK runs this for every profile of the style credential-process. Credentials are cached where the AWS CLI
    caches them, and refreshed 17 minutes before they expire, with one request however many processes want them. If
    a refresh fails, credentials that are still valid are printed, with a warning on stderr.

    It never asks a question and never opens a browser: if a sign-in or an MFA code is needed, the exit code is 4 and
    stderr names the command. It gives up after 20 seconds, but completes a refresh of the sign-in that has started.

    Example: credential_process = /path/to/ssohelper credential-process --session acme --account-id 111122223333
    --role-name ReadOnly
    """
    credential_process.run(role_options, click.echo)
