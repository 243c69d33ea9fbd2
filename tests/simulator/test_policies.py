"""The evaluator of IAM policies, on fixed cases."""

import json

import pytest

from ssohelper.simulator.policies import BOUNDARY, IDENTITY, SERVICE_CONTROL, Decision, allows, check, decide

KEY = "arn:aws:s3:::bucket/key"


def policy(*statements: dict[str, object]) -> str:
    """A policy of statements, which allow everything on everything unless they say otherwise."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    completed = [
        {name: value for name, value in {**everything, **each}.items() if f"Not{name}" not in each}
        for each in statements
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": completed})


ALL = policy({})


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, True),
        ({"Action": "s3:PutObject"}, True),
        ({"Action": "S3:putobject"}, True),
        ({"Action": ["s3:Get*", "s3:Put?bject"]}, True),
        ({"Action": "s3:Get*"}, False),
        ({"Action": "s3:PutObjec"}, False),
        ({"NotAction": ["iam:*", "organizations:*"]}, True),
        ({"NotAction": "s3:*"}, False),
        ({"Resource": "arn:aws:s3:::bucket/*"}, True),
        ({"Resource": "arn:aws:s3:::BUCKET/*"}, False),
        ({"Resource": ["arn:aws:s3:::other/*", KEY]}, True),
        ({"NotResource": "arn:aws:s3:::bucket/*"}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_statements(statement: dict[str, object], allowed: bool) -> None:
    """Actions are compared without case, resources with it; wildcards, lists and negations work as in IAM."""
    assert allows(policy(statement), "s3:PutObject", KEY) is allowed


DENY = policy({"Effect": "Deny", "Action": "s3:*"}, {})
OTHER = policy({"Action": "ec2:*"})


@pytest.mark.parametrize(
    ("policies", "allowed", "kind", "explicit"),
    [
        ({IDENTITY: ALL}, True, IDENTITY, False),
        ({IDENTITY: OTHER}, False, IDENTITY, False),
        ({IDENTITY: DENY}, False, IDENTITY, True),
        ({IDENTITY: ALL, BOUNDARY: OTHER}, False, BOUNDARY, False),
        ({IDENTITY: ALL, BOUNDARY: DENY}, False, BOUNDARY, True),
        ({IDENTITY: ALL, BOUNDARY: ALL}, True, IDENTITY, False),
        ({IDENTITY: ALL, SERVICE_CONTROL: OTHER}, False, SERVICE_CONTROL, False),
        ({IDENTITY: ALL, SERVICE_CONTROL: DENY}, False, SERVICE_CONTROL, True),
        ({IDENTITY: DENY, SERVICE_CONTROL: OTHER}, False, IDENTITY, True),
    ],
)
def test_decisions(policies: dict[str, str], allowed: bool, kind: str, explicit: bool) -> None:
    """A deny in any policy counts first; then each kind has to allow."""
    assert decide(policies, "s3:PutObject", KEY) == Decision(allowed, kind, explicit)


@pytest.mark.parametrize(
    "statement",
    [{"Condition": {}}, {"Effect": "Maybe"}, {"Principal": "*"}],
    ids=["condition", "effect", "principal"],
)
def test_not_simulated(statement: dict[str, object]) -> None:
    """What would be evaluated wrongly is refused."""
    with pytest.raises(ValueError, match="not simulated"):
        check(policy(statement))
