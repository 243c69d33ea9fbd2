"""The AWS config of a command that `exec` runs: its role is the default profile, all other profiles stay. Pure.

The user's own `[default]` gets another name, because SDKs try the credentials of a `[default]` profile first. The new
one has the settings of the role's profile (region, output, `s3 = ...`), but none of its credentials.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from ssohelper.aws_config.config_text import ConfigText, Section, encode, with_header, with_value

# The name of the user's own default profile in the copy. Profiles whose source it is name this one instead.
SAVED = "ssohelper-saved-default"
# The options that give a profile credentials.
_CREDENTIALS = re.compile(
    r"aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|aws_account_id|credential_process"
    r"|credential_source|source_profile|role_arn|role_session_name|external_id|mfa_serial|duration_seconds"
    r"|web_identity_token_file|login_session|sso_.*|ssohelper_.*"
)


def config(text: ConfigText, profile: str | None, options: Mapping[str, str]) -> bytes:
    """The config file with a `default` that has `options` and the settings of `profile` (None: the old default)."""
    profiles = [each for each in text.of_kind("profile") if each.name == (profile or "default")]
    settings = _settings(text, profiles[0], options.keys()) if profiles else []
    lines = ["[default]", *(f"{key} = {value}" for key, value in options.items()), *settings]
    defaults = [each for each in text.of_kind("profile") if each.name == "default"]
    return _copy(text, defaults, f"profile {SAVED}", lines)


def credentials(text: ConfigText) -> bytes:
    """The shared credentials file without a `default`, which would override the one in the config file."""
    return _copy(text, [each for each in text.sections if each.header == "default"], SAVED, [])


def _copy(text: ConfigText, defaults: Iterable[Section], saved: str, added: list[str]) -> bytes:
    lines = list(text.lines)
    for section in defaults:
        lines[section.first] = with_header(lines[section.first], saved)
    for section in text.sections:
        for option in section.options:
            if option.key == "source_profile" and option.value == "default":
                lines[option.first] = with_value(lines[option.first], SAVED)
    ends = [*text.ends, text.newline]
    body = "".join(line + end for line, end in zip(lines, ends, strict=True))
    # Without the byte order mark: botocore cannot read a file that has one.
    return encode(body + "".join(line + text.newline for line in added))


def _settings(text: ConfigText, section: Section, without: Collection[str]) -> Iterable[str]:
    """The lines of the options that are settings, nested ones included."""
    for option in section.options:
        if option.key not in without and not _CREDENTIALS.fullmatch(option.key):
            first, *nested = text.lines[option.first : option.last + 1]
            yield first.strip()
            yield from (f"  {line.strip()}" for line in nested if line.strip())
