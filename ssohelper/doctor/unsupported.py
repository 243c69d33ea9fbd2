"""Which clients cannot use a profile, by how it gives credentials. The whole table, and its source: docs/tools.md."""

import shlex
from collections.abc import Mapping

from ssohelper.aws_config.config_text import Section

_ALWAYS = "object_store (polars without boto3), restic, Serverless Framework 3"
_JAVA = "Java without its modules sso and ssooidc"
_BY_STYLE = {
    "sso": f"{_ALWAYS}, {_JAVA}, SDKs from before mid-2023",
    "legacy": f"{_ALWAYS}, {_JAVA}",
    "credential-process": _ALWAYS,
}


def note(profile: str, sections: Mapping[str, Section]) -> str:
    """One line on the clients that cannot use a profile that works, and what serves those.

    `sections` are those of all profiles, by their names.
    """
    command = shlex.join(["ssohelper", "exec", "--profile", profile])
    return f"cannot use this profile: {_BY_STYLE[_style(profile, sections)]}; for those: {command} -- COMMAND"


def _style(profile: str, sections: Mapping[str, Section]) -> str:
    values = sections[profile].values()
    source = values.get("source_profile", profile)
    if source != profile and source in sections:  # a role that is assumed on top
        return _style(source, sections)
    if "sso_session" in values:
        return "sso"
    return "legacy" if "sso_start_url" in values else "credential-process"
