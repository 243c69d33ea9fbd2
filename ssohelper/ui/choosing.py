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
from ssohelper.ui.look import Row
from ssohelper.ui.profile_rows import ProfileRow
from ssohelper.ui.terminal import Question


def profile(context: Context, names: Collection[str], typed: str = "") -> str:
    """The profile that the person chooses, one of `names`; the list is filtered by what was typed.

    The profiles that were used last stand first. Raises `Cancelled`.
    """
    known, current = profile_rows.read(context), context.current_profile
    ordered = profile_rows.recent_first(list(names))
    rows = [_row(name, known.get(name), is_current=name == current) for name in ordered]
    note = "; * is the current one" if current in ordered else ""
    return _choose("profile", ordered, rows, typed, note)


def session(context: Context, typed: str = "") -> str:
    """The name of the session that the person chooses. Raises `Cancelled`."""
    now = time.time()
    rows = []
    found = resolve.sessions(context.aws_files)
    for name, each in found.items():
        signed_in = context.of(each).status(now).signed_in
        rows.append(Row((name, "signed in" if signed_in else "sign in", each.start_url, each.region)))
    return _choose("session", list(found), rows, typed)


def _choose(what: str, names: Sequence[str], rows: Sequence[Row], typed: str, note: str = "") -> str:
    """The name whose row is chosen."""
    if os.environ.get("TERM") == "dumb":
        return _asked(what, names)
    try:
        from ssohelper.ui import picker  # slow to load
    except ImportError:  # a Python without termios
        return _asked(what, names)
    searched = ["  ".join(row.cells) for row in rows]
    choices = picker.Choices(rows, lambda text: matching.ranked(text, searched), matching.matched, note)
    question = f"{what} not found, choose one" if typed else what
    return names[picker.pick(question, choices, _longest_match(typed, searched), selected=not typed)]


def _longest_match(typed: str, searched: Sequence[str]) -> str:
    """The longest beginning of what was typed that matches a row: after a typing mistake, most of it does.

    If only a few letters match, they say nothing, and every row is shown.
    """
    ends = range(len(typed), (len(typed) - 1) // 2, -1)
    return next((typed[:end] for end in ends if matching.ranked(typed[:end], searched)), "")


def _named(name: str, label: str, *, is_current: bool) -> str:
    return " ".join(filter(None, ("*" if is_current else "", label, name)))


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


def _row(name: str, row: ProfileRow | None, *, is_current: bool) -> Row:
    """Name, time left, role, account and region. A narrow terminal leaves out the last."""
    if row is None:  # it is for no role
        return Row((_named(name, "", is_current=is_current), "", "", "", "", ""))
    left = "" if row.signed_in or row.session is None else "sign in"
    if row.expires_at is not None:
        left = f"{durations.shown(row.expires_at - time.time())} left"
    shown, account = _named(name, row.label, is_current=is_current), row.account
    return Row((shown, left, row.role_name, account.name or "", account.id, row.region or ""), row.color)
