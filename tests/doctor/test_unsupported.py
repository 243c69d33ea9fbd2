"""The clients that do not support a profile."""

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.doctor import unsupported

ALWAYS = ("object_store (polars without boto3)", "restic", "Serverless Framework 3")
WITHOUT_PACKAGES = (
    "SDK for Java 1",
    "SDK for Java 2 without its modules sso and ssooidc",
    "SDK for .NET without its packages AWSSDK.SSO and AWSSDK.SSOOIDC",
)


@pytest.mark.parametrize(
    ("options", "clients"),
    [
        ("sso_session = acme", (*ALWAYS, *WITHOUT_PACKAGES, "SDKs from before mid-2023")),
        ("sso_start_url = x", (*ALWAYS, *WITHOUT_PACKAGES)),
        ("credential_process = /bin/true", ALWAYS),
        ("role_arn = x\nsource_profile = by-session", (*ALWAYS, *WITHOUT_PACKAGES, "SDKs from before mid-2023")),
        ("role_arn = x\nsource_profile = by-process", ALWAYS),
        ("role_arn = x\nsource_profile = in-the-credentials-file", ()),
        ("role_arn = x\nsource_profile = loop", ()),
        ("region = us-east-1", ()),
    ],
)
def test_clients(options: str, clients: tuple[str, ...]) -> None:
    """They depend on the style; that of a chained profile is the style of its source."""
    text = f"""
[profile p]
{options}
[profile by-session]
sso_session = acme
[profile by-process]
credential_process = /bin/true
[profile loop]
role_arn = y
source_profile = p
"""
    sections = {each.name: each for each in parse(text.encode()).of_kind("profile")}
    assert unsupported.clients("p", sections) == clients
    assert unsupported.clients("in-the-credentials-file", sections) == ()
