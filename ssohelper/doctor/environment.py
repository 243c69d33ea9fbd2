"""Environment variables that override the config file, or name something that does not exist."""

import os
from collections.abc import Iterator
from pathlib import Path

from ssohelper.aws_config.selection import EXEC_VARIABLE
from ssohelper.doctor.checkup import Checkup
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_WITHOUT_PROFILE = "every tool that gets no profile on its command line"


def check_files(checkup: Checkup) -> Iterator[Finding]:
    """Variables that name a file which does not exist."""
    for name in ("AWS_CONFIG_FILE", "AWS_CA_BUNDLE"):
        value = checkup.environment.get(name)
        if value and not Path(os.path.expandvars(value)).expanduser().exists():
            yield Finding(
                kind="file-not-found",
                message=f"{name}: file not found: {value}",
                affects="every tool",
                fix=f"unset {name}",
            )


def check_keys(checkup: Checkup) -> Iterator[Finding]:
    """Access keys; inside `ssohelper exec` they are its own."""
    keys = [name for name in _KEYS if checkup.environment.get(name)]
    if keys and not checkup.environment.get(EXEC_VARIABLE):
        profile = checkup.environment.get("AWS_PROFILE")
        yield Finding(
            kind="keys-in-environment",
            message=f"{keys[0]} is set: it overrides {f'profile {profile!r}' if profile else 'the config file'}",
            affects=_WITHOUT_PROFILE,
            fix=f"unset {' '.join(keys)}",
        )


def check_profile(checkup: Checkup) -> Iterator[Finding]:
    """The current profile: whether all tools agree on it, and whether it exists."""
    default, profile = checkup.environment.get("AWS_DEFAULT_PROFILE"), checkup.environment.get("AWS_PROFILE")
    if default and profile and default != profile:
        yield Finding(
            kind="conflicting-profiles",
            message=f"AWS_DEFAULT_PROFILE is {default!r}, but AWS_PROFILE is {profile!r}",
            affects="the AWS CLI and boto3 use the first, other SDKs the second",
            fix="unset AWS_DEFAULT_PROFILE",
        )
    known = checkup.profile_names
    for name, value in (("AWS_DEFAULT_PROFILE", default), ("AWS_PROFILE", profile)):
        if value and value not in known:
            yield Finding(
                kind="profile-not-found",
                message=f"{name}: profile {value!r} not found{did_you_mean(value, known)}",
                affects=_WITHOUT_PROFILE,
                fix=f"unset {name}",
            )


def check_session(checkup: Checkup) -> Iterator[Finding]:
    """The current sso-session."""
    name = "SSOHELPER_SESSION"
    value = checkup.environment.get(name)
    if value and value not in checkup.sessions:
        yield Finding(
            kind="session-not-found",
            message=f"{name}: sso-session {value!r} not found{did_you_mean(value, checkup.sessions)}",
            affects="ssohelper",
            fix=f"unset {name}",
        )
