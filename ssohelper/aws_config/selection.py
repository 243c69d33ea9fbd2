"""Which session and which role a command is for, by its options, the environment and the AWS config file. Pure.

`place` is the config file as it is shown in messages.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, NoReturn

from ssohelper import hints
from ssohelper.aws_config import credential_source, resolve, sso_session
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.errors import BadInput, did_you_mean, did_you_mean_one_of
from ssohelper.model import Session
from ssohelper.roles import AssumedRole, CredentialSource, RoleRef, parse_source

# The role under which `ssohelper exec` runs a command, for the commands inside: session, account and role name. The
# name of an assumed role begins with `~`, as no name of Identity Center does, and the second variable has its chain.
EXEC_VARIABLE = "SSOHELPER_EXEC"
EXEC_CHAIN_VARIABLE = "SSOHELPER_EXEC_CHAIN"
ASSUMED_MARK = "~"
# Variables that some SDK prefers to the profile, endpoint or keys that it is given, or that belong to other keys.
OUTRANKING_VARIABLES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIALS_EXPIRATION", "AWS_ACCOUNT_ID",
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)  # fmt: skip
_DEFAULT = "default"


class SelectionNeeded(BadInput):
    """No profile or session could be selected: none was given, it was not found, or there are several.

    On a terminal, the person can choose one. `typed` is the name that was not found.
    """

    def __init__(self, message: str, *, kind: Literal["profile", "session"], typed: str = "", hint: str) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.typed = typed


class SessionOfEnvironment(str):
    """The name of a session that comes from SSOHELPER_SESSION, not from the command line."""

    __slots__ = ()


def explicit_session(session_name: str | None, profile: str | None) -> str | None:
    """The session that `--session` names; that of SSOHELPER_SESSION only if no profile is named."""
    return None if profile and isinstance(session_name, SessionOfEnvironment) else session_name


class RoleOptions(NamedTuple):
    """The options that name a role: a profile; or a session, an account (by id or name) and a role."""

    session_name: str | None = None
    account: str | None = None
    role_name: str | None = None
    profile: str | None = None
    # Whether the profile is that of the environment: keys that are set there come first, as in botocore.
    of_environment: bool = False

    @property
    def names_role(self) -> bool:
        """Whether they name a role at all."""
        return bool(self.profile or self.account or self.role_name)

    @property
    def names_account(self) -> bool:
        """Whether the account is given by its name: what has digits and hyphens only is meant to be an id."""
        return bool(self.account) and not re.fullmatch(r"[\d -]+", self.account or "", re.ASCII)


def current_profile(environment: Mapping[str, str]) -> str | None:
    """The profile that the environment names, in botocore's order. An empty name counts, as for botocore."""
    return environment.get("AWS_DEFAULT_PROFILE", environment.get("AWS_PROFILE"))


def profile_inside_exec(environment: Mapping[str, str]) -> str | None:
    """The variable that names a profile inside `ssohelper exec`, which removes both; None if there is none.

    Some tools then use the profile, others the role of the job.
    """
    if not environment.get(EXEC_VARIABLE):
        return None
    return next((name for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if environment.get(name)), None)


def session(files: AwsFiles, name: str | None, environment: Mapping[str, str], place: str) -> Session:
    """The session of that name; without one that of the current role, or the only one. Raises `BadInput`."""
    named = resolve.named_sessions(files)
    # Legacy ones are in both files, of which the second one is not needed for the name of an sso-session.
    known = named if name in named else {**resolve.legacy_sessions(files), **named}
    if name is None and len(known) > 1:
        name = _current_session(files, environment)
    if name is None and len(named or known) == 1:
        return next(iter((named or known).values()))
    if name in known:
        return known[name]
    if not known:
        _fail_without_sessions(files, place)
    names = sorted(named or known)
    if name is None:
        raise SelectionNeeded(
            f"several sso-sessions are configured: {', '.join(names)}",
            kind="session",
            hint="choose one with --session NAME",
        )
    sso_session.check_complete(files.config, name)
    raise SelectionNeeded(
        f"sso-session {name!r} not found in {place}{did_you_mean(name, names)}",
        kind="session",
        typed=name,
        hint=f"configured: {', '.join(names)}",
    )


def _current_session(files: AwsFiles, environment: Mapping[str, str]) -> str | None:
    """The session of the current profile, of the enclosing `exec`, or else of the default profile."""
    profile = current_profile(environment)
    if profile:
        return resolve.session_name_of(files, profile)
    enclosing = enclosing_role(environment)
    return (enclosing.session or None) if enclosing else resolve.session_name_of(files, _DEFAULT)


def all_sessions(files: AwsFiles, place: str) -> list[Session]:
    """Every session of the file. Raises `BadInput` if there is none."""
    return list(resolve.sessions(files).values()) or _fail_without_sessions(files, place)


def role(files: AwsFiles, options: RoleOptions, environment: Mapping[str, str], place: str) -> ProfileRole:
    """The role that the options name, else that of the enclosing `ssohelper exec`, else that of the default profile.

    Raises `BadInput`.
    """
    if options.profile is not None:
        if options.account is not None or options.role_name is not None:
            raise BadInput("--profile already names the account and the role", hint="omit the other options")
        found = profile_role(files, options, environment, place)
        check_same_session(options.profile, found.session.name, options.session_name)
        return found
    enclosing = enclosing_role(environment) if options.account is None and options.role_name is None else None
    if enclosing:
        return ProfileRole(_enclosing_session(files, enclosing, environment, place), enclosing)
    default = None if options.names_role or options.session_name else _default_role(files, environment)
    if default:
        return default
    account_id, role_name = _checked(files, options, place)
    chosen = session(files, options.session_name, environment, place)
    return ProfileRole(chosen, chosen.role(account_id, role_name))


def _enclosing_session(
    files: AwsFiles, role: CredentialSource, environment: Mapping[str, str], place: str
) -> Session:
    """The session of the enclosing `exec`. Raises `BadInput` if it is no longer configured."""
    if isinstance(role, AssumedRole) and role.sso_role is None:
        profile = files.profiles.get(role.settings_profile, Merged(role.settings_profile))
        found = resolve.session_of(role, {}, profile.text("region"))
        assert found is not None  # one that nobody signs in to
        return found
    return session(files, role.session, environment, place)


def check_same_session(profile: str, of_profile: str, named: str | None) -> None:
    """Raise `BadInput` if a session is named, and the profile is for another one, or for none."""
    if named is not None and named != of_profile:
        its_session = f"session {of_profile}" if of_profile else "no session"
        raise BadInput(f"profile {profile!r} is for {its_session}, not {named}", hint="omit --session")


def _default_role(files: AwsFiles, environment: Mapping[str, str]) -> ProfileRole | None:
    """The role of the default profile, None if that names none. Raises `BadInput` if it cannot be used."""
    if not resolve.names_role(files.profiles.get(_DEFAULT, Merged(_DEFAULT))):
        return None
    return resolve.profile_role(files, _DEFAULT, environment, explicit=False)


def enclosing_role(environment: Mapping[str, str]) -> CredentialSource | None:
    """The role of the enclosing `ssohelper exec`; None outside. Raises `BadInput` if its chain is lost."""
    named = environment.get(EXEC_VARIABLE, "")
    role = RoleRef.parse(named)
    if role is None or not role.role_name.startswith(ASSUMED_MARK):
        return role
    chain = parse_source(environment.get(EXEC_CHAIN_VARIABLE, ""))
    if chain is None or exec_variables(chain)[EXEC_VARIABLE] != named:
        raise BadInput(
            f"{EXEC_CHAIN_VARIABLE}, which says how the role of the enclosing exec is assumed, is missing or invalid",
            hint="--profile NAME",
        )
    return chain


def exec_variables(role: CredentialSource) -> dict[str, str]:
    """The variables by which `enclosing_role` finds a role."""
    if not isinstance(role, AssumedRole):
        return {EXEC_VARIABLE: role.text}
    named = role.ref._replace(role_name=f"{ASSUMED_MARK}{role.role_name}")
    return {EXEC_VARIABLE: named.text, EXEC_CHAIN_VARIABLE: role.text}


def _checked(files: AwsFiles, options: RoleOptions, place: str) -> tuple[str, str]:
    """The account and the role, both given and valid."""
    account_id, role_name = options.account, options.role_name
    if account_id is None and role_name is None:
        if not resolve.sessions(files):
            _fail_without_sessions(files, place)
        raise SelectionNeeded(
            "no profile or role given", kind="profile", hint="--profile NAME, or --account NAME --role ROLE"
        )
    if account_id is None:
        raise BadInput("--account is missing", hint="ssohelper accounts")
    if role_name is None:
        raise BadInput("--role is missing", hint="ssohelper roles")
    if not re.fullmatch(r"\d{12}", account_id, re.ASCII):
        raise BadInput(f"not a valid account id: {account_id!r} (expected 12 digits)", hint="ssohelper accounts")
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", role_name, re.ASCII):
        raise BadInput(f"not a valid role name: {role_name!r}", hint="ssohelper roles")
    return account_id, role_name


def profile_role(files: AwsFiles, options: RoleOptions, environment: Mapping[str, str], place: str) -> ProfileRole:
    """The role of the profile that the options name. Raises `BadInput`, of which `Refused` is one."""
    profile = options.profile
    assert profile is not None
    check_profile(files, profile, place)
    name = resolve.session_name_of(files, profile)
    if name is not None and name not in resolve.sessions(files):
        sso_session.check_complete(files.config, name)
        raise resolve.not_configured(profile, name)
    return resolve.profile_role(files, profile, environment, explicit=not options.of_environment)


def session_of_profile(files: AwsFiles, profile: str, place: str) -> str:
    """The name of the session that a profile is for. Raises `BadInput`."""
    name = resolve.session_name_of(files, profile) or (
        profile_role(files, RoleOptions(profile=profile), {}, place).session.name
    )
    if not name:
        why = resolve.why_elsewhere(credential_source.source_of(files, profile, {}, explicit=True))
        raise BadInput(
            f"profile {profile!r} needs no sign-in: {why}", hint=hints.command("whoami", "--profile", profile)
        )
    return name


def check_profile(files: AwsFiles, profile: str, place: str) -> None:
    """Raise `SelectionNeeded` if there is no profile of that name, and the files can be read."""
    if profile in files.profiles or files.problem:
        return
    near = did_you_mean_one_of(profile, {name: each.role.label for name, each in resolve.profiles(files).items()})
    raise SelectionNeeded(
        f"profile {profile!r} not found in {place}{near}",
        kind="profile",
        typed=profile,
        hint=_where_profiles_come_from(files, profile),
    )


def _where_profiles_come_from(files: AwsFiles, profile: str) -> str:
    known = resolve.sessions(files)
    if profile in known:
        return f"{profile} is an sso-session: name it with --session"
    return "`ssohelper sync` adds a profile for each of your roles" if known else "ssohelper setup"


def _fail_without_sessions(files: AwsFiles, place: str) -> NoReturn:
    credential_source.check_readable(files)  # it may be there, in a line that cannot be read
    hint = "ssohelper setup"
    if resolve.profiles(files):
        hint = "for IAM Identity Center, `ssohelper setup`; the roles in `ssohelper profiles` need no session"
    raise BadInput(f"no sso-session configured in {place}", hint=hint)
