"""The AWS config of a command that runs under a role: the role is its default, every other profile stays. Pure.

SDKs take a `[default]` profile that has credentials before anything else, so the user's own one gets another name.
The role's profile lends its settings (region, output, `s3 = ...`) to the new default, but none of its credentials.
"""

import re
from collections.abc import Iterable, Mapping

from ssohelper.aws_config.config_text import ConfigText, Section, encode

# What a profile's own default is called in the copy; profiles that build on it are led there.
SAVED = "ssohelper-saved-default"
# What makes an SDK take credentials from a profile.
_CREDENTIALS = re.compile(
    r"aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|aws_account_id|credential_process"
    r"|credential_source|source_profile|role_arn|role_session_name|external_id|mfa_serial|duration_seconds"
    r"|web_identity_token_file|login_session|sso_.*|ssohelper_.*"
)


def config(text: ConfigText, profile: str | None, more: Mapping[str, str]) -> bytes:
    """The config file in which `default` has the settings of `profile` (None: its own) and the options `more`."""
    lender = next((each for each in text.of_kind("profile") if each.name == (profile or "default")), None)
    lent = list(_lent(text, lender, more.keys())) if lender else []
    lines = ["[default]", *(f"{key} = {value}" for key, value in more.items()), *lent]
    defaults = [each for each in text.of_kind("profile") if each.name == "default"]
    return _copied(text, defaults, f"profile {SAVED}", lines)


def credentials(text: ConfigText) -> bytes:
    """The shared credentials file without a `default`: it would win over the one in the config file."""
    return _copied(text, [each for each in text.sections if each.header == "default"], SAVED, [])


def _copied(text: ConfigText, defaults: Iterable[Section], saved: str, added: list[str]) -> bytes:
    lines = list(text.lines)
    for section in defaults:
        lines[section.first] = _with_header(lines[section.first], saved)
    for section in text.sections:
        for option in section.options:
            if option.key == "source_profile" and option.value == "default":
                lines[option.first] = f"{lines[option.first].partition('=')[0]}= {SAVED}"
    ends = [*text.ends, text.newline]
    body = "".join(line + end for line, end in zip(lines, ends, strict=True))
    # No byte order mark: botocore could not read the file with it.
    return encode(body + "".join(line + text.newline for line in added))


def _with_header(line: str, header: str) -> str:
    start, end = line.index("["), line.rindex("]")
    return f"{line[:start]}[{header}{line[end:]}"


def _lent(text: ConfigText, lender: Section, taken: Iterable[str]) -> Iterable[str]:
    """The lines of the options that are settings; nested blocks with all of their lines."""
    for option in lender.options:
        if option.key not in taken and not _CREDENTIALS.fullmatch(option.key):
            first, *nested = text.lines[option.first : option.last + 1]
            yield first.strip()
            yield from (f"  {line.strip()}" for line in nested if line.strip())
