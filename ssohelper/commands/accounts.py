"""`ssohelper accounts`: the accounts that the user may use."""

import sys

import click

from ssohelper import context, options
from ssohelper.ui import output, terminal


@click.command("accounts")
@options.session
@options.as_csv
@options.as_json
def command(session_name: str | None, as_csv: bool, as_json: bool) -> None:
    """List the accounts in which you have a role: id, name, email."""
    portal = context.portal_of(options.chosen_session(session_name))
    accounts = sorted(portal.accounts(), key=lambda account: (account.name or "", account.id))
    rows = output.accounts_rows(accounts)
    header = ("account_id", "account_name", "email")
    color = terminal.color(sys.stdout)
    click.echo(output.listing(header, rows, as_json=as_json, as_csv=as_csv, color=color))
