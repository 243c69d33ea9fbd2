"""What `ssohelper roles` shows."""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.shell import matching
from ssohelper.storage import timestamps
from ssohelper.ui import discovery, output, terminal
from ssohelper.ui.look import Look

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ssohelper.context import SessionContext
    from ssohelper.permission_sets.matrix import MatrixRow
    from ssohelper.roles import Account
    from ssohelper.sync.listing import Listing

_HEADER = ("account_id", "account_name", "role_name", "profile")
_MATRIX_HEADER = ("role_name", "session_duration", "accounts", "missing_in", "assigned_in")


class Options(NamedTuple):
    """The command line."""

    words: tuple[str, ...] = ()
    session_name: str | None = None
    every: bool = False
    fresh: bool = False
    matrix: bool = False
    as_csv: bool = False
    as_json: bool = False


class _Row(NamedTuple):
    """A row for people, and the same for programs."""

    cells: tuple[str, ...]
    record: dict[str, Any]


def run(opts: Options, echo: Echo) -> int:
    """List the roles of one session, or of every one. Returns the exit code."""
    code, listings = _listings(opts)
    header, rows_of = (_MATRIX_HEADER, _matrix_rows) if opts.matrix else (_HEADER, _role_rows)
    rows = []
    for session, listing in listings:
        name, own = session.session.name, rows_of(session, listing)
        rows += [_Row((name, *row.cells), {"session": name, **row.record}) for row in own] if opts.every else own
    header = ("session", *header) if opts.every else header
    if opts.words:
        order = matching.ranked(" ".join(opts.words), ["  ".join(row.cells) for row in rows])
        rows = [rows[index] for index in order]
    if opts.as_json:
        echo(output.to_json([row.record for row in rows]))
        return code
    cells = [row.cells for row in rows]
    echo(output.listing(header, cells, as_json=False, as_csv=opts.as_csv, look=Look.of(sys.stdout)))
    return code


def _listings(opts: Options) -> "tuple[int, list[tuple[SessionContext, Listing]]]":
    """The exit code; what is listed of one session or of `every` one."""
    context = selecting.context()

    def listed(session: "SessionContext") -> "tuple[SessionContext, Listing]":
        return session, _listing(session, fresh=opts.fresh)

    if opts.every:
        code, listings = selecting.each(context.all_sessions(), listed)
    else:
        code, listings = 0, [listed(selecting.session(context, opts.session_name))]
    return code or next(filter(None, (discovery.exit_code(each.found) for _, each in listings)), 0), listings


def _listing(session: "SessionContext", *, fresh: bool) -> "Listing":
    """What was listed a short time ago, or is listed now; accounts that cannot be listed are named."""
    listing = None if fresh else _recent(session)
    if listing is None:
        listing = selecting.signed_in(session, lambda: discovery.listed_now(session))
        discovery.keep_names(session, listing.found.accounts, listing.listed_at)
    _warn_of_unlisted(listing)
    return listing


def _recent(session: "SessionContext") -> "Listing | None":
    return discovery.recent(session, again="--fresh asks again")


def _warn_of_unlisted(listing: "Listing") -> None:
    for each in listing.found.unlisted:
        terminal.warn(f"could not list {each.account.label}: {each.reason}")


def _role_rows(session: "SessionContext", listing: "Listing") -> "list[_Row]":
    """A row for each role in each account."""
    names, listed_at = session.profile_names(), timestamps.written(listing.listed_at)
    rows = []
    for cells in output.roles_rows(listing.found):
        account_id, _, role_name = cells
        row = (*cells, names.get((account_id, role_name), ""))
        record: dict[str, Any] = {key: value or None for key, value in zip(_HEADER, row, strict=True)}
        rows.append(_Row(row, {**record, "listed_at": listed_at}))
    return rows


def _matrix_rows(session: "SessionContext", listing: "Listing") -> "list[_Row]":
    """A row for each role name."""
    from ssohelper.credentials import session_durations
    from ssohelper.permission_sets import matrix

    found, seconds = listing.found, session_durations.of_session(session.session)
    unlisted = {each.account.id for each in found.unlisted}
    count = Counter(each.name for each in found.accounts)
    ambiguous = {name for name, number in count.items() if number > 1}
    return [_matrix_row(each, ambiguous) for each in matrix.rows(found.roles, found.accounts, unlisted, seconds)]


def _matrix_row(row: "MatrixRow", ambiguous: "Collection[str | None]") -> _Row:
    def names(accounts: "Sequence[Account]") -> str:
        return ", ".join(each.label if each.name in ambiguous else each.name or each.id for each in accounts)

    def records(accounts: "Sequence[Account]") -> list[dict[str, str | None]]:
        return [{"account_id": each.id, "account_name": each.name} for each in accounts]

    duration = "" if row.seconds is None else durations.shown(row.seconds)
    return _Row(
        (row.role_name, duration, str(len(row.accounts)), names(row.missing), names(row.accounts)),
        {
            "role_name": row.role_name,
            "session_seconds": row.seconds,
            "assigned_in": records(row.accounts),
            "missing_in": records(row.missing),
        },
    )
