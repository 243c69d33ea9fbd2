"""The evaluator of IAM policies, on fixed cases."""

import json

import pytest

from ssohelper.simulator.policies import (
    BOUNDARY,
    IDENTITY,
    SERVICE_CONTROL,
    Access,
    Decision,
    Layer,
    check,
    decide,
    effects,
    missing_context,
)

KEY = "arn:aws:s3:::bucket/key"
WRITE = Access("s3:PutObject", KEY, {"aws:RequestedRegion": ["eu-west-1"]})


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
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}, True),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}, False),
    ],
)
def test_statements(statement: dict[str, object], allowed: bool) -> None:
    """Actions are compared without case, resources with it; wildcards, lists and negations work as in IAM."""
    document = policy(statement)
    check(document)
    assert decide([Layer(IDENTITY, {"p": document})], WRITE).allowed is allowed


DENY = policy({"Effect": "Deny", "Action": "s3:*"}, {})
OTHER = policy({"Action": "ec2:*"})


@pytest.mark.parametrize(
    ("layers", "allowed", "kind", "explicit"),
    [
        ([(IDENTITY, ALL)], True, IDENTITY, False),
        ([(IDENTITY, OTHER)], False, IDENTITY, False),
        ([(IDENTITY, DENY)], False, IDENTITY, True),
        ([(IDENTITY, OTHER, ALL)], True, IDENTITY, False),
        ([(IDENTITY, ALL, DENY)], False, IDENTITY, True),
        ([(IDENTITY,)], False, IDENTITY, False),
        ([(IDENTITY, ALL), (BOUNDARY, OTHER)], False, BOUNDARY, False),
        ([(IDENTITY, ALL), (BOUNDARY, DENY)], False, BOUNDARY, True),
        ([(IDENTITY, ALL), (BOUNDARY, ALL)], True, IDENTITY, False),
        ([(SERVICE_CONTROL, OTHER), (IDENTITY, ALL)], False, SERVICE_CONTROL, False),
        ([(SERVICE_CONTROL, DENY), (IDENTITY, ALL)], False, SERVICE_CONTROL, True),
        ([(SERVICE_CONTROL, ALL), (SERVICE_CONTROL, OTHER), (IDENTITY, ALL)], False, SERVICE_CONTROL, False),
        ([(SERVICE_CONTROL, ALL, OTHER), (SERVICE_CONTROL, ALL), (IDENTITY, ALL)], True, IDENTITY, False),
        ([(SERVICE_CONTROL, OTHER), (IDENTITY, DENY)], False, IDENTITY, True),
    ],
)
def test_decisions(layers: list[tuple[str, ...]], allowed: bool, kind: str, explicit: bool) -> None:
    """A deny in any policy counts first; then one policy of each layer has to allow."""
    found = [Layer(name, {str(number): each for number, each in enumerate(documents)}) for name, *documents in layers]
    assert decide(found, WRITE) == Decision(allowed, kind, explicit)


def test_effects() -> None:
    """The policies whose statements apply, by effect, once for each statement."""
    layer = Layer(IDENTITY, {"deny": DENY, "other": OTHER, "all": policy({}, {"Action": "s3:*"})})
    assert effects(layer, WRITE) == {"Deny": ["deny"], "Allow": ["deny", "all", "all"]}


def test_missing_context() -> None:
    """The context keys that conditions in all layers ask for, once each."""
    tagged = policy({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "a", "aws:RequestedRegion": "b"}}})
    layers = [Layer(IDENTITY, {"one": tagged, "two": ALL}), Layer(BOUNDARY, {"three": tagged})]
    assert missing_context(layers, WRITE) == ["aws:PrincipalTag/team"]


@pytest.mark.parametrize(
    "statement",
    [{"Condition": {"IpAddress": {}}}, {"Effect": "Maybe"}, {"Principal": "*"}, {"NotAction": "a:*", "Action": "*"}],
    ids=["condition", "effect", "principal", "twice"],
)
def test_not_simulated(statement: dict[str, object]) -> None:
    """What would be evaluated wrongly is refused."""
    with pytest.raises(ValueError, match="not simulated"):
        check(json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}}))


@pytest.mark.parametrize("document", ["", "{", "[]", "{}", '"x"', '{"Statement": ["x"]}', '{"Statement": [{}]}'])
def test_not_a_policy(document: str) -> None:
    """Anything else is not a policy."""
    with pytest.raises(ValueError, match="not a policy"):
        check(document)
