"""The administration services compared with moto's, which is an independent opinion on shapes, names and values.

The same company is made in both, and read in the same way. moto is not compared where it is known to differ from AWS:
it provisions nothing, leaves out the assignments of a user's groups, and does not have boundaries, tags and requests.
"""

import json
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ssohelper.simulator import aws_policies
from ssohelper.simulator.world import Account, Group, PermissionSet, Principal, User, World
from tests.fixtures.clock import Clock
from tests.fixtures.moto_server import served
from tests.fixtures.role_clients import DEVELOPER, GUARDRAIL, RoleClients, alternate
from tests.fixtures.simulators import StartSimulator

# moto's own account, which becomes the management account.
MANAGEMENT = "123456789012"
# Members that moto does not send, each beside another one, and why.
ONLY_OURS = {
    ("InstanceArn", "IdentityStoreArn"): "newer than moto",
    ("InstanceArn", "PrimaryRegion"): "newer than moto",
    ("InstanceArn", "Regions"): "newer than moto",
    ("Arn", "Paths"): "newer than moto",
    ("Arn", "Path"): "newer than moto",
    ("UserId", "UserArn"): "newer than moto",
    ("GroupId", "GroupArn"): "newer than moto",
    ("MembershipId", "MembershipArn"): "newer than moto",
    ("DisplayName", "Revision"): "newer than moto",
    ("UserName", "UserStatus"): "moto's users are always enabled",
    ("IdentityStoreId", "CreatedAt"): "moto keeps no times of people",
    ("IdentityStoreId", "UpdatedAt"): "the same",
}
# Members that only moto sends.
ONLY_MOTO = {
    ("UserName", "Name"): "the parts of a name, which a user here does not have",
    ("DisplayName", "ExternalIds"): "an empty list",
}
SETS = (
    PermissionSet("Reader", description="Reads this"),
    # moto knows few AWS-managed policies.
    replace(DEVELOPER, boundary="", tags={}, managed_policies=(aws_policies.arn("PowerUserAccess"),)),
    PermissionSet("ReadOnly", 8, "", description="Look, but do not touch"),
)
PEOPLE = (
    User("reader", display_name="Reader"),
    User("ann", display_name="Ann Lee", email="ann@example.com"),
    User("bob", display_name="Bob"),
)
GROUPS = (Group("developers", ("ann", "bob"), "Everybody who builds"), Group("guests"))


class Moto:
    """Creates the company in moto, with boto3."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.store, self.instance = "", ""
        self.ids: dict[str, str] = {}

    def client(self, service: str) -> Any:
        """A client of moto."""
        keys = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
        return boto3.client(service, endpoint_url=self._url, region_name="us-east-1", **keys)

    def create(self) -> None:
        """Create everything; ids are kept by name."""
        reset = urllib.request.Request(f"{self._url}/moto-api/reset", method="POST")  # noqa: S310 - loopback
        urllib.request.urlopen(reset).close()  # noqa: S310 - loopback
        admin = self.client("sso-admin")
        (instance,) = admin.list_instances()["Instances"]
        self.instance, self.store = instance["InstanceArn"], instance["IdentityStoreId"]
        self.ids |= {"instance": self.instance, "store": self.store, "management": MANAGEMENT}
        self._create_accounts()
        self._create_people()
        for each in SETS:
            self._create_permission_set(admin, each)
        for principal, kind in (("developers", "GROUP"), ("ann", "USER")):
            admin.create_account_assignment(
                InstanceArn=self.instance,
                PermissionSetArn=self.ids["Developer"],
                TargetId=self.ids["prod"],
                TargetType="AWS_ACCOUNT",
                PrincipalType=kind,
                PrincipalId=self.ids[principal],
            )

    def _create_accounts(self) -> None:
        organizations = self.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        (root,) = organizations.list_roots()["Roots"]
        unit = organizations.create_organizational_unit(ParentId=root["Id"], Name="workloads")["OrganizationalUnit"]
        status = organizations.create_account(Email="aws+prod@example.com", AccountName="prod")["CreateAccountStatus"]
        account_id = status["AccountId"]
        organizations.move_account(AccountId=account_id, SourceParentId=root["Id"], DestinationParentId=unit["Id"])
        organization = organizations.describe_organization()["Organization"]["Id"]
        self.ids |= {"root": root["Id"], "workloads": unit["Id"], "prod": account_id, "organization": organization}

    def _create_people(self) -> None:
        directory, store = self.client("identitystore"), {"IdentityStoreId": self.store}
        for user in PEOPLE:
            emails = [{"Value": user.email, "Type": "work", "Primary": True}] if user.email else []
            name = {"GivenName": user.name, "FamilyName": "Lee"}
            self.ids[user.name] = directory.create_user(
                **store,
                UserName=user.name,
                DisplayName=user.display_name,
                Name=name,
                **({"Emails": emails} if emails else {}),
            )["UserId"]
        for group in GROUPS:
            description = {"Description": group.description} if group.description else {}
            created = directory.create_group(**store, DisplayName=group.name, **description)
            self.ids[group.name] = created["GroupId"]
            for member in group.members:
                directory.create_group_membership(
                    **store, GroupId=created["GroupId"], MemberId={"UserId": self.ids[member]}
                )

    def _create_permission_set(self, admin: Any, each: PermissionSet) -> None:
        relay_state = {"RelayState": each.relay_state} if each.relay_state else {}
        arn = admin.create_permission_set(
            InstanceArn=self.instance,
            Name=each.name,
            Description=each.description,
            SessionDuration=f"PT{each.session_hours}H",
            **relay_state,
        )["PermissionSet"]["PermissionSetArn"]
        self.ids[each.name] = arn
        of = {"InstanceArn": self.instance, "PermissionSetArn": arn}
        for managed in each.managed_policies:
            admin.attach_managed_policy_to_permission_set(**of, ManagedPolicyArn=managed)
        for customer in each.customer_managed_policies:
            path, _, name = customer.rpartition("/")
            admin.attach_customer_managed_policy_reference_to_permission_set(
                **of, CustomerManagedPolicyReference={"Name": name, "Path": f"{path}/"}
            )
        if each.policy:
            admin.put_inline_policy_to_permission_set(**of, InlinePolicy=each.policy)


def same_company(account_id: str) -> World:
    """The company of moto as a world; the account got its id there."""
    accounts = [
        Account(MANAGEMENT, "master", "master@example.com"),
        Account(account_id, "prod", "aws+prod@example.com", ou="/workloads"),
    ]
    world = World(accounts, SETS, PEOPLE)
    world.assign(MANAGEMENT, "Reader", "reader")
    for policy in DEVELOPER.customer_managed_policies:
        world.add_customer_policy(policy, GUARDRAIL)
    for group in GROUPS:
        world.add_group(group)
    world.assign(account_id, "Developer", group="developers")
    world.assign(account_id, "Developer", "ann")
    return world


def answers(connect: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    """What a service answers to the operations that moto has, too. Errors are answers."""
    admin, directory, organizations = (connect(each) for each in ("sso-admin", "identitystore", "organizations"))
    instance, store = {"InstanceArn": ids["instance"]}, {"IdentityStoreId": ids["store"]}
    developer, ann = instance | {"PermissionSetArn": ids["Developer"]}, {"MemberId": {"UserId": ids["ann"]}}
    unknown = "00000000-0000-0000-0000-000000000000"
    asked = {
        "instances": (admin.list_instances, {}),
        "sets": (admin.list_permission_sets, instance),
        "set": (admin.describe_permission_set, developer),
        "other set": (admin.describe_permission_set, instance | {"PermissionSetArn": ids["ReadOnly"]}),
        "unknown set": (
            admin.describe_permission_set,
            instance | {"PermissionSetArn": ids["Developer"][:-16] + "0" * 16},
        ),
        "managed": (admin.list_managed_policies_in_permission_set, developer),
        "customer": (admin.list_customer_managed_policy_references_in_permission_set, developer),
        "inline": (admin.get_inline_policy_for_permission_set, developer),
        "no inline": (
            admin.get_inline_policy_for_permission_set,
            instance | {"PermissionSetArn": ids["ReadOnly"]},
        ),
        "assignments": (admin.list_account_assignments, developer | {"AccountId": ids["prod"]}),
        "of group": (
            admin.list_account_assignments_for_principal,
            instance | {"PrincipalId": ids["developers"], "PrincipalType": "GROUP"},
        ),
        "users": (directory.list_users, store),
        "user": (directory.describe_user, store | {"UserId": ids["ann"]}),
        "unknown user": (directory.describe_user, store | {"UserId": unknown}),
        "user id": (directory.get_user_id, store | alternate("userName", "ann")),
        "no user id": (directory.get_user_id, store | alternate("userName", "nobody")),
        "group id": (directory.get_group_id, store | alternate("displayName", "developers")),
        "groups": (directory.list_groups, store),
        "group": (directory.describe_group, store | {"GroupId": ids["developers"]}),
        "members": (directory.list_group_memberships, store | {"GroupId": ids["developers"]}),
        "memberships": (directory.list_group_memberships_for_member, store | ann),
        "in groups": (directory.is_member_in_groups, store | ann | {"GroupIds": [ids["developers"], ids["guests"]]}),
        "organization": (organizations.describe_organization, {}),
        "accounts": (organizations.list_accounts, {}),
        "roots": (organizations.list_roots, {}),
        "units": (organizations.list_organizational_units_for_parent, {"ParentId": ids["root"]}),
        "in unit": (organizations.list_accounts_for_parent, {"ParentId": ids["workloads"]}),
        "unknown unit": (organizations.list_accounts_for_parent, {"ParentId": "ou-aaaa-bbbbbbbb"}),
    }
    return {what: answer(call, arguments) for what, (call, arguments) in asked.items()}


def answer(call: Any, arguments: Mapping[str, Any]) -> Any:
    """What an operation returns, or the code of its error."""
    try:
        found: dict[str, Any] = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    del found["ResponseMetadata"]
    return found


class Normal:
    """Answers with names instead of ids, without times, and without what only one of both has. Lists are sorted."""

    def __init__(self, ids: Mapping[str, str], left_out: Collection[tuple[str, str]]) -> None:
        self._names = sorted(((each, name) for name, each in ids.items()), key=lambda each: -len(each[0]))
        self._left_out = left_out
        self.seen: set[tuple[str, str]] = set()

    def form(self, value: Any) -> Any:
        """A value of an answer."""
        if isinstance(value, dict):
            left_out = {each for each in self._left_out if each[0] in value and each[1] in value}
            self.seen |= left_out
            members = value.keys() - {member for _, member in left_out}
            return {key: "an id" if key == "MembershipId" else self.form(value[key]) for key in members}
        if isinstance(value, list):
            return sorted((self.form(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        if isinstance(value, str):
            for each, name in self._names:
                value = value.replace(each, f"<{name}>")
            return value
        return "a time" if isinstance(value, datetime) else value


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    """The company in moto's server."""
    with served(DomainDispatcherApplication(create_backend_app)) as url:
        found = Moto(url)
        found.create()
        yield found


@pytest.mark.first_is_quick
def test_same_answers(moto: Moto, start: StartSimulator, boto: Any) -> None:
    """Both answer alike, apart from ids, times and the members that are listed above."""
    simulator = start(same_company(moto.ids["prod"]), clock=Clock(time.time()))
    roles = RoleClients(simulator, boto)

    def connect(service: str) -> Any:
        return roles.client(service, "Reader", MANAGEMENT)

    admin, organizations = connect("sso-admin"), connect("organizations")
    (instance,), (root,) = admin.list_instances()["Instances"], organizations.list_roots()["Roots"]
    (unit,) = organizations.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"]
    world = simulator.world
    ours = {
        "instance": instance["InstanceArn"],
        "store": instance["IdentityStoreId"],
        "management": MANAGEMENT,
        "prod": moto.ids["prod"],
        "root": root["Id"],
        "workloads": unit["Id"],
        "organization": organizations.describe_organization()["Organization"]["Id"],
        **{each.name: world.permission_set_arn(each.name) for each in SETS},
        **{each.name: Principal.user(each.name).id for each in PEOPLE},
        **{each.name: Principal.group(each.name).id for each in GROUPS},
    }
    here, there = Normal(ours, ONLY_OURS), Normal(moto.ids, ONLY_MOTO)
    assert here.form(answers(connect, ours)) == there.form(answers(moto.client, moto.ids))
    assert (here.seen, there.seen) == (set(ONLY_OURS), set(ONLY_MOTO))
