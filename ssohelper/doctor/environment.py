"""Environment variables that override the config file, or name something that does not exist."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ssohelper import hints, loopback
from ssohelper.aws_config import selection
from ssohelper.aws_config.selection import EXEC_VARIABLE
from ssohelper.doctor import tools
from ssohelper.doctor.checkup import Checkup
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding
from ssohelper.refresher import job
from ssohelper.storage import paths

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_WEB_IDENTITY = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")
_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_CA_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_WITHOUT_PROFILE = "every tool that gets no profile on its command line"


def check_empty(checkup: Checkup) -> Iterator[Finding]:
    """Variables set to an empty value; tools other than botocore treat them as unset."""
    problems = {
        **dict.fromkeys(("AWS_DEFAULT_PROFILE", "AWS_PROFILE"), "they find no profile"),
        "AWS_CONFIG_FILE": "they read no config file",
        "AWS_SHARED_CREDENTIALS_FILE": "they read no credentials file",
    }
    for name, problem in problems.items():
        if checkup.environment.get(name) == "":
            yield Finding(
                kind="empty-variable",
                message=f"{name} is set, but empty",
                affects=f"{tools.BOTOCORE}: {problem}",
                fix=hints.unset(name),
            )


def check_files(checkup: Checkup) -> Iterator[Finding]:
    """Variables that name a file which does not exist."""
    for name in ("AWS_CONFIG_FILE", *_CA_BUNDLES):
        value = checkup.environment.get(name)
        # botocore expands `~` and variables in the paths of its own files only.
        path = paths.expanded(os.path.expandvars(value)) if value and name in _FILES else Path(value or "")
        if value and not path.exists() and (path.is_absolute() or name not in _FILES):  # else see `check_paths`
            yield Finding(
                kind="file-not-found",
                message=f"{name}: file not found: {value}",
                affects="every tool",
                fix=hints.unset(name),
            )


def check_credentials_file(checkup: Checkup) -> Iterator[Finding]:
    """A credentials file that does not exist, which most tools take for an empty one."""
    name = _FILES[1]
    value = checkup.environment.get(name)
    if value and os.path.isabs(value) and not Path(value).exists():  # noqa: PTH117 (else see `check_paths`)
        yield Finding(
            kind="file-not-found",
            message=f"{name}: file not found: {value}",
            affects="the SDK for .NET: it reads ~/.aws/credentials instead",
            fix=hints.unset(name),
            severity="warning",
        )


def check_paths(checkup: Checkup) -> Iterator[Finding]:
    """Paths of AWS files that are relative or start with `~` or `$`, which not every SDK expands."""
    for name in _FILES:
        value = checkup.environment.get(name)
        if value and not os.path.isabs(value):  # noqa: PTH117 (`~` is not expanded)
            path = paths.expanded(os.path.expandvars(value)).absolute()
            yield Finding(
                kind="relative-path",
                message=f"{name} is not an absolute path: {value}",
                affects="tools that are started in another folder, and SDKs that expand neither `~` nor variables",
                fix=hints.export({name: str(path)}),
                severity="warning",
            )


def check_web_identity(checkup: Checkup) -> Iterator[Finding]:
    """A web identity token, which overrides the current profile."""
    if checkup.environment.get(_WEB_IDENTITY[0]) and not checkup.environment.get(EXEC_VARIABLE):
        yield Finding(
            kind="web-identity-in-environment",
            message=f"{_WEB_IDENTITY[0]} is set: it overrides the role of AWS_PROFILE",
            affects=_WITHOUT_PROFILE,
            fix=hints.unset(*_WEB_IDENTITY),
        )


def check_keys(checkup: Checkup) -> Iterator[Finding]:
    """Access keys; inside `ssohelper exec` they are its own."""
    keys = [name for name in _KEYS if checkup.environment.get(name)]
    if keys and not checkup.environment.get(EXEC_VARIABLE):
        profile = checkup.environment.get("AWS_PROFILE")
        yield Finding(
            kind="keys-in-environment",
            message=f"{keys[0]} is set: it overrides {f'profile {profile!r}' if profile else 'the config file'}",
            affects=f"{_WITHOUT_PROFILE}, but not {dotnet_sdk.VERSION_3}, which prefers a profile",
            fix=hints.unset(*keys),
        )


def check_default_profile(checkup: Checkup) -> Iterator[Finding]:
    """Access keys beside a default profile that gives credentials, which some SDKs prefer."""
    names = [name for name in (_KEYS[0], "AWS_PROFILE") if checkup.environment.get(name)]
    if names != [_KEYS[0]] or checkup.environment.get(EXEC_VARIABLE):
        return
    for file in checkup.aws_files:
        for section in file.text.sections:
            if section.is_default and dotnet_sdk.gives_credentials(section.values()):
                yield Finding(
                    kind="default-before-keys",
                    message=f"some SDKs prefer [{section.header}] to {_KEYS[0]}",
                    affects=f"{dotnet_sdk.VERSION_3}, and FallbackCredentialsFactory of version 4",
                    fix="run the program with `ssohelper exec`, which hides this profile from it",
                    severity="warning",
                    file=file.path,
                    line=section.first + 1,
                    profile="default",
                )


def check_proxy(checkup: Checkup) -> Iterator[Finding]:
    """An endpoint on this machine whose token a proxy would see; `exec` itself prevents that."""
    host = urlsplit(checkup.environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")).hostname
    wanted = job.without_proxy(checkup.environment)
    if host in loopback.HOSTS and any(checkup.environment.get(name) != value for name, value in wanted.items()):
        yield Finding(
            kind="endpoint-through-proxy",
            message="a proxy is set, and NO_PROXY or no_proxy does not except the credentials endpoint on 127.0.0.1",
            affects="Rust's SDK, object_store (polars, deltalake, obstore): they send the endpoint's token to it",
            fix=hints.export(wanted),
        )


def check_exec(checkup: Checkup) -> Iterator[Finding]:
    """A profile that was chosen again inside `ssohelper exec`, as direnv and .env files do."""
    name = selection.profile_inside_exec(checkup.environment)
    if name:
        yield Finding(
            kind="profile-inside-exec",
            message=f"{name} is set inside `ssohelper exec`: this job has two identities",
            affects="most tools use the profile; tools that know only the endpoint, and the SDK for .NET if the"
            " profile fails, use the job's role",
            fix=hints.unset(name),
            severity="warning",
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
                fix=hints.unset(name),
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
            fix=hints.unset(name),
        )
