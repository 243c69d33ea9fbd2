"""The sso-sessions, and the role that a profile is for, as botocore reads the AWS files. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ssohelper import hints
from ssohelper.aws_config import credential_source, own_process, role_chain
from ssohelper.aws_config.config_text import MARK
from ssohelper.aws_config.credential_source import Refused, Source
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.errors import BadInput
from ssohelper.model import DEFAULT_SCOPE, Session, no_session
from ssohelper.roles import AssumedRole, CredentialSource, RoleRef

# A profile for a role has at least one of these options.
_ROLE_KEYS = frozenset(("sso_account_id", "sso_role_name", "credential_process", "role_arn"))


_SOURCES = {
    "sso": "it is for another role",
    "env": "the keys in the environment come first",
    "assume-role-with-web-identity": "it uses a web identity token",
    "shared-credentials-file": "it has access keys",
    "config-file": "it has access keys",
    "login": "it uses `aws login`",
    "custom-process": "it runs another program",
    "container-role": "a container gives the credentials",
}
# With what a role is assumed, if not with one of Identity Center.
_BASES = {
    "env": "the keys in the environment",
    "assume-role-with-web-identity": "a web identity token",
    "shared-credentials-file": "access keys",
    "config-file": "access keys",
    "login": "`aws login`",
    "custom-process": "the credentials of another program",
    "container-role": "a container's credentials",
    "iam-role": "this machine's own role",
}
_UNSET = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, or name the profile with --profile"
_SOURCE_PROFILE = "let source_profile name a profile for IAM Identity Center or with access keys, or use the AWS CLI"
# A region of each partition that is not AWS's own.
_REGIONS = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
SYNC = "`ssohelper sync` adds a profile for each of your roles"


class Elsewhere(BadInput):
    """A profile's credentials come from elsewhere than Identity Center: from `source`, or from nowhere.

    `why` is the reason without the profile's name.
    """

    def __init__(self, profile: str, source: Source | None) -> None:
        self.why = why_elsewhere(source)
        hint = _SOURCE_PROFILE if source and source.base else SYNC
        if source and source.method == "env":
            hint = _UNSET
        if source and source.keys:
            hint = f"add a profile with role_arn and source_profile = {profile}, or use the AWS CLI"
        super().__init__(f"profile {profile!r} is not for a role of IAM Identity Center: {self.why}", hint=hint)
        self.source = source


def why_elsewhere(source: Source | None) -> str:
    """Why a profile's credentials are not those of a role of Identity Center, beginning with `it`."""
    if source is None:
        return "it names no account and role"
    root = source
    while root.base:
        root = root.base
    where, what = source.where, _SOURCES.get(source.method, "it assumes another role")
    if root is not source and root.method in _BASES and not (root.process and own_process.role_of(root.process)):
        where, what = root.where or where, f"it assumes a role with {_BASES[root.method]}"
    place = f" ({where.option.key} on {where.place})" if where and where.place else ""
    return f"{what}{place}"


class ProfileRole(NamedTuple):
    """The role that a profile or the command line names, and its session.

    `region` is the profile's.
    """

    session: Session
    role: CredentialSource
    region: str | None = None


def sessions(files: AwsFiles) -> dict[str, Session]:
    """Every session, by name; legacy ones by their start URL, after all others."""
    named = named_sessions(files)
    return {**named, **legacy_sessions(files), **named}


def named_sessions(files: AwsFiles) -> dict[str, Session]:
    """The `[sso-session]` sections that have a start URL and a region, by name."""
    found = {}
    for name, options in files.sessions.items():
        url, region = options.text("sso_start_url"), options.text("sso_region")
        if name and url and region:
            scopes = [scope.strip() for scope in (options.text("sso_registration_scopes") or "").split(",")]
            # Without a scope the service issues no refresh token.
            found[name] = Session(name, url, region, tuple(scope for scope in scopes if scope) or (DEFAULT_SCOPE,))
    return found


def legacy_sessions(files: AwsFiles) -> dict[str, Session]:
    """The sessions of profiles that have a start URL of their own, by that URL."""
    found: dict[str, Session] = {}
    for options in files.profiles.values():
        url, region = options.text("sso_start_url"), options.text("sso_region")
        if url and region and not options.text("sso_session"):
            found.setdefault(url, Session(url, url, region))
    return found


def profiles(files: AwsFiles) -> dict[str, ProfileRole]:
    """The role of each profile that is for one, by the profile's name, in file order."""
    known, found = sessions(files), {}
    for name, options in files.profiles.items():
        role, region = role_of_profile(files, name), options.text("region")
        session = session_of(role, known, region) if role else None
        if role and session:
            found[name] = ProfileRole(session, role, region)
    return found


def session_of(role: CredentialSource, known: Mapping[str, Session], region: str | None) -> Session | None:
    """The session through which a role is used, one of the `known`; None if it is not configured.

    `region` is that of the requested profile: if nobody signs in, it says in which partition the role is.
    """
    if role.sso_role or not isinstance(role, AssumedRole):
        return known.get(role.session)
    return no_session(region or _REGIONS.get(role.partition, "us-east-1"))


def names_role(options: Merged) -> bool:
    """Whether a profile has an option that profiles for a role have; the role may be anybody's."""
    return not _ROLE_KEYS.isdisjoint(options.values)


def role_of_profile(files: AwsFiles, profile: str) -> CredentialSource | None:
    """The role that a profile names; None if it names none, or AWS tools refuse the profile."""
    if not names_role(files.profiles.get(profile, Merged(profile))):
        return None
    try:
        source = credential_source.source_of(files, profile, {}, explicit=True)
        return role_of(source, profile) if source else None
    except Refused:
        return None


def profile_role(files: AwsFiles, profile: str, environment: Mapping[str, str], *, explicit: bool) -> ProfileRole:
    """The role whose credentials botocore uses for a profile.

    `explicit` says that the profile was named by an argument, and not by the environment. Raises `Refused`,
    `Elsewhere`: the message names the line that decides it.
    """
    source = credential_source.source_of(files, profile, environment, explicit=explicit)
    role = role_of(source, profile) if source else None
    if role is None:
        raise Elsewhere(profile, source)
    region = files.profiles[profile].text("region")
    if role.sso_role and not re.fullmatch(r"\d{12}", role.sso_role.account_id, re.ASCII):
        raise BadInput(
            f"profile {profile!r}: not a valid account id: {role.sso_role.account_id!r} (expected 12 digits)",
            hint="ssohelper doctor --fix",
        )
    session = session_of(role, sessions(files), region)
    if session is None:
        raise not_configured(profile, role.session)
    return ProfileRole(session, role, region)


def role_of(source: Source, profile: str) -> CredentialSource | None:
    """The role that a profile's source gives credentials of; None for a source that is not followed.

    It may come from our own credential_process, or be an assumed role, also one that is assumed with access keys.
    Raises `Refused` for a chained profile that STS would always reject.
    """
    if source.process is not None:
        return own_process.role_of(source.process)
    if source.assumes and source.base:
        base = source.base.keys or role_of(source.base, profile)
        return role_chain.assumed_role(source.assumes, base, profile) if base else None
    if source.sso is None:
        return None
    return RoleRef(source.sso.session_name or source.sso.start_url, source.sso.account_id, source.sso.role_name)


def session_name(options: Merged) -> str | None:
    """The session that a profile names; its start URL if it is a legacy profile."""
    return options.text("sso_session") or options.text(MARK) or options.text("sso_start_url") or None


def session_name_of(files: AwsFiles, profile: str) -> str | None:
    """The name of the session that a profile uses, directly or through source profiles; None if it uses none."""
    options = files.profiles.get(profile, Merged(profile))
    if "role_arn" in options.values and (role := role_of_profile(files, profile)):
        return role.session or None
    return session_name(options)


def not_configured(profile: str, session: str) -> BadInput:
    """The error for a profile whose session is not there."""
    return BadInput(
        f"profile {profile!r} names sso-session {session!r}, which is not configured",
        hint=hints.command("configure", "--session", session),
    )
