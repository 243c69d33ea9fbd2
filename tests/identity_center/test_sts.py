"""AssumeRole: where requests go, what they ask for, and what becomes of errors."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from ssohelper.errors import AssumeRoleDenied, BadInput, Failed, SourceRejected, SsohelperError, Unavailable
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.profile_clients import ProfileClients
from ssohelper.identity_center.sts import Sts
from ssohelper.roles import AssumedRole, RoleCredentials, RoleRef
from ssohelper.simulator.server import Simulator
from tests.fixtures import sts
from tests.fixtures.sts import Error

BASE = RoleRef("acme", "333344445555", "ReadOnly")
ROLE_ARN = "arn:aws:iam::999988887777:role/ci/Deploy"
KEYS = RoleCredentials(BASE, "ASIABASE", "secret", "token", 2**40)


@pytest.fixture
def service(caller_identity: sts.Sts, monkeypatch: pytest.MonkeyPatch) -> sts.Sts:
    """An STS that accepts `KEYS`."""
    caller_identity.issued[KEYS.access_key_id] = KEYS.expiration
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", caller_identity.url)
    return caller_identity


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS settings of the person who runs the tests."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def made(tmp_path: Path, options: str = "region = eu-west-1\n", more: str = "", *, name: str = "deploy") -> Sts:
    """STS for a profile with these options."""
    config = tmp_path / "config"
    config.write_text(f"[profile deploy]\n{options}\n{more}")
    files = str(config), str(tmp_path / "credentials")
    return Sts(ProfileClients(name, *files, Network(), default_region="eu-north-1"))


def role(**arguments: str | int) -> AssumedRole:
    """A role that the profile assumes."""
    return AssumedRole("deploy", "deploy", BASE, tuple(sorted({"RoleArn": ROLE_ARN, **arguments}.items())))


def test_credentials(service: sts.Sts, tmp_path: Path) -> None:
    """The credentials are those of the role, and the request has the arguments that the profile names."""
    found = made(tmp_path).assume_role(KEYS, role(ExternalId="x-4711", RoleSessionName="alex"))
    (assumption,) = service.assumptions
    assert (found.role, found.expiration) == (
        role(ExternalId="x-4711", RoleSessionName="alex"),
        service.issued[found.access_key_id],
    )
    assert assumption.arguments == {"RoleArn": ROLE_ARN, "ExternalId": "x-4711", "RoleSessionName": "alex"}
    assert (assumption.key, assumption.region) == (KEYS.access_key_id, "eu-west-1")
    assert "secret" not in repr(found)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("configured", "requested"), [(900, "900"), (3600, "3600"), (43200, "3600")])
def test_duration(service: sts.Sts, tmp_path: Path, configured: int, requested: str) -> None:
    """A role that another role assumes lasts an hour at most: AWS refuses to issue it for longer."""
    made(tmp_path).assume_role(KEYS, role(DurationSeconds=configured))
    assert service.assumptions[0].arguments["DurationSeconds"] == requested


def test_profile_that_is_gone(service: sts.Sts, tmp_path: Path) -> None:
    """Without the profile, as when it was renamed while a job runs, the region of the session is used."""
    assert made(tmp_path, name="renamed").assume_role(KEYS, role()).role == role()
    assert service.assumptions[0].region == "eu-north-1"


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("options", "variables"),
    [
        ("region = eu-central-1", {}),
        ("region = us-east-1", {}),
        ("region = us-east-1\nsts_regional_endpoints = legacy", {}),
        ("region = eu-central-1\nsts_regional_endpoints = legacy", {}),
        ("region = eu-central-1", {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}),
        ("region = us-gov-west-1", {}),
        ("region = cn-north-1", {}),
        ("region = eusc-de-east-1", {}),
        ("region = us-east-1\nuse_fips_endpoint = true", {}),
        ("region = eu-west-1\nuse_dualstack_endpoint = true", {}),
        ("region = eu-west-1", {"AWS_DEFAULT_REGION": "ap-south-1"}),
        ("output = json", {"AWS_DEFAULT_REGION": "ap-south-1"}),
        ("region = eu-west-1\nendpoint_url = https://own.example.com", {}),
        ("region = eu-west-1\nservices = local", {}),
        ("region = eu-west-1\nservices = local", {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}),
        ("region = eu-west-1", {"AWS_ENDPOINT_URL": "https://all.example.com"}),
        ("region = eu-west-1", {"AWS_ENDPOINT_URL_STS": "https://sts.example.com"}),
    ],
)
def test_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: str, variables: dict[str, str]) -> None:
    """The endpoint and the region of the signature are those that boto3 chooses for the profile."""
    services = "[services local]\nsts =\n  endpoint_url = https://services.example.com\n"
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ours = made(tmp_path, options, services)._client(KEYS).meta
    theirs = boto3.Session(profile_name="deploy").client("sts", aws_access_key_id="a", aws_secret_access_key="s").meta
    assert (ours.endpoint_url, ours.region_name) == (theirs.endpoint_url, theirs.region_name)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("url", ["http://sts.example.com", "http://127.0.0.1.example:80", "http://10.0.0.1"])
def test_plain_http(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    """Keys are not sent over a network without TLS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
    assert raised(BadInput, made(tmp_path)) == f"the endpoint of STS must start with https://: {url!r}"


def test_no_region(service: sts.Sts, tmp_path: Path) -> None:
    """Without a region there is no endpoint, as in botocore."""
    message = "profile 'deploy' has no region, and STS needs one (not that of its source profile)"
    assert raised(BadInput, made(tmp_path, "output = json\n")) == message
    assert service.assumptions == []


def test_region_of_other_sdks(service: sts.Sts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_REGION, which botocore ignores, counts if there is no other region."""
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    for options in ("output = json\n", "region = eu-west-1\n"):
        made(tmp_path, options).assume_role(KEYS, role())
    assert [each.region for each in service.assumptions] == ["eu-west-3", "eu-west-1"]


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ({"ExternalId": ""}, "Invalid length for parameter ExternalId, value: 0, valid min length: 2"),
        ({"DurationSeconds": 60}, "Invalid value for parameter DurationSeconds, value: 60, valid min value: 900"),
    ],
)
def test_invalid_option(service: sts.Sts, tmp_path: Path, argument: dict[str, Any], reason: str) -> None:
    """An option that botocore refuses to send is named."""
    found = raised(BadInput, made(tmp_path), role(**argument))
    assert (found, service.assumptions) == (f"profile 'deploy' has an invalid option: {reason}", [])


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        ((403, "AccessDenied"), AssumeRoleDenied, "ReadOnly in 333344445555 is not allowed to assume {}"),
        (
            *((400, "ExpiredTokenException"), SourceRejected),
            "STS rejected the credentials of ReadOnly in 333344445555 for {}: ExpiredTokenException",
        ),
        (
            (403, "RequestExpired"),
            Failed,
            "STS rejected the signature or the time of the request for {}: RequestExpired",
        ),
        ((400, "MalformedInput"), Failed, "STS rejected the request for {}: MalformedInput"),
        ((403, "evil [31m"), Unavailable, "invalid response from STS (a proxy or captive portal?)"),
    ],
)
def test_errors(service: sts.Sts, tmp_path: Path, error: Error, kind: type[SsohelperError], message: str) -> None:
    """Errors name both roles and the profile."""
    service.errors["Deploy"] = [error] * 9
    assert raised(kind, made(tmp_path)) == message.format("Deploy in 999988887777 (profile 'deploy')")


@pytest.mark.first_is_quick
@pytest.mark.parametrize("status", [429, 500, 503])
def test_retries(service: sts.Sts, tmp_path: Path, status: int) -> None:
    """A request that fails for the moment is sent again."""
    service.errors["Deploy"] = [(status, "Throttling" if status == 429 else "InternalFailure")]
    assert made(tmp_path).assume_role(KEYS, role()).role == role()
    assert len(service.assumptions) == 2


def test_nobody_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed_port: int) -> None:
    """STS that cannot be reached is named, with its host."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{closed_port}")
    expected = f"can't reach STS at 127.0.0.1:{closed_port}: connection failed"
    assert raised(Unavailable, made(tmp_path)) == expected


@pytest.fixture
def closed_port(identity_center: Simulator) -> int:
    """A port on which nothing listens any more."""
    with Simulator(identity_center.world) as other:
        return int(other.url.rpartition(":")[2])


def raised(kind: type[SsohelperError], client: Sts, wanted: AssumedRole | None = None) -> str:
    """The message of the error, which is of that very class."""
    with pytest.raises(kind) as caught:
        client.assume_role(KEYS, wanted or role())
    assert type(caught.value) is kind
    return str(caught.value)
