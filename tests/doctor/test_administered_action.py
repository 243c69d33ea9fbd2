"""Whether a permission set allows an action, as IAM simulates its policies with what limits them."""

import json
from typing import Any

import pytest

from ssohelper.simulator import administered, aws_policies
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

WORDS = ("--user", "ann@example.com", "--account", "sandbox", "--role", "Developer")
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
READ_ONLY = aws_policies.arn("ReadOnlyAccess")


ANY = " (simulated for all resources: name one with --resource)"
CASES: dict[str, tuple[dict[str, Any], str, bool | None]] = {
    "allowed": ({"boundary": ""}, f"s3:PutObject is allowed{ANY}", True),
    "not allowed": (
        {"boundary": "", "managed_policies": (READ_ONLY,)},
        "s3:PutObject: no policy of the permission set allows it",
        False,
    ),
    "denied": ({"boundary": "", "policy": DENY}, "s3:PutObject: a statement of the permission set denies it", False),
    "boundary": ({"boundary": READ_ONLY}, "s3:PutObject: the permissions boundary does not allow it", False),
    "not read": (
        {},
        "s3:PutObject: its policies allow it; not checked: the permissions boundary /boundaries/developer",
        None,
    ),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("changes", "detail", "works"), CASES.values(), ids=list(CASES))
def test_decision(
    administrator: Home, well_run: Simulator, changes: dict[str, Any], detail: str, works: bool | None
) -> None:
    """The step says which policy decides; what could not be read leaves it open."""
    well_run.world.change_permission_set("Developer", provision=True, **changes)
    report = json.loads(administrator.ssohelper("why", *WORDS, "--action", "s3:PutObject", "--json").stdout)
    assert (report["steps"][-1], report["works"]) == ({"name": "action", "detail": detail, "ok": works}, works)


@pytest.mark.full
def test_conditions(administrator: Home, well_run: Simulator) -> None:
    """A decision that depends on conditions is unknown, not a denial."""
    tagged = administered.policy_of("s3:PutObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    changes = {"policy": tagged, "managed_policies": (), "boundary": ""}
    well_run.world.change_permission_set("Developer", provision=True, **changes)
    report = json.loads(administrator.ssohelper("why", *WORDS, "--action", "s3:PutObject", "--json").stdout)
    detail = "s3:PutObject: depends on conditions that are not known here (aws:PrincipalTag/team)"
    assert (report["steps"][-1]["detail"], report["works"]) == (detail, None)


@pytest.mark.full
def test_some_resources(administrator: Home, well_run: Simulator) -> None:
    """What is allowed on some resources is not denied: without one, the decision is open."""
    policy = administered.policy_of("s3:PutObject", resource="arn:aws:s3:::reports/*")
    changes = {"policy": policy, "managed_policies": (), "boundary": ""}
    well_run.world.change_permission_set("Developer", provision=True, **changes)
    words = (*WORDS, "--action", "s3:PutObject", "--json")
    report = json.loads(administrator.ssohelper("why", *words).stdout)
    detail = "s3:PutObject: not allowed on every resource: name one with --resource"
    assert (report["steps"][-1]["detail"], report["works"]) == (detail, None)
    for resource, works in (("arn:aws:s3:::reports/a", True), ("arn:aws:s3:::other/a", False)):
        report = json.loads(administrator.ssohelper("why", *words, "--resource", resource).stdout)
        assert report["works"] is works


@pytest.mark.full
def test_older_version(administrator: Home, well_run: Simulator) -> None:
    """Where the account has an older version, the decision is not for that one."""
    well_run.world.change_permission_set("Developer", boundary="")
    report = json.loads(administrator.ssohelper("why", *WORDS, "--action", "s3:PutObject", "--json").stdout)
    assert report["steps"][-1]["detail"].startswith("by the latest version, which the account does not have: s3:")
    assert report["works"] is None


def test_policies(administrator: Home, well_run: Simulator) -> None:
    """The policies that were read are named."""
    well_run.world.change_permission_set("Developer", provision=True, boundary=READ_ONLY, policy=DENY)
    report = json.loads(administrator.ssohelper("why", *WORDS, "--action", "ec2:RunInstances", "--json").stdout)
    steps = {each["name"]: each["detail"] for each in report["steps"]}
    assert steps["policies"] == "inline policy, PowerUserAccess, permissions boundary ReadOnlyAccess"


@pytest.mark.full
def test_service_control_policy(administrator: Home, well_run: Simulator) -> None:
    """A service control policy limits member accounts, and not the management account."""
    only_ec2 = administered.policy_of("ec2:*")
    well_run.world.change_permission_set("Developer", provision=True, boundary="")
    well_run.world.service_control_policy = only_ec2
    report = json.loads(administrator.ssohelper("why", *WORDS, "--action", "s3:PutObject", "--json").stdout)
    assert report["steps"][-1]["detail"] == "s3:PutObject: a service control policy does not allow it"
    words = ("--user", "alex@example.com", "--account", "management", "--role", administered.READER)
    report = json.loads(administrator.ssohelper("why", *words, "--action", "sso:ListInstances", "--json").stdout)
    assert report["works"] is True
