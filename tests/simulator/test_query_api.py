"""STS and IAM, as the real boto3 calls them with role credentials."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ssohelper.permission_sets import access_denied
from ssohelper.permission_sets.access_denied import Principal
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import PermissionSet
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import ApiError, Sdk, api_error, without_metadata

Connect = Callable[..., Any]
PROD = "333344445555"
DENY_S3 = json.dumps(
    {
        "Statement": [
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
        ]
    }
)


@pytest.fixture
def clock() -> Clock:
    """A clock that begins now: boto3 signs with the time of this machine."""
    return Clock(time.time())


@pytest.fixture
def connect(simulator: Simulator, sdk: Sdk) -> Connect:
    """Connects boto3 to a service, with the credentials of a role."""
    token = simulator.sign_in("alex@example.com").access_token

    def client(service: str, role: str = "ReadOnly", account: str = PROD, **changed: str) -> Any:
        issued = sdk.portal.get_role_credentials(accessToken=token, accountId=account, roleName=role)
        keys = issued["roleCredentials"]
        return boto3.client(
            service,
            endpoint_url=simulator.url,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
            **{
                "aws_access_key_id": keys["accessKeyId"],
                "aws_secret_access_key": keys["secretAccessKey"],
                "aws_session_token": keys["sessionToken"],
                **changed,
            },
        )

    return client


def test_caller_identity(connect: Connect) -> None:
    """A role is called after its permission set, with a suffix that differs between accounts."""
    identities = [
        without_metadata(connect("sts", account=account).get_caller_identity()) for account in (PROD, "111122223333")
    ]
    arns = [Principal.of(each["Arn"]) for each in identities]
    assert [(each.account_id, each.permission_set, each.session_name) for each in arns] == [
        (PROD, "ReadOnly", "alex@example.com"),
        ("111122223333", "ReadOnly", "alex@example.com"),
    ]
    assert arns[0].role_name != arns[1].role_name
    assert identities[0]["Account"] == PROD


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"aws_session_token": "wrong"}, "InvalidClientTokenId"),
        ({"aws_access_key_id": "ASIAUNKNOWN"}, "InvalidClientTokenId"),
    ],
)
def test_signatures(connect: Connect, changed: dict[str, str], code: str) -> None:
    """Only the keys that the portal issued are accepted, whole."""
    error = api_error(connect("sts", **changed).get_caller_identity)
    assert (error.code, error.status) == (code, 403)


def test_expired(connect: Connect, clock: Clock) -> None:
    """Expired credentials are rejected; so is a request that was signed at another time."""
    clock.advance(-8 * 3600 - 60)  # the session duration of ReadOnly
    client = connect("sts")
    assert api_error(client.get_caller_identity).code == "SignatureDoesNotMatch"
    clock.advance(8 * 3600 + 60)
    assert api_error(client.get_caller_identity).code == "ExpiredToken"


def test_role(connect: Connect, simulator: Simulator) -> None:
    """A role may read itself, if its policies allow that; no other role is known."""
    client = connect("iam")
    name = Principal.of(connect("sts").get_caller_identity()["Arn"]).role_name
    found = without_metadata(client.get_role(RoleName=name))["Role"]
    assert found["Arn"] == f"arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/{name}"
    assert (found["MaxSessionDuration"], "PermissionsBoundary" in found) == (43200, False)
    assert api_error(client.get_role, RoleName="other").code == "NoSuchEntity"
    simulator.world.add_customer_policy("/limits/deny-s3", DENY_S3)
    simulator.world.add_permission_set(PermissionSet("ReadOnly", boundary="/limits/deny-s3"))
    assert client.get_role(RoleName=name)["Role"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": f"arn:aws:iam::{PROD}:policy/limits/deny-s3",
    }


@pytest.mark.parametrize(
    ("permission_set", "organization", "expected"),
    [
        (PermissionSet("ReadOnly"), "", ("allowed", None, None)),
        (PermissionSet("ReadOnly", policy=DENY_S3), "", ("explicitDeny", None, None)),
        (PermissionSet("ReadOnly", boundary="/deny-s3"), "", ("explicitDeny", None, False)),
        (PermissionSet("ReadOnly"), DENY_S3, ("explicitDeny", False, None)),
    ],
)
def test_simulate(
    connect: Connect,
    simulator: Simulator,
    permission_set: PermissionSet,
    organization: str,
    expected: tuple[str, bool | None, bool | None],
) -> None:
    """The simulation names what the role's own policies, its boundary and the organization's policies say."""
    simulator.world.add_customer_policy("/deny-s3", DENY_S3)
    simulator.world.add_permission_set(permission_set)
    simulator.world.service_control_policy = organization
    name = Principal.of(connect("sts").get_caller_identity()["Arn"]).role_name
    arn = f"arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/{name}"
    (found,) = connect("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])[
        "EvaluationResults"
    ]
    organization_detail = found.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
    boundary_detail = found.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary")
    assert (found["EvalDecision"], organization_detail, boundary_detail) == expected


def test_denied(connect: Connect) -> None:
    """A role that may not ask gets a message in AWS's grammar."""
    error = api_error(
        connect("iam", "Developer", "444455556666").simulate_principal_policy,
        PolicySourceArn="arn:aws:iam::444455556666:role/x",
        ActionNames=["a:B"],
    )
    (denial,) = access_denied.find(error.message)
    assert (error.code, denial.action, denial.cause, denial.deny) == (
        "AccessDenied",
        "iam:SimulatePrincipalPolicy",
        "identity-based policy",
        "implicit",
    )


def test_decode(connect: Connect, simulator: Simulator) -> None:
    """The encoded part of a message is decoded for those who may; another one is invalid."""
    key = connect("sts")._request_signer._credentials.access_key
    (denial,) = access_denied.find(simulator.denied_message(key, "s3:PutObject", "arn:aws:s3:::b/k"))
    administrator = connect("sts", "AdministratorAccess")
    decoded = administrator.decode_authorization_message(EncodedMessage=denial.encoded)["DecodedMessage"]
    assert json.loads(decoded)["context"]["resource"] == "arn:aws:s3:::b/k"
    assert api_error(administrator.decode_authorization_message, EncodedMessage="x" * 20) == ApiError(
        "InvalidAuthorizationMessageException", "InvalidAuthorizationMessageException", 400, "Message is not valid"
    )
    assert (
        api_error(connect("sts").decode_authorization_message, EncodedMessage=denial.encoded).code == "AccessDenied"
    )
    with pytest.raises(ValueError, match="is allowed"):
        simulator.denied_message(key, "s3:GetObject", "arn:aws:s3:::b/k")


def test_other_operations(connect: Connect, simulator: Simulator) -> None:
    """An operation that there is not is refused like on AWS, and counted under one name."""
    error = api_error(connect("iam").list_users)
    assert (error.code, error.status) == ("InvalidAction", 400)
    assert simulator.counters.calls["InvalidAction"] == 1


def test_removed_role(connect: Connect, simulator: Simulator) -> None:
    """Credentials of a role that was removed are not valid any more."""
    client = connect("sts")
    simulator.world.withdraw(PROD, "ReadOnly")
    error = api_error(client.get_caller_identity)
    assert (error.code, error.status) == ("InvalidClientTokenId", 403)


def test_another_suffix(connect: Connect, simulator: Simulator) -> None:
    """A permission set that loses its last assignment in an account gets a role with another suffix there."""
    arns = []
    for _ in range(2):
        arns.append(connect("sts").get_caller_identity()["Arn"])
        simulator.world.withdraw(PROD, "ReadOnly")
        simulator.world.assign(PROD, "ReadOnly", "alex@example.com")
    found = [Principal.of(each) for each in arns]
    assert [each.permission_set for each in found] == ["ReadOnly", "ReadOnly"]
    assert found[0].role_name != found[1].role_name


def test_labels(connect: Connect, simulator: Simulator) -> None:
    """What a role asks about itself is counted by its plain name, what it asks about policies with the service."""
    connect("sts").get_caller_identity()
    connect("iam").get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert simulator.counters.calls == {"GetRoleCredentials": 2, "GetCallerIdentity": 1, "iam:GetPolicy": 1}


def test_unknown_parameter(connect: Connect) -> None:
    """A parameter that is not simulated is refused."""
    arn = "arn:aws:iam::333344445555:role/x"
    call = connect("iam").simulate_principal_policy
    error = api_error(call, PolicySourceArn=arn, ActionNames=["a:B"], CallerArn=arn)
    assert (error.code, error.message) == ("ValidationError", "not a parameter that is simulated: CallerArn")
