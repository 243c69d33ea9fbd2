"""Results as text: lines, tables, JSON, CSV. Pure, but for the encoding of stdout."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ssohelper import durations
from ssohelper.errors import Failed
from ssohelper.roles import Account
from ssohelper.sign_in.status import NOT_SIGNED_IN
from ssohelper.ui.look import GAP, Look, cells, fitted, padded

if TYPE_CHECKING:
    from ssohelper.sync.discovery import Discovery


# Of the names of values that are shown one a line.
_NAME_WIDTH = 12


def to_json(value: Any) -> str:
    """Indented JSON; Unicode as it is, if stdout has all of it, except control characters."""
    text = json.dumps(value, indent=2, ensure_ascii=_stdout_encoding() != "utf-8")
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def exact(text: str) -> str:
    """The text, if stdout can encode it: a shell reads it, so nothing in it may be replaced. Raises `Failed`."""
    encoding = _stdout_encoding()
    try:
        text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError as error:
        lacking = error.object[error.start : error.end]
        raise Failed(f"stdout cannot encode {lacking!a} ({encoding})", hint="set PYTHONUTF8=1") from error
    return text


def _stdout_encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def listing(header: Sequence[str], rows: Sequence[Sequence[str]], *, look: Look, as_json: bool, as_csv: bool) -> str:
    """Rows as JSON, as CSV, or else as a table."""
    if as_json:
        return to_json(_records(header, rows))
    return to_csv(header, rows) if as_csv else table(header, rows, look)


def to_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV with a header, without a final line end."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().rstrip("\n")


def table(header: Sequence[str], rows: Sequence[Sequence[str]], look: Look, *, whole: int = 0) -> str:
    """Aligned columns, cut where the terminal is narrower, except the first `whole` ones."""
    shown = [header, *([safe(cell) for cell in row] for row in rows)]
    widths = fitted([max(map(cells, column)) for column in zip(*shown, strict=True)], look.width, whole=whole)

    def line(row: Sequence[str]) -> str:
        return GAP.join(map(padded, row, widths)).rstrip()

    return "\n".join([look.paint(line(header), "bold"), *map(line, shown[1:])])


def key_values(rows: Iterable[tuple[str, str]], look: Look) -> str:
    """Names and values, one a line; a value is broken at spaces where the terminal is narrower."""
    before = _NAME_WIDTH
    return "\n".join(
        f"{look.paint(f'{name:{before}}', 'dim')}{look.wrap(value, ' ' * before, before=before)}"
        for name, value in rows
    )


def _records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str | None]]:
    """Rows for JSON; an empty cell is null."""
    return [{key: value or None for key, value in zip(header, row, strict=True)} for row in rows]


def status_lines(rows: Sequence[dict[str, Any]], now: float, look: Look) -> str:
    """`status` as a table of sessions, and one of roles if there are any. `now` is in Unix seconds."""
    sessions = [
        (
            each["session"],
            _next_sign_in(each, now),
            _valid_until(each["access_token_expires_at"], now),
            _auto_refresh(each),
            (each["registration_expires_at"] or "-")[:10],
        )
        for each in rows
    ]
    roles = [
        (
            role["role_name"],
            Account(role["account_id"], role["account_name"]).label,
            each["session"],
            _valid_until(role["expires_at"], now),
        )
        for each in rows
        for role in each["roles"]
    ]
    header = ("session", "next sign-in", "access token", "auto-refresh", "registration expires")
    parts = [table(header, sessions, look)]
    if roles:
        parts += ["", table(("role", "account", "session", "credentials"), roles, look)]
    return "\n".join(parts)


def _next_sign_in(row: dict[str, Any], now: float) -> str:
    """When a person has to sign in again."""
    if not row["signed_in"]:
        return "now"
    if row["next_sign_in_at"] is None:
        return "not known"
    return f"in {durations.shown(datetime.fromisoformat(row['next_sign_in_at']).timestamp() - now)}"


def _auto_refresh(row: dict[str, Any]) -> str:
    """Whether the token is refreshed automatically, and if not, why; without a token, that needs no reason."""
    if row["auto_refresh"]:
        return "yes"
    return "no" if row["auto_refresh_problem"] == NOT_SIGNED_IN else f"no: {row['auto_refresh_problem']}"


def agent_lines(state: dict[str, Any], now: float, look: Look) -> list[str]:
    """The agent's state; `now` and its times are in Unix seconds."""
    if not state["running"]:
        return ["agent is not running"]
    lines = ["agent is running"]
    if "next_check_at" not in state:
        lines.append("first check in progress")
    else:
        ahead, ago = durations.shown(state["next_check_at"] - now), durations.shown(now - state["checked_at"])
        lines.append(f"next check in {ahead}, last check {ago} ago")
    if state.get("problem"):
        lines.append(look.paint(safe(state["problem"]), "red"))
    rows = [row for name, each in state.get("sessions", {}).items() for row in _agent_rows(name, each, now)]
    return [*lines, "", table(("session", "role", "valid", "problem"), rows, look)] if rows else lines


def _agent_rows(session: str, state: dict[str, Any], now: float) -> list[tuple[str, str, str, str]]:
    """The rows of a session: its sign-in, and its roles."""
    sign_in = (session, "(sign-in)", _valid(state["token_expires_at"], now), state["problem"] or "")
    return [sign_in] + [
        (
            session,
            f"{role['role_name']} in {role['account_id']}",
            _valid(role["expires_at"], now),
            role["problem"] or "",
        )
        for role in state["roles"]
    ]


def _valid(expires_at: float | None, now: float) -> str:
    if expires_at is None:
        return "-"
    return f"{durations.shown(expires_at - now)} left" if expires_at > now else "expired"


def _valid_until(date: str | None, now: float) -> str:
    return _valid(None if date is None else datetime.fromisoformat(date).timestamp(), now)


def accounts_rows(found: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Accounts as (id, name, email)."""
    return [(account.id, account.name or "", account.email or "") for account in found]


def roles_rows(found: "Discovery") -> list[tuple[str, str, str]]:
    """Roles as (account id, account name, role)."""
    return [(role.account.id, role.account.name or "", role.name) for role in found.roles]


def safe(text: str) -> str:
    """The text without control characters: an account's name, for example, is free text."""
    return "".join(character if character.isprintable() else "?" for character in text)
