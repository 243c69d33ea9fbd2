"""Which foreign profiles are adopted, and why the others are not. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ssohelper.aws_config.config_text import ConfigText, Section
from ssohelper.roles import AssumedRoleRef, ProfileRef
from ssohelper.sync import naming
from ssohelper.sync.desired import DesiredProfile
from ssohelper.sync.foreign_profiles import ForeignProfile

NOT_ASSIGNED = "its role is not assigned to you"


@dataclass(frozen=True, slots=True)
class NotAdopted:
    """A foreign profile that is not adopted, and why; `line` is that of its header, from 1."""

    profile: str
    line: int
    role: ProfileRef
    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What decides whether foreign profiles are adopted.

    `desired` are the profiles of this run, `excluded` the roles that the settings exclude. `managed` has the first
    managed profile of each role. `prune` says whether profiles may be removed, `rename` whether they are renamed by
    the template. `dependents` are profiles by the name of their `source_profile`.
    """

    text: ConfigText = field(repr=False)
    desired: Mapping[ProfileRef, DesiredProfile]
    excluded: Collection[ProfileRef]
    managed: Mapping[ProfileRef, Section]
    prune: bool
    rename: bool
    dependents: Mapping[str, str]

    def choose(self, profiles: Iterable[ForeignProfile]) -> tuple[dict[ProfileRef, ForeignProfile], list[NotAdopted]]:
        """The foreign profiles to adopt, by role, and those that are not.

        They replace the managed profiles of their roles, if there are any.
        """
        adopted: dict[ProfileRef, ForeignProfile] = {}
        not_adopted = []
        for each in profiles:
            reason = self._why_not(each, adopted)
            if reason is None:
                adopted[each.role] = each
            else:
                section = each.section
                not_adopted.append(NotAdopted(section.name, section.first + 1, each.role, each.origin, reason))
        return adopted, not_adopted

    def _why_not(self, profile: ForeignProfile, adopted: Mapping[ProfileRef, ForeignProfile]) -> str | None:
        role = profile.role
        if role in self.excluded:
            return "config.toml excludes its role"
        if role not in self.desired:
            return profile.obstacle or NOT_ASSIGNED
        if role in adopted:
            return _same_role(adopted[role].section)
        managed = self.managed.get(role)
        why_kept = self._why_kept(managed, profile) if managed else None
        return f"{_same_role(managed)}, and {why_kept}" if managed and why_kept else profile.obstacle

    def _why_kept(self, managed: Section, foreign: ForeignProfile) -> str | None:
        """Why a managed profile is kept, rather than replaced by a foreign one for the same role.

        It is replaced only if it is exactly what an earlier run has added below the foreign one: a profile that the
        user has renamed, edited or commented is kept.
        """
        desired = self.desired[foreign.role]
        dependent = self.dependents.get(managed.name)
        reasons = {
            "comes first in the file": managed.first < foreign.section.first,
            "has a name that sync would not give it": not self.rename
            and not naming.is_candidate(managed.name, desired.name, desired.ref),
            "has options that sync would not write": _synced(desired, managed.values()) != desired.options(),
            "has a comment": _has_comment(self.text, managed),
            f"is the source_profile of {dependent}": dependent is not None,
            "pruning is off": not self.prune,
        }
        return next((why for why, applies in reasons.items() if applies), None)


def _same_role(section: Section) -> str:
    return f"{section.name} is for the same role"


def _synced(desired: DesiredProfile, options: Mapping[str, str]) -> dict[str, str]:
    """The options of a profile as `sync` would change them, without the name of a source profile."""
    source = {"source_profile"} if isinstance(desired.ref, AssumedRoleRef) else set()
    kept = {key: value for key, value in options.items() if key not in desired.unset | source}
    return {**desired.defaults, **kept, **desired.values, **desired.mark}


def _has_comment(text: ConfigText, section: Section) -> bool:
    """Whether there is a comment in a section, after its header, or on the line above or below it."""
    if text.lines[section.first].strip() != f"[{section.header}]":
        return True
    lines = text.lines[max(section.first - 1, 0) : section.last + 2]
    return any(line.lstrip().startswith(("#", ";")) for line in lines)
