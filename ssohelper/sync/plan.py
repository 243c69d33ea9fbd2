"""Wanted against present: what has to be done to which profile. Pure, and the only place that decides."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK, ConfigText, Option, Section
from ssohelper.sync import naming
from ssohelper.sync.adoption import Adoption, Left
from ssohelper.sync.desired import Wanted
from ssohelper.sync.foreign_profiles import Neighbour


class Action(StrEnum):
    """What happens to a profile."""

    ADD = "add"
    ADOPT = "adopt"
    CHANGE = "change"
    RENAME = "rename"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """One profile's part of the plan. `changes` gives key -> (value before, value after); None is no such key.

    `origin` is who wrote a profile that is adopted.
    """

    action: Action
    profile: str
    account_id: str
    account_name: str | None
    role_name: str
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    new_name: str | None = None
    reason: str | None = None
    origin: str | None = None
    section: Section | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A name that a role should have, but another profile has it; `taken` is what the role gets instead.

    `line` is where that profile stands, from 1; None is in the shared credentials file.
    """

    profile: str
    line: int | None
    account_id: str
    role_name: str
    taken: str


@dataclass(frozen=True, slots=True)
class Dangling:
    """A profile whose `source_profile` goes or gets another name; `line` is where that stands, from 1."""

    profile: str
    line: int
    source_profile: str
    new_name: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, ordered by profile name, and what they leave to a person.

    That is the names that could not be had, the neighbours that stay, and the profiles whose source is gone.
    """

    session: str
    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...] = ()
    left: tuple[Left, ...] = ()
    dangling: tuple[Dangling, ...] = ()

    @property
    def pending(self) -> tuple[Step, ...]:
        """The steps that change the file."""
        return tuple(step for step in self.steps if step.action is not Action.KEEP)

    def counts(self) -> dict[str, int]:
        """How many steps there are of each action."""
        count = Counter(step.action for step in self.steps)
        return {action.value: count[action] for action in Action}

    def edits(self) -> list[Edit]:
        """The plan as edits of the text that it was made from."""
        return [_edit(step) for step in self.pending]


@dataclass(frozen=True, slots=True)
class Scope:
    """What this run may touch.

    `in_scope` says whether an account and a role belong to the run at all; what does not stays as it is (but takes
    part in the choice of names, so that a narrow run gives the same ones), like the profiles of `unlisted` accounts,
    of which nobody knows today which roles they have. `excluded` are roles that the user has and does not want.
    `neighbours` are profiles of others, in the file's order, that it shall adopt where it can.
    """

    unlisted: frozenset[str] = frozenset()
    in_scope: Callable[[str, str], bool] = lambda _account_id, _role_name: True
    prune: bool = True
    rename: bool = False
    excluded: frozenset[tuple[str, str]] = frozenset()
    neighbours: tuple[Neighbour, ...] = ()

    def has(self, account_id: str, role_name: str) -> bool:
        """Whether this run may do anything about a role."""
        return account_id not in self.unlisted and self.in_scope(account_id, role_name)


def make(session: str, wanted: Collection[Wanted], text: ConfigText, taken: Collection[str], scope: Scope) -> Plan:
    """The plan that brings the profiles of a session in step.

    `taken` are names that another file gives to profiles (the shared credentials file). A profile of ours is matched
    by session, account and role, and keeps its name unless the scope says `rename`. Where two profiles of ours are
    for one role, the first in the file is kept in step and the other is the user's copy, which stays as it is.
    A neighbour is adopted where its role has no profile of ours: from then on it is one, under the name that it has.
    One that an earlier run has added behind it, and nobody has touched, gives way.
    """
    ours = [section for section in text.of_kind("profile") if section.values().get(MARK) == session]
    present: dict[tuple[str, str] | None, Section] = {}
    for section in ours:
        present.setdefault(key_of(section), section)
    inside = {profile.key: profile for profile in wanted if scope.in_scope(*profile.key)}
    users = {option.value: name for name, option in _sources(text)}
    adoption = Adoption(session, text, inside, scope.excluded, present, scope.prune, scope.rename, users)
    adopted, left = adoption.choose(each for each in scope.neighbours if scope.has(*each.key))
    replaced = {present[key]: each.section.name for key, each in adopted.items() if key in present}
    present |= {key: each.section for key, each in adopted.items()}
    names_of_ours = {section.name for section in [*ours, *present.values()]}
    foreign = {section.name: section for section in text.of_kind("profile") if section.name not in names_of_ours}
    others = [
        _leave_or_remove(section, inside, scope, replaced.get(section))
        for section in ours
        if key_of(section) not in inside or present[key_of(section)] is not section
    ]
    kept = {
        profile.key: present[profile.key].name
        for profile in wanted
        if profile.key in present and not (scope.rename and profile.key in inside)
    }
    staying = {step.profile for step in others if step.action is Action.KEEP} - set(kept.values())
    # All wanted profiles take part in the naming: a run on some of them gives the names that a run on all would.
    names = _names(session, wanted, kept, {*foreign, *taken, *staying})
    steps = [_step(profile, names[key], present.get(key), adopted.get(key)) for key, profile in inside.items()]
    every = sorted([*steps, *others], key=lambda step: step.profile)
    return Plan(
        session,
        tuple(every),
        tuple(_conflicts(inside.values(), steps, {**dict.fromkeys(taken), **foreign})),
        tuple(left),
        tuple(_dangling(every, text, taken)),
    )


def present_keys(text: ConfigText, session: str) -> set[tuple[str, str]]:
    """Account and role of every profile of ours that is for a session."""
    ours = [section for section in text.of_kind("profile") if section.values().get(MARK) == session]
    return {key for key in map(key_of, ours) if key}


def key_of(section: Section) -> tuple[str, str] | None:
    """The account's id and the role's name that a profile of ours is for; None where the user took them out."""
    values = section.values()
    for account_key, role_key in IDENTITY_KEYS.values():
        if account_key in values and role_key in values:
            return values[account_key], values[role_key]
    return None


def _names(
    session: str, wanted: Iterable[Wanted], kept: Mapping[tuple[str, str], str], taken: Collection[str]
) -> dict[tuple[str, str], str]:
    """The name of each wanted profile: its present one, else the one it gets on any machine, else a free one."""
    wished = {profile.key: profile.name for profile in wanted}
    ideal = naming.resolve(wished, session, taken)
    names = {key: kept.get(key, ideal[key]) for key in wished}
    in_use = set(kept.values())
    crowded = {key: wished[key] for key in wished if key not in kept and ideal[key] in in_use}
    if crowded:
        others = {name for key, name in names.items() if key not in crowded}
        names |= naming.resolve(crowded, session, {*taken, *others})
    return names


def _dangling(steps: Iterable[Step], text: ConfigText, taken: Collection[str]) -> Iterable[Dangling]:
    """Who names a profile that goes or gets another name, even if another one gets its: that is for another role."""
    lost = {step.profile: step.new_name for step in steps if step.new_name or step.action is Action.REMOVE}
    for name, option in _sources(text):
        goes_itself = lost.get(name, name) is None
        if option.value in lost and option.value not in taken and not goes_itself:
            yield Dangling(name, option.first + 1, option.value, lost[option.value])


def _sources(text: ConfigText) -> Iterable[tuple[str, Option]]:
    """The profiles that name another one as their `source_profile`, and where."""
    for section in text.of_kind("profile"):
        yield from ((section.name, option) for option in section.options if option.key == "source_profile")


def _step(profile: Wanted, name: str, section: Section | None, adopted: Neighbour | None) -> Step:
    have = section.values() if section else {}
    changes: dict[str, tuple[str | None, str | None]] = {
        key: (have.get(key), value)
        for key, value in profile.options().items()
        if have.get(key) != value and not (key in profile.defaults and key in have)
    }
    gone = profile.unset | (adopted.obsolete if adopted else frozenset()) - profile.options().keys()
    changes |= {key: (have[key], None) for key in sorted(gone & have.keys())}
    if section is None:
        action = Action.ADD
    elif adopted is not None:
        action = Action.ADOPT
    elif name != section.name:
        action = Action.RENAME
    else:
        action = Action.CHANGE if changes else Action.KEEP
    return Step(
        action,
        section.name if section else name,
        profile.role.account.id,
        profile.role.account.name,
        profile.role.name,
        changes=changes,
        new_name=name if section and name != section.name else None,
        origin=adopted.origin if adopted else None,
        section=section,
    )


def _leave_or_remove(
    section: Section, wanted: Collection[tuple[str, str]], scope: Scope, successor: str | None
) -> Step:
    """What happens to a profile of ours that no wanted one is matched with; `successor` is who takes its place."""
    key = key_of(section)
    account_id, role_name = key or ("", "")
    action, reason = Action.KEEP, None
    if key is None:
        reason = "it names no account and role any more"
    elif successor is not None:
        action, reason = Action.REMOVE, f"gives way to {successor}"
    elif key in wanted:
        reason = "it is a copy"
    elif account_id in scope.unlisted:
        reason = "its account could not be listed"
    elif not scope.in_scope(account_id, role_name):
        reason = "it is outside this run"
    elif not scope.prune:
        reason = "the role is gone, but pruning is off"
    else:
        action = Action.REMOVE
        reason = "is excluded by your settings" if key in scope.excluded else "is not yours any more"
    changes = {key: (value, None) for key, value in section.values().items()} if action is Action.REMOVE else {}
    return Step(action, section.name, account_id, None, role_name, changes=changes, reason=reason, section=section)


def _conflicts(
    wanted: Iterable[Wanted], steps: Iterable[Step], others: Mapping[str, Section | None]
) -> Iterable[Conflict]:
    for profile, step in zip(wanted, steps, strict=True):
        name = step.new_name or step.profile
        if name != profile.name and profile.name in others and (step.action is Action.ADD or step.new_name):
            other = others[profile.name]
            yield Conflict(profile.name, other.first + 1 if other else None, *profile.key, name)


def _edit(step: Step) -> Edit:
    if step.action is Action.REMOVE:
        return Edit(step.section, None)
    return Edit(
        step.section,
        step.new_name or step.profile,
        {key: after for key, (_, after) in step.changes.items() if after is not None},
        frozenset(key for key, (_, after) in step.changes.items() if after is None),
    )
