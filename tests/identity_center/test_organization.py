"""The organization: its accounts, its tree, and the service control policies from the root to an account."""

from typing import TYPE_CHECKING, Any

import pytest

from ssohelper.errors import Unavailable
from ssohelper.identity_center.admin_service import ORGANIZATIONS
from ssohelper.identity_center.organization import Organization
from ssohelper.simulator import aws_policies, identifiers
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account
from tests.fixtures.admin_services import AdminServices, raised, response
from tests.fixtures.role_clients import AUDIT, DEV, GUARDRAIL, MANAGEMENT, PROD

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = identifiers.root_id(MANAGEMENT)


@pytest.fixture
def organization(services: AdminServices) -> Organization:
    """The organization, as an administrator reads it."""
    return Organization(services.service(ORGANIZATIONS))


def unit(path: str) -> str:
    """The id of an organizational unit."""
    return identifiers.organizational_unit_id(MANAGEMENT, path)


def call_count(administered: Simulator, operation: str) -> int:
    """How often an operation was called."""
    return administered.counters.calls[f"organizations:{operation}"]


def account(account_id: str, name: str | None, parent: str, state: str = "ACTIVE") -> dict[str, Any]:
    """An account as the organization shows it."""
    return {"id": account_id, "name": name, "state": state, "parent": parent}


def test_accounts(administered: Simulator, organization: Organization) -> None:
    """All accounts, twenty in a page: each with its state, and the unit or the root that it is in."""
    numbers = [f"{number:012}" for number in range(20)]
    for each in numbers:
        administered.world.add_account(Account(each, state="PENDING_CLOSURE"))
    assert organization.accounts() == [
        account(MANAGEMENT, "management", ROOT),
        account(AUDIT, "audit", unit("/security")),
        account(PROD, "payments-prod", unit("/workloads/prod")),
        account(DEV, "payments-dev", unit("/workloads/dev")),
        *(account(each, None, ROOT, "PENDING_CLOSURE") for each in numbers),
    ]
    assert call_count(administered, "ListAccounts") == 2


@pytest.mark.parametrize(
    ("members", "state", "parent"),
    [
        ({"State": "CLOSED", "Status": "SUSPENDED"}, "CLOSED", None),
        ({"Status": "SUSPENDED"}, "SUSPENDED", None),
        ({}, None, None),
        ({"Paths": []}, None, None),
        ({"Paths": ["o-1/r-1/111122223333/"]}, None, "r-1"),
        ({"Paths": ["o-1/r-1/ou-1/ou-2/111122223333/"]}, None, "ou-2"),
        ({"Paths": ["nowhere"]}, None, None),
    ],
)
def test_account_without_facts(
    administered: Simulator,
    organization: Organization,
    members: dict[str, Any],
    state: str | None,
    parent: str | None,
) -> None:
    """The newer state is preferred, and an older service has no paths."""
    body = {"Accounts": [{"Id": MANAGEMENT, **members}]}
    administered.faults.add("organizations:ListAccounts", response(body))
    expected = {"id": MANAGEMENT, "name": None, "state": state, "parent": parent}
    assert organization.accounts() == [expected]


def test_tree(organization: Organization) -> None:
    """The root, the units below it and below each other, and the accounts in them."""
    assert organization.roots() == [ROOT]
    units = {each: organization.units(each) for each in (ROOT, unit("/workloads"), unit("/security"))}
    assert units == {
        ROOT: [[unit("/security"), "security"], [unit("/workloads"), "workloads"]],
        unit("/workloads"): [[unit("/workloads/dev"), "dev"], [unit("/workloads/prod"), "prod"]],
        unit("/security"): [],
    }
    accounts = {each: organization.accounts_in(each) for each in (ROOT, unit("/workloads"), unit("/workloads/dev"))}
    assert accounts == {ROOT: [MANAGEMENT], unit("/workloads"): [], unit("/workloads/dev"): [DEV]}


def test_many_units(administered: Simulator, organization: Organization) -> None:
    """Units, and the accounts in one, have twenty in a page."""
    names = [f"{number:012}" for number in range(21)]
    for each in names:
        administered.world.add_account(Account(each, ou=f"/many/{each}"))
        administered.world.add_account(Account(each.replace("0", "9", 1), ou="/many"))
    assert organization.units(unit("/many")) == [[unit(f"/many/{each}"), each] for each in names]
    assert organization.accounts_in(unit("/many")) == [each.replace("0", "9", 1) for each in names]
    operations = ("ListOrganizationalUnitsForParent", "ListAccountsForParent")
    assert [call_count(administered, each) for each in operations] == [2, 2]


def test_service_control_policies(administered: Simulator, organization: Organization) -> None:
    """Each level has its policies, from the root to the account; where they are not enabled, there are none."""
    assert organization.service_control_policies(PROD) == []
    administered.world.service_control_policy = GUARDRAIL
    everything = [aws_policies.EVERYTHING]
    found = {each: organization.service_control_policies(each) for each in (PROD, AUDIT, MANAGEMENT)}
    assert found == {
        PROD: [[GUARDRAIL], everything, everything, everything],  # root, workloads, prod, account
        AUDIT: [[GUARDRAIL], everything, everything],
        MANAGEMENT: [[GUARDRAIL], everything],
    }


@pytest.mark.parametrize("ids", [[], [ROOT, ROOT], [ROOT, "ou-1"]])
def test_not_one_parent(administered: Simulator, organization: Organization, ids: list[str]) -> None:
    """What has no parent, or several, is not an account: the levels are not known."""
    body = {"Parents": [{"Id": each, "Type": "ROOT"} for each in ids]}
    administered.faults.add("organizations:ListParents", response(body), None)
    error = raised(lambda: organization.service_control_policies(PROD))
    expected = (Unavailable, "invalid response from Organizations (a proxy or captive portal?)")
    assert (type(error), str(error)) == expected


def test_unknown_account(organization: Organization) -> None:
    """An account that is not in the organization has no policies that are known."""
    error = raised(lambda: organization.service_control_policies("999999999999"))
    assert str(error) == "Organizations rejected the request: ChildNotFoundException"


def test_unit_in_itself(administered: Simulator, organization: Organization) -> None:
    """A unit that is its own parent does not lead on for ever."""
    body = {"Parents": [{"Id": "ou-abcd-12345678", "Type": "ORGANIZATIONAL_UNIT"}]}
    administered.faults.add("organizations:ListParents", response(body), None)
    error = raised(lambda: organization.service_control_policies(PROD))
    assert str(error) == "invalid response from Organizations (a proxy or captive portal?)"


def test_empty_pages(administered: Simulator, organization: Organization) -> None:
    """No list ends with an empty page that goes on: Organizations sends them."""
    administered.world.service_control_policy = GUARDRAIL
    listings: dict[str, Callable[[], object]] = {
        "ListAccounts": organization.accounts,
        "ListRoots": organization.roots,
        "ListOrganizationalUnitsForParent": lambda: organization.units(ROOT),
        "ListAccountsForParent": lambda: organization.accounts_in(ROOT),
        "ListPoliciesForTarget": lambda: organization.service_control_policies(PROD),
        "ListParents": lambda: organization.service_control_policies(PROD),
    }
    whole = {operation: ask() for operation, ask in listings.items()}
    for operation in listings:
        administered.faults.add(f"organizations:{operation}", Fault.empty_page(), 2)
    assert {operation: ask() for operation, ask in listings.items()} == whole
    assert administered.faults.active == ()


@pytest.mark.parametrize("operation", ["ListParents", "ListPoliciesForTarget", "DescribePolicy"])
def test_denied(administered: Simulator, organization: Organization, operation: str) -> None:
    """Levels of which one cannot be read are not known."""
    administered.world.service_control_policy = GUARDRAIL
    administered.faults.add(f"organizations:{operation}", Fault.denied(), None)
    error = raised(lambda: organization.service_control_policies(PROD))
    assert str(error) == f"organizations:{operation} is not allowed"
