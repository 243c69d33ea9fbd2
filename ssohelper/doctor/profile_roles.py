"""The account and the role of a profile for IAM Identity Center."""

import re
from collections.abc import Iterator

from ssohelper.doctor.checkup import Checkup, option_of
from ssohelper.findings import Finding

_ROLE_KEYS = ("sso_account_id", "sso_role_name")
_LEGACY_KEYS = ("sso_start_url", "sso_region")


def check_complete(checkup: Checkup) -> Iterator[Finding]:
    """Profiles in which a part of the role, or the session, is missing."""
    for section in checkup.profiles:
        missing = _missing(section.values())
        if missing:
            commands = (checkup.config.comment_out(section), checkup.sync_command(section))
            yield Finding(
                kind="incomplete-profile",
                message=f"profile {section.name!r} is for IAM Identity Center, but has no {' and no '.join(missing)}",
                affects="every tool that uses the profile",
                fix=" && ".join(filter(None, commands)),
                file=checkup.config.path,
                line=section.first + 1,
                profile=section.name,
            )


def _missing(values: dict[str, str]) -> list[str]:
    no_role = [key for key in _ROLE_KEYS if not values.get(key)]
    if len(no_role) == 1:
        return no_role
    if no_role or values.get("sso_session"):
        return []
    no_legacy = [key for key in _LEGACY_KEYS if not values.get(key)]
    return ["sso_session"] if len(no_legacy) == 2 else no_legacy


def check_account_ids(checkup: Checkup) -> Iterator[Finding]:
    """Account ids that are invalid. Shorter ones have lost leading zeros, as in a spreadsheet."""
    for section in checkup.profiles:
        for key in ("sso_account_id", "ssohelper_account_id"):
            option = option_of(section, key)
            if option is None or re.fullmatch(r"\d{12}", option.value, re.ASCII):
                continue
            short = re.fullmatch(r"\d{9,11}", option.value, re.ASCII)
            yield Finding(
                kind="invalid-account-id",
                message=f"profile {section.name!r}: {key} = {option.value} is not valid (expected 12 digits)",
                affects="every tool that uses the profile",
                fix=checkup.config.set_value(option, option.value.zfill(12))
                if short
                else checkup.config.comment_out(section),
                file=checkup.config.path,
                line=option.first + 1,
                profile=section.name,
            )
