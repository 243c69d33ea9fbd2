"""`ssohelper log`: who used which sensitive role, when and why."""

import sys

import click

from ssohelper import options
from ssohelper.ui import output, terminal

_COLUMNS = ("time", "event", "user", "session", "account_id", "role_name", "reason", "process")


@click.command("log")
@options.as_csv
@options.as_json
def command(as_csv: bool, as_json: bool) -> None:
    """Show each unlock of a sensitive role, and each time that its credentials were handed out, the oldest first.

    It is a file of JSON lines in the state folder, log.jsonl, and holds no secret.
    """
    from ssohelper.credentials import audit_log

    rows = [[str(line.get(column, "")) for column in _COLUMNS] for line in audit_log.lines()]
    color = terminal.color(sys.stdout)
    click.echo(output.listing(_COLUMNS, rows, as_json=as_json, as_csv=as_csv, color=color))
