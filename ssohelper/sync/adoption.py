"""Which profile of another becomes the one of a role, which one stays as it is, and why. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ssohelper.aws_config.config_text import ConfigText, Section
from ssohelper.sync import naming
from ssohelper.sync.desired import Wanted
from ssohelper.sync.foreign_profiles import Neighbour

NOT_YOURS = "you do not have its role"

_Role = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Left:
    """A neighbour that is not adopted, and why; `line` is where it stands, from 1."""

    profile: str
    line: int
    account_id: str
    role_name: str
    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is known when neighbours are judged; roles are by (account id, role name).

    `wanted` are the roles that shall have a profile, `excluded` those that the settings exclude, `present` the first
    profile of ours for each role. `prune` says whether profiles may be removed at all, `rename` whether they get the
    template's names anyway. `users` are profiles that name another one as their `source_profile`, by that name.
    """

    session: str
    text: ConfigText = field(repr=False)
    wanted: Mapping[_Role, Wanted]
    excluded: Collection[_Role]
    present: Mapping[_Role | None, Section]
    prune: bool
    rename: bool
    users: Mapping[str, str]

    def choose(self, neighbours: Iterable[Neighbour]) -> tuple[dict[_Role, Neighbour], list[Left]]:
        """Which neighbour becomes the profile of which role, and which ones stay as they are.

        A profile of ours that is in `present` for a role that a neighbour gets has to go.
        """
        adopted: dict[_Role, Neighbour] = {}
        left = []
        for each in neighbours:
            reason = self._why_not(each, adopted)
            if reason is None:
                adopted[each.key] = each
            else:
                left.append(Left(each.section.name, each.section.first + 1, *each.key, each.origin, reason))
        return adopted, left

    def _why_not(self, neighbour: Neighbour, adopted: Mapping[_Role, Neighbour]) -> str | None:
        key = neighbour.key
        if key in self.excluded:
            return "your settings exclude its role"
        if key not in self.wanted:
            return neighbour.obstacle or NOT_YOURS
        if key in adopted:
            return _same_role(adopted[key].section)
        ours = self.present.get(key)
        wish = self._wish(ours, neighbour) if ours else None
        return f"{_same_role(ours)}, and {wish}" if ours and wish else neighbour.obstacle

    def _wish(self, ours: Section, neighbour: Neighbour) -> str | None:
        """What speaks for a profile of ours that is for the role of a neighbour; None where it gives way.

        It does so if it is just what a run that did not adopt has added behind the neighbour: whoever has given it a
        name, a key or a comment wants it.
        """
        profile = self.wanted[neighbour.key]
        user = self.users.get(ours.name)
        reasons = {
            "stands first": ours.first < neighbour.section.first,
            "has another name than sync gives": not self.rename
            and not naming.could_be(ours.name, profile.name, self.session, profile.key),
            "has more than sync writes": _in_step(profile, ours.values()) != profile.options(),
            "has a comment": _has_comment(self.text, ours),
            f"{user} needs it": user is not None,
            "pruning is off": not self.prune,
        }
        return next((why for why, so in reasons.items() if so), None)


def _same_role(section: Section) -> str:
    return f"{section.name} is for the same role"


def _in_step(profile: Wanted, have: Mapping[str, str]) -> dict[str, str]:
    """What the options of a profile become when it is brought in step."""
    kept = {key: value for key, value in have.items() if key not in profile.unset}
    return {**profile.defaults, **kept, **profile.values, **profile.mark}


def _has_comment(text: ConfigText, section: Section) -> bool:
    """Whether there is a comment in a section, behind its header, or on the line above or below it."""
    if text.lines[section.first].strip() != f"[{section.header}]":
        return True
    lines = text.lines[max(section.first - 1, 0) : section.last + 2]
    return any(line.lstrip().startswith(("#", ";")) for line in lines)
