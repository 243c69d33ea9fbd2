"""Unknown keys of profiles and sso-sessions that resemble a known key that is not set."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from ssohelper.aws_config import config_text, credential_source
from ssohelper.aws_config.config_text import Option, Section
from ssohelper.aws_config.credential_source import Refused
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Change, Finding

# Misspelled, these change what a profile or a session is.
_SESSION_KEYS = ("sso_start_url", "sso_region", "sso_registration_scopes")
_PROFILE_KEYS = (
    *("sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"),
    *("role_arn", "source_profile", "credential_source", "web_identity_token_file", "external_id", "mfa_serial"),
    *("credential_process", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
    *("region", "output"),
)
# Keys of other tools that are much like these.
_OTHER_KEYS = ("sso_account_name", "sso_role_arn", "aws_account_id", "sso_auto_populated")
_MIN_SIMILARITY = 0.85


def check(checkup: Checkup) -> Iterator[Finding]:
    """Each misspelled key; the fix renames it."""
    for section in checkup.config.text.sections:
        if section.kind in ("profile", "sso-session"):
            for option, key in misspelled(section):
                yield Finding(
                    kind="misspelled-key",
                    message=f"[{section.header}]: unknown key {option.key} (a misspelling of {key}?)",
                    affects="every tool: the line is ignored",
                    fix=_fix(checkup, section, option, key),
                    file=checkup.config.path,
                    line=option.first + 1,
                    profile=section.name if section.kind == "profile" else None,
                )


def misspelled(section: Section) -> Iterator[tuple[Option, str]]:
    """The misspelled options of a section, each with the key that was meant."""
    known = _PROFILE_KEYS if section.kind == "profile" else _SESSION_KEYS
    present = {option.key for option in section.options}
    for option in section.options:
        if option.key not in (*_PROFILE_KEYS, *_SESSION_KEYS, *_OTHER_KEYS):
            alike = {key: _similarity(option.key, key) for key in known if key not in present}
            best = max(alike, key=lambda key: alike[key], default=None)
            if best is not None and alike[best] >= _MIN_SIMILARITY:
                yield option, best


def _fix(checkup: Checkup, section: Section, option: Option, key: str) -> Change | str:
    """Rename the key if botocore refuses the profile as it is, or if it gives the same credentials then."""
    change = checkup.config.rename_key(option, key)
    if section.kind == "profile":
        after = checkup.with_file(checkup.config.path, config_text.parse(fixes.apply(checkup.config.text, [change])))
        try:
            before = credential_source.source_of(checkup.files, section.name, {}, explicit=True)
            same = before == credential_source.source_of(after.files, section.name, {}, explicit=True)
        except Refused:
            return change
        return change if same else checkup.config.edit(option)
    return change


def _similarity(typed: str, key: str) -> float:
    if sorted(typed) == sorted(key):
        return 1
    return SequenceMatcher(a=key, b=typed.replace("-", "_").replace(" ", "_")).ratio()
