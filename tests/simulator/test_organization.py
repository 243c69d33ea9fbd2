"""The organization, as the real boto3 reads it with role credentials."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ssohelper.simulator import identifiers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account
from tests.fixtures.role_clients import AUDIT, DEV, MANAGEMENT, PROD, RoleClients
from tests.fixtures.sdk import api_error, without_metadata

CREATED = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
ID, ROOT = identifiers.organization_id(MANAGEMENT), identifiers.root_id(MANAGEMENT)


@pytest.fixture
def organizations(roles: RoleClients) -> Any:
    """AWS Organizations with the role of an administrator in the management account."""
    return roles.client("organizations")


def unit(path: str) -> str:
    """The id of an organizational unit."""
    return identifiers.organizational_unit_id(MANAGEMENT, path)


def account(account_id: str, name: str, *path: str) -> dict[str, Any]:
    """An account as Organizations shows it."""
    return {
        "Id": account_id,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/{ID}/{account_id}",
        "Email": f"aws+{name.removeprefix('payments-')}@example.com",
        "Name": name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": CREATED,
        "Paths": ["/".join((ID, ROOT, *path)) + "/"],
    }


def test_organization(organizations: Any) -> None:
    """The organization and its management account."""
    assert without_metadata(organizations.describe_organization())["Organization"] == {
        "Id": ID,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:organization/{ID}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"arn:aws:organizations::{MANAGEMENT}:account/{ID}/{MANAGEMENT}",
        "MasterAccountId": MANAGEMENT,
        "MasterAccountEmail": "aws+management@example.com",
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }


def test_accounts(organizations: Any) -> None:
    """Each account with its place in the tree."""
    workloads = unit("/workloads")
    assert without_metadata(organizations.list_accounts()) == {
        "Accounts": [
            account(MANAGEMENT, "management"),
            account(AUDIT, "audit", unit("/security")),
            account(PROD, "payments-prod", workloads, unit("/workloads/prod")),
            account(DEV, "payments-dev", workloads, unit("/workloads/dev")),
        ]
    }


def test_tree(administered: Simulator, organizations: Any) -> None:
    """The tree can be walked from the root."""
    administered.world.service_control_policy = "{}"  # of other accounts than the one that asks
    root = {
        "Id": ROOT,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:root/{ID}/{ROOT}",
        "Name": "Root",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }
    assert organizations.list_roots()["Roots"] == [root]

    def walk(parent: str) -> dict[str, Any]:
        units = organizations.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
        accounts = organizations.list_accounts_for_parent(ParentId=parent)["Accounts"]
        return {each["Id"]: {} for each in accounts} | {each["Name"]: walk(each["Id"]) for each in units}

    assert walk(ROOT) == {
        MANAGEMENT: {},
        "security": {AUDIT: {}},
        "workloads": {"dev": {DEV: {}}, "prod": {PROD: {}}},
    }


def test_units(organizations: Any) -> None:
    """An organizational unit with its place in the tree."""
    (found,) = organizations.list_organizational_units_for_parent(ParentId=ROOT, MaxResults=1)["OrganizationalUnits"]
    assert found == {
        "Id": unit("/security"),
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:ou/{ID}/{unit('/security')}",
        "Name": "security",
        "Path": f"{ID}/{ROOT}/{unit('/security')}/",
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("ACTIVE", "ACTIVE"),
        ("SUSPENDED", "SUSPENDED"),
        ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        ("CLOSED", "SUSPENDED"),
        ("PENDING_ACTIVATION", "ACTIVE"),
    ],
)
def test_states(administered: Simulator, organizations: Any, state: str, status: str) -> None:
    """The older `Status` knows fewer states. An account without name and email is shown without."""
    administered.world.add_account(Account(DEV, state=state))
    found = organizations.list_accounts()["Accounts"][3]
    assert (found["State"], found["Status"], "Name" in found, "Email" in found) == (state, status, False, False)


def test_pages(administered: Simulator, organizations: Any) -> None:
    """Twenty accounts a page at most."""
    for number in range(20):
        administered.world.add_account(Account(f"{number:012}"))
    pages = organizations.get_paginator("list_accounts").paginate()
    assert [len(page["Accounts"]) for page in pages] == [20, 4]
    error = api_error(organizations.list_accounts, MaxResults=21)
    assert (error.code, error.status) == ("InvalidInputException", 400)


def test_delegated_administrators(administered: Simulator, organizations: Any) -> None:
    """The delegated administrators of IAM Identity Center; no other service has any."""
    expected = account(AUDIT, "audit") | {"DelegationEnabledDate": CREATED}
    del expected["Paths"]
    services = [{}, {"ServicePrincipal": "sso.amazonaws.com"}, {"ServicePrincipal": "config.amazonaws.com"}]
    found = [organizations.list_delegated_administrators(**each)["DelegatedAdministrators"] for each in services]
    assert found == [[expected], [expected], []]
    administered.world.delegated_administrators.clear()
    assert organizations.list_delegated_administrators()["DelegatedAdministrators"] == []


@pytest.mark.parametrize("operation", ["list_accounts_for_parent", "list_organizational_units_for_parent"])
def test_unknown_parent(organizations: Any, operation: str) -> None:
    """An unknown parent is not found, a malformed one is invalid."""
    parents = ["ou-aaaa-bbbbbbbb", "r-zzzz", "prod", PROD]
    codes = [api_error(getattr(organizations, operation), ParentId=each).code for each in parents]
    assert codes == ["ParentNotFoundException"] * 2 + ["InvalidInputException"] * 2
