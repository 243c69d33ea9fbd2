"""Makes the changes that fix findings, one at a time, each if it is accepted. Pure: nothing is written here."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.doctor import fixes, registry
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.findings import Change, Finding

# Whether the user wants a change; it is for the file as it reads with all changes that were accepted before.
Accept = Callable[[Finding, Change, AwsFile], bool]


class Fixed(NamedTuple):
    """The files with the accepted changes, and what these fix."""

    checkup: Checkup
    findings: list[Finding]


def fix(checkup: Checkup, accept: Accept, profile: str | None = None) -> Fixed:
    """Make changes until there is none left to make.

    With a profile, only those that concern it, or that keep AWS tools from reading the files. No finding comes up
    twice, and no change is made that would lead back to an earlier state of the files.
    """
    seen, decided = {_content(checkup)}, set()
    fixed: list[Finding] = []
    while True:
        accepted: list[tuple[Finding, Change]] = []
        for finding in registry.findings(checkup):
            change, key = finding.fix, (finding.kind, finding.file, finding.line, finding.message)
            if not isinstance(change, Change) or key in decided or not _concerns(checkup, finding, profile):
                continue
            if any(_overlap(change, other) for _, other in accepted):  # found again when the other change is made
                continue
            decided.add(key)
            file = checkup.file(change.file)
            if _only_changes_its_lines(file.text, change) and accept(finding, change, file):
                accepted.append((finding, change))
        after = _changed(checkup, [change for _, change in accepted])
        if _content(after) in seen:  # nothing was accepted, or it would lead back
            return Fixed(checkup, fixed)
        seen.add(_content(after))
        checkup = after
        fixed += [finding for finding, _ in accepted]


def _concerns(checkup: Checkup, finding: Finding, profile: str | None) -> bool:
    """Whether a finding is about the profile, or about a file that no tool can read."""
    return profile is None or finding.profile == profile or (finding.profile is None and bool(checkup.files.problem))


def _overlap(one: Change, other: Change) -> bool:
    """Whether two changes are to the same lines."""
    whole = one.data is not None or other.data is not None
    return one.file == other.file and (whole or not one.lines.keys().isdisjoint(other.lines))


def _changed(checkup: Checkup, changes: list[Change]) -> Checkup:
    for path in dict.fromkeys(each.file for each in changes):
        data = fixes.apply(checkup.file(path).text, [each for each in changes if each.file == path])
        checkup = checkup.with_file(path, config_text.parse(data))
    return checkup


def _content(checkup: Checkup) -> tuple[bytes, bytes]:
    return config_text.unparse(checkup.config.text), config_text.unparse(checkup.credentials.text)


def _only_changes_its_lines(before: ConfigText, change: Change) -> bool:
    """Whether headers and options on other lines are read as before: a line may become a part of the one above it.

    In a file that no tool can read, what it says is not known.
    """
    if before.problem or change.data is not None:
        return True
    after = config_text.parse(fixes.apply(before, [change]))
    found = iter([name for name, _ in _read(after)])  # `in` takes from it: the order must be the same
    return after.problem is None and all(
        name in found for name, lines in _read(before) if change.lines.keys().isdisjoint(lines)
    )


def _read(text: ConfigText) -> Iterator[tuple[tuple[str, ...], range]]:
    """What is read in the order of the file, headers and options, each with its lines."""
    for section in text.sections:
        yield (section.header,), range(section.first, section.first + 1)
        for option in section.options:
            yield (option.key, option.value), range(option.first, option.last + 1)
