"""The AWS files of a command that `exec` runs: its role is the default profile, all other profiles stay. Pure.

The user's own default profile gets another name, because SDKs try the credentials of a `[default]` profile first. The
new one has the settings of the role's profile (region, output, `s3 = ...`), but none of its credentials.

The copies say what botocore reads in the user's files, in a form that other SDKs can read: each header alone on its
line, `key = value`, and the options of `[DEFAULT]`, which only botocore knows, in each section that inherits them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import NamedTuple

from ssohelper.aws_config import credential_source
from ssohelper.aws_config.config_text import DEFAULTS, ConfigText, Section, encode, parse, unparse
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.errors import Failed

# The name of the user's own default profile in the copy. Profiles whose source it is name this one instead.
SAVED = "ssohelper-saved-default"
# What else some SDK takes for the default profile, and botocore does not.
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
    new_names = _new_names(read)
    settings = _inherited(config)
    if (named := read.profiles.get(profile or "default")) is not None:
        settings |= {key: value.text for key, value in named.values.items()}
    default = [f"{key} = {value}" for key, value in options.items()]
    default += _settings(settings, options.keys())
    return Copies(
        _encoded([*_written(config, new_names.config, new_names), "[default]", *default]),
        _encoded(_written(credentials, new_names.credentials, new_names)),
    )


def check(files: AwsFiles, copy: AwsFiles, process: str | None) -> None:
    """Check that tools can read the copy, and that every profile in it means what it meant.

    `process` is the credential_process of the default profile; None if that has no credentials of its own.
    Raises `Failed`.
    """
    if copy.problem:
        file, problem = copy.problem
        raise Failed(f"no AWS tool could read the copy of the {file} file: line {problem.line}: {problem.what}")
    default = credential_source.source_of(copy, "default", {}, explicit=True)
    if default is not None and (process is None or default.process != process):
        raise Failed("the copy of the config file would give the command another role", hint="ssohelper doctor")
    new_names = _new_names(files).credentials
    for name in () if files.problem else files.profiles:
        if _meaning(files, name) != _meaning(copy, new_names.get(name, name)):
            raise Failed(f"the copy of the config file would change profile {name!r}", hint="ssohelper doctor")


class _NewNames(NamedTuple):
    """The new headers of sections that some SDK takes for the default profile, by their headers."""

    config: dict[str, str]
    credentials: dict[str, str]


def _new_names(files: AwsFiles) -> _NewNames:
    """A name for each: two sections must not become one. In the credentials file, a header is a profile's name."""
    numbers = count(1)
    for_botocore = [each.header for each in files.config.of_kind("profile") if each.name == "default"]
    config, credentials = (
        {each.header: f"{_OTHER}-{next(numbers)}" for each in text.sections if each.is_default}
        for text in (files.config, files.credentials)
    )
    config |= dict.fromkeys(for_botocore[-1:], f"profile {SAVED}")  # botocore reads the last one alone
    return _NewNames(config, {**credentials, "default": SAVED})


def _readable(text: ConfigText) -> ConfigText:
    """The text without a byte order mark; no text if botocore cannot read it for another reason."""
    if text.bom:
        text = parse(unparse(text._replace(bom="")))
    return parse(b"") if text.problem else text


def _meaning(files: AwsFiles, profile: str) -> object:
    """What a profile gives credentials of, or that botocore refuses it."""
    try:
        source = credential_source.source_of(files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    return source and source.identity


def _written(text: ConfigText, headers: Mapping[str, str], new_names: _NewNames) -> Iterator[str]:
    """The lines of all sections, under their new headers, if they have one."""
    inherited = _inherited(text)
    for section in text.sections:
        if section.header != DEFAULTS:
            yield f"[{headers.get(section.header, section.header)}]"
            yield from _options(section, inherited, new_names)


def _inherited(text: ConfigText) -> dict[str, str]:
    """The options of `[DEFAULT]`, which may occur several times."""
    return {key: value for each in text.sections if each.header == DEFAULTS for key, value in each.values().items()}


def _options(section: Section, inherited: Mapping[str, str], new_names: _NewNames) -> Iterator[str]:
    for key, value in {**inherited, **section.values()}.items():
        yield from _option(key, new_names.credentials.get(value, value) if key == "source_profile" else value)


def _option(key: str, value: str) -> Iterator[str]:
    """The lines of an option. Only a block of options may have several: other SDKs refuse a line without `=`."""
    first, *others = value.split("\n")
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
