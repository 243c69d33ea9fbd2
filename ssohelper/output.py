"""Results become text: lines, tables, JSON, CSV. Pure: every function returns what is to be printed."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ssohelper.profiles.discovery import Discovery, Unlisted
from ssohelper.profiles.plan import Action, Conflict, Plan, Step
from ssohelper.terminal import paint

_SIGNS = {
    Action.ADD: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.RENAME: (">", "yellow"),
    Action.REMOVE: ("-", "red"),
}


# Where the second column of a plan begins at the latest.
_NAME_COLUMN = 48


def to_json(value: Any) -> str:
    """JSON for programs: indented, Unicode as it is but for what could steer a terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def listing(header: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool, as_csv: bool, color: bool) -> str:
    """Rows as JSON, as CSV, or else as a table."""
    if as_json:
        return to_json(_records(header, rows))
    return _csv(header, rows) if as_csv else table(header, rows, color=color)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV with a header, without a final line end."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, color: bool) -> str:
    """Columns aligned by what a terminal shows (a wide character takes two places)."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        return "  ".join(cells).rstrip()

    return "\n".join([paint(line(header), "bold", color), *(line([_safe(cell) for cell in row]) for row in rows)])


def _records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str | None]]:
    """Rows for JSON; what is not known is null."""
    return [{key: value or None for key, value in zip(header, row, strict=True)} for row in rows]


def status_lines(facts: Sequence[dict[str, Any]], now: float, *, color: bool) -> str:
    """The facts of `status` as a table of sessions, and one of roles if there are any. `now` is in Unix seconds."""
    sessions = [
        (
            each["session"],
            "yes" if each["signed_in"] else "no",
            _left(each["access_token_expires_at"], now),
            "yes" if each["renews_itself"] else f"no: {each['why_not']}",
            (each["registration_expires_at"] or "-")[:10],
        )
        for each in facts
    ]
    roles = [
        (role["role_name"], role["account_id"], each["session"], _left(role["expires_at"], now))
        for each in facts
        for role in each["roles"]
    ]
    header = ("session", "signed in", "access token", "renews itself", "registration until")
    parts = [table(header, sessions, color=color)]
    if roles:
        parts += ["", table(("role", "account", "session", "credentials"), roles, color=color)]
    return "\n".join(parts)


def _left(date: str | None, now: float) -> str:
    if date is None:
        return "-"
    seconds = datetime.fromisoformat(date).timestamp() - now
    return f"{duration(seconds)} left" if seconds > 0 else "expired"


def duration(seconds: float) -> str:
    """Seconds as a person reads them: `7h 59m`, `12m`, `40s`."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m" if minutes else f"{whole}s"


def plan_lines(plan: Plan, unlisted: Sequence[Unlisted], *, color: bool) -> str:
    """The plan like a diff, one line a profile, with a summary at the end."""
    width = min(_NAME_COLUMN, max((len(_names(step)) for step in plan.pending), default=0))
    lines = [_step_line(step, width, color) for step in plan.pending]
    lines += [
        f"{paint('!', 'yellow', color)} {_safe(conflict.profile)} is taken ({_place(conflict)}):"
        f" {_safe(conflict.role_name)} in {conflict.account_id} becomes {_safe(conflict.taken)}"
        for conflict in plan.conflicts
    ]
    lines += [
        paint("?", "red", color) + f" {_safe(each.account.label)} could not be listed ({each.reason});"
        " its profiles stay as they are"
        for each in unlisted
    ]
    return "\n".join([*lines, summary(plan)])


def summary(plan: Plan) -> str:
    """What the plan does, in numbers."""
    counts = plan.counts()
    words = {"add": "to add", "change": "to change", "rename": "to rename", "remove": "to remove"}
    parts = [f"{counts[action]} {word}" for action, word in words.items() if counts[action]]
    return ", ".join([*(parts or ["nothing to do"]), f"{counts['keep']} unchanged"])


def plan_json(plan: Plan, unlisted: Sequence[Unlisted], *, written: bool) -> dict[str, Any]:
    """The plan for programs; `changes` gives each key's value before and after, null where there is none."""
    return {
        "session": plan.session,
        "written": written,
        "summary": plan.counts(),
        "steps": [_step_json(step) for step in plan.steps],
        "conflicts": [
            {
                "profile": conflict.profile,
                "line": conflict.line,
                "account_id": conflict.account_id,
                "role_name": conflict.role_name,
                "taken": conflict.taken,
            }
            for conflict in plan.conflicts
        ],
        "unlisted": [
            {"account_id": each.account.id, "account_name": each.account.name, "reason": each.reason}
            for each in unlisted
        ],
    }


def accounts_rows(found: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Accounts as (id, name, email)."""
    return [(account.id, account.name or "", account.email or "") for account in found]


def roles_rows(found: Discovery) -> list[tuple[str, str, str]]:
    """Roles as (account id, account name, role)."""
    return [(role.account.id, role.account.name or "", role.name) for role in found.roles]


def _place(conflict: Conflict) -> str:
    return "in the credentials file" if conflict.line is None else f"line {conflict.line} of the config file"


def _names(step: Step) -> str:
    return _safe(f"{step.profile} -> {step.new_name}" if step.new_name else step.profile)


def _step_line(step: Step, width: int, color: bool) -> str:
    sign, style = _SIGNS[step.action]
    if step.action is Action.ADD:
        about = f"{step.role_name} in {step.account_name or ''} {step.account_id}".replace("  ", " ")
    elif step.action is Action.REMOVE:
        about = f"{step.role_name} in {step.account_id} {step.reason}"
    else:
        about = ", ".join(_changes(step))
    return f"{paint(sign, style, color)} {_names(step):{width}}  {paint(_safe(about), 'dim', color)}".rstrip()


def _changes(step: Step) -> list[str]:
    """What changes in a profile; a change of style is one thing to a person, however many keys it takes."""
    process = step.changes.get("credential_process")
    if process is None or None not in process:
        return [_change(key, *values) for key, values in step.changes.items()]
    before, after = ("sso", "credential-process") if process[0] is None else ("credential-process", "sso")
    rest = [_change(key, *values) for key, values in step.changes.items() if not _of_style(key)]
    return [f"style: {before} -> {after}", *rest]


def _of_style(key: str) -> bool:
    return key.startswith(("sso_", "ssohelper_")) or key == "credential_process"


def _change(key: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{key} = {after}"
    return f"no {key}" if after is None else f"{key}: {before} -> {after}"


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "profile": step.profile,
        "new_name": step.new_name,
        "account_id": step.account_id,
        "account_name": step.account_name,
        "role_name": step.role_name,
        "reason": step.reason,
        "changes": {key: {"before": before, "after": after} for key, (before, after) in step.changes.items()},
    }


def _safe(text: str) -> str:
    """An account's name is free text of somebody else: nothing in it may steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
