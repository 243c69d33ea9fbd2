"""`ssohelper roles`: every role in every account that the user may use."""

import sys
from typing import TYPE_CHECKING

import click

from ssohelper import context, options
from ssohelper.errors import Unavailable
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from ssohelper.identity_center.portal import Portal
    from ssohelper.sync.discovery import Discovery


@click.command("roles")
@options.session
@options.as_csv
@options.as_json
def command(session_name: str | None, as_csv: bool, as_json: bool) -> int:
    """List every role that you have in every account.

    Exit code 5: some accounts could not be listed; they are named on stderr.
    """
    found = found_roles(context.portal_of(options.chosen_session(session_name)))
    rows = output.roles_rows(found)
    header = ("account_id", "account_name", "role_name")
    color = terminal.color(sys.stdout)
    click.echo(output.listing(header, rows, as_json=as_json, as_csv=as_csv, color=color))
    for each in found.unlisted:
        terminal.say(f"{each.account.label} could not be listed: {each.reason}")
    return Unavailable.exit_code if found.unlisted else 0


def found_roles(portal: "Portal") -> "Discovery":
    """Everything that the portal lists, with a progress bar where a person looks on."""
    from ssohelper.identity_center.portal import WORKERS
    from ssohelper.sync.discovery import discover

    with terminal.progress("listing accounts") as tell:
        return discover(
            portal,
            workers=WORKERS,
            stop=portal.stop,
            progress=lambda done, total: tell(done, total, portal.limiter.rate),
        )
