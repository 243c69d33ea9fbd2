"""The identity store, as the real boto3 reads it with role credentials."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ssohelper.simulator import identifiers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import User
from tests.fixtures.role_clients import RoleClients, alternate, store
from tests.fixtures.sdk import api_error, without_metadata

CREATED = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
TIMES = {"CreatedAt": CREATED, "UpdatedAt": CREATED}
ANN, BOB, CAT = (identifiers.user_id(each) for each in ("ann@example.com", "bob", "cat"))
DEVELOPERS, GUESTS = (identifiers.group_id(each) for each in ("developers", "guests"))
UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def directory(roles: RoleClients) -> Any:
    """The identity store with the role of an administrator in the management account."""
    return roles.client("identitystore")


def test_users(directory: Any) -> None:
    """Users with their names, email and status."""
    ann = {
        **store(),
        "UserId": ANN,
        "UserArn": f"arn:aws:identitystore:::user/{ANN}",
        "Revision": "1",
        "UserName": "ann@example.com",
        "DisplayName": "Ann Lee",
        "Emails": [{"Value": "ann@example.com", "Type": "work", "Primary": True}],
        "UserStatus": "ENABLED",
        **TIMES,
    }
    listed = directory.list_users(**store())["Users"]
    assert (listed[0], without_metadata(directory.describe_user(**store(), UserId=ANN))) == (ann, ann)
    facts = [(each["UserName"], each["DisplayName"], each["UserStatus"], "Emails" in each) for each in listed[1:]]
    assert facts == [("bob", "bob", "ENABLED", False), ("cat", "cat", "DISABLED", False)]


def test_groups(directory: Any) -> None:
    """Groups with their descriptions, if they have one."""
    developers = {
        **store(),
        "GroupId": DEVELOPERS,
        "GroupArn": f"arn:aws:identitystore:::group/{DEVELOPERS}",
        "Revision": "1",
        "DisplayName": "developers",
        "Description": "Everybody who builds",
        **TIMES,
    }
    listed = directory.list_groups(**store())["Groups"]
    described = without_metadata(
        directory.describe_group(**store(), GroupId=f"arn:aws:identitystore:::group/{DEVELOPERS}")
    )
    assert (listed[0], described) == (developers, developers)
    assert (listed[1]["GroupId"], "Description" in listed[1], len(listed)) == (GUESTS, False, 2)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("userName", "ann@example.com", ANN),
        ("userName", "ANN@example.com", ANN),
        ("emails.value", "Ann@example.com", ANN),
        ("userName", "bob", BOB),
    ],
)
def test_user_id(directory: Any, path: str, value: str, expected: str) -> None:
    """A user is found by user name or email, in any case."""
    found = without_metadata(directory.get_user_id(**store(), **alternate(path, value)))
    assert found == {**store(), "UserId": expected, "UserArn": f"arn:aws:identitystore:::user/{expected}"}


def test_group_id(directory: Any) -> None:
    """A group is found by its display name."""
    assert directory.get_group_id(**store(), **alternate("displayName", "Guests"))["GroupId"] == GUESTS


@pytest.mark.parametrize(
    ("operation", "identifier", "code"),
    [
        ("get_user_id", alternate("userName", "nobody"), "ResourceNotFoundException"),
        ("get_user_id", alternate("emails.value", "bob"), "ResourceNotFoundException"),
        ("get_user_id", alternate("displayName", "Ann Lee"), "ValidationException"),
        ("get_user_id", alternate("userName", ""), "ResourceNotFoundException"),
        ("get_user_id", alternate("emails.value", ""), "ResourceNotFoundException"),
        (
            "get_user_id",
            {"AlternateIdentifier": {"ExternalId": {"Issuer": "a", "Id": "b"}}},
            "ResourceNotFoundException",
        ),
        ("get_group_id", alternate("displayName", "nothing"), "ResourceNotFoundException"),
        (
            "get_group_id",
            {"AlternateIdentifier": {"ExternalId": {"Issuer": "a", "Id": "b"}}},
            "ResourceNotFoundException",
        ),
        ("get_group_id", alternate("userName", "bob"), "ValidationException"),
    ],
)
def test_no_id(directory: Any, operation: str, identifier: dict[str, Any], code: str) -> None:
    """Nobody else is found, and by no other attribute."""
    assert api_error(getattr(directory, operation), **store(), **identifier).code == code


def test_memberships(directory: Any) -> None:
    """Memberships of a group and of a user; each has an id of its own."""
    of_group = directory.list_group_memberships(**store(), GroupId=DEVELOPERS)["GroupMemberships"]
    of_user = directory.list_group_memberships_for_member(**store(), MemberId={"UserId": ANN})["GroupMemberships"]
    assert [(each["GroupId"], each["MemberId"]) for each in of_group] == [
        (DEVELOPERS, {"UserId": ANN}),
        (DEVELOPERS, {"UserId": BOB}),
    ]
    assert (of_user, of_group[0]["MembershipId"] == of_group[1]["MembershipId"]) == ([of_group[0]], False)
    of_nobody = directory.list_group_memberships_for_member(**store(), MemberId={"UserId": CAT})["GroupMemberships"]
    assert of_nobody == []


def test_is_member(directory: Any) -> None:
    """Of which groups a user is a member, of at most 100 that are asked about."""
    asked = {"MemberId": {"UserId": ANN}, "GroupIds": [GUESTS, DEVELOPERS]}
    results = directory.is_member_in_groups(**store(), **asked)["Results"]
    assert [(each["GroupId"], each["MembershipExists"]) for each in results] == [(GUESTS, False), (DEVELOPERS, True)]
    error = api_error(directory.is_member_in_groups, **store(), **asked | {"GroupIds": [GUESTS] * 101})
    assert (error.code, "be a list of 1 to 100 members" in error.message) == ("ValidationException", True)


def test_not_found(administered: Simulator, directory: Any) -> None:
    """Another store, and a user or group that is gone, are not found."""
    administered.world.delete_user("bob")
    administered.world.delete_group("guests")
    other = {"IdentityStoreId": "d-0000000000"}
    member = {"MemberId": {"UserId": UNKNOWN}}
    messages = [
        api_error(directory.list_users, **other).message,
        api_error(directory.list_groups, **other).message,
        api_error(directory.describe_user, **store(), UserId=BOB).message,
        api_error(directory.describe_user, **store(), UserId=GUESTS).message,
        api_error(directory.describe_group, **store(), GroupId=GUESTS).message,
        api_error(directory.list_group_memberships, **store(), GroupId=UNKNOWN).message,
        api_error(directory.list_group_memberships_for_member, **store(), **member).message,
        api_error(directory.is_member_in_groups, **store(), **member, GroupIds=[DEVELOPERS]).message,
        api_error(directory.is_member_in_groups, **store(), MemberId={"UserId": ANN}, GroupIds=[UNKNOWN]).message,
    ]
    kinds = ["IDENTITY_STORE"] * 2 + ["USER"] * 2 + ["GROUP"] * 2 + ["USER"] * 2 + ["GROUP"]
    assert messages == [f"{each} not found." for each in kinds]


def test_pages(administered: Simulator, directory: Any) -> None:
    """A hundred users a page, unless fewer are asked for."""
    for number in range(120):
        administered.world.add_user(User(f"user-{number:03}"))
    paginator = directory.get_paginator("list_users")
    sizes = [
        [len(page["Users"]) for page in paginator.paginate(**store(), PaginationConfig=each)]
        for each in ({}, {"PageSize": 50})
    ]
    assert sizes == [[100, 23], [50, 50, 23]]


def test_filters(directory: Any) -> None:
    """A listing can be for one name."""
    by_name = {"Filters": [{"AttributePath": "UserName", "AttributeValue": "bob"}]}
    by_display_name = {"Filters": [{"AttributePath": "DisplayName", "AttributeValue": "guests"}]}
    assert [each["UserId"] for each in directory.list_users(**store(), **by_name)["Users"]] == [BOB]
    assert [each["GroupId"] for each in directory.list_groups(**store(), **by_display_name)["Groups"]] == [GUESTS]
    assert api_error(directory.list_groups, **store(), **by_name).code == "ValidationException"
