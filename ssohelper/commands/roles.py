"""`ssohelper roles`: every role in every account that the user may use."""

import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ssohelper import durations, options, selecting
from ssohelper.shell import matching
from ssohelper.storage import timestamps
from ssohelper.ui import discovery, output, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssohelper.context import SessionContext
    from ssohelper.model import Account
    from ssohelper.permission_sets.matrix import MatrixRow
    from ssohelper.sync.listing import Listing

_HEADER = ("session", "account_id", "account_name", "role_name", "profile", "listed_at")
_Row = TypeVar("_Row")
_Listings = list[tuple["SessionContext", "Listing"]]


@click.command("roles")
@click.argument("words", nargs=-1)
@options.session_or_all("List the roles of every session, with its name.")
@click.option("--fresh", is_flag=True, help="Ask Identity Center, even if the roles were just listed.")
@click.option("--matrix", is_flag=True, help="One line a role name: session length, accounts, gaps.")
@options.as_csv
@options.as_json
def command(  # noqa: PLR0913 (the options of the command line)
    words: tuple[str, ...],
    session_name: str | None,
    *,
    every: bool,
    fresh: bool,
    matrix: bool,
    as_csv: bool,
    as_json: bool,
) -> int:
    """List every role that you have in every account, with the profile that is for it.

    WORDS limit the list to roles that match all of them, in any column. What this sign-in listed within the last 15
    minutes is shown without asking again; stderr says how old it is.

    With --matrix, each role name is one line: how long its credentials were valid when they were last issued, the
    accounts in which you have it, and those in which you do not, although you have it in most of the accounts that
    are named alike (payments-dev, payments-prod).

    Exit code 5: some accounts could not be listed; they are named on stderr. 1: Identity Center denies access to
    some that it lists.

    \b
      ssohelper roles prod admin
      ssohelper roles --json --fresh
      ssohelper roles --matrix
    """  # noqa: D301 (click keeps the line breaks after \b)
    code, listings = run(session_name, every=every, fresh=fresh)
    look = Look.of(sys.stdout)
    if matrix and as_json:
        click.echo(output.to_json([_as_json(session, row) for session, row in _matrix(listings, words)]))
        return code
    header, rows = _matrix_table(_matrix(listings, words)) if matrix else _table(listings, words, with_time=as_json)
    if not every:
        header, rows = header[1:], [row[1:] for row in rows]
    click.echo(output.listing(header, rows, as_json=as_json, as_csv=as_csv, look=look))
    return code


def run(session_name: str | None, *, every: bool, fresh: bool) -> tuple[int, "_Listings"]:
    """The exit code; what is listed of one session or of `every` one."""
    context = options.context()

    def listed(session: "SessionContext") -> "tuple[SessionContext, Listing]":
        return session, _listing(session, fresh=fresh)

    if every:
        code, listings = selecting.each(context.all_sessions(), listed)
    else:
        code, listings = 0, [listed(selecting.session(context, session_name))]
    return code or next(filter(None, (discovery.exit_code(each.found) for _, each in listings)), 0), listings


def _listing(session: "SessionContext", *, fresh: bool) -> "Listing":
    """What was listed a short time ago, or is listed now; accounts that cannot be listed are named."""
    recent = None if fresh else discovery.recent(session, again="--fresh asks again")
    listing = recent or selecting.signed_in(session, lambda: discovery.listed_now(session))
    for each in listing.found.unlisted:
        terminal.warn(f"could not list {each.account.label}: {each.reason}")
    return listing


def _table(
    listings: "_Listings", words: tuple[str, ...], *, with_time: bool
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header, and a row for each role that matches the words."""
    rows = [row for session, listing in listings for row in _rows(session, listing)]
    first = 0 if len(listings) > 1 else 1  # the session is no column then
    found = _matching(words, rows, ["  ".join(row[first:-1]) for row in rows])
    return (_HEADER, found) if with_time else (_HEADER[:-1], [row[:-1] for row in found])


def _rows(session: "SessionContext", listing: "Listing") -> "Iterator[tuple[str, ...]]":
    listed_at = timestamps.written(listing.listed_at)
    names = _profiles(session, listing)
    for row, name in zip(output.roles_rows(listing.found), names, strict=True):
        yield (session.session.name, *row, name, listed_at)


def _matching(words: tuple[str, ...], rows: list[_Row], texts: list[str]) -> list[_Row]:
    """The rows whose texts match all words."""
    return [rows[index] for index in matching.ranked(" ".join(words), texts)] if words else rows


def _matrix(listings: "_Listings", words: tuple[str, ...]) -> "list[tuple[str, MatrixRow]]":
    """The rows of the matrix, each with the name of its session."""
    from ssohelper.credentials import session_lengths
    from ssohelper.permission_sets import matrix

    rows = []
    for session, listing in listings:
        found, seconds = listing.found, session_lengths.of_session(session.session)
        unlisted = {each.account.id for each in found.unlisted}
        own = matrix.rows(found.roles, found.accounts, unlisted, seconds)
        rows += [(session.session.name, row) for row in own]
    return _matching(words, rows, [f"{row.role_name}  {_names(row.accounts)}" for _, row in rows])


def _matrix_table(rows: "list[tuple[str, MatrixRow]]") -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header, and the rows as text."""
    shown: list[tuple[str, ...]] = [
        (
            session,
            row.role_name,
            "" if row.seconds is None else durations.shown(row.seconds),
            str(len(row.accounts)),
            _names(row.missing),
            _names(row.accounts),
        )
        for session, row in rows
    ]
    return ("session", "role_name", "valid_for", "accounts", "missing_in", "assigned_in"), shown


def _names(accounts: "Sequence[Account]") -> str:
    return ", ".join(each.name or each.id for each in accounts)


def _as_json(session: str, row: "MatrixRow") -> dict[str, Any]:
    def described(accounts: "Sequence[Account]") -> list[dict[str, str | None]]:
        return [{"account_id": each.id, "account_name": each.name} for each in accounts]

    return {
        "session": session,
        "role_name": row.role_name,
        "valid_for_seconds": row.seconds,
        "assigned_in": described(row.accounts),
        "missing_in": described(row.missing),
    }


def _profiles(session: "SessionContext", listing: "Listing") -> list[str]:
    """The profile for each role; the first one of several, empty if there is none."""
    names: dict[tuple[str, str], str] = {}
    for name, each in session.profiles().items():
        if each.role == each.role.sso_role:
            names.setdefault((each.role.account_id, each.role.role_name), name)
    return [names.get((role.account.id, role.name), "") for role in listing.found.roles]
