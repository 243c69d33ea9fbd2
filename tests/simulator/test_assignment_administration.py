"""Assignments, provisioned accounts and requests, as the real boto3 reads them with role credentials."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Principal, User
from tests.fixtures.role_clients import AUDIT, DEV, MANAGEMENT, PROD, RoleClients, instance_arn
from tests.fixtures.sdk import api_error, without_metadata

ANN, DEVELOPERS = Principal.user("ann@example.com"), Principal.group("developers")
LATEST, OLDER = "LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"
INSTANCE = {"InstanceArn": instance_arn()}


@pytest.fixture
def admin(roles: RoleClients) -> Any:
    """sso-admin with the role of an administrator in the management account."""
    return roles.client("sso-admin")


def arn(simulator: Simulator, name: str) -> dict[str, str]:
    """The parameters that name a permission set."""
    return INSTANCE | {"PermissionSetArn": simulator.world.permission_set_arn(name)}


def row(simulator: Simulator, account_id: str, name: str, principal: Principal) -> dict[str, str]:
    """An assignment as AWS shows it."""
    return {
        "AccountId": account_id,
        "PermissionSetArn": simulator.world.permission_set_arn(name),
        "PrincipalType": principal.type,
        "PrincipalId": principal.id,
    }


def of_principal(admin: Any, principal: Principal, **only: Any) -> list[dict[str, str]]:
    """The assignments of a user or a group."""
    found: list[dict[str, str]] = admin.list_account_assignments_for_principal(
        **INSTANCE, PrincipalId=principal.id, PrincipalType=principal.type, **only
    )["AccountAssignments"]
    return found


def test_provisioned(administered: Simulator, admin: Any) -> None:
    """The accounts of a permission set and the sets of an account, with the latest version or an older one."""
    administered.world.change_permission_set("Developer", session_hours=8)
    administered.world.provision("Developer", DEV)
    developer = arn(administered, "Developer")
    statuses = [{}, {"ProvisioningStatus": LATEST}, {"ProvisioningStatus": OLDER}]
    accounts = [
        admin.list_accounts_for_provisioned_permission_set(**developer, **each)["AccountIds"] for each in statuses
    ]
    assert accounts == [[PROD, DEV], [DEV], [PROD]]
    sets = [
        admin.list_permission_sets_provisioned_to_account(**INSTANCE, AccountId=PROD, **each)["PermissionSets"]
        for each in statuses
    ]
    administrator = administered.world.permission_set_arn("Administrator")
    assert sets == [
        [administrator, developer["PermissionSetArn"]],
        [administrator],
        [developer["PermissionSetArn"]],
    ]
    spare = arn(administered, "Spare")
    assert admin.list_accounts_for_provisioned_permission_set(**spare)["AccountIds"] == []


def test_assignments(administered: Simulator, admin: Any) -> None:
    """Who is assigned a permission set in an account: direct assignments, those of groups, and of who is gone."""
    world = administered.world
    world.add_user(User("leaver"))
    for user in ("leaver", "bob"):
        world.assign(PROD, "Developer", user)
    world.delete_user("leaver")
    found = admin.list_account_assignments(**arn(administered, "Developer"), AccountId=PROD)["AccountAssignments"]
    principals = (DEVELOPERS, Principal.user("leaver"), Principal.user("bob"))
    assert found == [row(administered, PROD, "Developer", each) for each in principals]
    gone = {"PrincipalId": Principal.user("leaver").id, "PrincipalType": "USER"}
    code = api_error(admin.list_account_assignments_for_principal, **INSTANCE, **gone).code
    assert code == "ResourceNotFoundException"


def test_nobody(administered: Simulator, admin: Any) -> None:
    """A pair that is provisioned and one that is not may have no assignments; other accounts are unknown."""
    administered.world.provision("Spare", PROD)
    spare = arn(administered, "Spare")
    assert [
        admin.list_account_assignments(**spare, AccountId=each)["AccountAssignments"] for each in (PROD, DEV)
    ] == [[], []]
    assert admin.list_accounts_for_provisioned_permission_set(**spare)["AccountIds"] == [PROD]
    code = api_error(admin.list_account_assignments, **spare, AccountId="999999999999").code
    assert code == "ResourceNotFoundException"


def test_assignments_of_principal(administered: Simulator, admin: Any) -> None:
    """A user's assignments include those of their groups, under the name of the group."""
    developer = [row(administered, each, "Developer", DEVELOPERS) for each in (PROD, DEV)]
    own = [
        row(administered, *pair, ANN)
        for pair in (
            (MANAGEMENT, "Administrator"),
            (MANAGEMENT, "Nothing"),
            (AUDIT, "Administrator"),
            (PROD, "Administrator"),
        )
    ]
    assert (of_principal(admin, DEVELOPERS), of_principal(admin, ANN)) == (developer, own + developer)
    in_prod = [each for each in own + developer if each["AccountId"] == PROD]
    assert of_principal(admin, ANN, Filter={"AccountId": PROD}) == in_prod
    assert of_principal(admin, Principal.group("guests")) == []


def test_portal_agrees(administered: Simulator, roles: RoleClients, admin: Any) -> None:
    """The roles that a user sees in the portal are those that an administrator sees assigned to them."""
    token = administered.sign_in("ann@example.com").access_token
    portal = roles.boto.client("sso", endpoint_url=administered.url)
    seen = {
        (account["accountId"], role["roleName"])
        for account in portal.list_accounts(accessToken=token)["accountList"]
        for role in portal.list_account_roles(accessToken=token, accountId=account["accountId"])["roleList"]
    }
    portal.close()
    names = {
        administered.world.permission_set_arn(each.name): each.name for each in administered.world.permission_sets
    }
    assert seen == {(each["AccountId"], names[each["PermissionSetArn"]]) for each in of_principal(admin, ANN)}


def test_only_in_the_management_account(roles: RoleClients) -> None:
    """A delegated administrator may list assignments by pair, but not by principal."""
    delegated = roles.client("sso-admin", account_id=AUDIT)
    error = api_error(
        delegated.list_account_assignments_for_principal, **INSTANCE, PrincipalId=ANN.id, PrincipalType="USER"
    )
    assert (error.code, error.status) == ("AccessDeniedException", 400)
    assert delegated.list_account_assignments(**arn(roles.simulator, "Developer"), AccountId=PROD)[
        "AccountAssignments"
    ]


def test_requests(administered: Simulator, admin: Any) -> None:
    """Requests are listed by status, and each one says what it is about and why it failed."""
    world, developer = administered.world, administered.world.permission_set_arn("Developer")
    gone = Principal.user("gone")
    now = float(int(administered.clock()))
    done = world.request_assignment(DEV, "Developer", ANN, created=now)
    failed = world.request_assignment(DEV, "Developer", gone, created=now)
    removed = world.request_removal(DEV, "Developer", ANN, created=now)
    world.provisioning_seconds = 60
    everywhere = world.provision("Developer", created=now)
    created = {"CreatedDate": datetime.fromtimestamp(now, UTC)}
    listing = admin.list_account_assignment_creation_status
    statuses = [{}, *({"Filter": {"Status": each}} for each in ("SUCCEEDED", "FAILED", "IN_PROGRESS"))]
    listed = [
        [each["RequestId"] for each in listing(**INSTANCE, **each)["AccountAssignmentsCreationStatus"]]
        for each in statuses
    ]
    assert listed == [[done, failed], [done], [failed], []]
    described = admin.describe_account_assignment_creation_status(
        **INSTANCE, AccountAssignmentCreationRequestId=failed
    )
    about = {"TargetId": DEV, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": developer, "PrincipalType": "USER"}
    assert described["AccountAssignmentCreationStatus"] == about | created | {
        "Status": "FAILED",
        "RequestId": failed,
        "PrincipalId": gone.id,
        "FailureReason": world.requests(Change.ASSIGNMENT)[1].failure_reason,
    }
    deletion = admin.describe_account_assignment_deletion_status(
        **INSTANCE, AccountAssignmentDeletionRequestId=removed
    )
    expected = {"Status": "SUCCEEDED", "RequestId": removed, "PrincipalId": ANN.id}
    assert deletion["AccountAssignmentDeletionStatus"] == about | created | expected
    assert admin.list_permission_set_provisioning_status(**INSTANCE)["PermissionSetsProvisioningStatus"] == [
        created | {"Status": "IN_PROGRESS", "RequestId": everywhere}
    ]


def test_provisioning_requests(administered: Simulator, admin: Any) -> None:
    """A request for one account names it; an unknown request, or one of another kind, is not found."""
    world = administered.world
    ids = [world.provision("Developer", DEV), world.provision("Developer")]
    describe = admin.describe_permission_set_provisioning_status
    found = [
        without_metadata(describe(**INSTANCE, ProvisionPermissionSetRequestId=each))[
            "PermissionSetProvisioningStatus"
        ]
        for each in ids
    ]
    assert [(each["Status"], each.get("AccountId")) for each in found] == [("SUCCEEDED", DEV), ("SUCCEEDED", None)]
    error = api_error(
        admin.describe_account_assignment_creation_status, **INSTANCE, AccountAssignmentCreationRequestId=ids[0]
    )
    assert error.code == "ResourceNotFoundException"
