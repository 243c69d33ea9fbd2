"""Where botocore takes a profile's credentials from: the first source, in its order, that has any. Pure.

Source: `botocore.credentials`, `create_credential_resolver` and the providers' `load` methods (1.44). The two oldest
sources, `AWS_CREDENTIAL_FILE` and `~/.boto`, are not followed: they come after everything in the config files.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, NoReturn

from ssohelper.aws_config import command_line
from ssohelper.aws_config.merged import AwsFiles, File, Merged, Value
from ssohelper.errors import BadInput
from ssohelper.roles import AccessKeys, AccessKeysRef

# botocore's own names of its providers.
Method = Literal[
    "env",
    "assume-role",
    "assume-role-with-web-identity",
    "sso",
    "shared-credentials-file",
    "login",
    "custom-process",
    "config-file",
    "container-role",
    "iam-role",
]
_CREDENTIAL_SOURCES: dict[str, Method] = {
    "Environment": "env",
    "EcsContainer": "container-role",
    "Ec2InstanceMetadata": "iam-role",
}
_SSO_PROFILE_KEYS = ("sso_role_name", "sso_account_id")
_SSO_SESSION_KEYS = ("sso_start_url", "sso_region")
_TEXT_KEYS = (
    *_SSO_PROFILE_KEYS,
    *_SSO_SESSION_KEYS,
    "sso_session",
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "credential_process",
    "login_session",
    "aws_access_key_id",
    "aws_secret_access_key",
)
# The options for the session token, in botocore's order.
_TOKENS = ("aws_security_token", "aws_session_token")
_METADATA_NUMBERS = {
    "metadata_service_timeout": "AWS_METADATA_SERVICE_TIMEOUT",
    "metadata_service_num_attempts": "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
}
_METADATA_MODE = "ec2_metadata_service_endpoint_mode"
_CONTAINER_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


class Refused(BadInput):
    """botocore, and so every tool based on it, refuses a profile.

    `profile` is its name, None if all are refused; it may be one that another profile names as its source. `why` is
    the reason without the name, `where` the option at fault, if there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        profile: str | None = None,
        why: str | None = None,
        where: Value | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.profile, self.why, self.where = profile, why or message, where


class SsoRole(NamedTuple):
    """The role of a profile whose source is Identity Center. `session_name` is None for a legacy profile."""

    start_url: str
    region: str
    session_name: str | None
    account_id: str
    role_name: str


class Source(NamedTuple):
    """Where credentials come from. `where` is the option that decides it, if it is one of a file.

    `sso` is the role of the method `sso`, `process` the command line of `custom-process`, `keys` are those of a file;
    `base` is the source of the credentials with which the profile `assumes` the role `role_arn`, of the method
    `assume-role`.
    """

    method: Method
    where: Value | None = None
    sso: SsoRole | None = None
    process: str | None = None
    keys: AccessKeysRef | None = None
    role_arn: str | None = None
    base: "Source | None" = None
    assumes: Merged | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What it gives credentials of, without the place that says so."""
        base = self.base.identity if self.base else None
        return self.method, _on_one_line(self.sso), _on_one_line(self.process), _on_one_line(self.role_arn), base


def _on_one_line(what: object) -> object:
    """A text, or each of several, without the line ends of a value that is written on several lines."""
    if isinstance(what, tuple):
        return tuple(map(_on_one_line, what))
    return " ".join(what.split()) if isinstance(what, str) else what


def source_of(files: AwsFiles, profile: str, environment: Mapping[str, str], *, explicit: bool) -> Source | None:
    """The source of a profile's credentials, None if there is none but perhaps the machine's own role.

    `explicit` says that the profile was named by an argument, as by `aws --profile`, and not by the environment.
    Raises `Refused` where botocore raises an error.
    """
    check_readable(files)
    options = files.profiles.get(profile, Merged(profile))
    _check_metadata_settings(options, environment)
    try:
        return _source_of(files, options, environment, explicit=explicit)
    except RecursionError:
        raise Refused(
            f"profile {profile!r} leads through too many source profiles", hint="ssohelper doctor"
        ) from None


def _source_of(files: AwsFiles, options: Merged, environment: Mapping[str, str], *, explicit: bool) -> Source | None:
    if not explicit and (keys := _keys_of_environment(environment)):
        return keys
    if _assumes_role(options):
        return _assumed(files, options, environment, [options.name])
    return _of_profile(files, options, {} if explicit else environment) or _container(environment)


def check_readable(files: AwsFiles) -> None:
    """Raise `Refused` if botocore cannot read one of the files, and so can use no profile at all."""
    if files.problem:
        file, problem = files.problem
        raise Refused(
            f"no AWS tool can use a profile: line {problem.line} of the {file} file: {problem.what}",
            hint="ssohelper doctor",
        )


def _check_metadata_settings(options: Merged, environment: Mapping[str, str]) -> None:
    """Refuse settings of the machine's metadata service with which botocore can make none of its providers."""
    for key, variable in _METADATA_NUMBERS.items():
        text, where = _setting(environment, variable, options, key)
        if text is not None and not re.fullmatch(r"\s*[+-]?\d+(_\d+)*\s*", text):
            refuse(options, where, f"has an invalid {variable if where is None else key}: {text!r}")
    mode, where = _setting(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", options, _METADATA_MODE)
    if mode is not None and mode.lower() not in ("ipv4", "ipv6"):
        refuse(options, where, f"has an invalid {_METADATA_MODE}: {mode!r}")


def _keys_of_environment(environment: Mapping[str, str]) -> Source | None:
    if not environment.get("AWS_ACCESS_KEY_ID"):
        return None
    if not environment.get("AWS_SECRET_ACCESS_KEY"):
        raise Refused("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", hint="unset AWS_ACCESS_KEY_ID")
    return Source("env")


def _container(environment: Mapping[str, str]) -> Source | None:
    return Source("container-role") if any(name in environment for name in _CONTAINER_VARIABLES) else None


def _assumes_role(options: Merged) -> bool:
    return "role_arn" in options.values and "web_identity_token_file" not in options.values


def _assumed(files: AwsFiles, options: Merged, environment: Mapping[str, str], visited: list[str]) -> Source:
    """The role that a profile assumes, and the source of the credentials that it needs for that."""
    _check_texts(options)
    role_arn, source_profile, source = (options.get(k) for k in ("role_arn", "source_profile", "credential_source"))
    assert role_arn is not None
    if source_profile and source:
        refuse(options, source, "has both source_profile and credential_source")
    if source:
        base = _named_source(options, source, environment)
    elif source_profile:
        base = _source_profile(files, options, source_profile, environment, visited)
    else:
        refuse(options, role_arn, "has role_arn, but neither source_profile nor credential_source")
    return Source("assume-role", role_arn, role_arn=role_arn.text, base=base, assumes=options)


def _named_source(options: Merged, source: Value, environment: Mapping[str, str]) -> Source:
    method = _CREDENTIAL_SOURCES.get(source.text)
    if method is None:
        refuse(options, source, f"has an unknown credential_source: {source.text!r}")
    if method == "env" and not _keys_of_environment(environment):
        refuse(options, source, "needs the keys of the environment, and AWS_ACCESS_KEY_ID is not set")
    if method == "container-role" and not _container(environment):
        refuse(options, source, f"needs a container's credentials, and {_CONTAINER_VARIABLES[0]} is not set")
    return Source(method)


def _source_profile(
    files: AwsFiles, options: Merged, named: Value, environment: Mapping[str, str], visited: list[str]
) -> Source:
    """The source of a role's source_profile."""
    if named.text not in files.profiles:
        refuse(options, named, f"names source_profile {named.text!r}, which does not exist")
    base = files.profiles[named.text]
    has_keys = any(key in base.values for key in ("aws_access_key_id", "aws_secret_access_key"))
    # A profile may name itself, for the keys that it has beside the role.
    if named.text in visited and (named.text != options.name or not has_keys):
        refuse(options, named, f"leads back to itself: {' → '.join([*visited, named.text])}")
    if _assumes_role(base) and not has_keys:
        return _assumed(files, base, environment, [*visited, named.text])
    found = _of_profile(files, base, {})
    if found is None:
        refuse(options, named, f"names source_profile {named.text!r}, which has no credentials")
    return found


def _of_profile(files: AwsFiles, options: Merged, environment: Mapping[str, str]) -> Source | None:
    """The source that a profile has itself; `environment` is empty if its variables do not count."""
    _check_texts(options)
    return (
        _web_identity(options, environment)
        or _sso(files, options)
        or _keys(options, "credentials")
        or _login(options)
        or _process(options)
        or _keys(options, "config")
    )


def _web_identity(options: Merged, environment: Mapping[str, str]) -> Source | None:
    token_file, where = _setting(environment, "AWS_WEB_IDENTITY_TOKEN_FILE", options, "web_identity_token_file")
    if not token_file:
        return None
    role_arn, _ = _setting(environment, "AWS_ROLE_ARN", options, "role_arn")
    if not role_arn:
        refuse(options, where, "has a web identity token, but no role_arn")
    return Source("assume-role-with-web-identity", where, role_arn=role_arn)


def _setting(
    environment: Mapping[str, str], variable: str, options: Merged, key: str
) -> tuple[str | None, Value | None]:
    if variable in environment:
        return environment[variable], None
    where = options.get(key)
    return (where.text if where else None), where


def _sso(files: AwsFiles, options: Merged) -> Source | None:
    where = next((value for key in _SSO_PROFILE_KEYS if (value := options.get(key))), None)
    if where is None:
        return None
    session = _sso_session(files, options)
    found = {}
    for key in (*_SSO_PROFILE_KEYS, *_SSO_SESSION_KEYS):
        value = options.get(key) or (session.get(key) if session else None)
        if value is None:
            refuse(options, where, f"has {where.option.key}, but no {key}")
        found[key] = value.text
    role = SsoRole(
        found["sso_start_url"],
        found["sso_region"],
        session.name if session else None,
        found["sso_account_id"],
        found["sso_role_name"],
    )
    return Source("sso", where, sso=role)


def _sso_session(files: AwsFiles, options: Merged) -> Merged | None:
    """The sso-session that a profile names. Raises `Refused` if the two contradict each other."""
    name = options.get("sso_session")
    if name is None:
        return None
    session = files.sessions.get(name.text)
    if session is None:
        refuse(options, name, f"names sso-session {name.text!r}, which is not configured")
    for key, theirs in session.values.items():
        ours = options.get(key)
        if ours and ours.parsed != theirs.parsed:
            refuse(options, ours, f"has a different {key} from [sso-session {session.name}] on {theirs.place}")
    for key in _SSO_SESSION_KEYS:  # here, botocore does not look into the profile
        if key not in session.values:
            refuse(options, name, f"names sso-session {session.name!r}, which has no {key}")
    return session


def _keys(options: Merged, file: File) -> Source | None:
    """The access keys that a profile has in one of the files; the other one cannot complete them."""
    in_file = _in_file(options, file)
    access_key = in_file.get("aws_access_key_id")
    if access_key is None:
        return None
    if "aws_secret_access_key" not in in_file.values:
        refuse(options, access_key, "has aws_access_key_id, but no aws_secret_access_key")
    method: Method = "config-file" if file == "config" else "shared-credentials-file"
    return Source(method, access_key, keys=AccessKeysRef(options.name))


def access_keys(files: AwsFiles, ref: AccessKeysRef) -> AccessKeys:
    """The access keys that a chain starts with. Raises `Refused` if the file no longer has them."""
    check_readable(files)
    options = files.profiles.get(ref.profile, Merged(ref.profile))
    source = _of_profile(files, options, {})
    if source is None or source.keys is None or source.where is None:
        refuse(options, None, "no longer has access keys")
    in_file = _in_file(options, source.where.file)
    token = next((key for key in _TOKENS if key in in_file.values), None)
    keys = ("aws_access_key_id", "aws_secret_access_key", *([token] if token else []))
    for value in map(in_file.get, keys):
        if value and not value.text.isprintable():  # it would be a part of an HTTP header
            refuse(options, value, f"has an invalid {value.option.key}")
    key_id, secret, *session_token = (in_file.values[key].text for key in keys)
    return AccessKeys(key_id, secret, session_token[0] if session_token else None)


def _in_file(options: Merged, file: File) -> Merged:
    return options.without("credentials" if file == "config" else "config")


def _login(options: Merged) -> Source | None:
    where = options.get("login_session")
    return Source("login", where) if where else None


def _process(options: Merged) -> Source | None:
    line = options.get("credential_process")
    if line is None:
        return None
    try:
        words = command_line.split(line.text)
    except ValueError:
        words = []
    if not words:
        refuse(options, line, "has a credential_process that is no command line")
    return Source("custom-process", line, process=line.text)


def _check_texts(options: Merged) -> None:
    """Refuse blocks of options where botocore needs text; it ends with a `TypeError`, or takes the block for text."""
    for key in _TEXT_KEYS:
        if (value := options.get(key)) and value.nested:
            refuse(options, value, f"has a block of options as {key}")


def refuse(options: Merged, where: Value | None, why: str) -> NoReturn:
    """Raise `Refused` for a profile, by the option at fault."""
    place = f" ({where.place})" if where and where.place else ""
    message = f"profile {options.name!r} {why}{place}"
    raise Refused(message, hint="ssohelper doctor", profile=options.name, why=f"it {why}{place}", where=where)
