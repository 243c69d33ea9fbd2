"""`ssohelper accounts`: the accounts that the user may use."""

import sys
import time

import click

from ssohelper import options, selecting
from ssohelper.ui import discovery, output
from ssohelper.ui.look import Look


@click.command("accounts")
@options.session
@options.as_csv
@options.as_json
def command(session_name: str | None, as_csv: bool, as_json: bool) -> None:
    """List the accounts in which you have a role: id, name, email.

    Example: ssohelper accounts --csv > accounts.csv
    """
    session = selecting.session(options.context(), session_name)
    found = selecting.signed_in(session, lambda: session.portal().accounts())
    discovery.keep_names(session, found, time.time())
    accounts = sorted(found, key=lambda account: (account.name or "", account.id))
    header = ("account_id", "account_name", "email")
    rows = output.accounts_rows(accounts)
    click.echo(output.listing(header, rows, as_json=as_json, as_csv=as_csv, look=Look.of(sys.stdout)))
