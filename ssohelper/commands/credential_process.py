"""`ssohelper credential-process`: what SDKs run for a profile of the credential-process style.

The quick way, an answer that is prepared already, never gets here: see `__main__`.
"""

import click

from ssohelper import context, options


@click.command("credential-process")
@options.role
def command(named: options.NamedRole) -> None:
    """Print credentials of a role for the AWS SDKs: version 1 JSON, and nothing else on stdout.

    An SDK runs this for every profile of the style credential-process. Credentials are kept in the AWS CLI's cache
    and renewed 15 minutes before they end; however many processes ask, Identity Center is asked once. Where nothing
    newer can be had, what still works is handed out, with a warning on stderr.

    It never asks and never opens a browser: exit code 4 and stderr say that a sign-in is needed, and the command for
    it. It gives up after 20 seconds, but sees a renewal of the sign-in through that was begun by then.
    """
    from ssohelper.credentials import answer

    role = options.chosen_role(named)
    click.echo(answer.version_1(context.credentials_of(role)))
