"""Sections of the shared credentials file whose headers or options belong in the config file."""

from collections.abc import Iterator

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Change, Finding

_PROFILE = "profile "
_SSO_KEYS = ("sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region")


def check(checkup: Checkup) -> Iterator[Finding]:
    """Headers with `profile`, and options for IAM Identity Center."""
    if checkup.credentials.path == checkup.config.path:  # then it is a config file
        return
    for section in checkup.credentials.text.sections:
        name = section.header.removeprefix(_PROFILE).strip(" \t\"'")
        if section.header.startswith(_PROFILE) and name:
            yield Finding(
                kind="credentials-header",
                message=f"[{section.header}] is not a valid header in the credentials file (expected [{name}])",
                affects="every tool but the SDK for .NET: it does not find the keys of the profile",
                fix=_rename(checkup, section, name),
                file=checkup.credentials.path,
                line=section.first + 1,
                profile=name,
            )
        option = next((each for each in section.options if each.key in _SSO_KEYS), None)
        if option is not None:
            yield Finding(
                kind="sso-in-credentials-file",
                message=f"{option.key} of profile {name!r} is in the credentials file; it belongs in the config file",
                affects="the AWS CLI and boto3, in which it overrides the config file; other SDKs may ignore it",
                fix=checkup.credentials.edit(option),
                severity="warning",
                file=checkup.credentials.path,
                line=option.first + 1,
                profile=name,
            )


def _rename(checkup: Checkup, section: Section, name: str) -> Change | str:
    """Rename the section, unless a profile of that name exists: its credentials would change."""
    if name in checkup.files.profiles:
        return checkup.credentials.edit(section)
    return checkup.credentials.set_header(section, name)
