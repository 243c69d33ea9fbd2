"""What rules are told of a permission set: whether it is reviewed, and what it is for."""

import json
from typing import Any

import pytest

from ssohelper.permission_sets.inventory import Account, PermissionSet
from ssohelper.settings.model import ReviewSettings
from tests.fixtures.inventories import POLICY, PROD, inventory, permission_set, review

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(**changes: Any) -> str:
    """A policy that allows everything, with changes."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{**EVERYTHING, **changes}]})


@pytest.mark.parametrize(
    ("ignore", "names"),
    [
        ((), ["AWSReadOnly", "Developer", None]),
        (("AWS*",), ["Developer", None]),
        (("aws*", "DEVELOPER"), [None]),
        (("*",), [None]),
    ],
)
def test_sets(ignore: tuple[str, ...], names: list[str | None]) -> None:
    """Those that the settings ignore, in any case, are not reviewed; one without a known name is."""
    sets = permission_set("AWSReadOnly"), permission_set("Developer"), PermissionSet("arn:a")
    found = review(inventory(*sets, assignments=[]), ReviewSettings(ignore=ignore))
    assert [each.name for each in found.sets] == names


@pytest.mark.parametrize(
    ("name", "break_glass", "read_only"),
    [
        ("ProdBreakGlass", True, False),
        ("breakglass", True, False),
        ("AuditReaders", False, True),
        ("viewer", False, True),
        ("Developer", False, False),
        (None, False, False),
    ],
)
def test_named(name: str | None, break_glass: bool, read_only: bool) -> None:
    """What a permission set is for is told by its name, in any case."""
    found = review(inventory())
    each = PermissionSet("arn:a", name)
    assert (found.is_break_glass(each), found.is_read_only(each)) == (break_glass, read_only)


@pytest.mark.parametrize(
    ("ou", "development"),
    [("/dev", True), ("/eu/Dev/team", True), ("/sandbox", True), ("/prod", False), ("/", False), (None, False)],
)
def test_development(ou: str | None, development: bool) -> None:
    """An account is for development if its place in the tree says so; of an unknown place, nothing is assumed."""
    found = review(inventory(accounts={PROD: Account(PROD, "a", "ACTIVE", ou)}))
    assert (found.is_development(PROD), found.is_development("1")) == (development, False)


@pytest.mark.parametrize(
    ("inline", "managed", "expected"),
    [
        (POLICY, (READ_ONLY,), [POLICY, "document"]),
        ("", (READ_ONLY, "arn:unread"), ["document"]),
        (None, None, []),
    ],
)
def test_documents(inline: str | None, managed: tuple[str, ...] | None, expected: list[str]) -> None:
    """The documents are the inline policy, and the managed ones that could be read."""
    each = permission_set(inline_policy=inline, managed_policies=managed)
    assert review(inventory(each, documents={READ_ONLY: "document"})).documents(each) == expected


@pytest.mark.parametrize(
    ("changes", "full"),
    [
        ({"managed_policies": ("arn:aws:iam::aws:policy/AdministratorAccess",)}, True),
        ({"managed_policies": ("arn:aws-cn:iam::aws:policy/AdministratorAccess",)}, True),
        ({"managed_policies": ("arn:aws:iam::111122223333:policy/AdministratorAccess",)}, False),
        ({"managed_policies": (READ_ONLY,)}, True),
        ({"inline_policy": policy()}, True),
        ({"inline_policy": policy(Action=["*:*"]), "boundary": READ_ONLY}, True),
        ({"inline_policy": policy(Action="s3:*")}, False),
        ({"inline_policy": policy(Resource="arn:aws:s3:::b")}, False),
        ({"inline_policy": policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})}, False),
        ({"inline_policy": policy(Effect="Deny")}, False),
        ({"inline_policy": "not a policy"}, False),
        ({"inline_policy": None, "managed_policies": None}, False),
    ],
)
def test_full_power(changes: dict[str, Any], full: bool) -> None:
    """Full power is AdministratorAccess of AWS, or a policy that allows everything."""
    each = permission_set(**changes)
    # Here, this policy allows everything, whatever its name.
    assert review(inventory(each, documents={READ_ONLY: policy()})).has_full_power(each) is full
