"""`ssohelper profiles`: the profiles of the AWS files, from files alone."""

import sys
import time

import click

from ssohelper import durations, options
from ssohelper.aws_config import resolve
from ssohelper.shell import matching
from ssohelper.storage import timestamps
from ssohelper.ui import output, profile_rows, terminal
from ssohelper.ui.look import Look
from ssohelper.ui.profile_rows import ProfileRow

_HEADER = ("profile", "account", "role", "region", "style", "credentials")


@click.command("profiles")
@click.argument("words", nargs=-1)
@options.session
@options.as_csv
@options.as_json
def command(words: tuple[str, ...], session_name: str | None, as_csv: bool, as_json: bool) -> None:
    """List profiles: account, role, region, style, and how long cached credentials are valid.

    WORDS limit the list to profiles that match all of them, in any column, as in the list of `ssohelper use`. The
    profiles that you used last come first. It makes no request.

    \b
      ssohelper profiles
      ssohelper profiles prod read
      ssohelper profiles --json

    Styles: sso and credential-process as `sync` writes them, chained for a profile that assumes another role, legacy
    for one without an sso-session. A profile without an account is not for IAM Identity Center.
    """  # noqa: D301 (click keeps the line breaks after \b)
    context = options.context()
    known = profile_rows.read(context)
    names = profile_rows.recent_first(list(context.aws_files.profiles))
    if session_name is not None:
        session = context.select_session(session_name).session.name
        names = [name for name in names if name in known and known[name].session == session]
    now = time.time()
    cells = [(name, *_cells(known.get(name), now)) for name in names]
    if words:
        searched = ["  ".join(row) for row in cells]
        order = matching.ranked(" ".join(words), searched)
        names, cells = [names[index] for index in order], [cells[index] for index in order]
    if as_json:
        click.echo(output.to_json([_as_json(name, known.get(name)) for name in names]))
        return
    if not names:
        terminal.say(f"no profile matches {' '.join(words)!r}" if words else "no profiles")
        if not words:
            terminal.hint("ssohelper sync" if resolve.sessions(context.aws_files) else "ssohelper setup")
    if as_csv:
        click.echo(output.to_csv(_HEADER, cells))
    else:  # a name has to be copied, so it is never cut
        click.echo(output.table(_HEADER, cells, Look.of(sys.stdout), whole=1))


def _cells(row: ProfileRow | None, now: float) -> tuple[str, ...]:
    if row is None:
        return "-", "-", "-", "-", "-"
    valid = "-" if row.expires_at is None else f"{durations.shown(row.expires_at - now)} left"
    return row.account.label, row.role_name, row.region or "-", row.style, valid


def _as_json(name: str, row: ProfileRow | None) -> dict[str, object]:
    """The entry of a profile; all but its name is null if it is not for a role."""
    return {
        "profile": name,
        "session": row and row.session,
        "account_id": row and row.account.id,
        "account_name": row and row.account.name,
        "role_name": row and row.role_name,
        "region": row and row.region,
        "style": row and row.style,
        "expires_at": timestamps.written(row.expires_at) if row and row.expires_at else None,
    }
