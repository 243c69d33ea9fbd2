"""Which clients do not support a profile, by how it gives credentials: the most common ones in docs/tools.md."""

from collections.abc import Mapping, Sequence

from ssohelper.aws_config.config_text import Section

_ALWAYS = ("object_store (polars without boto3)", "restic", "Serverless Framework 3")
_WITHOUT_PACKAGES = (
    *("SDK for Java 1", "SDK for Java 2 without its modules sso and ssooidc"),
    "SDK for .NET without its packages AWSSDK.SSO and AWSSDK.SSOOIDC",
)
_BY_STYLE: Mapping[str, Sequence[str]] = {
    "sso": (*_ALWAYS, *_WITHOUT_PACKAGES, "SDKs from before mid-2023"),
    "legacy": (*_ALWAYS, *_WITHOUT_PACKAGES),
    "credential-process": _ALWAYS,
}

_STYLES = {"sso_session": "sso", "sso_start_url": "legacy", "credential_process": "credential-process"}


def clients(profile: str, sections: Mapping[str, Section]) -> Sequence[str]:
    """The most common clients that do not support a profile that works, and do support `ssohelper exec`.

    `sections` are those of all profiles in the config file, by their names; for other profiles, none are known.
    """
    style = _style(profile, sections)
    return _BY_STYLE[style] if style else ()


def _style(profile: str, sections: Mapping[str, Section]) -> str | None:
    visited: set[str] = set()
    while profile in sections and profile not in visited:
        visited.add(profile)
        values = sections[profile].values()
        if values.get("source_profile", profile) == profile:
            return next((style for key, style in _STYLES.items() if key in values), None)
        profile = values["source_profile"]  # of a role that is assumed on top
    return None
