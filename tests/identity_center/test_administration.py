"""The administration of IAM Identity Center: each answer, what is not there, and lists of several pages."""

from collections.abc import Callable

import pytest

from ssohelper.errors import AccessDenied, NotFound
from ssohelper.identity_center.admin_service import IDENTITY_CENTER
from ssohelper.identity_center.administration import Administration
from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.entities import CREATED
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, Principal, User, World
from tests.fixtures.admin_services import AdminServices, raised, response
from tests.fixtures.role_clients import AUDIT, DEV, GUARDRAIL, MANAGEMENT, PROD, instance_arn, store

INSTANCE = instance_arn()
ANN, BOB, DEVELOPERS = Principal.user("ann@example.com"), Principal.user("bob"), Principal.group("developers")
FACTS = {
    "arn": INSTANCE,
    "identity_store_id": store()["IdentityStoreId"],
    "owner_account_id": MANAGEMENT,
    "region": "us-east-1",
}
Ask = Callable[[Administration, str], object]


@pytest.fixture
def administration(services: AdminServices) -> Administration:
    """The administration, as an administrator reads it."""
    return Administration(services.service(IDENTITY_CENTER))


@pytest.fixture
def world(administered: Simulator) -> World:
    """The company."""
    return administered.world


@pytest.fixture
def developer(world: World) -> str:
    """The ARN of a permission set that has everything that one can have."""
    return world.permission_set_arn("Developer")


def test_instances(services: AdminServices, administration: Administration) -> None:
    """The instance is in its region, and found from any other one."""
    assert (administration.instances(), administration.instances(everywhere=True)) == ([FACTS], [FACTS])
    elsewhere = Administration(services.service(IDENTITY_CENTER, region="eu-west-1"))
    assert (elsewhere.instances(), elsewhere.instances(everywhere=True)) == ([], [FACTS])


def test_instance_without_facts(administered: Simulator, administration: Administration) -> None:
    """An older service says neither who owns an instance nor which region is its primary one."""
    instance = {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1"}
    administered.faults.add("sso-admin:ListInstances", response({"Instances": [instance]}))
    unknown = {"owner_account_id": None, "region": None}
    assert administration.instances() == [{"arn": INSTANCE, "identity_store_id": "d-1", **unknown}]


def test_attributes(world: World, administration: Administration) -> None:
    """The attributes for access control; none where that is not set up."""
    assert administration.attributes(INSTANCE) == ["team"]
    world.access_control_attributes.clear()
    assert administration.attributes(INSTANCE) == []


def test_permission_sets(administered: Simulator, administration: Administration) -> None:
    """All permission sets, a hundred in a page."""
    world = administered.world
    for number in range(100):
        world.add_permission_set(PermissionSet(f"Set{number}"))
    expected = [world.permission_set_arn(each.name) for each in world.permission_sets]
    found = administration.permission_sets(INSTANCE)
    assert (found, administered.counters.calls["sso-admin:ListPermissionSets"]) == (expected, 2)


def test_permission_set(administration: Administration, developer: str) -> None:
    """Everything that a permission set can have."""
    assert administration.describe(INSTANCE, developer) == {
        "name": "Developer",
        "description": "Build and run services",
        "created": CREATED,
        "session_seconds": 4 * 3600,
        "relay_state": "https://console.aws.amazon.com/ec2",
    }
    policies = [aws_policies.arn("PowerUserAccess"), aws_policies.arn("job-function/ViewOnlyAccess")]
    assert administration.managed_policies(INSTANCE, developer) == policies
    assert administration.customer_managed_policies(INSTANCE, developer) == [["/guardrails/", "deny-deletes"]]
    assert administration.inline_policy(INSTANCE, developer) == GUARDRAIL
    assert administration.boundary(INSTANCE, developer) == ["/", "developer-boundary"]
    assert administration.tags(INSTANCE, developer) == {"owner": "platform", "reviewed": "2026-09-01"}


def test_empty_permission_set(world: World, administration: Administration) -> None:
    """A permission set that has nothing: no description, no policy, no boundary, no tag, no role."""
    world.add_permission_set(PermissionSet("Empty", policy=""))
    empty = world.permission_set_arn("Empty")
    expected = {"description": "", "created": CREATED, "session_seconds": 3600, "relay_state": ""}
    assert administration.describe(INSTANCE, empty) == {"name": "Empty", **expected}
    assert (administration.inline_policy(INSTANCE, empty), administration.boundary(INSTANCE, empty)) == ("", "")
    found = (
        administration.managed_policies(INSTANCE, empty),
        administration.customer_managed_policies(INSTANCE, empty),
        administration.tags(INSTANCE, empty),
        administration.provisioned_accounts(INSTANCE, empty),
        administration.assignments(INSTANCE, empty, PROD),
    )
    assert found == ([], [], {}, [], [])


def test_managed_boundary(world: World, administration: Administration, developer: str) -> None:
    """A boundary that AWS manages is an ARN."""
    world.change_permission_set("Developer", boundary=aws_policies.arn("ReadOnlyAccess"))
    assert administration.boundary(INSTANCE, developer) == aws_policies.arn("ReadOnlyAccess")


def test_reference_without_path(administered: Simulator, administration: Administration, developer: str) -> None:
    """A customer-managed policy without a path is at the top."""
    references = {"CustomerManagedPolicyReferences": [{"Name": "deny-deletes"}]}
    operation = "sso-admin:ListCustomerManagedPolicyReferencesInPermissionSet"
    administered.faults.add(operation, response(references))
    assert administration.customer_managed_policies(INSTANCE, developer) == [["/", "deny-deletes"]]


def test_deleted_permission_set(world: World, administration: Administration, developer: str) -> None:
    """A permission set that was deleted meanwhile is not found, which is not the same as one without a policy."""
    world.delete_permission_set("Developer")
    asks: list[Callable[[], object]] = [
        lambda: administration.describe(INSTANCE, developer),
        lambda: administration.inline_policy(INSTANCE, developer),
        lambda: administration.provisioned_accounts(INSTANCE, developer),
    ]
    found = [(type(error), str(error)) for error in map(raised, asks)]
    assert found == [(NotFound, "IAM Identity Center returned ResourceNotFoundException")] * 3


def test_many_tags(administered: Simulator, administration: Administration, developer: str) -> None:
    """Tags have pages, too, although their size cannot be chosen."""
    tags = {f"tag-{number}": "" for number in range(101)}
    administered.world.change_permission_set("Developer", tags=tags)
    found = administration.tags(INSTANCE, developer)
    assert (found, administered.counters.calls["sso-admin:ListTagsForResource"]) == (tags, 2)


def test_provisioned(world: World, administration: Administration, developer: str) -> None:
    """Where a permission set has a role, and which permission sets an account has a role of; where it is outdated."""
    administrator = world.permission_set_arn("Administrator")

    def found(*, outdated: bool) -> tuple[list[str], list[str]]:
        accounts = administration.provisioned_accounts(INSTANCE, developer, outdated=outdated)
        return accounts, administration.provisioned_sets(INSTANCE, PROD, outdated=outdated)

    assert (found(outdated=False), found(outdated=True)) == (([PROD, DEV], [administrator, developer]), ([], []))
    world.change_permission_set("Developer", session_hours=8)
    world.provision("Developer", DEV)
    assert (found(outdated=False), found(outdated=True)) == (
        ([PROD, DEV], [administrator, developer]),
        ([PROD], [developer]),
    )


def test_many_accounts_and_principals(administered: Simulator, administration: Administration) -> None:
    """Roles and assignments have a hundred in a page."""
    world, account_ids = administered.world, [f"{number:012}" for number in range(101)]
    for each in account_ids:
        world.add_account(Account(each))
        world.assign(each, "Spare", group="developers")
        world.add_user(User(each, frozenset({(PROD, "Spare")})))
    spare = world.permission_set_arn("Spare")
    in_order = [PROD, *account_ids]  # PROD was there before
    assert administration.provisioned_accounts(INSTANCE, spare) == in_order
    users = [["USER", identifiers.user_id(each)] for each in account_ids]
    assert administration.assignments(INSTANCE, spare, PROD) == users
    developer = [[world.permission_set_arn("Developer"), each, *DEVELOPERS] for each in (PROD, DEV)]
    of_group = [[spare, each, *DEVELOPERS] for each in account_ids]
    assert administration.assignments_of(INSTANCE, *DEVELOPERS) == developer + of_group
    operations = (
        "ListAccountsForProvisionedPermissionSet",
        "ListAccountAssignments",
        "ListAccountAssignmentsForPrincipal",
    )
    assert [administered.counters.calls[f"sso-admin:{each}"] for each in operations] == [2, 2, 2]


def test_assignments(world: World, administration: Administration, developer: str) -> None:
    """Who has a permission set in an account, those who were deleted included."""
    world.add_user(User("leaver", frozenset({(PROD, "Developer")})))
    world.delete_user("leaver")
    gone = Principal.user("leaver")
    assert administration.assignments(INSTANCE, developer, PROD) == [[*DEVELOPERS], [*gone]]
    assert administration.assignments(INSTANCE, developer, DEV) == [[*DEVELOPERS]]


def test_assignments_of(world: World, administration: Administration, developer: str) -> None:
    """A user's assignments include those of their groups, as the group's; an account limits them."""
    administrator, nothing = (world.permission_set_arn(each) for each in ("Administrator", "Nothing"))
    of_group = [[developer, each, *DEVELOPERS] for each in (PROD, DEV)]
    assert administration.assignments_of(INSTANCE, *DEVELOPERS) == of_group
    assert administration.assignments_of(INSTANCE, *ANN) == [
        [administrator, MANAGEMENT, *ANN],
        [nothing, MANAGEMENT, *ANN],
        [administrator, AUDIT, *ANN],
        [administrator, PROD, *ANN],
        *of_group,
    ]
    assert administration.assignments_of(INSTANCE, *ANN, PROD) == [[administrator, PROD, *ANN], of_group[0]]
    assert administration.assignments_of(INSTANCE, *BOB, MANAGEMENT) == []


@pytest.mark.parametrize("kind", ["assignment", "removal", "provisioning"])
def test_requests(world: World, administration: Administration, developer: str, kind: str) -> None:
    """Requests that failed or are in progress, and everything about one of them; others are not listed."""
    created = CREATED + 60
    gone, change = Principal.user("gone"), Change(kind)
    if change is Change.PROVISIONING:
        world.change_permission_set("Developer", customer_managed_policies=("/missing",))
        world.provision("Developer", DEV, created=created)
    else:
        request = world.request_assignment if change is Change.ASSIGNMENT else world.request_removal
        request(DEV, "Developer", DEVELOPERS, created=created)
        request(DEV, "Developer", gone, created=created)
    failed = world.requests(change)[-1]
    world.provisioning_seconds = 2**40
    world.provision("Developer", PROD, created=created)
    assert administration.requests(INSTANCE, kind, "FAILED") == [[failed.id, created]]
    in_progress = [[each.id, created] for each in world.requests(change) if each.pending]
    assert len(in_progress) == (change is Change.PROVISIONING)
    assert administration.requests(INSTANCE, kind, "IN_PROGRESS") == in_progress
    principal = (None, None) if change is Change.PROVISIONING else gone
    assert administration.request(INSTANCE, kind, failed.id) == {
        "status": "FAILED",
        "created": created,
        "permission_set": developer,
        "account_id": DEV,
        "principal_type": principal[0],
        "principal_id": principal[1],
        "reason": failed.failure_reason,
    }
    assert failed.failure_reason.startswith("Received a 404 status error: ")


def test_request_for_all_accounts(world: World, administration: Administration, developer: str) -> None:
    """A request that succeeded has no reason; one for all accounts names none."""
    request_id = world.provision("Developer", created=CREATED)
    assert administration.request(INSTANCE, "provisioning", request_id) == {
        "status": "SUCCEEDED",
        "created": CREATED,
        "permission_set": developer,
        **dict.fromkeys(("account_id", "principal_type", "principal_id", "reason")),
    }
    assert administration.requests(INSTANCE, "provisioning", "FAILED") == []


# Each listing, and the operation that it calls.
LISTINGS: dict[str, Ask] = {
    "ListInstances": lambda asked, _: asked.instances(),
    "ListPermissionSets": lambda asked, _: asked.permission_sets(INSTANCE),
    "ListManagedPoliciesInPermissionSet": lambda asked, arn: asked.managed_policies(INSTANCE, arn),
    "ListCustomerManagedPolicyReferencesInPermissionSet": lambda asked, arn: asked.customer_managed_policies(
        INSTANCE, arn
    ),
    "ListTagsForResource": lambda asked, arn: asked.tags(INSTANCE, arn),
    "ListAccountsForProvisionedPermissionSet": lambda asked, arn: asked.provisioned_accounts(INSTANCE, arn),
    "ListPermissionSetsProvisionedToAccount": lambda asked, _: asked.provisioned_sets(INSTANCE, PROD),
    "ListAccountAssignments": lambda asked, arn: asked.assignments(INSTANCE, arn, PROD),
    "ListAccountAssignmentsForPrincipal": lambda asked, _: asked.assignments_of(INSTANCE, *ANN),
    "ListAccountAssignmentCreationStatus": lambda asked, _: asked.requests(INSTANCE, "assignment", "FAILED"),
    "ListAccountAssignmentDeletionStatus": lambda asked, _: asked.requests(INSTANCE, "removal", "FAILED"),
    "ListPermissionSetProvisioningStatus": lambda asked, _: asked.requests(INSTANCE, "provisioning", "FAILED"),
}


def test_empty_pages(administered: Simulator, administration: Administration, developer: str) -> None:
    """No listing ends with an empty page that goes on."""
    world = administered.world
    world.request_assignment(PROD, "Developer", Principal.user("gone"))
    world.request_removal(PROD, "Developer", BOB)
    world.change_permission_set("Developer", customer_managed_policies=("/guardrails/deny-deletes", "/missing"))
    world.provision("Developer")
    whole = {operation: ask(administration, developer) for operation, ask in LISTINGS.items()}
    assert all(whole.values())
    for operation in LISTINGS:
        administered.faults.add(f"sso-admin:{operation}", Fault.empty_page(), 2)
    assert {operation: ask(administration, developer) for operation, ask in LISTINGS.items()} == whole
    assert administered.faults.active == ()


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT8H", 28800),
        ("PT1H30M", 5400),
        ("PT90M", 5400),
        ("PT0H30M1S", 1801),
        ("PT43200S", 43200),
        ("3600", 3600),
        (None, None),
    ],
)
def test_session_duration(
    administered: Simulator, administration: Administration, developer: str, duration: str | None, seconds: int | None
) -> None:
    """A duration has hours, minutes or seconds, or is a number; without one, it is not known."""
    members = {"PermissionSetArn": developer, "Name": "Developer", "SessionDuration": duration}
    administered.faults.add("sso-admin:DescribePermissionSet", response({"PermissionSet": members}))
    expected = {"description": "", "created": None, "session_seconds": seconds, "relay_state": ""}
    assert administration.describe(INSTANCE, developer) == {"name": "Developer", **expected}


def test_denied(administered: Simulator, administration: Administration, developer: str) -> None:
    """What is denied is not taken for what is not there."""
    administered.faults.add("*", Fault.denied(), None)
    asks: dict[str, Callable[[], object]] = {
        "DescribeInstanceAccessControlAttributeConfiguration": lambda: administration.attributes(INSTANCE),
        "GetPermissionsBoundaryForPermissionSet": lambda: administration.boundary(INSTANCE, developer),
        "GetInlinePolicyForPermissionSet": lambda: administration.inline_policy(INSTANCE, developer),
        "ListAccountAssignments": lambda: administration.assignments(INSTANCE, developer, PROD),
    }
    errors = [raised(each) for each in asks.values()]
    assert [(type(each), str(each)) for each in errors] == [
        (AccessDenied, f"sso:{operation} is not allowed") for operation in asks
    ]
