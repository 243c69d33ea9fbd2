"""`ssohelper permission-sets show`: everything about one permission set."""

import sys
from typing import Any, NamedTuple

import click

from ssohelper import administrator, options
from ssohelper.permission_sets import selection
from ssohelper.permission_sets.collect import Scope
from ssohelper.ui import output, unread
from ssohelper.ui.look import Look


@click.command("show")
@click.argument("name")
@options.administrator
@click.option("--policies", is_flag=True, help="Print the policies, too.")
@click.option("--fresh", is_flag=True, help="Read everything again, even if it was read within 15 minutes.")
@options.as_json
def command(**values: Any) -> int:
    """Show everything about one permission set: policies, boundary, accounts, and who has it where.

    NAME is its name or ARN. The JSON has the inline policy; the documents of AWS-managed policies are printed with
    --policies only.

    Exit code 5: not everything could be read; stderr says what.

    \b
      ssohelper permission-sets show DeveloperAccess
      ssohelper permission-sets show DeveloperAccess --policies
    """  # noqa: D301 (click keeps the line breaks after \b)
    return run(Options(**values))


class Options(NamedTuple):
    """The command line."""

    name: str
    session_name: str | None
    as_profile: str | None
    policies: bool
    fresh: bool
    as_json: bool


def run(opts: Options) -> int:
    """Print it. Returns the exit code."""
    from ssohelper.ui import permission_sets

    admin = administrator.select(options.context(), opts.session_name, opts.as_profile)
    found = administrator.inventory(admin, Scope(), fresh=opts.fresh)
    each = selection.permission_set(found, opts.name)
    if opts.as_json:
        record = permission_sets.as_json(found, each)
        click.echo(output.to_json(permission_sets.document(found, [record], "permission-sets")))
    else:
        look = Look.of(sys.stdout)
        click.echo("\n".join(permission_sets.show_lines(found, each, look, policies=opts.policies)))
    return unread.warn(found)
