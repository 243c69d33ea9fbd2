"""`ssohelper roles`: every role in every account that the user may use."""

import sys

import click

from ssohelper import options, selecting
from ssohelper.ui import discovery, output, terminal


@click.command("roles")
@options.session
@options.as_csv
@options.as_json
def command(session_name: str | None, as_csv: bool, as_json: bool) -> int:
    """List every role that you have in every account.

    Exit code 5: some accounts could not be listed; they are named on stderr. 1: Identity Center denies access to
    some that it lists.

    Example: ssohelper roles --json
    """
    session = selecting.session(options.context(), session_name)
    found = selecting.signed_in(session, lambda: discovery.discover(session.portal()))
    header = ("account_id", "account_name", "role_name")
    rows = output.roles_rows(found)
    click.echo(output.listing(header, rows, as_json=as_json, as_csv=as_csv, color=terminal.color(sys.stdout)))
    for each in found.unlisted:
        terminal.say(f"could not list {each.account.label}: {each.reason}")
    return discovery.exit_code(found)
