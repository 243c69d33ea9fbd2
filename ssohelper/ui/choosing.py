"""Lists of profiles and of sessions, from which a person chooses one on a terminal."""

import os
import time
from collections.abc import Collection, Sequence

from ssohelper import durations
from ssohelper.aws_config import resolve
from ssohelper.context import Context
from ssohelper.errors import BadInput, did_you_mean
from ssohelper.shell import matching
from ssohelper.ui import profile_rows, terminal
from ssohelper.ui.profile_rows import ProfileRow
from ssohelper.ui.terminal import Question


def profile(context: Context, names: Collection[str], typed: str = "") -> str:
    """The profile that the person chooses, one of `names`; the list is filtered by what was typed.

    The profiles that were used last stand first. Raises `Cancelled`.
    """
    known = profile_rows.read(context)
    rows = [(name, *_cells(known.get(name))) for name in profile_rows.recent_first(list(names))]
    return _choose("profile", rows, typed)


def session(context: Context, typed: str = "") -> str:
    """The name of the session that the person chooses. Raises `Cancelled`."""
    now = time.time()
    rows = []
    for name, each in resolve.sessions(context.aws_files).items():
        signed_in = context.of(each).status(now).signed_in
        rows.append((name, "signed in" if signed_in else "sign in", each.start_url, each.region))
    return _choose("session", rows, typed)


def _choose(what: str, rows: Sequence[tuple[str, ...]], typed: str) -> str:
    """The first cell of the row that is chosen."""
    names = [row[0] for row in rows]
    if os.environ.get("TERM") == "dumb":
        return _asked(what, names)
    try:
        from ssohelper.ui import picker  # slow to load
    except ImportError:  # a Python without termios
        return _asked(what, names)
    searched = ["  ".join(row) for row in rows]
    choices = picker.Choices(rows, lambda text: matching.ranked(text, searched))
    question = f"{what} not found, choose one" if typed else what
    return names[picker.pick(question, choices, _longest_match(typed, searched), selected=not typed)]


def _longest_match(typed: str, searched: Sequence[str]) -> str:
    """The longest beginning of what was typed that matches a row: after a typing mistake, most of it does.

    If only a few letters match, they say nothing, and every row is shown.
    """
    ends = range(len(typed), (len(typed) - 1) // 2, -1)
    return next((typed[:end] for end in ends if matching.ranked(typed[:end], searched)), "")


def _asked(what: str, names: Sequence[str]) -> str:
    """The name that is typed, where no list can be drawn."""

    def check(text: str) -> str:
        found = [names[index] for index in matching.ranked(text, names)]
        if text in names:
            return text
        listed = f"; matching: {', '.join(found)}" if found else did_you_mean(text, names)
        raise BadInput(f"{what} {text!r} not found{listed}")

    terminal.show("\n".join(f"  {terminal.plain(name)}" for name in names))
    return terminal.ask_valid(Question(what, f"--{what}"), check)


def _cells(row: ProfileRow | None) -> tuple[str, ...]:
    """Time left, account, role and region. A narrow terminal cuts the last."""
    if row is None:  # it is for no role
        return "", "", "", ""
    left = "" if row.signed_in else "sign in"
    if row.expires_at is not None:
        left = f"{durations.shown(row.expires_at - time.time())} left"
    return left, f"{row.account.name or ''} {row.account.id}".strip(), row.role_name, row.region or ""
