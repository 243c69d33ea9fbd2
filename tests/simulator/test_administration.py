"""The instance and its permission sets, as the real boto3 reads them with role credentials."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import PermissionSet
from tests.fixtures.role_clients import DEVELOPER, GUARDRAIL, MANAGEMENT, RoleClients, instance_arn, store
from tests.fixtures.sdk import api_error, without_metadata

CREATED = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def admin(roles: RoleClients) -> Any:
    """sso-admin with the role of an administrator in the management account."""
    return roles.client("sso-admin")


def of(simulator: Simulator, name: str) -> dict[str, str]:
    """The parameters that name a permission set."""
    return {"InstanceArn": instance_arn(), "PermissionSetArn": simulator.world.permission_set_arn(name)}


def test_instance(admin: Any) -> None:
    """The instance belongs to the management account, and has one region."""
    found = without_metadata(admin.list_instances())["Instances"]
    facts = {
        "InstanceArn": instance_arn(),
        **store(),
        "IdentityStoreArn": f"arn:aws:identitystore::{MANAGEMENT}:identitystore/{store()['IdentityStoreId']}",
        "OwnerAccountId": MANAGEMENT,
        "CreatedDate": CREATED,
        "Status": "ACTIVE",
        "PrimaryRegion": "us-east-1",
        "Regions": [{"RegionName": "us-east-1", "Status": "ACTIVE", "AddedDate": CREATED, "IsPrimaryRegion": True}],
    }
    assert found == [facts]
    assert without_metadata(admin.describe_instance(InstanceArn=instance_arn())) == facts | {
        "EncryptionConfigurationDetails": {"KeyType": "AWS_OWNED_KMS_KEY", "EncryptionStatus": "ENABLED"},
        "PermissionSetsEnabled": True,
    }


def test_regions(roles: RoleClients) -> None:
    """In another region than its own, only ALL_REGIONS finds the instance; nothing else is answered there."""
    admin = roles.client("sso-admin", region="eu-central-1")
    scopes = [{}, {"RegionScope": "CURRENT_REGION"}, {"RegionScope": "ALL_REGIONS"}]
    found = [admin.list_instances(**each)["Instances"] for each in scopes]
    assert [[one["PrimaryRegion"] for one in each] for each in found] == [[], [], ["us-east-1"]]
    codes = [
        api_error(call, InstanceArn=instance_arn()).code
        for call in (admin.list_permission_sets, admin.describe_instance)
    ]
    assert codes == ["ResourceNotFoundException", "AccessDeniedException"]


def test_access_control_attributes(administered: Simulator, admin: Any) -> None:
    """The attributes for ABAC; without any, that is not set up."""
    call = admin.describe_instance_access_control_attribute_configuration
    assert without_metadata(call(InstanceArn=instance_arn())) == {
        "Status": "ENABLED",
        "InstanceAccessControlAttributeConfiguration": {
            "AccessControlAttributes": [{"Key": "team", "Value": {"Source": ["${path:enterprise.department}"]}}]
        },
    }
    administered.world.access_control_attributes.clear()
    assert api_error(call, InstanceArn=instance_arn()).code == "ResourceNotFoundException"


def test_permission_sets(administered: Simulator, admin: Any) -> None:
    """All of them, in pages."""
    world = administered.world
    pages = admin.get_paginator("list_permission_sets").paginate(
        InstanceArn=instance_arn(), PaginationConfig={"PageSize": 3}
    )
    arns = [world.permission_set_arn(each.name) for each in world.permission_sets]
    assert [page["PermissionSets"] for page in pages] == [arns[:3], arns[3:]]


def test_permission_set(administered: Simulator, admin: Any) -> None:
    """Everything that a permission set has."""
    developer = of(administered, "Developer")
    assert without_metadata(admin.describe_permission_set(**developer))["PermissionSet"] == {
        "Name": "Developer",
        "PermissionSetArn": developer["PermissionSetArn"],
        "Description": "Build and run services",
        "CreatedDate": CREATED,
        "SessionDuration": "PT4H",
        "RelayState": "https://console.aws.amazon.com/ec2",
    }
    managed = admin.list_managed_policies_in_permission_set(**developer)["AttachedManagedPolicies"]
    customer = admin.list_customer_managed_policy_references_in_permission_set(**developer)
    tags = admin.list_tags_for_resource(
        InstanceArn=developer["InstanceArn"], ResourceArn=developer["PermissionSetArn"]
    )
    assert (managed, customer["CustomerManagedPolicyReferences"], tags["Tags"]) == (
        [
            {"Name": "PowerUserAccess", "Arn": "arn:aws:iam::aws:policy/PowerUserAccess"},
            {"Name": "ViewOnlyAccess", "Arn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"},
        ],
        [{"Name": "deny-deletes", "Path": "/guardrails/"}],
        [{"Key": "owner", "Value": "platform"}, {"Key": "reviewed", "Value": "2026-09-01"}],
    )
    assert admin.get_inline_policy_for_permission_set(**developer)["InlinePolicy"] == GUARDRAIL
    assert admin.get_permissions_boundary_for_permission_set(**developer)["PermissionsBoundary"] == {
        "CustomerManagedPolicyReference": {"Name": "developer-boundary", "Path": "/"}
    }


def test_plain_permission_set(administered: Simulator, admin: Any) -> None:
    """What a permission set does not have is left out or empty; without a boundary, none is found."""
    nothing = of(administered, "Nothing")
    assert without_metadata(admin.describe_permission_set(**nothing))["PermissionSet"] == {
        "Name": "Nothing",
        "PermissionSetArn": nothing["PermissionSetArn"],
        "CreatedDate": CREATED,
        "SessionDuration": "PT1H",
    }
    assert (
        admin.list_managed_policies_in_permission_set(**nothing)["AttachedManagedPolicies"],
        admin.list_tags_for_resource(ResourceArn=nothing["PermissionSetArn"])["Tags"],
        admin.list_tags_for_resource(ResourceArn=instance_arn())["Tags"],
        admin.get_inline_policy_for_permission_set(**nothing)["InlinePolicy"],
        api_error(admin.get_permissions_boundary_for_permission_set, **nothing).code,
    ) == ([], [], [], "", "ResourceNotFoundException")


def test_latest_version(administered: Simulator, admin: Any) -> None:
    """An administrator sees the latest version, with an AWS-managed policy as its boundary."""
    boundary = aws_policies.arn("PowerUserAccess")
    administered.world.change_permission_set("Developer", session_hours=12, boundary=boundary)
    developer = of(administered, "Developer")
    assert admin.describe_permission_set(**developer)["PermissionSet"]["SessionDuration"] == "PT12H"
    assert admin.get_permissions_boundary_for_permission_set(**developer)["PermissionsBoundary"] == {
        "ManagedPolicyArn": boundary
    }


def test_unknown(administered: Simulator, admin: Any) -> None:
    """Another instance, and a permission set that was deleted or belongs to another instance, are not found."""
    deleted = of(administered, "Spare")
    administered.world.delete_permission_set("Spare")
    other = identifiers.instance_arn("999999999999")
    foreign = identifiers.permission_set_arn(identifiers.instance_id("999999999999"), "Developer", 1)
    codes = [
        api_error(admin.describe_permission_set, **deleted).code,
        api_error(admin.describe_permission_set, InstanceArn=instance_arn(), PermissionSetArn=foreign).code,
        api_error(admin.describe_permission_set, **of(administered, "Developer") | {"InstanceArn": other}).code,
        api_error(admin.list_permission_sets, InstanceArn=other).code,
        api_error(admin.list_tags_for_resource, ResourceArn=foreign).code,
    ]
    assert codes == ["ResourceNotFoundException"] * 5
    administered.world.add_permission_set(PermissionSet("Spare"))
    assert of(administered, "Spare") != deleted
    assert DEVELOPER in administered.world.permission_sets
