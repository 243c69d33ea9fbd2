"""Clients with the settings of a profile: where requests go, and that keys do not go there in plain text."""

from pathlib import Path

import pytest

from ssohelper.errors import BadInput
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.profile_clients import ProfileClients
from ssohelper.roles import RoleCredentials, RoleRef

KEYS = RoleCredentials(RoleRef("acme", "333344445555", "ReadOnly"), "ASIABASE", "secret", "token", 2**40)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS settings of the person who runs the tests."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM"):
        monkeypatch.delenv(name, raising=False)


def made(tmp_path: Path, options: str, name: str = "p") -> ProfileClients:
    """The clients of a profile with these options."""
    (tmp_path / "config").write_text(f"[profile p]\n{options}\n")
    files = str(tmp_path / "config"), str(tmp_path / "credentials")
    return ProfileClients(name, *files, Network(), default_region="eu-north-1")


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("options", "name", "endpoint"),
    [
        ("region = eu-west-1", "p", "https://iam.amazonaws.com"),
        ("region = cn-north-1", "p", "https://iam.cn-north-1.amazonaws.com.cn"),
        ("region = us-gov-west-1", "p", "https://iam.us-gov.amazonaws.com"),
        ("endpoint_url = https://proxy.example", "p", "https://proxy.example"),
        ("", "gone", "https://iam.amazonaws.com"),
    ],
)
def test_endpoints(tmp_path: Path, options: str, name: str, endpoint: str) -> None:
    """IAM is asked where the profile's partition has it."""
    assert made(tmp_path, options, name).client("iam", "IAM", KEYS).meta.endpoint_url == endpoint


def test_not_in_plain_text(tmp_path: Path) -> None:
    """Keys are not sent over a network without TLS."""
    with pytest.raises(BadInput, match="must start with https://"):
        made(tmp_path, "region = us-east-1\nendpoint_url = http://proxy.example").client("iam", "IAM", KEYS)
