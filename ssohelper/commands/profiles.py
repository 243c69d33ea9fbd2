"""`ssohelper profiles`: the profiles of the AWS files, from files alone."""

import click

from ssohelper import options
from ssohelper.actions import profiles
from ssohelper.actions.profiles import Options


@click.command("profiles")
@click.argument("words", nargs=-1)
@options.session
@options.as_csv
@options.as_json
def command(words: tuple[str, ...], session_name: str | None, as_csv: bool, as_json: bool) -> int:
    """List profiles: account, role, region, style, and how long cached credentials are valid.

    WORDS limit the list to profiles that match all of them, in any column, as in the list of `ssohelper use`. The
    profiles that you used last come first. It makes no request.

    \b
      ssohelper profiles
      ssohelper profiles prod read
      ssohelper profiles --json

    Styles: sso and credential-process as `sync` writes them, chained for a profile that assumes another role, legacy
    for one without an sso-session. A profile without an account is for no role.
    """  # noqa: D301 (click keeps the line breaks after \b)
    return profiles.run(Options(words, session_name, as_csv, as_json), click.echo)
