"""The account and the role of a profile for IAM Identity Center."""

import re
from collections.abc import Iterator

from ssohelper.doctor import damaged_values, misspelled_keys
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

_ROLE_KEYS = ("sso_account_id", "sso_role_name")
_LEGACY_KEYS = ("sso_start_url", "sso_region")
_ACCOUNT_ID_KEYS = ("sso_account_id", "ssohelper_account_id")
_ROLE_NAME_KEYS = ("sso_role_name", "ssohelper_role_name")


def check_complete(checkup: Checkup) -> Iterator[Finding]:
    """Profiles in which a part of the role, or the session, is missing and not misspelled."""
    for section in checkup.profiles:
        merged = checkup.files.profiles[section.name]
        if ("config", section) not in merged.layers:  # another default profile counts
            continue
        misspelled = {key for _, key in misspelled_keys.misspelled(section)}
        values = {key: value.text for key, value in merged.values.items()}
        missing = _missing(values)
        if missing and misspelled.isdisjoint(missing):
            yield Finding(
                kind="incomplete-profile",
                message=f"profile {section.name!r} is for IAM Identity Center, but has no {' and no '.join(missing)}",
                affects="every tool that uses the profile",
                fix=checkup.config.comment_out(section),
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


def check_values(checkup: Checkup) -> Iterator[Finding]:
    """Account ids and role names that are invalid."""
    for section in checkup.profiles:
        for option in section.options:
            if option.key in _ACCOUNT_ID_KEYS and option.value and not damaged_values.is_account_id(option.value):
                kind, expected, meant = "account-id", " (expected 12 digits)", damaged_values.account_id(option.value)
            elif option.key in _ROLE_NAME_KEYS and option.value and not is_role_name(option.value):
                kind, expected, meant = "role-name", "", damaged_values.meant(option.value, is_role_name)
            else:
                continue
            yield Finding(
                kind=f"invalid-{kind}",
                message=f"profile {section.name!r}: {option.key} = {option.value} is not valid{expected}"
                + damaged_values.note(option.value),
                affects="every tool that uses the profile",
                fix=checkup.config.set_value(option, meant) if meant else checkup.config.edit(option),
                file=checkup.config.path,
                line=option.first + 1,
                profile=section.name,
            )


def is_role_name(value: str) -> bool:
    """Whether it is the name of a role."""
    return re.fullmatch(r"[\w+=,.@-]{1,64}", value, re.ASCII) is not None
