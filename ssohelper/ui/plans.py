"""What `sync` would do, or did: like a diff for people, as JSON for programs. Pure."""

from collections.abc import Sequence
from typing import Any

from ssohelper.sync.adoption import NOT_YOURS
from ssohelper.sync.discovery import Unlisted
from ssohelper.sync.foreign_profiles import BY_HAND
from ssohelper.sync.plan import Action, Conflict, Plan, Step
from ssohelper.ui.output import safe
from ssohelper.ui.terminal import paint

_SIGNS = {
    Action.ADD: ("+", "green"),
    Action.ADOPT: ("*", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.RENAME: (">", "yellow"),
    Action.REMOVE: ("-", "red"),
}


# Where the second column of a plan begins at the latest.
_NAME_COLUMN = 48


def lines(plan: Plan, unlisted: Sequence[Unlisted], *, color: bool) -> str:
    """The plan like a diff, one line a profile, with a summary at the end."""
    width = min(_NAME_COLUMN, max((len(_names(step)) for step in plan.pending), default=0))
    lines = [_step_line(step, width, color) for step in plan.pending]
    lines += [
        f"{paint('!', 'yellow', color)} {safe(conflict.profile)} is taken ({_place(conflict)}):"
        f" {safe(conflict.role_name)} in {conflict.account_id} becomes {safe(conflict.taken)}"
        for conflict in plan.conflicts
    ]
    lines += [
        f"{paint('!', 'yellow', color)} {safe(each.profile)} (line {each.line} of the config file) stays as it is:"
        f" {safe(each.reason)}"
        for each in plan.left
        if each.reason != NOT_YOURS  # of which there may be many, and nobody can do anything about them here
    ]
    lines += [
        f"{paint('!', 'yellow', color)} {safe(each.profile)} has source_profile = {safe(each.source_profile)}: "
        + (f"name {safe(each.new_name)} there" if each.new_name else "name another one there")
        for each in plan.dangling
    ]
    lines += [
        paint("?", "red", color) + f" {safe(each.account.label)} could not be listed ({each.reason});"
        " its profiles stay as they are"
        for each in unlisted
    ]
    return "\n".join([*lines, summary(plan)])


def summary(plan: Plan) -> str:
    """What the plan does, in numbers."""
    counts = plan.counts()
    words = {
        "add": "to add",
        "adopt": "to adopt",
        "change": "to change",
        "rename": "to rename",
        "remove": "to remove",
    }
    parts = [f"{counts[action]} {word}" for action, word in words.items() if counts[action]]
    return ", ".join([*(parts or ["nothing to do"]), f"{counts['keep']} unchanged"])


def as_json(plan: Plan, unlisted: Sequence[Unlisted], *, written: bool) -> dict[str, Any]:
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
        "left": [
            {
                "profile": each.profile,
                "line": each.line,
                "account_id": each.account_id,
                "role_name": each.role_name,
                "origin": each.origin,
                "reason": each.reason,
            }
            for each in plan.left
        ],
        "dangling": [
            {
                "profile": each.profile,
                "line": each.line,
                "source_profile": each.source_profile,
                "new_name": each.new_name,
            }
            for each in plan.dangling
        ],
        "unlisted": [
            {"account_id": each.account.id, "account_name": each.account.name, "reason": each.reason}
            for each in unlisted
        ],
    }


def _place(conflict: Conflict) -> str:
    return "in the credentials file" if conflict.line is None else f"line {conflict.line} of the config file"


def _names(step: Step) -> str:
    return safe(f"{step.profile} -> {step.new_name}" if step.new_name else step.profile)


def _step_line(step: Step, width: int, color: bool) -> str:
    sign, style = _SIGNS[step.action]
    role = f"{step.role_name} in {step.account_name or ''} {step.account_id}".replace("  ", " ")
    if step.action is Action.ADD:
        about = role
    elif step.action is Action.ADOPT:
        by = "by hand" if step.origin == BY_HAND else f"by {step.origin}"
        rest = [_change(key, *values) for key, values in step.changes.items() if not _of_sign_in(key)]
        about = ", ".join([f"{role}, written {by}", *rest])
    elif step.action is Action.REMOVE:
        about = f"{step.role_name} in {step.account_id} {step.reason}"
    else:
        about = ", ".join(_changes(step))
    return f"{paint(sign, style, color)} {_names(step):{width}}  {paint(safe(about), 'dim', color)}".rstrip()


def _changes(step: Step) -> list[str]:
    """What changes in a profile; a change of style is one thing to a person, however many keys it takes."""
    process = step.changes.get("credential_process")
    if process is None or None not in process:
        return [_change(key, *values) for key, values in step.changes.items()]
    before, after = ("sso", "credential-process") if process[0] is None else ("credential-process", "sso")
    rest = [_change(key, *values) for key, values in step.changes.items() if not _of_sign_in(key)]
    return [f"style: {before} -> {after}", *rest]


def _of_sign_in(key: str) -> bool:
    """Whether a key says how a profile gets credentials, or whose it is."""
    return key.startswith(("sso_", "ssohelper_", "granted_", "common_fate_")) or key == "credential_process"


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
        "origin": step.origin,
        "changes": {key: {"before": before, "after": after} for key, (before, after) in step.changes.items()},
    }
