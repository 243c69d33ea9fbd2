"""The AWS config of a command that `exec` runs: its role is the default profile, all other profiles stay. Pure.

The user's own default profile gets another name, because SDKs try the credentials of a `[default]` profile first. The
new one has the settings of the role's profile (region, output, `s3 = ...`), but none of its credentials.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from ssohelper.aws_config import credential_source
from ssohelper.aws_config.config_text import (
    DEFAULTS,
    ConfigText,
    Option,
    Section,
    encode,
    indentation,
    parse,
    unparse,
    with_header,
    with_value,
)
from ssohelper.aws_config.credential_source import Refused
from ssohelper.aws_config.merged import AwsFiles, File, Merged
from ssohelper.errors import Failed

# The name of the user's own default profile in the copy. Profiles whose source it is name this one instead.
SAVED = "ssohelper-saved-default"
# A section that no tool reads: where a default profile stands twice, botocore reads the last one alone.
_OVERRIDDEN = "ssohelper-overridden-default"
# The options that give a profile credentials, and those of the machine's role: botocore refuses a profile for an
# invalid one of these.
_CREDENTIALS = re.compile(
    r"aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|aws_account_id|credential_process"
    r"|credential_source|source_profile|role_arn|role_session_name|external_id|mfa_serial|duration_seconds"
    r"|web_identity_token_file|login_session|sso_.*|ssohelper_.*"
    r"|metadata_service_timeout|metadata_service_num_attempts|ec2_metadata_service_endpoint_mode"
)


def config(files: AwsFiles, profile: str | None, options: Mapping[str, str]) -> bytes:
    """The config file with a `default` that has `options` and the settings of `profile` (None: the old default).

    If no AWS tool can read the user's file, the new default is all there is.
    """
    if files.config.bom:  # with which no tool can read it
        shared = files.credentials
        files = AwsFiles(parse(unparse(files.config._replace(bom=""))), lambda: shared)
    text = files.config
    added = ["[default]", *(f"{key} = {value}" for key, value in options.items())]
    if text.problem:
        return encode("".join(f"{line}\n" for line in added))
    settings = files.profiles.get(profile or "default", Merged(""))
    added += _settings(files, settings, options.keys())
    lines = _without_default(text, [each for each in text.of_kind("profile") if each.name == "default"], "profile ")
    return _joined(text, _with_inherited_credentials(text, lines), added)


def credentials(files: AwsFiles) -> bytes:
    """The shared credentials file without a `default`, which would override the one in the config file."""
    text = files.credentials
    lines = _without_default(text, [each for each in text.sections if each.header == "default"], "")
    return _joined(text, lines, [])


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
    for name in () if files.problem else files.profiles:
        if _meaning(files, name) != _meaning(copy, SAVED if name == "default" else name):
            raise Failed(f"the copy of the config file would change profile {name!r}", hint="ssohelper doctor")


def _meaning(files: AwsFiles, profile: str) -> object:
    """What a profile gives credentials of, or that botocore refuses it."""
    try:
        source = credential_source.source_of(files, profile, {}, explicit=True)
    except Refused:
        return "refused"
    return source and source.identity


def _without_default(text: ConfigText, defaults: list[Section], kind: str) -> list[str]:
    """The lines, with the default profile under another name wherever it is defined or named."""
    lines = list(text.lines)
    for number, section in enumerate(reversed(defaults)):
        name = f"{_OVERRIDDEN}-{number}" if number else f"{kind}{SAVED}"
        lines[section.first] = with_header(lines[section.first], name)
    for section in text.sections:
        for option in section.options:
            if option.key == "source_profile" and option.value == "default":
                lines[option.first] = with_value(lines[option.first], SAVED)
    return lines


def _with_inherited_credentials(text: ConfigText, lines: list[str]) -> list[str]:
    """The lines, with credentials of `[DEFAULT]` in each section that inherits them: the new default must not."""
    inherited = {
        option.key: option
        for section in text.sections
        if section.header == DEFAULTS
        for option in section.options
        if _CREDENTIALS.fullmatch(option.key)
    }
    if not inherited:
        return lines
    found = list(lines)
    for section in text.sections:
        own = {option.key for option in section.options}
        if section.header == DEFAULTS:
            for option in section.options:
                if option.key in inherited:
                    found[option.first : option.last + 1] = [""] * (option.last + 1 - option.first)
        else:
            # Indented like the first option below them: else that would belong to the last of them.
            indent = indentation(lines[section.options[0].first]) if section.options else ""
            more = [line for key, option in inherited.items() if key not in own for line in _lines(lines, option)]
            found[section.first] = text.newline.join([found[section.first], *(f"{indent}{line}" for line in more)])
    return found


def _settings(files: AwsFiles, profile: Merged, without: Collection[str]) -> Iterator[str]:
    """The lines of the options that are settings, nested ones included; those of `[DEFAULT]` are inherited anyway."""
    texts: dict[File, ConfigText] = {"config": files.config, "credentials": files.credentials}
    inherited = {
        ("config", option) for each in files.config.sections if each.header == DEFAULTS for option in each.options
    }
    for key, value in profile.values.items():
        if key not in without and not _CREDENTIALS.fullmatch(key) and (value.file, value.option) not in inherited:
            yield from _lines(texts[value.file].lines, value.option)


def _lines(lines: list[str], option: Option) -> Iterator[str]:
    """The lines of an option, indented in the same way wherever it stood."""
    first, *nested = lines[option.first : option.last + 1]
    yield first.strip()
    yield from (f"  {line.strip()}" for line in nested if line.strip())


def _joined(text: ConfigText, lines: list[str], added: list[str]) -> bytes:
    ends = [*text.ends, text.newline]
    body = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return encode(body + "".join(line + text.newline for line in added))
