"""A company whose permission sets follow good practice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ssohelper.simulator import aws_policies
from ssohelper.simulator.entities import Account, Group, PermissionSet, User
from ssohelper.simulator.world import World

MANAGEMENT, AUDIT, PAYMENTS, DEV, SANDBOX, OLD = (
    "111122223333",
    "222233334444",
    "333344445555",
    "444455556666",
    "777788889999",
    "999900001111",
)
PROD = (PAYMENTS, "333344446666", "333344447777", "333344448888", "333344449999")
# What config.toml has to say of this company.
SETTINGS = """\
[defaults.permission_sets]
break_glass = ["BreakGlass*"]
required_tags = ["owner"]
reviewed_tag = "reviewed"
"""
READER = "IdentityCenterReader"
BOUNDARY = "/boundaries/developer"
READ_ONLY, POWER_USER, ADMINISTRATOR = map(
    aws_policies.arn, ("ReadOnlyAccess", "PowerUserAccess", "AdministratorAccess")
)
DAY_SECONDS = 86400


def well_run(now: float) -> World:
    """Return a company in whose permission sets a review finds nothing; `now` is in Unix seconds."""
    names = ("payments-prod", "orders-prod", "data-prod", "web-prod", "billing-prod")
    accounts = [
        Account(MANAGEMENT, "management", "aws+management@example.com"),
        Account(AUDIT, "security-audit", "aws+audit@example.com", ou="/security"),
        *(Account(each, name, f"aws+{name}@example.com", ou="/prod") for each, name in zip(PROD, names, strict=True)),
        Account(DEV, "payments-dev", "aws+dev@example.com", ou="/dev"),
        Account(SANDBOX, "sandbox", "aws+sandbox@example.com", ou="/sandbox"),
        Account(OLD, "old-shop", "aws+old@example.com", ou="/old"),
    ]
    people = ("alex", "ann", "bob", "carol", "dana", "erin", "frank", "grace", "henry")
    world = World(accounts, (), [User(f"{each}@example.com", display_name=each.title()) for each in people])
    world.add_customer_policy(BOUNDARY, aws_policies.POWER_USER, *(each.id for each in accounts))
    for group, members in {
        "developers": ("ann", "bob", "frank"),
        "analysts": ("carol",),
        "auditors": ("dana",),
        "platform": ("erin", "grace"),
        "identity-admins": ("alex", "henry"),
        "interns": (),
    }.items():
        world.add_group(Group(group, tuple(f"{each}@example.com" for each in members)))
    for permission_set, group, account_ids in _good_sets(now):
        world.add_permission_set(permission_set)
        for each in account_ids:
            world.assign(each, permission_set.name, group=group)
    world.add_permission_set(good("BreakGlass", now, session_hours=1, managed_policies=(ADMINISTRATOR,), policy=""))
    for each in PROD:
        world.assign(each, "BreakGlass", "alex@example.com")
    return world


def _good_sets(now: float) -> list[tuple[PermissionSet, str, Sequence[str]]]:
    """Permission sets, each with the group and the accounts that it is assigned to."""
    shared = (*PROD, DEV, SANDBOX)
    return [
        (good("ReadOnly", now, managed_policies=(READ_ONLY,), policy=""), "developers", shared),
        (
            good("Developer", now, managed_policies=(POWER_USER,), policy="", boundary=BOUNDARY),
            "developers",
            (DEV, SANDBOX),
        ),
        (
            good("AuditTrail", now, managed_policies=(aws_policies.arn("SecurityAudit"),), policy=""),
            "auditors",
            (AUDIT, *PROD),
        ),
        (good("CostReports", now, policy=policy_of("ce:GetCostAndUsage")), "analysts", (AUDIT, *PROD)),
        (good("NetworkOperations", now, policy=policy_of("ec2:RebootInstances")), "platform", PROD),
        (good("QueueOperations", now, policy=policy_of("sqs:PurgeQueue")), "platform", PROD),
        (good("DataAnalytics", now, policy=policy_of("athena:StartQueryExecution")), "analysts", PROD),
        (good(READER, now, policy=_reading()), "identity-admins", (MANAGEMENT,)),
    ]


def good(name: str, now: float, **changes: Any) -> PermissionSet:
    """A permission set that no rule objects to, but for what is changed."""
    good = {
        "session_hours": 4,
        "description": f"Example of the well-run company, for {name.lower()} tasks",
        "tags": {"owner": "platform", "reviewed": date_of(now - 30 * DAY_SECONDS)},
    }
    return PermissionSet(name, **{**good, **changes})


def date_of(seconds: float) -> str:
    """The date of a time in Unix seconds, as tags have it."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def policy_of(*actions: str, resource: str | list[str] = "*", **more: Any) -> str:
    """A policy with one statement, which allows these actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _reading() -> str:
    return policy_of(
        *(
            f"{service}:{verb}*"
            for service in ("sso", "identitystore", "organizations")
            for verb in ("Describe", "List")
        ),
        *("sso:Get*", "identitystore:Get*", "identitystore:IsMemberInGroups"),
        *("iam:GetPolicy", "iam:GetPolicyVersion", "iam:SimulateCustomPolicy", "access-analyzer:ValidatePolicy"),
    )
