"""Who calls, and by which policies."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.callers import Caller
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.policies import BOUNDARY, IDENTITY, SERVICE_CONTROL, Decision, Layer
from ssohelper.simulator.portal import IssuedCredentials
from ssohelper.simulator.world import World
from tests.fixtures.role_clients import DEVELOPER, GUARDRAIL, MANAGEMENT, PROD, company

Find = Callable[[str, str], Caller]


@pytest.fixture
def world() -> World:
    """The company that is administered."""
    return company()


def caller(world: World, account_id: str, name: str) -> Caller:
    """Somebody with a role."""
    role = world.role(account_id, name)
    assert role is not None
    issued = IssuedCredentials("ASIAEXAMPLE", "ann", account_id, name, int(time.time()) + 3600)
    return Caller(issued, role.name, role.permission_set, world)


def test_layers(world: World) -> None:
    """All kinds of policies that a permission set has, by name, and those of its account."""
    world.service_control_policy = GUARDRAIL
    power_user, view_only = (aws_policies.DOCUMENTS[each] for each in DEVELOPER.managed_policies)
    assert caller(world, PROD, "Developer").layers == [
        Layer(SERVICE_CONTROL, {"organization": GUARDRAIL}),
        Layer(
            IDENTITY,
            {
                "inline": GUARDRAIL,
                "PowerUserAccess": power_user,
                "ViewOnlyAccess": view_only,
                "deny-deletes": GUARDRAIL,
            },
        ),
        Layer(BOUNDARY, {"developer-boundary": aws_policies.EVERYTHING}),
    ]
    assert caller(world, MANAGEMENT, "Nothing").layers == [Layer(IDENTITY, {})]


def test_provisioned_version(world: World) -> None:
    """The version counts that is provisioned in the account."""
    world.change_permission_set("Administrator", policy="")
    outdated = caller(world, PROD, "Administrator")
    world.provision("Administrator", PROD)
    latest = caller(world, PROD, "Administrator")
    found = [each.decide("s3:GetObject", "*") for each in (outdated, latest)]
    assert found == [Decision(True, IDENTITY, False), Decision(False, IDENTITY, False)]


def test_boundary_arn(world: World) -> None:
    """The boundary is a policy of the account, or an AWS-managed one, or there is none."""
    arns = [caller(world, PROD, each).boundary_arn for each in ("Developer", "Administrator")]
    world.add_permission_set(replace(DEVELOPER, boundary=aws_policies.arn("PowerUserAccess")))
    arns.append(caller(world, PROD, "Developer").boundary_arn)
    assert arns == [
        f"arn:aws:iam::{PROD}:policy/developer-boundary",
        "",
        "arn:aws:iam::aws:policy/PowerUserAccess",
    ]


def test_require(world: World) -> None:
    """What a role may not do is an error, whose message says why."""
    developer = caller(world, PROD, "Developer")
    developer.require("s3:GetObject", "*")
    with pytest.raises(AwsError, match=r"with an explicit deny in an identity-based policy$") as caught:
        developer.require("s3:DeleteBucket", "*")
    assert (caught.value.code, caught.value.status) == ("AccessDenied", 403)


@pytest.mark.parametrize(("region", "path"), [("us-east-1", ""), ("eu-central-1", "eu-central-1/")])
def test_role_arn(world: World, region: str, path: str) -> None:
    """The path of the IAM role has the region, unless it is us-east-1."""
    world.region = region
    found = caller(world, PROD, "Developer")
    assert found.role_arn == f"arn:aws:iam::{PROD}:role/aws-reserved/sso.amazonaws.com/{path}{found.role_name}"
