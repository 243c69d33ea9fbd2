"""Regions that do not exist: in profiles, in the environment, in config.toml."""

import re
from collections.abc import Iterator

from ssohelper import hints
from ssohelper.aws_config.config_text import Option, Section
from ssohelper.doctor import damaged_values, fixes, tools
from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding

_NO_HOST = "requests go to a host that does not exist"


def check_profiles(checkup: Checkup) -> Iterator[Finding]:
    """The region of each profile."""
    for section in checkup.profiles:
        option = option_of(section, "region")
        if option and not _may_exist(checkup, option.value) and not _has_endpoint(checkup, section):
            yield _in_profile(checkup, section, option)


def check_environment(checkup: Checkup) -> Iterator[Finding]:
    """Variables that set a region."""
    has_endpoint = not checkup.environment.keys().isdisjoint(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        value = checkup.environment.get(name)
        if value and not _may_exist(checkup, value) and not has_endpoint:
            near = did_you_mean(value, checkup.regions, in_use(checkup))
            yield Finding(
                kind="unknown-region",
                message=f"{name}: not a valid AWS region: {value!r}{near}",
                affects=f"every tool that reads the variable: {_NO_HOST}",
                fix=hints.unset(name),
            )


def check_settings(checkup: Checkup) -> Iterator[Finding]:
    """Regions in config.toml; `sync` accepts only those that botocore knows."""
    file = checkup.settings
    settings = file.settings.values()
    named = {each.region for each in settings} | {rule.region for each in settings for rule in each.rules}
    for region in sorted(each for each in named if each and each not in checkup.regions):
        near = did_you_mean(region, checkup.regions, in_use(checkup))
        yield Finding(
            kind="unknown-region",
            message=f"not a valid AWS region: region = {region!r}{near}",
            affects="ssohelper sync: it does not write the region into profiles, and fails",
            fix=fixes.open_editor(file.path),
            file=file.path,
        )


def _in_profile(checkup: Checkup, section: Section, option: Option) -> Finding:
    meant = damaged_values.meant(option.value, checkup.regions.__contains__)
    near = "" if meant else did_you_mean(option.value, checkup.regions, in_use(checkup))
    only_botocore = meant is not None and damaged_values.has_comment(option.value)
    return Finding(
        kind="unknown-region",
        message=f"profile {section.name!r}: not a valid AWS region: {option.value}"
        + (damaged_values.note(option.value) or near),
        affects=tools.BOTOCORE if only_botocore else f"every tool that uses the profile: {_NO_HOST}",
        fix=checkup.config.repair(option, meant, near=bool(near)),
        file=checkup.config.path,
        line=option.first + 1,
        profile=section.name,
    )


def _has_endpoint(checkup: Checkup, section: Section) -> bool:
    """Whether requests go to an endpoint of another provider, with regions of its own, such as `auto`."""
    options = checkup.files.profiles[section.name]
    in_block = any("endpoint_url" in value.text for value in options.values.values() if value.nested)
    return "endpoint_url" in options.values or "services" in options.values or in_block


def _may_exist(checkup: Checkup, region: str) -> bool:
    """Whether it is a region, or may be one that is too new for botocore: another number of a known location."""
    if region in checkup.regions:
        return True
    locations = {each.rstrip("0123456789") for each in checkup.regions}
    return re.fullmatch(r"[a-z-]+\d", region) is not None and region[:-1] in locations


def in_use(checkup: Checkup) -> set[str]:
    """The regions that the config file names."""
    sections = checkup.config.text.sections
    return {option.value for each in sections for option in each.options if option.key in ("region", "sso_region")}
