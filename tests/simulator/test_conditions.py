"""Conditions of policy statements, on fixed cases."""

import pytest

from ssohelper.simulator.conditions import check, holds, like, missing

CONTEXT = {"aws:RequestedRegion": ["eu-central-1"], "aws:TagKeys": ["team", "cost"], "aws:SecureTransport": ["true"]}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}, True),
        ({"StringEquals": {"AWS:requestedregion": "eu-central-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "EU-central-1"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:RequestedRegion": "EU-central-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}, False),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringLike": {"aws:RequestedRegion": "eu-*"}}, True),
        ({"StringNotLike": {"aws:RequestedRegion": "eu-*"}}, False),
        ({"StringEquals": {"aws:TagKeys": "cost"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "payments"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalTag/team": "payments"}}, True),
        ({"StringNotEquals": {"aws:PrincipalTag/team": "payments"}}, True),
        ({"Null": {"aws:PrincipalTag/team": "true"}}, True),
        ({"Null": {"aws:RequestedRegion": "true"}}, False),
        ({"StringLike": {"aws:RequestedRegion": "eu-*"}, "Bool": {"aws:SecureTransport": "false"}}, False),
    ],
)
def test_holds(condition: dict[str, dict[str, object]], expected: bool) -> None:
    """Each comparison has to be true for one of the values; a key without a value fails it, unless it is negated."""
    check(condition)
    assert holds(condition, CONTEXT) is expected


@pytest.mark.parametrize(
    "condition", ["x", {"StringEquals": "x"}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"ForAnyValue:Bool": {}}]
)
def test_not_simulated(condition: object) -> None:
    """An operator that would be evaluated wrongly is refused."""
    with pytest.raises(ValueError, match="condition"):
        check(condition)


def test_missing() -> None:
    """The keys that a condition asks for, and the context does not have."""
    condition = {
        "StringLike": {"aws:requestedregion": "*", "aws:PrincipalTag/team": "*"},
        "Null": {"s3:prefix": "true"},
    }
    assert missing(condition, CONTEXT) == {"aws:PrincipalTag/team", "s3:prefix"}


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [("a*c", "abbc", True), ("a?c", "abc", True), ("a?c", "ac", False), ("[a]", "a", False), ("*", "a\nb", True)],
)
def test_like(pattern: str, value: str, expected: bool) -> None:
    """`*` is for any text, `?` for one character; all others are for themselves."""
    assert like(pattern, value) is expected
