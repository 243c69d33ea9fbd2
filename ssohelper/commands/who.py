"""`ssohelper who`: who has a permission set, directly or by which group."""

import sys
from typing import Any, NamedTuple

import click

from ssohelper import administrator, options
from ssohelper.permission_sets import selection
from ssohelper.permission_sets.collect import Scope
from ssohelper.ui import output, unread
from ssohelper.ui.look import Look


@click.command("who")
@click.argument("name")
@click.argument("account", required=False)
@options.administrator
@click.option("--members", is_flag=True, help="Name the users in each group; names may be email addresses.")
@click.option("--fresh", is_flag=True, help="Read everything again, even if it was read within 15 minutes.")
@options.as_csv
@options.as_json
def command(**values: Any) -> int:
    """Show who has a permission set, in every account or in one: users, and groups with their number of members.

    NAME is a permission set, ACCOUNT the name or id of an account. Where a user name is an email address, only the
    part before the @ is shown, unless --members is given. A user or group that was deleted is shown by its id.

    Exit code 5: not everything could be read; stderr says what.

    \b
      ssohelper who AdministratorAccess
      ssohelper who DeveloperAccess payments-prod --members
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line."""

    name: str
    account: str | None
    session_name: str | None
    as_profile: str | None
    members: bool
    fresh: bool
    as_csv: bool
    as_json: bool


def run(opts: Options) -> int:
    """Print who has it. Returns the exit code."""
    from ssohelper.ui import permission_sets

    admin = administrator.select(options.context(), opts.session_name, opts.as_profile)
    found = administrator.inventory(admin, Scope(members=opts.members), fresh=opts.fresh)
    account_id = selection.account(found, opts.account).id if opts.account else None
    permission_set = selection.permission_set(found, opts.name)
    rows = permission_sets.who_rows(found, permission_set, account_id, members=opts.members)
    if opts.as_json:
        click.echo(output.to_json(permission_sets.document(found, [each.record for each in rows], "assignments")))
    else:
        header, cells = permission_sets.WHO_HEADER, [each.cells for each in rows]
        click.echo(output.listing(header, cells, as_json=False, as_csv=opts.as_csv, look=Look.of(sys.stdout)))
    return unread.warn(found)
