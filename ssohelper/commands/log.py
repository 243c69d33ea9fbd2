"""`ssohelper log`: the audit log of sensitive roles."""

import sys

import click

from ssohelper import options
from ssohelper.ui import output
from ssohelper.ui.look import Look

_COLUMNS = ("time", "event", "user", "session", "account_id", "role_name", "reason", "process")


@click.command("log")
@options.as_csv
@options.as_json
def command(as_csv: bool, as_json: bool) -> None:
    """Show each unlock of a sensitive role, and each time its credentials were handed out, the oldest first.

    The audit log is a file of JSON lines in the state folder, audit-log.jsonl, and holds no secret.

    Example: ssohelper log --csv
    """
    from ssohelper.credentials import audit_log

    rows = [[str(entry.get(column, "")) for column in _COLUMNS] for entry in audit_log.entries()]
    click.echo(output.listing(_COLUMNS, rows, as_json=as_json, as_csv=as_csv, look=Look.of(sys.stdout)))
