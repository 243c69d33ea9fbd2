"""Ids and ARNs have the forms of AWS, and are the same every time."""

import re

import pytest

from ssohelper.simulator import identifiers

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("found", "pattern"),
    [
        (identifiers.user_id("ann"), "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (identifiers.instance_arn(ACCOUNT), "arn:aws:sso:::instance/ssoins-[0-9a-f]{16}"),
        (
            identifiers.permission_set_arn(identifiers.instance_id(ACCOUNT), "ReadOnly", 1),
            "arn:aws:sso:::permissionSet/ssoins-[0-9a-f]{16}/ps-[0-9a-f]{16}",
        ),
        (identifiers.identity_store_id(ACCOUNT), "d-[0-9a-f]{10}"),
        (identifiers.iam_role_name(ACCOUNT, "ReadOnly"), "AWSReservedSSO_ReadOnly_[0-9a-f]{16}"),
        (identifiers.organization_id(ACCOUNT), "o-[0-9a-f]{10}"),
        (identifiers.root_id(ACCOUNT), "r-[0-9a-f]{4}"),
        (identifiers.organizational_unit_id(ACCOUNT, "/prod"), "ou-[0-9a-f]{4}-[0-9a-f]{8}"),
    ],
)
def test_forms(found: str, pattern: str) -> None:
    """Each id is in the form of its kind."""
    assert re.fullmatch(pattern, found)


def test_distinct() -> None:
    """Other names have other ids; so has what is made again under the same name."""
    found = [
        *(identifiers.user_id(each) for each in ("ann", "bob")),
        *(identifiers.group_id(each) for each in ("ann", "bob")),
        *(identifiers.membership_id("ops", each) for each in ("ann", "bob")),
        *(identifiers.permission_set_arn("ssoins-1", "Admin", number) for number in (1, 2)),
        *(identifiers.iam_role_name(ACCOUNT, "Admin", number) for number in (1, 2)),
        *(identifiers.organizational_unit_id(ACCOUNT, each) for each in ("/prod", "/prod/eu")),
    ]
    assert len(set(found)) == len(found)
    assert identifiers.iam_role_name(ACCOUNT, "Admin") == identifiers.iam_role_name(ACCOUNT, "Admin", 1)
