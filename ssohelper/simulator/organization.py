"""AWS Organizations (2016-11-28): accounts and organizational units. Only operations that read."""

from collections.abc import Sequence

from ssohelper.simulator import identifiers
from ssohelper.simulator.entities import CREATED, Account
from ssohelper.simulator.errors import AwsError, Service
from ssohelper.simulator.inputs import Members, Number, Structure, Text
from ssohelper.simulator.json_api import Call, JsonService, Operations, Output
from ssohelper.simulator.world import World

SERVICE = JsonService(
    Service.ORGANIZATIONS,
    "AWSOrganizationsV20161128",
    "organizations",
    page_size=20,
    invalid_input="InvalidInputException",
)
OPERATIONS = Operations()

_SSO = "sso.amazonaws.com"
PAGES: Members = {"NextToken": Text(r"[\s\S]*"), "MaxResults": Number(1, 20)}
_PARENT: Members = {"ParentId": Text("^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$", longest=100)}
_SERVICE_CONTROL_POLICIES = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
# `Status` is the older member, which does not know all states.
_STATUSES = {"PENDING_ACTIVATION": "ACTIVE", "CLOSED": "SUSPENDED"}


@OPERATIONS.add(Structure())
def describe_organization(call: Call) -> Output:
    """DescribeOrganization."""
    management = call.world.account(call.world.management_account_id)
    email = {"MasterAccountEmail": management.email} if management.email else {}
    return {
        "Organization": {
            "Id": identifiers.organization_id(management.id),
            "Arn": arn(call.world, "organization"),
            "FeatureSet": "ALL",
            "MasterAccountArn": arn(call.world, "account", management.id),
            "MasterAccountId": management.id,
            **email,
            "AvailablePolicyTypes": [_SERVICE_CONTROL_POLICIES],
        }
    }


@OPERATIONS.add(Structure({}, PAGES))
def list_accounts(call: Call) -> Output:
    """ListAccounts."""
    accounts, more = call.page(call.world.accounts)
    return {"Accounts": [_account(call.world, each) for each in accounts], **more}


@OPERATIONS.add(Structure({}, PAGES))
def list_roots(call: Call) -> Output:
    """ListRoots: the one that there is."""
    root_id = _id(call.world, "/")
    policy_types = [_SERVICE_CONTROL_POLICIES] if call.world.service_control_policy else []
    root = {"Id": root_id, "Arn": arn(call.world, "root", root_id), "Name": "Root", "PolicyTypes": policy_types}
    roots, more = call.page([root])
    return {"Roots": roots, **more}


@OPERATIONS.add(Structure(_PARENT, PAGES))
def list_organizational_units_for_parent(call: Call) -> Output:
    """ListOrganizationalUnitsForParent: the units directly below."""
    parent = _parent(call)
    paths, more = call.page([each for each in _paths(call.world) if each != "/" and _above(each) == parent])
    return {"OrganizationalUnits": [_unit(call.world, each) for each in paths], **more}


@OPERATIONS.add(Structure(_PARENT, PAGES))
def list_accounts_for_parent(call: Call) -> Output:
    """ListAccountsForParent: the accounts directly in the root or a unit."""
    parent = _parent(call)
    accounts, more = call.page([each for each in call.world.accounts if each.ou == parent])
    return {"Accounts": [_account(call.world, each) for each in accounts], **more}


@OPERATIONS.add(Structure({}, {"ServicePrincipal": Text(r"[\w+=,.@-]*", 1, 128), **PAGES}))
def list_delegated_administrators(call: Call) -> Output:
    """ListDelegatedAdministrators: those of IAM Identity Center."""
    delegated = call.world.delegated_administrators if call.members.get("ServicePrincipal", _SSO) == _SSO else ()
    accounts, more = call.page([each for each in call.world.accounts if each.id in delegated])
    return {"DelegatedAdministrators": [_delegated(call.world, each) for each in accounts], **more}


def _paths(world: World) -> Sequence[str]:
    """The paths of the root and of all organizational units, in order."""
    found = {"/"}
    for account in world.accounts:
        path = account.ou
        while path not in found:
            found.add(path)
            path = _above(path)
    return sorted(found)


def _above(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _parent(call: Call) -> str:
    """The path of the root or unit that is asked about. Raises ParentNotFoundException."""
    found = path_of_id(call.world, call.members["ParentId"])
    if found is None:
        raise AwsError(
            400, "ParentNotFoundException", f"You specified a parent that doesn't exist: {call.members['ParentId']}"
        )
    return found


def path_of_id(world: World, entity_id: str) -> str | None:
    """The path of the root or of a unit, by its id; None if there is none."""
    return next((path for path in _paths(world) if _id(world, path) == entity_id), None)


def _id(world: World, path: str) -> str:
    management = world.management_account_id
    return identifiers.root_id(management) if path == "/" else identifiers.organizational_unit_id(management, path)


def arn(world: World, kind: str, *resource: str) -> str:
    """The ARN of something in the organization."""
    management = world.management_account_id
    organization = identifiers.organization_id(management)
    return f"arn:aws:organizations::{management}:" + "/".join((kind, organization, *resource))


def _path_of_ids(world: World, path: str) -> str:
    """A path in the form of Organizations: `o-…/r-…/ou-…/`."""
    ids = [_id(world, path)]
    while path != "/":
        path = _above(path)
        ids.append(_id(world, path))
    return "/".join((identifiers.organization_id(world.management_account_id), *reversed(ids))) + "/"


def _unit(world: World, path: str) -> Output:
    unit_id = _id(world, path)
    name = path.rpartition("/")[2]
    return {"Id": unit_id, "Arn": arn(world, "ou", unit_id), "Name": name, "Path": _path_of_ids(world, path)}


def _account(world: World, account: Account) -> Output:
    return {**_facts(world, account), "Paths": [_path_of_ids(world, account.ou)]}


def _delegated(world: World, account: Account) -> Output:
    return {**_facts(world, account), "DelegationEnabledDate": CREATED}


def _facts(world: World, account: Account) -> Output:
    optional = {"Email": account.email, "Name": account.name}
    return {
        "Id": account.id,
        "Arn": arn(world, "account", account.id),
        **{name: text for name, text in optional.items() if text is not None},
        "Status": _STATUSES.get(account.state, account.state),
        "State": account.state,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": CREATED,
    }
