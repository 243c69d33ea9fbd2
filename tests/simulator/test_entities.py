"""Accounts, permission sets and principals: what is valid, and what a version is."""

from typing import Any

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.entities import Account, PermissionSet, Principal
from ssohelper.simulator.identifiers import user_id


@pytest.mark.parametrize(
    "account_id", ["", "1", "12345678901", "1234567890123", "12345678901x", "1234567890\N{FULLWIDTH DIGIT ONE}2"]
)
def test_invalid_account_id(account_id: str) -> None:
    """An account id without exactly 12 digits is a ValueError."""
    with pytest.raises(ValueError, match="12 digits"):
        Account(account_id)


@pytest.mark.parametrize("changes", [{"state": "GONE"}, {"ou": ""}, {"ou": "prod"}, {"ou": "/prod/"}, {"ou": "//"}])
def test_invalid_account(changes: dict[str, str]) -> None:
    """A state that Organizations does not know, or a path that is not one, is a ValueError."""
    with pytest.raises(ValueError, match="not a"):
        Account("111122223333", **changes)


@pytest.mark.parametrize("name", ["", "x" * 33, "two words", "sla/sh", "ümlaut", "new\nline"])
def test_invalid_permission_set_name(name: str) -> None:
    """A permission set name that AWS does not allow is a ValueError."""
    with pytest.raises(ValueError, match="not a valid permission set name"):
        PermissionSet(name)


@pytest.mark.parametrize("hours", [-1, 0, 13])
def test_invalid_session_hours(hours: int) -> None:
    """A session duration outside of 1 to 12 hours is a ValueError."""
    with pytest.raises(ValueError, match="must be 1 to 12"):
        PermissionSet("ReadOnly", hours)


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "{"},
        {"managed_policies": ("arn:aws:iam::aws:policy/Unheard",)},
        {"boundary": "arn:aws:iam::aws:policy/Unheard"},
        {"customer_managed_policies": ("no-path",)},
        {"boundary": "no-path"},
    ],
)
def test_invalid_policies(changes: dict[str, Any]) -> None:
    """A policy that is not one, is not simulated, or has no path is a ValueError."""
    with pytest.raises(ValueError, match="not a"):
        PermissionSet("ReadOnly", **changes)


def test_required_policies() -> None:
    """What has to exist in an account: the customer-managed policies, and the boundary if it is one."""
    own = PermissionSet("A", customer_managed_policies=("/a", "/path/b"), boundary="/limits/c")
    managed = PermissionSet("B", boundary=aws_policies.arn("PowerUserAccess"))
    assert [each.required_policies for each in (own, managed)] == [("/a", "/path/b", "/limits/c"), ()]


def test_versions() -> None:
    """Tags do not reach the roles in accounts; everything else makes another version."""
    one = PermissionSet("A", 1, tags={"owner": "a"})
    assert one.is_version_of(PermissionSet("A", 1, tags={"owner": "b"}))
    others = [PermissionSet("A", 2), PermissionSet("A", policy=""), PermissionSet("A", description="x")]
    assert not any(one.is_version_of(each) for each in others)


def test_principals() -> None:
    """A user and a group of one name are two principals."""
    assert Principal.user("ops") == ("USER", user_id("ops"))
    assert Principal.user("ops").id != Principal.group("ops").id
