"""Examples of what a review of permission sets finds, each with its fix, in a company that follows good practice."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ssohelper.simulator.administered import (
    ADMINISTRATOR,
    BOUNDARY,
    DAY_SECONDS,
    DEV,
    MANAGEMENT,
    OLD,
    PAYMENTS,
    PROD,
    READ_ONLY,
    date_of,
    good,
    policy_of,
)
from ssohelper.simulator.entities import Group, PermissionSet, Principal, User
from ssohelper.simulator.world import World

# So many prototypes that there are too many permission sets with few accounts.
_TOWNS = (
    *(
        "Aarhus",
        "Bergen",
        "Cork",
        "Delft",
        "Evora",
        "Faro",
        "Ghent",
        "Havre",
        "Imola",
        "Jena",
        "Kiel",
        "Lyon",
        "Metz",
    ),
    *(
        "Nantes",
        "Oulu",
        "Porto",
        "Quimper",
        "Riga",
        "Siena",
        "Turku",
        "Umea",
        "Vigo",
        "Wels",
        "Xanten",
        "York",
        "Zadar",
    ),
    *("Brno", "Cadiz", "Derry", "Espoo", "Fulda", "Gdansk"),
)
_STUCK_SECONDS = 2 * 3600


class Example(NamedTuple):
    """How a kind of finding comes about in a well-run company, and what makes it disappear."""

    kind: str
    plant: Callable[[World], object]
    fix: Callable[[World], object]


def examples(now: float) -> list[Example]:
    """Return an example of each kind of finding that a review of this company can have; `now` is in Unix seconds.

    Each is independent of the others.
    """
    return [*_by_permission_set(now), *_by_assignment(now), *_by_request(now)]


def plant_all(world: World, now: float) -> World:
    """Return the company with all examples. So many permission sets are too many, without an example of that."""
    for each in examples(now):
        if each.kind != "too-many":
            each.plant(world)
    return world


def _by_permission_set(now: float) -> list[Example]:
    """Examples that consist of one permission set, and are fixed by a change of it."""
    bucket = "arn:aws:s3:::reports-"
    small, large = (
        [f"{bucket}{number:03}" for number in range(220)],
        [f"{bucket}{number:0150}" for number in range(55)],
    )
    team = {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}
    table: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
        # kind, name, what is wrong, what is right
        ("no-description", "SupportDesk", {"description": ""}, {"description": "Answers customers' questions"}),
        (
            "no-tag",
            "MailDelivery",
            {"tags": {"reviewed": date_of(now)}},
            {"tags": {"owner": "x", "reviewed": date_of(now)}},
        ),
        (
            "review-due",
            "CacheFlush",
            {"tags": {"owner": "web", "reviewed": "2024-01-31"}},
            {"tags": {"owner": "web", "reviewed": date_of(now)}},
        ),
        ("relay-state", "CampaignPages", {"relay_state": "https://campaigns.example.com/"}, {"relay_state": ""}),
        ("does-nothing", "ArchiveRestore", {"policy": ""}, {"policy": policy_of("glacier:InitiateJob")}),
        ("session-long", "BatchOperator", {"session_hours": 12}, {"session_hours": 4}),
        (
            "too-long",
            "ReportBuckets",
            {"policy": policy_of("s3:GetObject", resource=small)},
            {"policy": policy_of("s3:GetObject", resource=f"{bucket}*")},
        ),
        (
            "near-limit",
            "ReportUploads",
            {"policy": policy_of("s3:PutObject", resource=large)},
            {"policy": policy_of("s3:PutObject", resource=f"{bucket}*/x")},
        ),
        (
            "action-unknown",
            "TopicPublisher",
            {"policy": policy_of("sns:Publsh")},
            {"policy": policy_of("sns:Publish")},
        ),
        (
            "policy-finding",
            "StreamReader",
            {"policy": policy_of("kinesis:GetRecords").replace('"Version": "2012-10-17", ', "")},
            {"policy": policy_of("kinesis:GetRecords")},
        ),
        (
            "allow-not-action",
            "SandboxOwner",
            {
                "policy": json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
                    }
                ),
                "boundary": BOUNDARY,
            },
            {"policy": policy_of("cloudformation:CreateStack")},
        ),
        (
            "read-only-writes",
            "TableReadOnly",
            {"policy": policy_of("dynamodb:GetItem", "dynamodb:PutItem")},
            {"policy": policy_of("dynamodb:GetItem")},
        ),
        (
            "manages-iam",
            "PipelineDeploy",
            {"policy": policy_of("iam:CreateRole", "iam:AttachRolePolicy")},
            {"boundary": BOUNDARY},
        ),
        ("no-boundary", "ClusterOwner", {"policy": policy_of("eks:*")}, {"boundary": BOUNDARY}),
        (
            "boundary-against-inline",
            "SnapshotCopy",
            {"policy": policy_of("rds:CopyDBSnapshot"), "boundary": READ_ONLY},
            {"policy": policy_of("rds:DescribeDBSnapshots")},
        ),
        (
            "session-long-power",
            "BreakGlassNetwork",
            {"session_hours": 8, "managed_policies": (ADMINISTRATOR,), "policy": ""},
            {"session_hours": 1},
        ),
    ]
    found = [_changed(now, *row) for row in table]
    mapped = policy_of("logs:GetLogEvents", Condition=team)
    add = _adding("attribute-unmapped", "LogViewerByTeam", now, {"policy": mapped})
    return [
        *found,
        Example("attribute-unmapped", add, lambda world: world.access_control_attributes.update(team="${path:team}")),
    ]


def _by_assignment(now: float) -> list[Example]:
    """Examples that consist of assignments, principals or accounts, and of names."""

    def add(name: str, *account_ids: str, group: str = "developers", **changes: Any) -> Callable[[World], None]:
        def added(world: World) -> None:
            own = policy_of("s3:ListBucket", resource=f"arn:aws:s3:::{name.lower()}")
            world.add_permission_set(good(name, now, **{"policy": own, **changes}))
            for each in account_ids:
                world.assign(each, name, group=group)

        return added

    def then(*steps: Callable[[World], object]) -> Callable[[World], None]:
        def done(world: World) -> None:
            for step in steps:
                step(world)

        return done

    alex, ann, henry = (f"{each}@example.com" for each in ("alex", "ann", "henry"))
    everyone = [f"{each}@example.com" for each in ("alex", "ann", "bob", "carol", "dana", "erin")]
    regional = [
        policy_of("ec2:StopInstances", Condition={"StringEquals": {"aws:RequestedRegion": each}})
        for each in ("eu-west-1", "us-east-1")
    ]
    bounded = ("OrdersEngineer", "CatalogEngineer", "PricingEngineer", "StockEngineer", "MobileEngineer")
    return [
        Example("name-unclear", add("TestRole", PAYMENTS), lambda world: world.delete_permission_set("TestRole")),
        Example(
            "names-unlike",
            add("legacy_support_tools", PAYMENTS),
            lambda world: world.delete_permission_set("legacy_support_tools"),
        ),
        Example(
            "name-twins",
            then(add("DataAnalyst", PAYMENTS), add("DataAnalyst2", PAYMENTS)),
            lambda world: world.delete_permission_set("DataAnalyst2"),
        ),
        Example(
            "nowhere", add("EventPlanning"), lambda world: world.assign(PAYMENTS, "EventPlanning", group="analysts")
        ),
        Example(
            "nobody", add("SummerProject", PAYMENTS, group="interns"), lambda world: world.add_member("interns", ann)
        ),
        Example(
            "gone",
            then(
                add("InvoiceArchive", PAYMENTS),
                lambda world: world.add_user(User("leaver@example.com", frozenset({(PAYMENTS, "InvoiceArchive")}))),
                lambda world: world.delete_user("leaver@example.com"),
            ),
            lambda world: world.withdraw(PAYMENTS, "InvoiceArchive", "leaver@example.com"),
        ),
        Example(
            "disabled",
            then(lambda world: world.assign(PAYMENTS, "BreakGlass", henry), lambda world: world.disable_user(henry)),
            lambda world: world.enable_user(henry),
        ),
        Example(
            "account-closed",
            then(add("ShopClosing", OLD, PAYMENTS), lambda world: world.change_account(OLD, state="SUSPENDED")),
            lambda world: world.withdraw(OLD, "ShopClosing", group="developers"),
        ),
        Example(
            "break-glass-group",
            add("BreakGlassQueues", PAYMENTS, group="platform"),
            then(
                lambda world: world.assign(PAYMENTS, "BreakGlassQueues", alex),
                lambda world: world.withdraw(PAYMENTS, "BreakGlassQueues", group="platform"),
            ),
        ),
        Example(
            "break-glass-wide",
            then(
                add("BreakGlassData"),
                *(lambda world, user=each: world.assign(PAYMENTS, "BreakGlassData", user) for each in everyone),
            ),
            lambda world: world.withdraw(PAYMENTS, "BreakGlassData", ann),
        ),
        Example(
            "power-everyday",
            add(
                "PlatformTeam",
                PAYMENTS,
                group="platform",
                session_hours=1,
                policy="",
                managed_policies=(ADMINISTRATOR,),
            ),
            lambda world: world.change_permission_set(
                "PlatformTeam", provision=True, managed_policies=(), policy=policy_of("ecs:UpdateService")
            ),
        ),
        Example(
            "direct",
            then(add("ReleaseNotes"), lambda world: world.assign(PAYMENTS, "ReleaseNotes", ann)),
            then(
                lambda world: world.assign(PAYMENTS, "ReleaseNotes", group="developers"),
                lambda world: world.withdraw(PAYMENTS, "ReleaseNotes", ann),
            ),
        ),
        Example(
            "alike",
            then(
                add("InstancesEurope", PAYMENTS, policy=regional[0]),
                add("InstancesAmerica", PAYMENTS, policy=regional[1]),
            ),
            lambda world: world.delete_permission_set("InstancesAmerica"),
        ),
        Example(
            "boundary-unlike",
            then(*(add(each, PAYMENTS, boundary="" if each == bounded[-1] else BOUNDARY) for each in bounded)),
            lambda world: world.change_permission_set(bounded[-1], provision=True, boundary=BOUNDARY),
        ),
        Example(
            "ou-uneven",
            lambda world: world.withdraw(PROD[-1], "QueueOperations", group="platform"),
            lambda world: world.assign(PROD[-1], "QueueOperations", group="platform"),
        ),
        Example(
            "management",
            lambda world: world.assign(MANAGEMENT, "CostReports", group="analysts"),
            lambda world: world.withdraw(MANAGEMENT, "CostReports", group="analysts"),
        ),
        Example(
            "too-many",
            then(*(add(f"{each}Prototype", DEV) for each in _TOWNS)),
            then(*(lambda world, name=each: world.delete_permission_set(f"{name}Prototype") for each in _TOWNS)),
        ),
    ]


def _by_request(now: float) -> list[Example]:
    """Examples of changes that did not reach an account."""
    missing, newcomers = "/reports/writer", Principal.group("newcomers")

    def stuck(world: World) -> None:
        world.provisioning_seconds = 30 * DAY_SECONDS
        world.provision("NetworkOperations", PAYMENTS, created=now - _STUCK_SECONDS)
        world.provisioning_seconds = 0

    def adding(name: str, **changes: Any) -> PermissionSet:
        return good(name, now, policy=policy_of("s3:ListBucket", resource=f"arn:aws:s3:::{name.lower()}"), **changes)

    def not_there(world: World) -> None:
        world.add_permission_set(adding("ReportWriter", customer_managed_policies=(missing,)))
        world.add_customer_policy(missing, policy_of("s3:PutObject"), DEV)
        world.assign(DEV, "ReportWriter", group="analysts")
        world.request_assignment(PAYMENTS, "ReportWriter", Principal.group("analysts"))

    def there(world: World) -> None:
        world.add_customer_policy(missing, policy_of("s3:PutObject"), PAYMENTS)
        world.request_assignment(PAYMENTS, "ReportWriter", Principal.group("analysts"))

    def failed(world: World) -> None:
        world.request_assignment(PAYMENTS, "QueueOperations", newcomers)

    def repeated(world: World) -> None:
        world.add_group(Group("newcomers", ("ann@example.com",)))
        for each in PROD:
            world.request_assignment(each, "QueueOperations", newcomers)

    return [
        Example("policy-not-there", not_there, there),
        Example("failed", failed, repeated),
        Example("stuck", stuck, lambda world: world.complete_requests()),
        Example(
            "outdated",
            lambda world: world.change_permission_set("DataAnalytics", policy=policy_of("athena:StopQueryExecution")),
            lambda world: world.provision("DataAnalytics"),
        ),
    ]


def _changed(now: float, kind: str, name: str, wrong: dict[str, Any], right: dict[str, Any]) -> Example:
    return Example(
        kind,
        _adding(kind, name, now, wrong),
        lambda world: world.change_permission_set(name, provision=True, **right),
    )


def _adding(kind: str, name: str, now: float, wrong: dict[str, Any]) -> Callable[[World], object]:
    """Adds a permission set and assigns it: to a group in a production account, or to a user for emergencies."""

    def plant(world: World) -> None:
        own = policy_of("s3:ListBucket", resource=f"arn:aws:s3:::{kind}")
        world.add_permission_set(good(name, now, **{"policy": own, **wrong}))
        if name.startswith("BreakGlass"):
            world.assign(PAYMENTS, name, "alex@example.com")
        else:
            world.assign(PAYMENTS, name, group="developers")

    return plant
