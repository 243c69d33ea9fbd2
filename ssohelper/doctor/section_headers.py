"""Section headers that are invalid, or that not every SDK can read."""

import re
from collections.abc import Iterator

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor import damaged_values, tools
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.findings import Change, Finding
from ssohelper.settings import name_templates

# Keys that show that a section is intended as a profile or a session; other sections have other keys.
_PROFILE_KEYS = re.compile(r"region|output|role_arn|source_profile|credential_process|aws_access_key_id|sso_.*")
# The kind that a header is intended to have, also if it is misspelled.
_KIND = re.compile(r"\s*(profile|sso[-_ ]?session)\s*", re.IGNORECASE)


def check(checkup: Checkup) -> Iterator[Finding]:
    """The headers of profiles, and of sections that are intended as profiles."""
    for section in checkup.config.text.sections:
        if section.kind == "profile" and section.header != "default":
            yield from _portable(checkup, section)
        elif _meant_as_profile(section):
            yield Finding(
                kind="invalid-header",
                message=f"[{section.header}] is not a valid section header" + damaged_values.note(section.header),
                affects="every tool: the section is ignored",
                fix=_rename(checkup, section),
                file=checkup.config.path,
                line=section.first + 1,
                profile=_KIND.sub("", section.header, count=1).strip(),
            )


def _portable(checkup: Checkup, section: Section) -> Iterator[Finding]:
    sdks = [each.name for each in tools.ALL if not each.finds_profile(section)]
    if sdks:
        yield Finding(
            kind="header-not-portable",
            message=f"profile {section.name!r} has a name or a header that not every SDK can read",
            affects=f"{' and '.join(sdks)}: profile not found{_name_in_dotnet(section)}",
            fix=_rename(checkup, section),
            severity="warning",
            file=checkup.config.path,
            line=section.first + 1,
            profile=section.name,
        )


def _name_in_dotnet(section: Section) -> str:
    """The name under which the SDK for .NET finds it, if that is another one."""
    name = dotnet_sdk.profile_name(section)
    return "" if name == section.name else f" (its name in .NET is {name})"


def _meant_as_profile(section: Section) -> bool:
    # The options of [DEFAULT] are in every section, by configparser's rules.
    unknown = not section.kind and section.header != "DEFAULT"
    return unknown and any(_PROFILE_KEYS.fullmatch(each.key) for each in section.options)


def _rename(checkup: Checkup, section: Section) -> Change:
    """Give the section a header that every SDK can read, and that no other section has."""
    names = checkup.profile_names
    if "default" not in names and damaged_values.visible(section.header).strip().lower() == "default":
        return checkup.config.set_header(section, "default")
    found = _KIND.match(section.header)
    kind = "sso-session" if found and found[1].lower().startswith("sso") else "profile"
    rest = section.header[found.end() if found else 0 :]
    portable = name_templates.portable_name(section.name or rest) or "unnamed"
    present = {each.name for each in checkup.config.text.of_kind(kind) if each is not section}
    present |= names if kind == "profile" and section.kind != "profile" else set()
    number, name = 1, portable
    while name in present:
        number += 1
        name = f"{portable}-{number}"
    return checkup.config.set_header(section, f"{kind} {name}")
