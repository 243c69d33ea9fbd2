"""Names of permission sets that tell scope and audience, by one convention. Pure.

A permission set cannot be renamed: UpdatePermissionSet takes no name.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import PermissionSet
from ssohelper.permission_sets.rules import wording

# Words that say nothing about a permission set.
_FILLERS = re.compile(
    "access|aws|default|demo|example|my|new|old|permissions?|permissionset|roles?|sample|set|sso|temp|temporary|tests?"
    "|testing|tmp"
)
# Words that say something only beside another one: "DevAdmin" has scope and level, "Admin" leaves open of what.
_VAGUE = re.compile("admins?|dev|users?")
# Shorter words are abbreviations that may stand for anything, except those of jobs and teams.
_FEWEST_LETTERS = 4
_JOBS = re.compile("bi|dba|hr|it|ml|noc|ops|qa|sec|soc|sre")
# Fewer names show no convention; it is one if at least four times as many names follow it as do not.
_FEWEST_NAMES = 5
_TIMES_AS_MANY = 4
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What a part between separators looks like, the narrowest first.
_CASES: Mapping[str, Callable[[str], bool]] = {
    "lower": lambda part: part == part.lower(),
    "UPPER": lambda part: part == part.upper(),
    "Pascal": lambda part: not part[0].islower(),
    "camel": lambda part: not part[0].isupper(),
}
_NEW_NAME = "a permission set cannot be renamed: create one {}, assign it instead, then delete this one"


class _Convention(NamedTuple):
    """How words are put together: the case of each part, and what separates them; empty for none."""

    case: str
    separator: str

    def fits(self, name: str) -> bool:
        """Whether a name is written so; one without a separator may be."""
        parts = name.split(self.separator) if self.separator else [name]
        return all(part.isalnum() and _CASES[self.case](part) for part in parts)


def words(text: str) -> list[str]:
    """The words of a name or text, in lower case, without numbers: `AWSAdmin-2` has `aws` and `admin`."""
    return re.findall(r"[^\W\d_]+", _WORD_START.sub(" ", text).lower())


def name_unclear(review: Review) -> Iterator[Finding]:
    """A name of generic words only, or of one short word."""
    for each in review.sets:
        why = _unclear(each.name) if each.name else None
        if why:
            yield Finding(
                kind="name-unclear",
                severity="warning",
                practice="name",
                permission_set=each.label,
                message=f"the name does not say what it is for: {why}",
                affects="users who choose a role, and administrators who review it",
                fix=_NEW_NAME.format("whose name tells scope and audience"),
                evidence={"words": words(each.label)},
            )


def _unclear(name: str) -> str | None:
    found = words(name)
    telling = {each for each in found if not _FILLERS.fullmatch(each)}
    if found and len(telling) < 2 and all(map(_VAGUE.fullmatch, telling)):
        return "only generic words"
    short = len(found) < 2 and len("".join(found)) < _FEWEST_LETTERS
    return "too short" if short and not any(map(_JOBS.fullmatch, found)) else None


def names_unlike(review: Review) -> Iterator[Finding]:
    """A name that does not follow the convention of most names."""
    own = [each for each in review.sets if not _named_by_aws(each)]
    names = [each.name for each in own if each.name]
    if not review.inventory.sets_complete or len(names) < len(own):
        return
    convention = _common_convention(names)
    like = sorted(name for name in names if convention and _convention(name) == convention)
    for each in own:
        if not convention or convention.fits(each.label):
            continue
        yield Finding(
            kind="names-unlike",
            severity="warning",
            practice="name",
            permission_set=each.label,
            message=f"most names are written like {like[0]}, this one is not",
            affects="users and scripts that expect the name to follow the convention",
            fix=_NEW_NAME.format("whose name follows the convention"),
            evidence={**convention._asdict(), "like": len(like), "names": len(names)},
        )


def _named_by_aws(permission_set: PermissionSet) -> bool:
    """Whether AWS chose the name, or may have: Control Tower does, and the console for predefined permission sets.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetpredefined.html
    """
    name, policies = permission_set.label, permission_set.managed_policies
    return name.startswith("AWS") or policies is None or any(arn.endswith(f"/{name}") for arn in policies)


def _common_convention(names: Sequence[str]) -> _Convention | None:
    """The convention of most names, leaving out those that show none but fit it."""
    shown = Counter(found for each in names if (found := _convention(each)))
    for convention, number in shown.most_common(1):
        unlike = sum(not convention.fits(each) for each in names)
        if number >= max(_FEWEST_NAMES, _TIMES_AS_MANY * unlike):
            return convention
    return None


def _convention(name: str) -> _Convention | None:
    """The convention that a name shows; None for one word, which shows none, and for several separators."""
    separators = {each for each in name if not each.isalnum()}
    one_word = len(words(name)) < 2 or name.islower() or name.isupper()
    if len(separators) > 1 or (one_word and not separators):
        return None
    found = (_Convention(case, "".join(separators)) for case in _CASES)
    return next((each for each in found if each.fits(name)), None)


def name_twins(review: Review) -> Iterator[Finding]:
    """Names that differ in case, separators or a number at the end only."""
    alike: dict[str, list[str]] = {}
    for each in review.sets:
        if each.name:
            alike.setdefault(_without_details(each.name), []).append(each.name)
    for first, *others in map(sorted, alike.values()):
        if others:
            yield Finding(
                kind="name-twins",
                severity="warning",
                practice="name",
                permission_set=first,
                message=f"almost the same name as {wording.names(others)}",
                affects="users and administrators, who may take one for the other",
                fix="replace them with one permission set, or with some whose names tell how they differ",
                evidence={"names": [first, *others]},
            )


def _without_details(name: str) -> str:
    letters = "".join(each for each in name.lower() if each.isalnum())
    return letters.rstrip("0123456789") or letters


RULES = (name_unclear, names_unlike, name_twins)
