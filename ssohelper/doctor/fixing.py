"""Makes the changes that fix findings, one at a time, each if it is accepted. Pure: nothing is written here."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal, NamedTuple

from ssohelper.aws_config import config_text, credential_source
from ssohelper.aws_config.config_text import DEFAULTS, ConfigText
from ssohelper.aws_config.credential_source import Refused
from ssohelper.doctor import fixes, registry
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.findings import Change, Finding
from ssohelper.model import plain_start_url

# Whether the user wants a change; it is for the file as it reads with all changes that were accepted before.
Accept = Callable[[Finding, Change, AwsFile], bool]
# What a profile gives credentials of: "refused" if botocore refuses it, None if it gives none.
Meaning = tuple[object, ...] | Literal["refused"] | None
# Fixes after which a profile is to take other credentials, with the sources that it has before.
_CHANGES_SOURCE: dict[str, tuple[str, ...]] = {
    "static-keys": ("shared-credentials-file", "config-file"),
    "program-not-found": ("custom-process",),
    "relative-program": ("custom-process",),
    "blank-in-program": ("custom-process",),
    "invalid-account-id": ("sso",),
    "invalid-role-name": ("sso",),
}
# Fixes after which roles are to have another region or start URL.
_CHANGES_SESSION: dict[str, tuple[str, ...]] = {"legacy": ("region",), "damaged-value": ("region", "start_url")}
# Fixes that give a profile another name.
_CHANGES_NAME = ("header-not-portable", "credentials-header")


class Fixed(NamedTuple):
    """The files with the accepted changes, what these fix, and the findings whose changes are not made."""

    checkup: Checkup
    findings: list[Finding]
    blocked: list[Finding]


def fix(checkup: Checkup, accept: Accept, profile: str | None = None) -> Fixed:
    """Make changes until there is none left to make.

    With a profile, only those that concern it, or that keep AWS tools from reading the files. No finding comes up
    twice, and no change is made that would lead back to an earlier state of the files, or that would change what
    another line or another profile means.
    """
    seen, decided = {_content(checkup)}, set()
    fixed, blocked = list[Finding](), list[Finding]()
    while True:
        made: list[Change] = []
        for finding in registry.findings(checkup):
            change, key = finding.fix, (finding.kind, finding.file, finding.line, finding.message)
            if not isinstance(change, Change) or key in decided or not _concerns(checkup, finding, profile):
                continue
            if any(_overlap(change, other) for other in made):  # found again in the next round
                continue
            decided.add(key)
            after = _changed(checkup, change)
            if _content(after) in seen or not _is_harmless(checkup, after, finding, change):
                blocked.append(finding)
            elif accept(finding, change, checkup.file(change.file)):
                checkup = after
                seen.add(_content(checkup))
                made.append(change)
                fixed.append(finding)
        if not made:
            return Fixed(checkup, fixed, blocked)


def _concerns(checkup: Checkup, finding: Finding, profile: str | None) -> bool:
    """Whether a finding is about the profile, or about a file that no tool can read."""
    return profile is None or finding.profile == profile or (finding.profile is None and bool(checkup.files.problem))


def _overlap(one: Change, other: Change) -> bool:
    """Whether two changes are to the same lines."""
    whole = one.data is not None or other.data is not None
    return one.file == other.file and (whole or not one.lines.keys().isdisjoint(other.lines))


def _changed(checkup: Checkup, change: Change) -> Checkup:
    data = fixes.apply(checkup.file(change.file).text, [change])
    return checkup.with_file(change.file, config_text.parse(data))


def _content(checkup: Checkup) -> tuple[bytes, bytes]:
    return config_text.unparse(checkup.config.text), config_text.unparse(checkup.credentials.text)


def _is_harmless(before: Checkup, after: Checkup, finding: Finding, change: Change) -> bool:
    """Whether other lines are read as before, and every other profile that works means what it meant.

    In files that no tool can read, what they say is not known.
    """
    if before.files.problem:
        return True
    if after.files.problem or not _reads_other_lines(
        before.file(change.file).text, after.file(change.file).text, change
    ):
        return False
    for name in _affected(before, change):
        meant = _meaning(before, name, finding.kind)
        if meant is None or meant == "refused" or _meaning(after, name, finding.kind) == meant:
            continue
        intended = name == finding.profile and meant[0] in _CHANGES_SOURCE.get(finding.kind, ())
        renamed = finding.kind in _CHANGES_NAME and name not in after.files.profiles and _is_new(before, after, meant)
        if not intended and not renamed:
            return False
    return True


def _affected(checkup: Checkup, change: Change) -> Collection[str]:
    """The profiles that a change may affect: those whose lines change, and those that lead to other profiles.

    All, if it is to a section that others inherit or name.
    """
    profiles, file = checkup.files.profiles, checkup.file(change.file)
    touched = [
        section
        for section in file.text.sections
        if not change.lines.keys().isdisjoint(range(section.first, section.last + 1))
    ]
    own = all(section.header != DEFAULTS and section.kind in ("profile", "") for section in touched)
    if not touched or not own:
        return profiles
    names = {name for section in touched for name in (section.name, section.header)}
    return names & profiles.keys() | {
        name for name, options in profiles.items() if "source_profile" in options.values
    }


def _is_new(before: Checkup, after: Checkup, meaning: Meaning) -> bool:
    """Whether there is a new profile with that meaning."""
    new = after.files.profiles.keys() - before.files.profiles.keys()
    return any(_meaning(after, name) == meaning for name in new)


def _meaning(checkup: Checkup, profile: str, kind: str = "") -> Meaning:
    """What a profile means, less what a fix of a finding of that kind changes on purpose."""
    try:
        source = credential_source.source_of(checkup.files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    if source is None:
        return None
    if source.sso is None:
        return source.identity
    # A session instead of a start URL makes no difference.
    less: dict[str, Any] = {"session_name": None, **dict.fromkeys(_CHANGES_SESSION.get(kind, ()), "")}
    plain = source.sso._replace(start_url=plain_start_url(source.sso.start_url))
    return source.method, *plain._replace(**less)


def _reads_other_lines(before: ConfigText, after: ConfigText, change: Change) -> bool:
    """Whether headers and options on other lines are read as before: a line may become a part of the one above it."""
    if change.data is not None:
        return True
    found = iter([name for name, _ in _read(after)])  # `in` takes from it: the order must be the same
    return all(name in found for name, lines in _read(before) if change.lines.keys().isdisjoint(lines))


def _read(text: ConfigText) -> Iterator[tuple[tuple[str, ...], range]]:
    """What is read in the order of the file, headers and options, each with its lines."""
    for section in text.sections:
        yield (section.header,), range(section.first, section.first + 1)
        for option in section.options:
            yield (option.key, option.value), range(option.first, option.last + 1)
