"""What `ssohelper profiles` shows."""

import sys
import time
from typing import NamedTuple

from ssohelper import durations, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config import resolve
from ssohelper.shell import matching
from ssohelper.storage import timestamps
from ssohelper.ui import output, profile_rows, terminal
from ssohelper.ui.look import Look
from ssohelper.ui.profile_rows import ProfileRow

_HEADER = ("profile", "account", "role", "region", "style", "credentials")


class Options(NamedTuple):
    """The command line."""

    words: tuple[str, ...] = ()
    session_name: str | None = None
    as_csv: bool = False
    as_json: bool = False


def run(opts: Options, echo: Echo) -> int:
    """List the profiles that match the words. Returns the exit code."""
    context = selecting.context()
    known = profile_rows.read(context)
    names = profile_rows.recent_first(list(context.aws_files.profiles))
    if opts.session_name is not None:
        session = context.select_session(opts.session_name).session.name
        names = [name for name in names if name in known and known[name].session == session]
    now = time.time()
    cells = [(name, *_cells(known.get(name), now)) for name in names]
    if opts.words:
        searched = ["  ".join(row) for row in cells]
        order = matching.ranked(" ".join(opts.words), searched)
        names, cells = [names[index] for index in order], [cells[index] for index in order]
    if opts.as_json:
        echo(output.to_json([_as_json(name, known.get(name)) for name in names]))
        return 0
    if not names:
        terminal.say(f"no profile matches {' '.join(opts.words)!r}" if opts.words else "no profiles")
        if not opts.words:
            terminal.hint("ssohelper sync" if resolve.sessions(context.aws_files) else "ssohelper setup")
    if opts.as_csv:
        echo(output.to_csv(_HEADER, cells))
    else:  # a name has to be copied, so it is never cut
        echo(output.table(_HEADER, cells, Look.of(sys.stdout), whole=1))
    return 0


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
