"""`ssohelper roles`: every role in every account that the user may use."""

from typing import Any

import click

from ssohelper import options
from ssohelper.actions import roles
from ssohelper.actions.roles import Options


@click.command("roles")
@click.argument("words", nargs=-1)
@options.session_or_all("List the roles of every session, with its name.")
@click.option("--fresh", is_flag=True, help="Ask Identity Center, even if the roles were just listed.")
@click.option("--matrix", is_flag=True, help="One line per role name: session duration, accounts, gaps.")
@options.as_csv
@options.as_json
def command(**values: Any) -> int:
    """List every role that you have in every account, with the profile that is for it.

    WORDS limit the list to roles that match all of them, in any column. What this sign-in listed within the last 15
    minutes is shown without asking again; stderr says how old it is.

    With --matrix, there is one line per role name: its session duration, as far as credentials were issued; the
    accounts in which you have it; and those in which you do not, although you have it in most accounts with similar
    names (payments-dev, payments-prod).

    Exit code 5: some accounts could not be listed; they are named on stderr. 1: Identity Center denies access to
    some that it lists.

    \b
      ssohelper roles prod admin
      ssohelper roles --json --fresh
      ssohelper roles --matrix
    """  # noqa: D301 (click keeps the line breaks after \b)
    return roles.run(Options(**values), click.echo)
