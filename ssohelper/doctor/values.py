"""Values that no tool can use: regions that AWS does not have, forms of output that the AWS CLI does not know."""

import difflib
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ssohelper.aws_config.config_text import Option, Section
from ssohelper.doctor import fixes
from ssohelper.doctor.here import Here, option_of
from ssohelper.errors import SsohelperError
from ssohelper.findings import Finding
from ssohelper.settings import config_toml
from ssohelper.settings.checks import OUTPUT_FORMATS

_REGION_KEYS = ("sso_region", "region")
_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


class _Known(NamedTuple):
    """The values that there are, and those that are in use here."""

    values: Collection[str]
    used: Collection[str] = ()


def findings(here: Here, regions: Collection[str]) -> Iterator[Finding]:
    """What stands in a profile for its region and its output; `regions` are those of AWS."""
    used = _used(here)
    for section in here.text.of_kind("profile"):
        region, output = option_of(section, "region"), option_of(section, "output")
        if region and not _may_be(region.value, regions):
            nobody = "every tool that uses the profile: at the address that it makes of it is nobody"
            yield _finding(
                here, section, region, ("unknown-region", "there is no such region", nobody), _Known(regions, used)
            )
        if output and output.value not in OUTPUT_FORMATS:
            fails = "the AWS CLI alone: what it has to print is lost"
            yield _finding(
                here, section, output, ("unknown-output", "no AWS CLI knows that", fails), _Known(OUTPUT_FORMATS)
            )


def environment(variables: Mapping[str, str], here: Here, regions: Collection[str]) -> Iterator[Finding]:
    """Variables that name a region."""
    for name in _VARIABLES:
        value = variables.get(name)
        if value and not _may_be(value, regions):
            near = _nearest(value, _Known(regions, _used(here)))
            yield Finding(
                kind="unknown-region",
                what=f"{name} is {value!r}, and there is no such region",
                affects="every tool that heeds it: at the address that it makes of it is nobody",
                mend=f"export {name}={shlex.quote(near)}" if near else f"unset {name}",
            )


def of_settings(file: Path, regions: Collection[str]) -> Iterator[Finding]:
    """Regions in config.toml, which has to be one that can be read; `sync` takes those alone that are known here."""
    try:
        said = [config_toml.load(file, session) for session in ("", *config_toml.sessions(file))]
    except SsohelperError:
        return  # it is told elsewhere
    named = {region for each in said for region in (each.region, *(rule.region for rule in each.rules))}
    for region in sorted(each for each in named if each and each not in regions):
        yield Finding(
            kind="unknown-region",
            what=f"config.toml has region = {region!r}, and there is no such region",
            affects="ssohelper sync: it refuses to write it into profiles",
            mend=fixes.edited(file),
            file=file,
        )


def _may_be(region: str, regions: Collection[str]) -> bool:
    """Whether it is a region, or could be one that is newer than what is known here: another number of a place."""
    if region in regions:
        return True
    places = {each.rstrip("0123456789") for each in regions}
    return re.fullmatch(r"[a-z-]+\d", region) is not None and region[:-1] in places


def _nearest(value: str, known: _Known) -> str | None:
    """What is probably meant: letters in another order are the commonest slip; of equals one that is in use."""

    def likeness(each: str) -> tuple[bool, float, bool]:
        alike = difflib.SequenceMatcher(a=each, b=value).ratio()
        return sorted(each) == sorted(value), alike, each in known.used

    return max(difflib.get_close_matches(value, known.values), key=likeness, default=None)


def _used(here: Here) -> set[str]:
    """The regions that other lines of the config file name."""
    return {option.value for each in here.text.sections for option in each.options if option.key in _REGION_KEYS}


def _finding(here: Here, section: Section, option: Option, words: tuple[str, str, str], known: _Known) -> Finding:
    kind, wrong, affects = words
    near = _nearest(option.value.lower(), known)
    if re.search(r"\s[#;]", option.value):  # other SDKs end a value there
        wrong, affects = "to some a comment is part of a value", "the AWS CLI, boto3 and all that is built on them"
    return Finding(
        kind=kind,
        what=f"the profile {section.name!r} has {option.key} = {option.value}: {wrong}",
        affects=affects,
        mend=here.with_value(option, near) if near else here.without(option),
        file=here.file,
        line=option.first + 1,
        profile=section.name,
    )
