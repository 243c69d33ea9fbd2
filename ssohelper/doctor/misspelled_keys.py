"""Keys of profiles and sso-sessions that no tool knows, and that are much like one that is missing."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from ssohelper.aws_config.config_text import Option, Section
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# The keys without which a profile is another one, or none.
_SESSION_KEYS = ("sso_start_url", "sso_region", "sso_registration_scopes")
_PROFILE_KEYS = (
    *("sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"),
    *("role_arn", "source_profile", "credential_source", "web_identity_token_file", "external_id", "mfa_serial"),
    *("credential_process", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
    *("region", "output"),
)
# Keys of other tools that are much like these.
_OTHER_KEYS = ("sso_account_name", "sso_role_arn", "aws_account_id", "sso_auto_populated")
_ALIKE = 0.85


def check(checkup: Checkup) -> Iterator[Finding]:
    """Each misspelled key; the fix renames it."""
    for section in checkup.config.text.sections:
        if section.kind in ("profile", "sso-session"):
            for option, key in misspelled(section):
                yield Finding(
                    kind="misspelled-key",
                    message=f"[{section.header}]: no tool knows {option.key}; did you mean {key}?",
                    affects="every tool: the line is ignored",
                    fix=checkup.config.rename_key(option, key),
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
            if best is not None and alike[best] >= _ALIKE:
                yield option, best


def _similarity(typed: str, key: str) -> float:
    if sorted(typed) == sorted(key):
        return 1
    return SequenceMatcher(a=key, b=typed.replace("-", "_").replace(" ", "_")).ratio()
