"""The AWS files of a command that `exec` runs: its role is the default profile, all other profiles stay. Pure.

The user's own default profile gets another name, because SDKs try the credentials of a `[default]` profile first. The
new one has the settings of the role's profile (region, output, `s3 = ...`), but none of its credentials.

The copies hold what botocore reads in the user's files, in a form that every SDK can read: each header alone on its
line, `key = value`, and the options of `[DEFAULT]`, which only botocore knows, in each section that inherits them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import NamedTuple

from ssohelper.aws_config import credential_source
from ssohelper.aws_config.config_text import DEFAULTS, ConfigText, Section, empty_file, encode, parse, unparse
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import Failed

# The name of the user's own default profile in the copy. Profiles whose source it is name this one instead.
SAVED = "ssohelper-saved-default"
# The beginning of the new names of all other sections that some SDK takes for the default profile.
_OTHER = "ssohelper-other-default"
# The options that give a profile credentials, and those of the machine's role: botocore refuses a profile for an
# invalid one of these.
_CREDENTIALS = re.compile(
    r"aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|aws_account_id|credential_process"
    r"|credential_source|source_profile|role_arn|role_session_name|external_id|mfa_serial|duration_seconds"
    r"|web_identity_token_file|login_session|sso_.*|ssohelper_.*"
    r"|metadata_service_timeout|metadata_service_num_attempts|ec2_metadata_service_endpoint_mode"
)


class Copies(NamedTuple):
    """The contents of both files."""

    config: bytes
    credentials: bytes


def copies(files: AwsFiles, profile: str | None, options: Mapping[str, str]) -> Copies:
    """Both files, with a `default` that has `options` and the settings of `profile` (None: the old default).

    Of a file that no AWS tool can read, nothing is copied.
    """
    config, credentials = _readable(files.config), _readable(files.credentials)
    read = AwsFiles(config, lambda: credentials)
    names = _new_names(read)
    old = _inherited(config)
    if (named := read.profiles.get(profile or "default")) is not None:
        old |= {key: value.text for key, value in named.values.items()}
    default = [f"{key} = {value}" for key, value in options.items()]
    default += _settings(old, options.keys())
    return Copies(
        _encoded([*_written(config, names.config_headers, names.profiles), "[default]", *default]),
        _encoded(_written(credentials, names.credentials_headers, names.profiles)),
    )


def check(files: AwsFiles, copy: AwsFiles, process: str | None) -> None:
    """Check that tools can read the copy, and that every profile in it still gives the same credentials.

    `process` is the credential_process of the default profile; None if that has no credentials of its own.
    Raises `Failed`.
    """
    if copy.problem:
        file, problem = copy.problem
        raise Failed(f"no AWS tool could read the copy of the {file} file: line {problem.line}: {problem.what}")
    default = credential_source.source_of(copy, "default", {}, explicit=True)
    if default is not None and (process is None or default.process != process):
        raise Failed("the copy of the config file would give the command another role", hint="ssohelper doctor")
    new_names = _new_names(files).profiles
    for name in () if files.problem else files.profiles:
        if _meaning(files, name) != _meaning(copy, new_names.get(name, name)):
            raise Failed(f"the copy of the config file would change profile {name!r}", hint="ssohelper doctor")


class _NewNames(NamedTuple):
    """The new header by the old one, for each section that some SDK takes for the default profile, in each file.

    `profiles` has the new name of a profile by its old one.
    """

    config_headers: dict[str, str]
    credentials_headers: dict[str, str]
    profiles: dict[str, str]


def _new_names(files: AwsFiles) -> _NewNames:
    """Each gets a name of its own, so that two sections never become one."""
    numbers = count(1)
    for_botocore = [each.header for each in files.config.of_kind("profile") if each.name == "default"]
    config, credentials = (
        {each.header: f"{_OTHER}-{next(numbers)}" for each in text.sections if each.is_default}
        for text in (files.config, files.credentials)
    )
    config |= dict.fromkeys(for_botocore[-1:], f"profile {SAVED}")  # botocore reads the last one alone
    # In the credentials file, a header is a profile's name.
    profiles = {**credentials, "default": SAVED}
    return _NewNames(config, profiles, profiles)


def _readable(text: ConfigText) -> ConfigText:
    """The text without a byte order mark; no text if botocore cannot read it for another reason."""
    if text.bom:
        text = parse(unparse(text._replace(bom="")))
    return empty_file() if text.problem else text


def _meaning(files: AwsFiles, profile: str) -> object:
    """What identifies the credentials of a profile, or that botocore refuses it."""
    try:
        source = credential_source.source_of(files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    return source and source.identity


def _written(text: ConfigText, headers: Mapping[str, str], profiles: Mapping[str, str]) -> Iterator[str]:
    """The lines of all sections, under their new headers, if they have one."""
    inherited = _inherited(text)
    for section in text.sections:
        if section.header != DEFAULTS:
            yield f"[{headers.get(section.header, section.header)}]"
            yield from _options(section, inherited, profiles)


def _inherited(text: ConfigText) -> dict[str, str]:
    """The options of `[DEFAULT]`, which may occur several times."""
    return {key: value for each in text.sections if each.header == DEFAULTS for key, value in each.values().items()}


def _options(section: Section, inherited: Mapping[str, str], profiles: Mapping[str, str]) -> Iterator[str]:
    for key, value in {**inherited, **section.values()}.items():
        yield from _option(key, profiles.get(value, value) if key == "source_profile" else value)


def _option(key: str, value: str) -> Iterator[str]:
    """The lines of an option. Only a block of options may have several: other SDKs refuse a line without `=`."""
    first, *others = value.split("\n")
    if first and key == "credential_process" and re.search("['\"]", value):  # a line end in quotes is part of it
        yield f"{key} = {first}"
        yield from (f"  {line}" for line in others)
        return
    if first:
        yield f"{key} = {' '.join([first, *filter(None, others)])}"
        return
    yield f"{key} ="
    for line in value.splitlines():
        name, _, text = line.partition("=")
        if name.strip():
            yield f"  {name.strip()} = {text.strip()}"


def _settings(options: Mapping[str, str], without: Collection[str]) -> Iterator[str]:
    """The lines of the options that are settings."""
    for key, value in options.items():
        if key not in without and not _CREDENTIALS.fullmatch(key):
            yield from _option(key, value)


def _encoded(lines: Iterable[str]) -> bytes:
    return encode("".join(f"{line}\n" for line in lines))
