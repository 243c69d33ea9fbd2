"""Which clients do not support a profile, by how it gives credentials: the most common ones in docs/tools.md."""

from collections.abc import Mapping, Sequence

from ssohelper.aws_config.config_text import Section

_ALWAYS = ("object_store (polars without boto3)", "restic", "Serverless Framework 3")
_JAVA = ("SDK for Java 1", "SDK for Java 2 without its modules sso and ssooidc")
_BY_STYLE: Mapping[str, Sequence[str]] = {
    "sso": (*_ALWAYS, *_JAVA, "SDKs from before mid-2023"),
    "legacy": (*_ALWAYS, *_JAVA),
    "credential-process": _ALWAYS,
}


def clients(profile: str, sections: Mapping[str, Section]) -> Sequence[str]:
    """The most common clients that do not support a profile, and do support `ssohelper exec`.

    `sections` are those of all profiles, by their names.
    """
    return _BY_STYLE[_style(profile, sections)]


def _style(profile: str, sections: Mapping[str, Section]) -> str:
    values = sections[profile].values()
    source = values.get("source_profile", profile)
    if source != profile and source in sections:  # a role that is assumed on top
        return _style(source, sections)
    if "sso_session" in values:
        return "sso"
    return "legacy" if "sso_start_url" in values else "credential-process"
