"""Responses of the other services that they would not send to an administrator: nothing is made of them."""

import pytest

from ssohelper.identity_center.admin_service import ACCESS_ANALYZER, IAM, IDENTITY_STORE, ORGANIZATIONS
from ssohelper.identity_center.directory import Directory
from ssohelper.identity_center.organization import Organization
from ssohelper.identity_center.policies import Policies
from ssohelper.simulator import identifiers
from tests.fixtures.admin_responses import NOT_FREE, NOT_OPTIONAL, NOT_TEXT, Case, check
from tests.fixtures.admin_services import AdminServices
from tests.fixtures.role_clients import MANAGEMENT, PROD, store

STORE = store()["IdentityStoreId"]
USER, OTHER = identifiers.uuid("user"), identifiers.uuid("other")
ROOT = identifiers.root_id(MANAGEMENT)
DIRECTORY = [
    Case("GetUserId", lambda asked: asked.user_id(STORE, "ann"), "", {"UserId": USER}, {"UserId": NOT_TEXT}),
    Case(
        "DescribeUser",
        lambda asked: asked.user(STORE, USER),
        "",
        {"UserId": USER, "UserName": "ann", "UserStatus": "ENABLED"},
        {"UserId": (*NOT_TEXT, OTHER), "UserName": NOT_FREE, "UserStatus": NOT_OPTIONAL},
    ),
    Case(
        "DescribeGroup",
        lambda asked: asked.group(STORE, USER),
        "",
        {"GroupId": USER, "DisplayName": "developers"},
        {"GroupId": NOT_TEXT, "DisplayName": NOT_FREE},
    ),
    Case(
        "ListUsers",
        lambda asked: asked.users(STORE),
        "Users[]",
        {"UserId": USER, "UserName": "ann", "UserStatus": "ENABLED"},
        {"UserId": NOT_TEXT, "UserName": NOT_FREE, "UserStatus": NOT_OPTIONAL},
    ),
    Case(
        "ListGroups",
        lambda asked: asked.groups(STORE),
        "Groups[]",
        {"GroupId": USER, "DisplayName": "developers"},
        {"GroupId": NOT_TEXT, "DisplayName": NOT_FREE},
    ),
    *(
        Case("ListGroupMemberships", ask, "GroupMemberships[].MemberId", {"UserId": USER}, {"UserId": NOT_TEXT})
        for ask in (lambda asked: asked.members(STORE, OTHER), lambda asked: asked.first_members(STORE, OTHER))
    ),
    Case(
        "IsMemberInGroups",
        lambda asked: asked.groups_of(STORE, USER, [OTHER]),
        "Results[]",
        {"GroupId": OTHER, "MembershipExists": True},
        {"GroupId": NOT_TEXT, "MembershipExists": (None, "true", 1)},
    ),
]
ORGANIZATION = [
    Case(
        "ListAccounts",
        lambda asked: asked.accounts(),
        "Accounts[]",
        {"Id": PROD, "Name": "payments", "State": "ACTIVE", "Paths": [f"o-1/{ROOT}/{PROD}/"]},
        {"Id": NOT_TEXT, "Name": NOT_FREE, "State": NOT_OPTIONAL, "Paths": (5, [5], [None], ["a\nb"])},
    ),
    Case("ListRoots", lambda asked: asked.roots(), "Roots[]", {"Id": ROOT}, {"Id": NOT_TEXT}),
    Case(
        "ListOrganizationalUnitsForParent",
        lambda asked: asked.units(ROOT),
        "OrganizationalUnits[]",
        {"Id": "ou-1", "Name": "prod"},
        {"Id": NOT_TEXT, "Name": NOT_TEXT},
    ),
    Case(
        "ListAccountsForParent", lambda asked: asked.accounts_in(ROOT), "Accounts[]", {"Id": PROD}, {"Id": NOT_TEXT}
    ),
    Case(
        "ListParents",
        lambda asked: asked.service_control_policies(PROD),
        "Parents[]",
        {"Id": ROOT, "Type": "ROOT"},
        {"Id": NOT_TEXT},
    ),
    Case(
        "ListPoliciesForTarget",
        lambda asked: asked.service_control_policies(PROD),
        "Policies[]",
        {"Id": "p-FullAWSAccess"},
        {"Id": NOT_TEXT},
    ),
    Case(
        "DescribePolicy",
        lambda asked: asked.service_control_policies(PROD),
        "Policy",
        {"Content": "{}"},
        {"Content": (None, "", 5, [])},
    ),
]
POLICIES = [
    Case(
        "ValidatePolicy",
        lambda asked: asked.problems("{}"),
        "findings[]",
        {"findingType": "ERROR", "issueCode": "X", "findingDetails": "y\nz", "learnMoreLink": "https://x"},
        {
            "findingType": (*NOT_TEXT, "FATAL"),
            "issueCode": NOT_TEXT,
            "findingDetails": NOT_FREE,
            "learnMoreLink": NOT_OPTIONAL,
        },
    ),
    Case(
        "ValidatePolicy",
        lambda asked: asked.problems("{}"),
        "",
        {"findings": [], "nextToken": None},
        {"nextToken": NOT_OPTIONAL},
    ),
]


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", DIRECTORY, ids=lambda case: case.operation)
def test_directory(services: AdminServices, case: Case) -> None:
    """The identity store."""
    check(services, IDENTITY_STORE, Directory(services.service(IDENTITY_STORE, seconds=0)), case)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", ORGANIZATION, ids=lambda case: case.operation)
def test_organization(services: AdminServices, case: Case) -> None:
    """AWS Organizations."""
    services.simulator.world.service_control_policy = '{"Statement": []}'
    check(services, ORGANIZATIONS, Organization(services.service(ORGANIZATIONS, seconds=0)), case)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", POLICIES, ids=lambda case: f"{case.operation}-{case.place}")
def test_access_analyzer(services: AdminServices, case: Case) -> None:
    """Access Analyzer; IAM's responses are in XML."""
    asked = Policies(services.service(IAM), services.service(ACCESS_ANALYZER, seconds=0))
    check(services, ACCESS_ANALYZER, asked, case)
