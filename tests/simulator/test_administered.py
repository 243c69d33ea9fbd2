"""A company whose permission sets follow good practice."""

import json
from dataclasses import replace
from pathlib import Path

from ssohelper.identity_center.admin_service import (
    ACCESS_ANALYZER,
    IAM,
    IDENTITY_CENTER,
    IDENTITY_STORE,
    OPERATIONS,
    ORGANIZATIONS,
)
from ssohelper.settings import config_toml
from ssohelper.settings.model import ReviewSettings
from ssohelper.simulator import administered, policies
from ssohelper.simulator.administered import AUDIT, BOUNDARY, DEV, MANAGEMENT, OLD, PROD, READER, SANDBOX, policy_of
from ssohelper.simulator.policies import IDENTITY, Access, Layer
from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.world import PermissionSet, Principal, World

# 2026-09-14, 09:30 UTC, and 30 days before.
NOW, REVIEWED = 1_789_378_200.0, "2026-08-15"


def contents(world: World) -> tuple[object, ...]:
    """All data of a world."""
    return world.accounts, world.permission_sets, world.users, world.groups


def assigned(world: World, group: str) -> dict[str, set[str]]:
    """The permission sets of a group, each with its accounts."""
    found: dict[str, set[str]] = {}
    for account_id, name in world.assigned_to(Principal.group(group)):
        found.setdefault(name, set()).add(account_id)
    return found


def test_assignments() -> None:
    """Permission sets are assigned to groups, in accounts that are alike; the one for emergencies to one person."""
    world = administered.well_run(NOW)
    prod, everywhere = set(PROD), {*PROD, DEV, SANDBOX}
    assert {each.name: assigned(world, each.name) for each in world.groups} == {
        "developers": {"ReadOnly": everywhere, "Developer": {DEV, SANDBOX}},
        "analysts": {"CostReports": {AUDIT, *PROD}, "DataAnalytics": prod},
        "auditors": {"AuditTrail": {AUDIT, *PROD}},
        "platform": {"NetworkOperations": prod, "QueueOperations": prod},
        "identity-admins": {READER: {MANAGEMENT}},
        "interns": {},
    }
    direct = {user.name: user.assignments for user in world.users if user.assignments}
    assert direct == {"alex@example.com": frozenset((each, "BreakGlass") for each in PROD)}
    assert [each.id for each in world.accounts] == [MANAGEMENT, AUDIT, *PROD, DEV, SANDBOX, OLD]


def test_nothing_to_do() -> None:
    """Nothing is outdated, requested, disabled or closed, and each group but one has members."""
    world = administered.well_run(NOW)
    outdated = [
        name
        for account in world.accounts
        for name in world.roles_in(account.id)
        if world.is_outdated(account.id, name)
    ]
    requests = [each for change in Change for each in world.requests(change)]
    states = {each.state for each in world.accounts}
    assert (outdated, requests, states, {each.enabled for each in world.users}) == ([], [], {"ACTIVE"}, {True})
    assert [each.name for each in world.groups if not each.members] == ["interns"]
    assert all(world.customer_policy(each.id, BOUNDARY) for each in world.accounts)


def test_permission_set() -> None:
    """A permission set says what it is for, who owns it, and that it was reviewed a month ago."""
    found = administered.well_run(NOW).permission_set("QueueOperations")
    assert found == PermissionSet(
        "QueueOperations",
        4,
        '{"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": ["sqs:PurgeQueue"], "Resource": "*"}]}',
        description="Example of the well-run company, for queueoperations tasks",
        tags={"owner": "platform", "reviewed": REVIEWED},
    )


def test_same_every_time() -> None:
    """The company is the same every time; of what it is at another time, only the date of the review differs."""
    first, same, later = (administered.well_run(each) for each in (NOW, NOW, NOW + 86400))
    assert contents(first) == contents(same)
    tags = {"owner": "platform", "reviewed": "2026-08-16"}
    assert tuple(replace(each, tags=tags) for each in first.permission_sets) == later.permission_sets


def test_settings() -> None:
    """What config.toml has to say of the company is valid."""
    found = config_toml.ConfigToml(Path("config.toml"), administered.SETTINGS.encode()).for_session("acme")
    expected = ReviewSettings(break_glass=("BreakGlass*",), required_tags=("owner",), reviewed_tag="reviewed")
    assert found.permission_sets == expected


def test_reader() -> None:
    """The role that reads may call each operation that ssohelper calls, and none that writes."""
    (layer,) = [Layer(IDENTITY, {"inline": administered.well_run(NOW).permission_set(READER).policy})]
    services = (IDENTITY_CENTER, IDENTITY_STORE, ORGANIZATIONS, IAM, ACCESS_ANALYZER)
    actions = [
        f"{service.prefix}:{operation.replace('_', '')}"
        for service in services
        for operation in OPERATIONS[service.client]
    ]
    assert [each for each in actions if not policies.decide([layer], Access(each, "*")).allowed] == []
    writes = ("sso:CreatePermissionSet", "sso:ProvisionPermissionSet", "identitystore:DeleteUser", "iam:CreateRole")
    assert [each for each in writes if policies.decide([layer], Access(each, "*")).allowed] == []


def test_policy_of() -> None:
    """A policy has one statement, with any resource or condition."""
    found = policy_of(
        "s3:GetObject", resource=["arn:aws:s3:::x/*"], Condition={"Bool": {"aws:SecureTransport": "true"}}
    )
    assert json.loads(found) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::x/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }
