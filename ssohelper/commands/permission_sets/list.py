"""`ssohelper permission-sets list`: one line for each permission set."""

import sys
from typing import Any, NamedTuple

import click

from ssohelper import administrator, options
from ssohelper.permission_sets.collect import Scope
from ssohelper.ui import output, unread
from ssohelper.ui.look import Look


@click.command("list")
@options.administrator
@click.option("--quick", is_flag=True, help="Skip assignments of single users: far fewer calls.")
@click.option("--fresh", is_flag=True, help="Read everything again, even if it was read within 15 minutes.")
@options.as_csv
@options.as_json
def command(**values: Any) -> int:
    """List all permission sets: session duration, accounts, groups, users, policies.

    `state` has what needs attention: accounts with an older version, requests that failed or are in progress.
    `?` stands for what could not be read.

    Exit code 5: not everything could be read; stderr says what.

    \b
      ssohelper permission-sets list --as management/IdentityCenterReader
      ssohelper permission-sets list --json
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line."""

    session_name: str | None
    as_profile: str | None
    quick: bool
    fresh: bool
    as_csv: bool
    as_json: bool


def run(opts: Options) -> int:
    """Print the list. Returns the exit code."""
    from ssohelper.ui import permission_sets

    admin = administrator.select(options.context(), opts.session_name, opts.as_profile)
    found = administrator.inventory(admin, Scope(quick=opts.quick), fresh=opts.fresh)
    if opts.as_json:
        records = [permission_sets.as_json(found, each) for each in found.permission_sets]
        click.echo(output.to_json(permission_sets.document(found, records, "permission-sets")))
    else:
        rows = [permission_sets.list_row(found, each) for each in found.permission_sets]
        header, look = permission_sets.LIST_HEADER, Look.of(sys.stdout)
        click.echo(output.listing(header, rows, as_json=False, as_csv=opts.as_csv, look=look))
    return unread.warn(found)
