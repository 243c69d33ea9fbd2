"""`ssohelper roles`: every role in every account that the user may use."""

import sys
from typing import TYPE_CHECKING, Any

import click

from ssohelper import options, selecting
from ssohelper.shell import matching
from ssohelper.storage import timestamps
from ssohelper.ui import discovery, output, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from ssohelper.context import SessionContext
    from ssohelper.sync.listing import Listing

_HEADER = ("account_id", "account_name", "role_name", "profile", "listed_at")


@click.command("roles")
@click.argument("words", nargs=-1)
@options.session_or_all("List the roles of every session, with its name.")
@click.option("--fresh", is_flag=True, help="Ask Identity Center, even if the roles were just listed.")
@options.as_csv
@options.as_json
def command(words: tuple[str, ...], as_csv: bool, as_json: bool, **values: Any) -> int:
    """List every role that you have in every account, with the profile that is for it.

    WORDS limit the list to roles that match all of them, in any column. What this sign-in listed within the last 15
    minutes is shown without asking again; stderr says how old it is.

    Exit code 5: some accounts could not be listed; they are named on stderr. 1: Identity Center denies access to
    some that it lists.

    \b
      ssohelper roles prod admin
      ssohelper roles --json --fresh
    """  # noqa: D301 (click keeps the line breaks after \b)
    code, header, rows = run(**values)
    if words:
        order = matching.ranked(" ".join(words), ["  ".join(row[:-1]) for row in rows])
        rows = [rows[index] for index in order]
    shown = header if as_json else header[:-1]
    rows = [row[: len(shown)] for row in rows]
    click.echo(output.listing(shown, rows, as_json=as_json, as_csv=as_csv, look=Look.of(sys.stdout)))
    return code


def run(session_name: str | None, *, every: bool, fresh: bool) -> tuple[int, tuple[str, ...], list[tuple[str, ...]]]:
    """The exit code; the header, and the rows of one session or of `every` one, with its name in front."""
    context = options.context()
    if not every:
        code, rows = _rows(selecting.session(context, session_name), fresh=fresh)
        return code, _HEADER, rows
    sessions = context.all_sessions()
    code, listed = selecting.each(sessions, lambda session: (session, *_rows(session, fresh=fresh)))
    rows = [(session.session.name, *row) for session, _, own in listed for row in own]
    return code or next((each for _, each, _ in listed if each), 0), ("session", *_HEADER), rows


def _rows(session: "SessionContext", *, fresh: bool) -> tuple[int, list[tuple[str, ...]]]:
    """The exit code of a listing, and its rows."""
    recent = None if fresh else discovery.recent(session, again="--fresh asks again")
    listing = recent or selecting.signed_in(session, lambda: discovery.listed_now(session))
    listed_at = timestamps.written(listing.listed_at)
    found = listing.found
    names = _profiles(session, listing)
    for each in found.unlisted:
        terminal.warn(f"could not list {each.account.label}: {each.reason}")
    rows: list[tuple[str, ...]]
    rows = [(*row, name, listed_at) for row, name in zip(output.roles_rows(found), names, strict=True)]
    return discovery.exit_code(found), rows


def _profiles(session: "SessionContext", listing: "Listing") -> list[str]:
    """The profile for each role; the first one of several, empty if there is none."""
    names: dict[tuple[str, str], str] = {}
    for name, each in session.profiles().items():
        if each.role == each.role.sso_role:
            names.setdefault((each.role.account_id, each.role.role_name), name)
    return [names.get((role.account.id, role.name), "") for role in listing.found.roles]
