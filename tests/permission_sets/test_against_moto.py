"""The same company, read in the same way from moto's server and from the simulator: the same inventory.

moto is an independent opinion on shapes, names and pages. Ids differ, and are replaced by names; what moto does not
have is denied, and the inventory has to say so.
"""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ssohelper.permission_sets.asking import Answers, ask_all
from ssohelper.permission_sets.assembly import assemble
from ssohelper.permission_sets.collect import Collection, Scope
from ssohelper.permission_sets.inventory import Instance, Inventory, PermissionSet, Unread, User
from ssohelper.permission_sets.kept_answers import Writer
from ssohelper.permission_sets.questions import Question
from ssohelper.permission_sets.services import Services
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.simulator import aws_policies
from ssohelper.simulator import world as simulated
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, Group, World
from tests.fixtures.inventories import NOW, POLICY, services
from tests.fixtures.moto_company import MANAGEMENT, Moto, denying, names_in
from tests.fixtures.moto_server import served

pytestmark = pytest.mark.full

KEYS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
# Accounts in organizational units: more than one page has.
UNITS = ("/", "/sandbox", "/workloads", "/workloads/prod", "/workloads/prod/eu")
PLACES = {f"account-{number:02}": UNITS[number % 5] for number in range(22)}
CLOSED = "account-07"
# More than one page of each; of users more than are asked for one by one.
SETS, USERS, GROUPS = 102, 203, 104
# What is not compared, and why.
LEFT_OUT = {
    (Instance, "region"): "newer than moto",
    (Instance, "attributes"): "moto does not have them",
    (PermissionSet, "created"): "moto creates it now",
    (PermissionSet, "boundary"): "moto does not have it",
    (PermissionSet, "tags"): "moto does not return them",
    (PermissionSet, "outdated"): "moto returns all accounts, whatever status is asked for",
    (User, "enabled"): "moto's users have no status",
    (Inventory, "requests_complete"): "moto does not list requests",
    (Inventory, "documents"): "the simulator's are abridged",
    (Inventory, "unread"): "all of the above",
}
NO_REQUESTS = {
    "assignment": "sso:ListAccountAssignmentCreationStatus",
    "removal": "sso:ListAccountAssignmentDeletionStatus",
    "provisioning": "sso:ListPermissionSetProvisioningStatus",
}


def company(account_ids: Mapping[str, str]) -> World:
    """The company as a world; its accounts have the ids that they got in moto."""
    accounts = [Account(MANAGEMENT, "master", "master@example.com")]
    accounts += [
        Account(each, name, f"{name}@example.com", "SUSPENDED" if name == CLOSED else "ACTIVE", PLACES[name])
        for name, each in account_ids.items()
    ]
    users = [f"user-{number:03}" for number in range(USERS)]
    world = World(accounts, permission_sets(), [simulated.User(each) for each in ("reader", "former", *users)])
    for policy in ("/guardrails/deny", "/plain"):
        world.add_customer_policy(policy, POLICY)
    for group in (
        Group("everybody", tuple(users)),
        Group("developers", tuple(users[:3]), "Build"),
        Group("dissolved"),
    ):
        world.add_group(group)
    for number in range(GROUPS - 3):
        world.add_group(Group(f"group-{number:03}", (users[number],)))
    assign(world, [*account_ids.values()])
    return world


def permission_sets() -> list[simulated.PermissionSet]:
    """Permission sets with each kind of policy and each duration."""
    kinds: list[dict[str, Any]] = [
        {"policy": ""},
        {"policy": json.dumps(json.loads(POLICY), indent=4), "description": "Zürich: build,\nrun"},
        {"managed_policies": (aws_policies.arn("PowerUserAccess"), aws_policies.arn("IAMReadOnlyAccess"))},
        {"customer_managed_policies": ("/guardrails/deny", "/plain"), "tags": {"owner": "platform"}},
        {"relay_state": "https://console.aws.amazon.com/ec2", "description": "Opens EC2"},
    ]
    return [
        simulated.PermissionSet("Reader"),
        *(
            simulated.PermissionSet(f"Set{number:03}", number % 12 + 1, **kinds[number % 5])
            for number in range(SETS - 1)
        ),
    ]


def assign(world: World, account_ids: list[str]) -> None:
    """Assign each set to groups in up to three accounts, every sixth to a user, too; and two to who is deleted."""
    world.assign(MANAGEMENT, "Reader", "reader")
    for number, name in enumerate(each.name for each in world.permission_sets if each.name != "Reader"):
        for account_id in ([MANAGEMENT, *account_ids] * 2)[number % 25 :][:3]:
            world.assign(account_id, name, group=f"group-{number % 7:03}")
            if number % 4 == 0:
                world.assign(account_id, name, group="everybody" if number % 8 else "developers")
            if number % 6 == 0:
                world.assign(account_id, name, f"user-{number:03}")
    world.assign(account_ids[0], "Set000", "former")
    world.assign(account_ids[1], "Set001", group="dissolved")


class Source(NamedTuple):
    """A company that can be read: its services, its instance, and names by id."""

    services: Services
    instance: Instance
    names: Mapping[str, str]

    def read(self, scope: Scope, provisioned: Mapping[str, Iterable[str]] | None = None) -> Inventory:
        """Read it. The accounts where a permission set is `provisioned`, by its name, are not asked for."""
        ids = {name: each for each, name in self.names.items()}
        known: Answers = {
            Question("provisioned", (ids[name],)): [*each] for name, each in (provisioned or {}).items()
        }
        found, failures = ask_all(self.services, Collection(scope, None), known, Writer(None), lambda *_: None)
        return assemble(self.instance, NOW, scope, found, failures)

    def compared(self, value: Any, left_out: Container[tuple[type, str]]) -> Any:
        """A part of an inventory as plain data: names instead of ids, lists sorted."""
        if isinstance(value, str):
            return self.names.get(value, value)
        if isinstance(value, Mapping):
            return sorted([[self.compared(part, left_out) for part in each] for each in value.items()], key=str)
        if isinstance(value, Inventory) or hasattr(value, "_asdict"):
            names = value._fields if hasattr(value, "_fields") else [each.name for each in fields(value)]
            kept = [each for each in names if (type(value), each) not in left_out]
            return {each: self.compared(getattr(value, each), left_out) for each in kept}
        if isinstance(value, tuple):
            return sorted((self.compared(each, left_out) for each in value), key=str)
        return value


def source(
    url: str, folder: Path, names: Mapping[str, str], keys: Callable[[], RoleCredentials] | None = None
) -> Source:
    """The company at a URL, with names by id."""
    asked = services(url, folder, Instance("", ""), keys)
    instance = Instance(**asked.administration.instances()[0])
    asked = asked._replace(instance=instance)
    return Source(asked, instance, {**names, instance.arn: "instance", instance.identity_store_id: "store"})


def keys_of(simulator: Simulator) -> RoleCredentials:
    """Credentials of the role that reads."""
    portal = boto3.client("sso", endpoint_url=simulator.url, region_name="us-east-1", **KEYS)
    token = simulator.sign_in("reader").access_token
    issued = portal.get_role_credentials(accessToken=token, accountId=MANAGEMENT, roleName="Reader")
    found = issued["roleCredentials"]
    role = RoleRef("acme", MANAGEMENT, "Reader")
    return RoleCredentials(role, found["accessKeyId"], found["secretAccessKey"], found["sessionToken"], NOW)


class Both(NamedTuple):
    """The company in both."""

    simulator: Source
    moto: Source


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The company, created in both; then a user and a group with assignments are deleted."""
    application = denying(DomainDispatcherApplication(create_backend_app))
    with served(application) as url:
        moto = Moto(url)
        world = company(moto.create_accounts(PLACES, CLOSED))
        moto.create(world)
        names = names_in(world)
        moto.delete("former", "dissolved")
        world.delete_user("former")
        world.delete_group("dissolved")
        with Simulator(world, rate=None) as simulator:
            folder, keys = tmp_path_factory.mktemp, keys_of(simulator)
            yield Both(
                source(simulator.url, folder("simulator"), names, lambda: keys),
                source(url, folder("moto"), {each: name for name, each in moto.ids.items()}),
            )


@pytest.fixture(scope="module")
def everything(both: Both) -> tuple[Inventory, Inventory]:
    """What is read of both. moto is not asked where each set is provisioned: it provisions in one account alone."""
    scope = Scope(members=True)
    found = both.simulator.read(scope)
    provisioned = {each.label: each.provisioned or () for each in found.permission_sets}
    return found, both.moto.read(scope, provisioned)


def in_management(found: Inventory) -> Inventory:
    """An inventory as if sets were provisioned in the management account alone."""
    sets = (
        each._replace(provisioned=tuple(at for at in each.provisioned or () if at == MANAGEMENT))
        for each in found.permission_sets
    )
    return replace(found, permission_sets=tuple(sets))


def test_everything(both: Both, everything: tuple[Inventory, Inventory]) -> None:
    """Permission sets, assignments, users, groups with members, accounts and their places are the same."""
    here, there = everything
    assert both.moto.compared(there, LEFT_OUT) == both.simulator.compared(here, LEFT_OUT)
    assert (sorted(there.documents), here.unread) == (sorted(here.documents), ())


def test_whole(everything: tuple[Inventory, Inventory]) -> None:
    """Nothing is lost behind the first page: every set, group, account and assigned user is in the inventory."""
    sizes = [
        (len(each.permission_sets), len(each.groups), len(each.accounts), len(each.users)) for each in everything
    ]
    assert sizes == [(SETS, GROUPS, len(PLACES) + 1, USERS + 2)] * 2


def test_quick(both: Both) -> None:
    """A quick reading finds the same assignments of groups, and the sets that are in the management account."""
    here, there = (each.read(Scope(quick=True)) for each in both)
    assert both.moto.compared(there, LEFT_OUT) == both.simulator.compared(in_management(here), LEFT_OUT)


def test_left_out(both: Both, everything: tuple[Inventory, Inventory]) -> None:
    """Everything that is left out does differ."""
    here, there = everything
    differs = {
        each
        for each in LEFT_OUT
        if both.moto.compared(there, LEFT_OUT.keys() - {each})
        != both.simulator.compared(here, LEFT_OUT.keys() - {each})
    }
    assert differs == LEFT_OUT.keys()


def test_unread(everything: tuple[Inventory, Inventory]) -> None:
    """The inventory names everything that moto does not have, and nothing else."""
    _, there = everything
    denied = {"attributes for access control": "sso:DescribeInstanceAccessControlAttributeConfiguration"}
    for kind, action in NO_REQUESTS.items():
        denied |= {
            f"the list of {kind} requests with status {status}": action for status in ("FAILED", "IN_PROGRESS")
        }
    for each in permission_sets():
        denied[f"permissions boundary of {each.name}"] = "sso:GetPermissionsBoundaryForPermissionSet"
        denied[f"tags of {each.name}"] = "sso:ListTagsForResource"
    unread = [Unread(what, f"{action} is not allowed") for what, action in denied.items()]
    assert there.unread == tuple(sorted(unread))
