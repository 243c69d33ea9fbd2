"""The plan of `sync` as text, like a diff, and as JSON. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ssohelper.roles import Account, AssumedRoleRef, ProfileRef
from ssohelper.storage import timestamps
from ssohelper.sync.adoption import NOT_ASSIGNED
from ssohelper.sync.discovery import Unlisted
from ssohelper.sync.foreign_profiles import BY_HAND
from ssohelper.sync.plan import Action, Plan, Step
from ssohelper.sync.role_changes import RoleChanges
from ssohelper.ui.look import Look, cells
from ssohelper.ui.output import safe

_SIGNS = {
    Action.ADD: ("+", "green"),
    Action.ADOPT: ("*", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.RENAME: (">", "yellow"),
    Action.REMOVE: ("-", "red"),
}


# The widest that the first column becomes.
_MAX_NAME_WIDTH = 48
# The least that is left for the second column; else it begins on a line of its own.
_MIN_ABOUT_WIDTH = 24
# The most profiles that a note names.
_MAX_NAMES = 3
# More steps than this do not fit on a screen.
_MANY_STEPS = 20


def is_long(plan: Plan) -> bool:
    """Whether a line for each profile that changes would fill more than a screen."""
    return len(plan.pending) > _MANY_STEPS


def brief(plan: Plan, unlisted: Sequence[Unlisted], look: Look) -> str:
    """The plan in a few lines: profiles to add and adopt with a few names, changes by what changes.

    Names that go, of profiles to rename and to remove, are all shown; the rest is as in `lines`.
    """
    parts = [
        _group(action, [step.profile for step in plan.pending if step.action is action], "", look)
        for action in (Action.ADD, Action.ADOPT)
    ]
    changes: dict[str, list[str]] = {}
    for step in plan.pending:
        if step.action is Action.CHANGE:
            changes.setdefault(_about(step), []).append(step.profile)
    parts += [_group(Action.CHANGE, profiles, f"; {about}", look) for about, profiles in changes.items()]
    gone = [step for step in plan.pending if step.action in (Action.RENAME, Action.REMOVE)]
    shown = [*filter(None, parts), *_steps(gone, look)]
    return "\n".join([*shown, *_remarks(plan, unlisted, look), look.wrap(summary(plan))])


def _group(action: Action, profiles: Sequence[str], about: str, look: Look) -> str:
    """A line for profiles with which the same is done; empty if there is none."""
    if not profiles:
        return ""
    more = len(profiles) - _MAX_NAMES
    names = ", ".join(profiles[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
    sign, style = _SIGNS[action]
    return f"{look.paint(sign, style)} {look.wrap(safe(f'{names}{about}'), before=2)}"


def lines(plan: Plan, unlisted: Sequence[Unlisted], look: Look) -> str:
    """The plan like a diff: a line for each profile that changes, notes, and a summary."""
    return "\n".join([*_steps(plan.pending, look), *_remarks(plan, unlisted, look), look.wrap(summary(plan))])


def _steps(steps: Sequence[Step], look: Look) -> list[str]:
    width = min(_MAX_NAME_WIDTH, max((cells(_names(step)) for step in steps), default=0))
    return [_step_line(step, width, look) for step in steps]


def _remarks(plan: Plan, unlisted: Sequence[Unlisted], look: Look) -> list[str]:
    """What the person may want to fix, and the accounts that could not be listed."""
    notes = [f"{look.paint('!', 'yellow')} {look.wrap(safe(note), before=2)}" for note in _notes(plan)]
    failures = [
        f"{look.paint('?', 'red')} {look.wrap(safe(f'{each.account.label} {_not_listed(each)}'), before=2)}"
        for each in unlisted
    ]
    return [*notes, *failures]


def _not_listed(unlisted: Unlisted) -> str:
    return f"could not be listed ({unlisted.reason}); its profiles are kept"


def summary(plan: Plan) -> str:
    """The number of steps by action: `2 to add, 1 to remove, 14 unchanged`."""
    counts = plan.counts()
    parts = [
        f"{counts[action]} to {action}" for action in ("add", "adopt", "change", "rename", "remove") if counts[action]
    ]
    return ", ".join([*(parts or ["nothing to do"]), f"{counts['keep']} unchanged"])


def as_json(
    plan: Plan, unlisted: Sequence[Unlisted], changes: RoleChanges | None = None, *, written: bool
) -> dict[str, Any]:
    """The plan for programs. `changes` are the values of each key before and after, null for none."""
    return {
        "session": plan.session,
        "written": written,
        "summary": plan.counts(),
        "steps": [_step_json(step) for step in plan.steps],
        "conflicts": [
            {
                "profile": conflict.profile,
                "line": conflict.line,
                **_role_json(conflict.role),
                "name_instead": conflict.name_instead,
            }
            for conflict in plan.conflicts
        ],
        "not_adopted": [
            {
                "profile": each.profile,
                "line": each.line,
                **_role_json(each.role),
                "origin": each.origin,
                "reason": each.reason,
            }
            for each in plan.not_adopted
        ],
        "broken_sources": [
            {
                "profile": each.profile,
                "line": each.line,
                "source_profile": each.source_profile,
                "new_name": each.new_name,
            }
            for each in plan.broken_sources
        ],
        "refused": [
            {"profile": each.profile, **_role_json(each.role), "reason": each.reason} for each in plan.refused
        ],
        "unlisted": [
            {"account_id": each.account.id, "account_name": each.account.name, "reason": each.reason}
            for each in unlisted
        ],
        "since_last_sync": _changes_json(changes),
    }


def _changes_json(changes: RoleChanges | None) -> dict[str, Any] | None:
    """The roles that were assigned since the last sync, and those that no longer are; null at the first one."""
    if changes is None:
        return None
    return {
        "synced_at": timestamps.written(changes.since),
        **{
            name: [
                {"account_id": role.account.id, "account_name": role.account.name, "role_name": role.name}
                for role in roles
            ]
            for name, roles in (("assigned", changes.assigned), ("no_longer_assigned", changes.no_longer_assigned))
        },
    }


def _notes(plan: Plan) -> Iterator[str]:
    """Notes on what the user may want to fix."""
    for conflict in plan.conflicts:
        where = "in the credentials file" if conflict.line is None else _line(conflict.line)
        yield f"{conflict.profile} is taken ({where}): {conflict.role.label} gets {conflict.name_instead}"
    for each in plan.not_adopted:
        if each.reason != NOT_ASSIGNED:  # there may be many of them: sync_notes names some
            yield f"{each.profile} ({_line(each.line)}) is not adopted: {each.reason}"
    by_reason: dict[str, list[str]] = {}
    for refused in plan.refused:
        by_reason.setdefault(refused.reason, []).append(refused.profile)
    for reason, names in by_reason.items():
        are = f"{names[0]} is" if len(names) == 1 else f"{len(names)} profiles ({_some(names)}) are"
        yield f"{are} not written: {reason}"
    for source in plan.broken_sources:
        what = f"renamed to {source.new_name}" if source.new_name else "removed"
        yield f"{source.profile} ({_line(source.line)}) has source_profile = {source.source_profile}, which is {what}"


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:_MAX_NAMES], *(["..."] if len(names) > _MAX_NAMES else [])])


def _line(number: int) -> str:
    return f"line {number} of the config file"


def _names(step: Step) -> str:
    return safe(f"{step.profile} -> {step.new_name}" if step.new_name else step.profile)


def _step_line(step: Step, width: int, look: Look) -> str:
    sign, style = _SIGNS[step.action]
    name, about = _names(step), safe(_about(step))
    if not about:
        return f"{look.paint(sign, style)} {name}"
    name += " " * (width - cells(name))
    before = len("+ ") + cells(name) + len("  ")
    if look.width is None or look.width - before >= min(_MIN_ABOUT_WIDTH, cells(about)):
        about = look.wrap(about, " " * before, before=before)
        return f"{look.paint(sign, style)} {name}  {look.paint(about, 'dim')}"
    return f"{look.paint(sign, style)} {name.rstrip()}\n    {look.paint(look.wrap(about, ' ' * 4, before=4), 'dim')}"


def _about(step: Step) -> str:
    """The role that a step is about, or what it changes."""
    if step.action is Action.ADD:
        return _role_beside_name(step)
    if step.action is Action.REMOVE:
        return f"{_role(step)} {step.reason}"
    if step.action is Action.ADOPT:
        origin = "by hand" if step.origin == BY_HAND else f"by {step.origin}"
        return ", ".join([f"{_role_beside_name(step)}, written {origin}", *_other_changes(step)])
    process = step.changes.get("credential_process")
    if process is None or None not in process:
        return ", ".join(_change(key, *values) for key, values in step.changes.items())
    before, after = ("sso", "credential-process") if process[0] is None else ("credential-process", "sso")
    return ", ".join([f"style: {before} -> {after}", *_other_changes(step)])


def _role_beside_name(step: Step) -> str:
    """The role, less what the name of the profile already says of it."""
    assert step.role is not None  # only profiles that are kept can be without
    account = Account(step.role.sso_role.account_id, step.account_name)
    if isinstance(step.role, AssumedRoleRef) or not account.name or not _has(step.profile, account.name):
        return _role(step)
    role_name = step.role.sso_role.role_name
    return account.id if _has(step.profile, role_name) else f"{role_name} in {account.id}"


def _has(name: str, part: str) -> bool:
    """Whether the name of a profile has a part, which it may spell with other characters."""
    plain_name, plain_part = (re.sub(r"[^a-z0-9]+", "-", each.lower()) for each in (name, part))
    return plain_part in plain_name


def _role(step: Step) -> str:
    """`ReadOnly in payments-prod (333344445555)`; of a chained profile, the assumed role first."""
    assert step.role is not None  # only profiles that are kept can be without
    role = step.role.sso_role
    shown = f"{role.role_name} in {Account(role.account_id, step.account_name).label}"
    if not isinstance(step.role, AssumedRoleRef):
        return shown
    assumed = step.role.ref
    # The account of an assumed role has no known name.
    label = assumed.role_name if assumed.account_id == role.account_id else assumed.label
    return f"{label}, assumed by {shown}"


def _other_changes(step: Step) -> list[str]:
    """The changes of keys that have nothing to do with where credentials come from."""
    prefixes = ("sso_", "ssohelper_", "granted_", "common_fate_", "credential_process")
    return [_change(key, *values) for key, values in step.changes.items() if not key.startswith(prefixes)]


def _change(key: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{key} = {after}"
    return f"{key} removed" if after is None else f"{key}: {before} -> {after}"


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "profile": step.profile,
        "new_name": step.new_name,
        **_role_json(step.role),
        "account_name": step.account_name,
        "reason": step.reason,
        "origin": step.origin,
        "changes": {key: {"before": before, "after": after} for key, (before, after) in step.changes.items()},
    }


def _role_json(role: ProfileRef | None) -> dict[str, str | None]:
    """The role of Identity Center, and of a chained profile the ARN of the role that is assumed with it."""
    return {
        "account_id": role.sso_role.account_id if role else None,
        "role_name": role.sso_role.role_name if role else None,
        **({"role_arn": role.role_arn} if isinstance(role, AssumedRoleRef) else {}),
    }
