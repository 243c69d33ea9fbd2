"""Service control policies of an organization, as the real boto3 reads them with role credentials."""

import json
from typing import Any

import pytest

from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account
from tests.fixtures.role_clients import AUDIT, DEV, GUARDRAIL, MANAGEMENT, PROD, RoleClients
from tests.fixtures.sdk import api_error, without_metadata

ID, ROOT = identifiers.organization_id(MANAGEMENT), identifiers.root_id(MANAGEMENT)
FILTER = {"Filter": "SERVICE_CONTROL_POLICY"}
LIMITS = {
    "Id": "p-limits0001",
    "Arn": f"arn:aws:organizations::{MANAGEMENT}:policy/{ID}/service_control_policy/p-limits0001",
    "Name": "Limits",
    "Type": "SERVICE_CONTROL_POLICY",
    "AwsManaged": False,
}
FULL_ACCESS = {
    "Id": "p-FullAWSAccess",
    "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    "Name": "FullAWSAccess",
    "Type": "SERVICE_CONTROL_POLICY",
    "AwsManaged": True,
}


@pytest.fixture
def organizations(administered: Simulator, roles: RoleClients) -> Any:
    """AWS Organizations with the role of an administrator in the management account, where policies are enabled."""
    administered.world.service_control_policy = GUARDRAIL
    return roles.client("organizations")


def unit(path: str) -> str:
    """The id of an organizational unit."""
    return identifiers.organizational_unit_id(MANAGEMENT, path)


def attached(organizations: Any, target: str) -> list[dict[str, Any]]:
    """The policies that are attached to a root, a unit or an account."""
    found: list[dict[str, Any]] = organizations.list_policies_for_target(TargetId=target, **FILTER)["Policies"]
    return found


def test_parents(organizations: Any) -> None:
    """An account is in a unit, a unit in another one or in the root, and the management account in the root."""
    children = (MANAGEMENT, AUDIT, PROD, unit("/workloads/prod"), unit("/workloads"), unit("/security"))
    found = [without_metadata(organizations.list_parents(ChildId=each)) for each in children]
    root = {"Id": ROOT, "Type": "ROOT"}
    units = [
        {"Id": unit(path), "Type": "ORGANIZATIONAL_UNIT"} for path in ("/security", "/workloads/prod", "/workloads")
    ]
    assert found == [{"Parents": [each]} for each in (root, *units, root, root)]


def test_attached(organizations: Any) -> None:
    """The policy of the organization is attached to the root; everything below has the one that AWS made."""
    targets = (ROOT, unit("/workloads"), unit("/workloads/dev"), DEV, MANAGEMENT)
    assert [attached(organizations, each) for each in targets] == [[LIMITS], *[[FULL_ACCESS]] * 4]


def test_not_enabled(administered: Simulator, organizations: Any) -> None:
    """Where policies are not enabled, none is attached, nor is one of another type."""
    others = ("TAG_POLICY", "RESOURCE_CONTROL_POLICY")
    listing = organizations.list_policies_for_target
    assert [listing(TargetId=ROOT, Filter=each)["Policies"] for each in others] == [[], []]
    administered.world.service_control_policy = ""
    assert [attached(organizations, each) for each in (ROOT, DEV)] == [[], []]


def test_policy(organizations: Any) -> None:
    """The document of each policy."""
    found = [organizations.describe_policy(PolicyId=each["Id"])["Policy"] for each in (LIMITS, FULL_ACCESS)]
    assert found == [
        {"PolicySummary": LIMITS, "Content": GUARDRAIL},
        {"PolicySummary": FULL_ACCESS, "Content": aws_policies.EVERYTHING},
    ]
    assert json.loads(aws_policies.EVERYTHING)["Statement"][0]["Action"] == ["*"]


def test_new_account(administered: Simulator, organizations: Any) -> None:
    """An account that joins a unit has a parent and policies at once."""
    administered.world.add_account(Account("777788889999", ou="/new/team"))
    parents = organizations.list_parents(ChildId="777788889999")["Parents"]
    assert parents == [{"Id": unit("/new/team"), "Type": "ORGANIZATIONAL_UNIT"}]
    assert attached(organizations, "777788889999") == [FULL_ACCESS]


@pytest.mark.parametrize(
    ("operation", "parameter", "values", "code"),
    [
        ("list_parents", "ChildId", ("999999999999", "ou-aaaa-bbbbbbbb"), "ChildNotFoundException"),
        (
            "list_policies_for_target",
            "TargetId",
            ("999999999999", "ou-aaaa-bbbbbbbb", "r-zzzz"),
            "TargetNotFoundException",
        ),
        ("describe_policy", "PolicyId", ("p-unknown00",), "PolicyNotFoundException"),
        ("list_parents", "ChildId", (ROOT, "prod"), "InvalidInputException"),
        ("list_policies_for_target", "TargetId", ("prod",), "InvalidInputException"),
        ("describe_policy", "PolicyId", ("limits",), "InvalidInputException"),
    ],
)
def test_unknown(organizations: Any, operation: str, parameter: str, values: tuple[str, ...], code: str) -> None:
    """What there is not is not found, what is malformed is invalid; a root has no parent."""
    more = FILTER if operation == "list_policies_for_target" else {}
    call = getattr(organizations, operation)
    assert [api_error(call, **{parameter: each}, **more).code for each in values] == [code] * len(values)


def test_policy_that_is_not_enabled(administered: Simulator, organizations: Any) -> None:
    """The policy of an organization that has none is not found; the one that AWS made is."""
    administered.world.service_control_policy = ""
    assert api_error(organizations.describe_policy, PolicyId="p-limits0001").code == "PolicyNotFoundException"
    assert organizations.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["PolicySummary"] == FULL_ACCESS
