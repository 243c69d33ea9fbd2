"""Responses that IAM Identity Center would not send to an administrator: nothing is made of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ssohelper.identity_center.admin_service import IDENTITY_CENTER
from ssohelper.identity_center.administration import Administration
from ssohelper.simulator import identifiers
from tests.fixtures.admin_responses import NOT_FREE, NOT_OPTIONAL, NOT_TEXT, NOT_TIME, Case, check
from tests.fixtures.admin_services import AdminServices, invalid
from tests.fixtures.role_clients import DEV, MANAGEMENT, PROD, instance_arn, store

INSTANCE, STORE = instance_arn(), store()["IdentityStoreId"]
SET = identifiers.permission_set_arn(identifiers.instance_id(MANAGEMENT), "Developer", 1)
USER, REQUEST = identifiers.uuid("user"), identifiers.uuid("request")
NOT_DURATION: Sequence[object] = (
    *("PT", "PTH", "P1D", "P1DT1H", "PT8h", "8H", "PT-1H", "PT1.5H", "PT\u0661H", "PT1H ", "PT1000H", "1000000"),
    *("x", 3600, ["PT1H"]),
)


def requests(kind: str) -> Callable[[Any], object]:
    """Asks for the requests of a kind that failed."""
    return lambda asked: asked.requests(INSTANCE, kind, "FAILED")


def request(kind: str) -> Callable[[Any], object]:
    """Asks for one request of a kind."""
    return lambda asked: asked.request(INSTANCE, kind, REQUEST)


def about(**members: object) -> dict[str, object]:
    """A request for a change as it is described."""
    return {"Status": "FAILED", "RequestId": REQUEST, "CreatedDate": 1, "FailureReason": "why", **members}


OF_REQUEST: Mapping[str, Sequence[object]] = {
    "Status": (*NOT_TEXT, "DONE"),
    "CreatedDate": NOT_TIME,
    "PermissionSetArn": NOT_OPTIONAL,
    "FailureReason": NOT_FREE,
}
PRINCIPAL: Mapping[str, object] = {"PrincipalType": "USER", "PrincipalId": USER}
OF_PRINCIPAL: Mapping[str, Sequence[object]] = {"PrincipalType": (*NOT_TEXT, "ROBOT"), "PrincipalId": NOT_TEXT}
CASES: list[Case] = [
    Case(
        "ListInstances",
        lambda asked: asked.instances(),
        "Instances[]",
        {
            "InstanceArn": INSTANCE,
            "IdentityStoreId": STORE,
            "OwnerAccountId": MANAGEMENT,
            "PrimaryRegion": "eu-west-1",
        },
        {
            **dict.fromkeys(("InstanceArn", "IdentityStoreId"), NOT_TEXT),
            **dict.fromkeys(("OwnerAccountId", "PrimaryRegion"), NOT_OPTIONAL),
        },
    ),
    Case(
        "DescribeInstanceAccessControlAttributeConfiguration",
        lambda asked: asked.attributes(INSTANCE),
        "InstanceAccessControlAttributeConfiguration.AccessControlAttributes[]",
        {"Key": "team"},
        {"Key": NOT_TEXT},
    ),
    Case(
        "DescribePermissionSet",
        lambda asked: asked.describe(INSTANCE, SET),
        "PermissionSet",
        {
            "PermissionSetArn": SET,
            "Name": "x",
            "Description": "y\nz",
            "CreatedDate": 1,
            "SessionDuration": "PT1H",
            "RelayState": "z",
        },
        {
            "PermissionSetArn": (None, "", f"{SET}-other", 1),
            "Name": NOT_TEXT,
            "Description": NOT_FREE,
            "CreatedDate": NOT_TIME,
            "SessionDuration": NOT_DURATION,
            "RelayState": NOT_FREE,
        },
    ),
    Case(
        "ListManagedPoliciesInPermissionSet",
        lambda asked: asked.managed_policies(INSTANCE, SET),
        "AttachedManagedPolicies[]",
        {"Arn": "arn:x"},
        {"Arn": NOT_TEXT},
    ),
    Case(
        "ListCustomerManagedPolicyReferencesInPermissionSet",
        lambda asked: asked.customer_managed_policies(INSTANCE, SET),
        "CustomerManagedPolicyReferences[]",
        {"Name": "x", "Path": "/"},
        {"Name": NOT_TEXT, "Path": NOT_OPTIONAL},
    ),
    Case(
        "GetInlinePolicyForPermissionSet",
        lambda asked: asked.inline_policy(INSTANCE, SET),
        "",
        {"InlinePolicy": "{}"},
        {"InlinePolicy": NOT_FREE},
    ),
    Case(
        "GetPermissionsBoundaryForPermissionSet",
        lambda asked: asked.boundary(INSTANCE, SET),
        "PermissionsBoundary",
        {"ManagedPolicyArn": "arn:x"},
        {"ManagedPolicyArn": NOT_TEXT},
    ),
    Case(
        "GetPermissionsBoundaryForPermissionSet",
        lambda asked: asked.boundary(INSTANCE, SET),
        "PermissionsBoundary.CustomerManagedPolicyReference",
        {"Name": "x", "Path": "/"},
        {"Name": NOT_TEXT, "Path": NOT_OPTIONAL},
    ),
    Case(
        "ListTagsForResource",
        lambda asked: asked.tags(INSTANCE, SET),
        "Tags[]",
        {"Key": "x", "Value": "y"},
        {"Key": NOT_TEXT, "Value": NOT_FREE},
    ),
    Case(
        "ListAccountAssignments",
        lambda asked: asked.assignments(INSTANCE, SET, PROD),
        "AccountAssignments[]",
        {"AccountId": PROD, "PermissionSetArn": SET, **PRINCIPAL},
        {"AccountId": (*NOT_TEXT, DEV), "PermissionSetArn": (*NOT_TEXT, f"{SET}0"), **OF_PRINCIPAL},
    ),
    Case(
        "ListAccountAssignmentsForPrincipal",
        lambda asked: asked.assignments_of(INSTANCE, "USER", USER),
        "AccountAssignments[]",
        {"AccountId": PROD, "PermissionSetArn": SET, **PRINCIPAL},
        {"AccountId": NOT_TEXT, "PermissionSetArn": NOT_TEXT, **OF_PRINCIPAL},
    ),
    *(
        Case(
            operation,
            requests(kind),
            f"{member}[]",
            {"RequestId": REQUEST, "CreatedDate": 1},
            {"RequestId": NOT_TEXT, "CreatedDate": NOT_TIME},
        )
        for operation, member, kind in (
            ("ListAccountAssignmentCreationStatus", "AccountAssignmentsCreationStatus", "assignment"),
            ("ListAccountAssignmentDeletionStatus", "AccountAssignmentsDeletionStatus", "removal"),
            ("ListPermissionSetProvisioningStatus", "PermissionSetsProvisioningStatus", "provisioning"),
        )
    ),
    *(
        Case(
            f"DescribeAccountAssignment{change}Status",
            request(kind),
            f"AccountAssignment{change}Status",
            about(PermissionSetArn=SET, TargetId=PROD, **PRINCIPAL),
            {
                **OF_REQUEST,
                **dict.fromkeys(("TargetId", "PrincipalType", "PrincipalId"), NOT_OPTIONAL),
            },
        )
        for change, kind in (("Creation", "assignment"), ("Deletion", "removal"))
    ),
    Case(
        "DescribePermissionSetProvisioningStatus",
        lambda asked: asked.request(INSTANCE, "provisioning", REQUEST),
        "PermissionSetProvisioningStatus",
        about(PermissionSetArn=SET, AccountId=PROD),
        {**OF_REQUEST, "AccountId": NOT_OPTIONAL},
    ),
]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}-{case.place}")
def test_structures(services: AdminServices, case: Case) -> None:
    """A structure that is not one, or has a member of another type, about something else or with an unknown word."""
    check(services, IDENTITY_CENTER, Administration(services.service(IDENTITY_CENTER, seconds=0)), case)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("operation", "member", "ask"),
    [
        ("ListPermissionSets", "PermissionSets", lambda asked: asked.permission_sets(INSTANCE)),
        (
            "ListAccountsForProvisionedPermissionSet",
            "AccountIds",
            lambda asked: asked.provisioned_accounts(INSTANCE, SET),
        ),
        (
            "ListPermissionSetsProvisionedToAccount",
            "PermissionSets",
            lambda asked: asked.provisioned_sets(INSTANCE, PROD),
        ),
    ],
)
def test_lists_of_texts(services: AdminServices, operation: str, member: str, ask: Callable[[Any], object]) -> None:
    """A list of ARNs or ids: it is there, even if it is empty."""
    asked = Administration(services.service(IDENTITY_CENTER, seconds=0))
    label = f"sso-admin:{operation}"
    assert services.outcomes(label, [{member: []}, {member: ["a"]}], lambda: ask(asked)) == [
        "answer: []",
        "answer: ['a']",
    ]
    wrong: list[object] = [None, 5, [5], [None], ["a\nb"]]
    bodies: list[object] = [{}, *({member: each} for each in wrong)]
    assert services.outcomes(label, bodies, lambda: ask(asked)) == invalid(IDENTITY_CENTER, len(bodies))
