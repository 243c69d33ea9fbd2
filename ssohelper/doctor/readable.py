"""Whether AWS's tools can read the config file at all, and see the profiles in it. Pure."""

import re
from collections.abc import Iterator
from pathlib import Path

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText, Damage, Section
from ssohelper.doctor import fixes
from ssohelper.findings import Finding
from ssohelper.settings import name_templates

# With one of these, sections may not be what they seem, and nothing else of the file can be judged.
FATAL = ("line-ends", "open-header", "unreadable")
# A header without its end; a value that goes on would be indented.
_OPEN = re.compile(r"\[[^]]*")
# Enough to be shown; who has more than that has another problem.
_MOST = 20
# What a person writes into a profile; a section of another kind has other keys.
_PROFILE_KEYS = re.compile(r"region|output|role_arn|source_profile|credential_process|aws_access_key_id|sso_.*")
# What a header was to be, however it is written.
_KIND = re.compile(r"\s*(profile|sso[-_ ]?session)\s*", re.IGNORECASE)
# @smithy/core's parseIni; it compares ASCII.
_JAVASCRIPT = re.compile(r"""[\w-]+\s(?:[\w@+.%:/-]+|"[\w@+.%:/-]+"|'[\w@+.%:/-]+')""", re.ASCII)
# ProfileFileReader of the SDK for Java 2.
_JAVA = re.compile(r"[A-Za-z0-9_\-/.%@]*")


def findings(file: Path, text: ConfigText) -> Iterator[Finding]:
    """What keeps tools from reading the file, or from seeing a profile in it."""
    if "\r" in text.ends:
        yield Finding(
            kind="line-ends",
            what="lines end with a carriage return alone",
            affects="the SDK for JavaScript, to which the whole file is one line; and whoever counts lines",
            mend=fixes.with_plain_ends(file),
            file=file,
            line=text.ends.index("\r") + 1,
        )
        return  # no command could name a line of such a file
    opened = [number for number, line in enumerate(text.lines, 1) if _OPEN.fullmatch(line)]
    for number in opened:
        yield Finding(
            kind="open-header",
            what="a header is not closed",
            affects="every tool: what stands below it counts to the section above, or keeps the file from being read",
            mend=fixes.closed_header(file, number),
            file=file,
            line=number,
        )
    if not opened:  # else the sections are not what they seem
        yield from damages(file, text)
        yield from headers(file, text)


def headers(file: Path, text: ConfigText) -> Iterator[Finding]:
    """Headers that are none, or that not every tool reads."""
    for section in text.sections:
        yield from _header(file, text, section)


def damages(file: Path, text: ConfigText) -> Iterator[Finding]:
    """Every line that keeps botocore from reading the file, each found with those before it mended."""
    for _ in range(_MOST):
        damage = config_text.damage(text)
        if damage is None:
            return
        first, last = _lines_of(text, damage)
        yield Finding(
            kind="unreadable",
            what=damage.what + (f"; the first is on line {first}" if first < damage.line else ""),
            affects="the AWS CLI, boto3 and all that is built on them: they can read nothing of the file",
            mend=fixes.without_mark(file) if text.bom else fixes.comment_out(file, text.lines, first, last),
            file=file,
            line=damage.line,
        )
        lines = text.lines if text.bom else [*text.lines]
        if not text.bom:
            lines[first - 1 : last] = [f"# {line}" for line in lines[first - 1 : last]]
        text = config_text.parse(config_text.encode("\n".join(lines)))


def _lines_of(text: ConfigText, damage: Damage) -> tuple[int, int]:
    """Which lines are to go, from 1. Where something stands twice, it is the one that other tools do not heed."""
    for section in text.sections:
        if section.first + 1 == damage.line:
            return damage.line, section.last + 1
        again = next((each for each in section.options if each.first + 1 == damage.line), None)
        if again is not None:
            earlier = next(each for each in section.options if each.key == again.key)
            return earlier.first + 1, earlier.last + 1
    return damage.line, damage.line


def _header(file: Path, text: ConfigText, section: Section) -> Iterator[Finding]:
    """Whether the header of a profile is one, and for every SDK."""
    line = section.first + 1
    if section.kind == "profile" and section.header != "default":
        blind = _blind(section)
        if blind:
            yield Finding(
                kind="unseen-profile",
                what=f"the profile {section.name!r} has a name or a header that not every SDK can read",
                affects=f"the SDKs for {' and '.join(blind)}: they do not see this profile",
                mend=_rename(file, text, section),
                broken=False,
                file=file,
                line=line,
            )
    elif _was_meant_for_a_profile(section):
        yield Finding(
            kind="no-profile",
            what=f"[{section.header}] is no header that any tool knows",
            affects="every tool: none sees what stands below it",
            mend=_rename(file, text, section),
            file=file,
            line=line,
        )


def _was_meant_for_a_profile(section: Section) -> bool:
    # What stands in [DEFAULT] is in every section, as configparser has it.
    unknown = not section.kind and section.header != "DEFAULT"
    return unknown and any(_PROFILE_KEYS.fullmatch(each.key) for each in section.options)


def _blind(section: Section) -> list[str]:
    """The SDKs that do not see a profile which botocore sees."""
    sees = {"JavaScript": _JAVASCRIPT.fullmatch(section.header), "Java": _JAVA.fullmatch(section.name)}
    return [sdk for sdk, match in sees.items() if not match]


def _rename(file: Path, text: ConfigText, section: Section) -> str:
    """Gives it a name that every SDK reads, and no other section of its kind has."""
    found = _KIND.match(section.header)
    kind = "sso-session" if found and found[1].lower().startswith("sso") else "profile"
    wished = name_templates.portable_name(section.name or section.header[found.end() if found else 0 :]) or "unnamed"
    taken = {each.name for each in text.of_kind(kind) if each is not section}
    number, name = 1, wished
    while name in taken:
        number += 1
        name = f"{wished}-{number}"
    return fixes.new_header(file, text.lines, section.first + 1, f"{kind} {name}")
