"""The line on the clients that cannot use a profile."""

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.doctor import unsupported


@pytest.mark.parametrize(
    ("options", "includes"),
    [
        ("sso_session = acme", True),
        ("credential_process = /bin/true", False),
        ("role_arn = x\nsource_profile = by-session", True),
        ("role_arn = x\nsource_profile = by-process", False),
    ],
)
def test_unsupported(options: str, includes: bool) -> None:
    """What old SDKs can read depends on the style; that of a chained profile is the style of its source."""
    text = f"""
[profile p]
{options}
[profile by-session]
sso_session = acme
[profile by-process]
credential_process = /bin/true
"""
    sections = {each.name: each for each in parse(text.encode()).of_kind("profile")}
    assert ("SDKs from before" in unsupported.note("p", sections)) == includes
