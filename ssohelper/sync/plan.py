"""Compares the desired profiles with the config file: what to add, adopt, change, rename and remove. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ssohelper.aws_config.config_edit import Edit
from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK, SOURCE_ROLE_KEYS, ConfigText, Section
from ssohelper.errors import ConfigConflict
from ssohelper.roles import AssumedRoleRef, ProfileRef, RoleRef
from ssohelper.sync import naming, source_profiles
from ssohelper.sync.adoption import Adoption, NotAdopted
from ssohelper.sync.desired import DesiredProfile
from ssohelper.sync.foreign_profiles import ForeignProfile
from ssohelper.sync.source_profiles import BrokenSource

_SENSITIVE = "is a sensitive role, which SDKs would assume without an unlock"
_ACCOUNT_KEYS = tuple(account_key for account_key, _ in (*IDENTITY_KEYS.values(), SOURCE_ROLE_KEYS))


class Action(StrEnum):
    """What is done to a profile."""

    ADD = "add"
    ADOPT = "adopt"
    CHANGE = "change"
    RENAME = "rename"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to one profile.

    `role` is None for a managed profile whose account and role the user has removed. `changes` are the values of each
    key before and after, None for none. `reason` is why a profile is removed or kept, `origin` who wrote an adopted
    one.
    """

    action: Action
    profile: str
    role: ProfileRef | None
    account_name: str | None = None
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    new_name: str | None = None
    reason: str | None = None
    origin: str | None = None
    section: Section | None = field(default=None, repr=False, compare=False)

    @property
    def added(self) -> set[str]:
        """The keys that get a value, or another one."""
        return {key for key, (_, after) in self.changes.items() if after is not None}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A desired name that another profile has, and the name that the role's profile gets instead.

    `line` is that of the other profile's header, from 1; None if it is in the shared credentials file.
    """

    profile: str
    line: int | None
    role: ProfileRef
    name_instead: str


@dataclass(frozen=True, slots=True)
class RefusedProfile:
    """A profile that is not written, since AWS tools would refuse it or give it other credentials, and why."""

    profile: str
    role: ProfileRef
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, ordered by profile name, and notes on what the user may want to fix."""

    session: str
    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...] = ()
    not_adopted: tuple[NotAdopted, ...] = ()
    broken_sources: tuple[BrokenSource, ...] = ()
    refused: tuple[RefusedProfile, ...] = ()

    @property
    def pending(self) -> tuple[Step, ...]:
        """The steps that change the file."""
        return tuple(step for step in self.steps if step.action is not Action.KEEP)

    def counts(self) -> dict[str, int]:
        """The number of steps by action."""
        count = Counter(step.action for step in self.steps)
        return {action.value: count[action] for action in Action}

    def edits(self) -> list[Edit]:
        """The edits of the text that the plan was made from."""
        return [_edit(step) for step in self.pending]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run may change.

    Profiles of roles that are not `in_scope`, or in accounts that could not be listed (`unlisted`, by id), are kept.
    They are still considered for names, so that a run on some roles gives the same names as one on all.
    `account_names` are the names of accounts by id, also of those in which no role is left.
    `excluded` are roles that the settings exclude, `sensitive` sensitive ones that chained profiles would assume;
    `foreign_profiles`, in the order of the file, are adopted if possible.
    """

    unlisted: frozenset[str] = frozenset()
    account_names: Mapping[str, str | None] = field(default_factory=dict)
    in_scope: Callable[[ProfileRef], bool] = lambda _role: True
    prune: bool = True
    rename: bool = False
    excluded: frozenset[ProfileRef] = frozenset()
    sensitive: frozenset[ProfileRef] = frozenset()
    foreign_profiles: tuple[ForeignProfile, ...] = ()

    def has(self, role: ProfileRef) -> bool:
        """Whether the run may change profiles of a role."""
        return role.sso_role.account_id not in self.unlisted and self.in_scope(role)


def make(
    session: str,
    desired: Collection[DesiredProfile],
    text: ConfigText,
    credentials_profiles: Collection[str],
    scope: Scope,
) -> Plan:
    """The plan that syncs the managed profiles of a session with the desired ones.

    `credentials_profiles` are the profiles of the shared credentials file, whose names are taken. A managed profile
    belongs to the role that it names, and keeps its name unless `scope.rename` is set. Of several for one role, the
    first is synced; the others are the user's copies, and kept. A foreign profile is adopted under its own name if
    its role has no managed profile, or only an unedited one that an earlier run has added below it.
    """
    managed = list(_managed(text, session))
    present = _first_of_each_role(managed, session)
    syncing = {each.ref: each for each in desired if scope.in_scope(each.ref)}
    present |= _with_other_role(syncing, present)
    own = {section.name for section in managed}
    dependents = {option.value: name for name, option in source_profiles.find(text) if name not in own}
    adoption = Adoption(text, syncing, scope.excluded, present, scope.prune, scope.rename, dependents)
    adopted, not_adopted = adoption.choose(each for each in scope.foreign_profiles if scope.has(each.role))
    replaced_by = {present[role]: each.section.name for role, each in adopted.items() if role in present}
    present |= {role: each.section for role, each in adopted.items()}
    synced = {present[role] for role in syncing.keys() & present.keys()}
    leftover = [
        _leftover_step(section, _role_of(section, session), syncing, scope, replaced_by.get(section))
        for section in managed
        if section not in synced
    ]
    known = {section.name for section in [*managed, *present.values()]}
    foreign = {section.name: section for section in text.of_kind("profile") if section.name not in known}
    copies = {step.profile for step in leftover if step.action is Action.KEEP}
    renamed = syncing.keys() if scope.rename else ()
    names = _names(desired, present, renamed, copies, {*foreign, *credentials_profiles})
    steps = [
        _step(each.with_source(names), names[role], present.get(role), adopted.get(role))
        for role, each in syncing.items()
    ]
    every = sorted([*steps, *leftover], key=lambda step: step.profile)
    return Plan(
        session,
        tuple(every),
        tuple(_conflicts(syncing.values(), steps, {**dict.fromkeys(credentials_profiles), **foreign})),
        tuple(not_adopted),
        tuple(_broken_sources(every, text, credentials_profiles)),
    )


def check_account_ids(text: ConfigText, session: str) -> None:
    """Raise `ConfigConflict` for a managed profile with a damaged account id: it would seem not to be assigned."""
    for section in _managed(text, session):
        for option in section.options:
            if option.key in _ACCOUNT_KEYS and not re.fullmatch(r"\d{12}", option.value, re.ASCII):
                raise ConfigConflict(
                    f"profile {section.name!r}: {option.key} = {option.value} is not valid (expected 12 digits),"
                    f" on line {option.first + 1} of the config file",
                    hint="ssohelper doctor --fix",
                )


def managed_roles(text: ConfigText, session: str) -> set[ProfileRef]:
    """The roles of a session that have a managed profile."""
    return set(_first_of_each_role(_managed(text, session), session))


def _managed(text: ConfigText, session: str) -> Iterator[Section]:
    return (section for section in text.of_kind("profile") if section.values().get(MARK) == session)


def _first_of_each_role(managed: Iterable[Section], session: str) -> dict[ProfileRef, Section]:
    first: dict[ProfileRef, Section] = {}
    for section in managed:
        if role := _role_of(section, session):
            first.setdefault(role, section)
    return first


def _with_other_role(
    syncing: Mapping[ProfileRef, DesiredProfile], present: Mapping[ProfileRef, Section]
) -> dict[ProfileRef, Section]:
    """The managed chained profiles of which config.toml has changed the assumed role, by the new one."""
    found: dict[ProfileRef, Section] = {}
    for old, section in present.items():
        if isinstance(old, AssumedRoleRef) and old not in syncing:
            new = next(
                (
                    ref
                    for ref, each in syncing.items()
                    if isinstance(ref, AssumedRoleRef)
                    and ref.source == old.source
                    and ref not in {*present, *found}
                    and naming.is_candidate(section.name, each.name, ref)
                ),
                None,
            )
            if new:
                found[new] = section
    return found


def _names(
    desired: Collection[DesiredProfile],
    present: Mapping[ProfileRef, Section],
    renamed: Collection[ProfileRef],
    copies: Collection[str],
    others: Collection[str],
) -> dict[ProfileRef, str]:
    """A name for each desired profile, in scope or not: a run on some roles gives the same names as one on all.

    Present profiles keep theirs, except `renamed` ones. `copies` and `others` are the names of profiles that stay.
    """
    kept = {each.ref: present[each.ref].name for each in desired if each.ref in present and each.ref not in renamed}
    taken = {*others, *(set(copies) - set(kept.values()))}
    return naming.with_present({each.ref: each.name for each in desired}, kept, taken)


def _role_of(section: Section, session: str) -> ProfileRef | None:
    """The role that a managed profile is for; None if the user has removed it."""
    values = section.values()
    if "role_arn" in values and all(key in values for key in SOURCE_ROLE_KEYS):
        return AssumedRoleRef(RoleRef(session, *(values[key] for key in SOURCE_ROLE_KEYS)), values["role_arn"])
    for account_key, role_key in IDENTITY_KEYS.values():
        if account_key in values and role_key in values:
            return RoleRef(session, values[account_key], values[role_key])
    return None


def _step(profile: DesiredProfile, name: str, section: Section | None, adopted: ForeignProfile | None) -> Step:
    present, options = section.values() if section else {}, profile.options()
    changes: dict[str, tuple[str | None, str | None]] = {
        key: (present.get(key), value)
        for key, value in options.items()
        if present.get(key) != value and not (key in profile.defaults and key in present)
    }
    obsolete = profile.unset if adopted is None else profile.unset | adopted.obsolete - options.keys()
    if not obsolete.isdisjoint(present):
        changes |= {key: (present[key], None) for key in sorted(obsolete & present.keys())}
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
        profile.ref,
        profile.role.account.name,
        changes=changes,
        new_name=name if section and name != section.name else None,
        origin=adopted.origin if adopted else None,
        section=section,
    )


def _leftover_step(
    section: Section, role: ProfileRef | None, syncing: Collection[ProfileRef], scope: Scope, replaced_by: str | None
) -> Step:
    """Whether a managed profile that is not synced is removed or kept, and why."""
    action = Action.KEEP
    if role is None:
        reason = "it names no account and role"
    elif replaced_by is not None:
        action, reason = Action.REMOVE, f"is replaced by {replaced_by}"
    elif role in syncing:
        reason = "it is a copy"
    elif role.sso_role.account_id in scope.unlisted:
        reason = "its account could not be listed"
    elif not scope.in_scope(role):
        reason = "this run does not include its role"
    elif not scope.prune:
        reason = f"its role {_why_removed(role, syncing, scope)}, but pruning is off"
    else:
        action, reason = Action.REMOVE, _why_removed(role, syncing, scope)
    removed = section.values() if action is Action.REMOVE else {}
    changes = {key: (value, None) for key, value in removed.items()}
    name = scope.account_names.get(role.sso_role.account_id) if role else None
    return Step(action, section.name, role, name, changes=changes, reason=reason, section=section)


def _why_removed(role: ProfileRef, syncing: Collection[ProfileRef], scope: Scope) -> str:
    if isinstance(role, AssumedRoleRef):
        if role.sso_role in syncing:
            return _SENSITIVE if role in scope.sensitive else "is no longer configured in config.toml"
        role = role.sso_role
    return "is excluded by config.toml" if role in scope.excluded else "is no longer assigned to you"


def _conflicts(
    profiles: Iterable[DesiredProfile], steps: Iterable[Step], others: Mapping[str, Section | None]
) -> Iterator[Conflict]:
    for profile, step in zip(profiles, steps, strict=True):
        name = step.new_name or step.profile
        if name != profile.name and profile.name in others and (step.action is Action.ADD or step.new_name):
            other = others[profile.name]
            yield Conflict(profile.name, other.first + 1 if other else None, profile.ref, name)


def _broken_sources(
    steps: Collection[Step], text: ConfigText, credentials_profiles: Collection[str]
) -> Iterator[BrokenSource]:
    """The profiles that are kept as they are, and whose source is removed or renamed."""
    lost = {step.profile: step.new_name for step in steps if step.new_name or step.action is Action.REMOVE}
    removed = {name for name, new_name in lost.items() if new_name is None}
    followed = {step.profile for step in steps if "source_profile" in step.changes}
    return source_profiles.broken(text, lost, removed | followed, credentials_profiles)


def _edit(step: Step) -> Edit:
    if step.action is Action.REMOVE:
        return Edit(step.section, None)
    return Edit(
        step.section,
        step.new_name or step.profile,
        {key: after for key, (_, after) in step.changes.items() if after is not None},
        frozenset(key for key, (_, after) in step.changes.items() if after is None),
    )
