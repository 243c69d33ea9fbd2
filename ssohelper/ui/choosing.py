"""Lists of profiles and of sessions, from which a person chooses one on a terminal."""

import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssohelper import durations
from ssohelper.aws_config import resolve
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, did_you_mean
from ssohelper.shell import matching, recent_profiles
from ssohelper.ui import terminal
from ssohelper.ui.terminal import Question

if TYPE_CHECKING:
    from ssohelper.aws_config.resolve import ProfileRole
    from ssohelper.model import CredentialSource


def profile(context: Context, names: Collection[str], typed: str = "") -> str:
    """The profile that the person chooses, one of `names`; the list is filtered by what was typed.

    The profiles that were used last stand first. Raises `Cancelled`.
    """
    last = recent_profiles.names()
    ordered = sorted(set(names), key=lambda name: (last.index(name) if name in last else len(last), name))
    columns = _columns(context)
    return _choose("profile", [(name, *columns.get(name, ("", "", "", ""))) for name in ordered], typed)


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


def _columns(context: Context) -> dict[str, tuple[str, str, str, str]]:
    """For each profile that is for a role: time left, account, role and region. A narrow terminal cuts the last."""
    by_session: dict[str, list[ProfileRole]] = {}
    for each in context.profiles.values():
        by_session.setdefault(each.session.name, []).append(each)
    known = {name: _SessionColumns.read(context.of(each[0].session)) for name, each in by_session.items()}
    return {
        name: (
            known[each.session.name].left(each.role),
            known[each.session.name].account(each.role.account_id),
            each.role.role_name,
            each.region or "",
        )
        for name, each in context.profiles.items()
    }


@dataclass(frozen=True, slots=True)
class _SessionColumns:
    """What is shown of a session's roles: account names, how long credentials are valid, `else_` for the others."""

    accounts: dict[str, str | None]
    valid: "dict[CredentialSource, str]" = field(default_factory=dict)
    else_: str = ""

    @classmethod
    def read(cls, context: SessionContext) -> "_SessionColumns":
        from ssohelper.credentials import cached_roles
        from ssohelper.credentials.aws_cli_cache import AwsCliCache
        from ssohelper.sync import account_names

        now, session = time.time(), context.session
        # A keyring may be slow, or prompt: of its roles, those that were handed out are known by our own records.
        candidates: Sequence[CredentialSource] = () if context.secret_store else list(context.profile_roles())
        cached = cached_roles.find(session, candidates, AwsCliCache(session), now)
        valid = {each.role: f"{durations.shown(each.expiration - now)} left" for each in cached}
        return cls(account_names.shown(session), valid, "" if context.status(now).signed_in else "sign in")

    def left(self, role: "CredentialSource") -> str:
        return self.valid.get(role, self.else_)

    def account(self, account_id: str) -> str:
        return f"{self.accounts.get(account_id) or ''} {account_id}".strip()
