"""The identity store (`identitystore`, 2020-06-15): users, groups and memberships. Only operations that read."""

from collections.abc import Mapping, Sequence
from typing import Any

from ssohelper.simulator import identifiers
from ssohelper.simulator.entities import CREATED, Group, User
from ssohelper.simulator.errors import AwsError, Service
from ssohelper.simulator.inputs import Anything, ListOf, Members, Number, Structure, Text
from ssohelper.simulator.json_api import Call, JsonService, Operations, Output

SERVICE = JsonService(Service.IDENTITY_STORE, "AWSIdentityStore", "identitystore")
OPERATIONS = Operations()

_HEX = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
_ID = Text(rf"(arn:aws[a-z-]*:identitystore:::(user|group|membership)/)?([0-9a-f]{{10}}-|){_HEX}", 1, 100)
_STORE_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STORE: Members = {
    "IdentityStoreId": Text(
        rf"(arn:aws[a-z-]*:identitystore::\d{{12}}:identitystore/)?(d-[0-9a-f]{{10}}|{_STORE_UUID})", 1, 93
    )
}
# Without control characters, as far as Python's patterns can say it.
_WORD, _WORDS = r"[^\s\x00-\x1f]+", r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+"
_EXTENSIONS: Members = {"Extensions": ListOf(Text("aws:identitystore:[a-z]{1,20}", 1, 50), 1, 10)}
_PATH = Text(r"[^\W\d_]+(:[^\W\d_]+:[^\W\d_]+)?(\.[^\W\d_]+){0,3}", 1, 255)
_FILTER = Structure({"AttributePath": _PATH, "AttributeValue": Text(_WORDS, 1, 1024)})
_PAGES: Members = {"MaxResults": Number(1, 100), "NextToken": Text(r"[-a-zA-Z0-9+=/:_]*", 1, 65535)}
_LIST: Members = {"Filters": ListOf(_FILTER, 0, 1), **_PAGES}
_ALTERNATIVE = Structure(
    {},
    {
        "ExternalId": Structure({"Issuer": Text(_WORD, 1, 256), "Id": Text(_WORD, 1, 256)}),
        "UniqueAttribute": Structure({"AttributePath": _PATH, "AttributeValue": Anything()}),
    },
)
_LOOK_UP = Structure(_STORE | {"AlternateIdentifier": _ALTERNATIVE})
_MEMBER: Members = {"MemberId": Structure({}, {"UserId": _ID})}


@OPERATIONS.add(_LOOK_UP)
def get_user_id(call: Call) -> Output:
    """GetUserId: by user name or email."""
    path, value = _unique_attribute(call, ("userName", "emails.value"))
    for user in _users(call):
        if value and value.lower() == (user.name if path == "userName" else user.email).lower():
            return {"IdentityStoreId": _store(call), **_user_id(user)}
    raise _not_found("USER")


@OPERATIONS.add(_LOOK_UP)
def get_group_id(call: Call) -> Output:
    """GetGroupId: by display name."""
    _, value = _unique_attribute(call, ("displayName",))
    for group in call.world.groups:
        if value.lower() == group.name.lower():
            return {"IdentityStoreId": _store(call), **_group_id(group.name)}
    raise _not_found("GROUP")


@OPERATIONS.add(Structure(_STORE | {"UserId": _ID}, _EXTENSIONS))
def describe_user(call: Call) -> Output:
    """DescribeUser."""
    return _user(call, _find_user(call, call.members["UserId"]))


@OPERATIONS.add(Structure(_STORE | {"GroupId": _ID}))
def describe_group(call: Call) -> Output:
    """DescribeGroup."""
    return _group(call, _find_group(call, call.members["GroupId"]))


@OPERATIONS.add(Structure(_STORE, _LIST | _EXTENSIONS))
def list_users(call: Call) -> Output:
    """ListUsers: all, or the one with a user name."""
    name = _filter(call, "UserName")
    users, more = call.page([each for each in _users(call) if name in (None, each.name)])
    return {"Users": [_user(call, each) for each in users], **more}


@OPERATIONS.add(Structure(_STORE, _LIST))
def list_groups(call: Call) -> Output:
    """ListGroups: all, or the one with a display name."""
    _require_store(call)
    name = _filter(call, "DisplayName")
    groups, more = call.page([each for each in call.world.groups if name in (None, each.name)])
    return {"Groups": [_group(call, each) for each in groups], **more}


@OPERATIONS.add(Structure(_STORE | {"GroupId": _ID}, _PAGES))
def list_group_memberships(call: Call) -> Output:
    """ListGroupMemberships: the members of a group."""
    group = _find_group(call, call.members["GroupId"])
    members, more = call.page(group.members)
    return {"GroupMemberships": [_membership(call, group.name, each) for each in members], **more}


@OPERATIONS.add(Structure(_STORE | _MEMBER, _PAGES))
def list_group_memberships_for_member(call: Call) -> Output:
    """ListGroupMembershipsForMember: the groups of a user."""
    user = _member(call)
    groups, more = call.page(call.world.groups_of(user.name))
    return {"GroupMemberships": [_membership(call, each, user.name) for each in groups], **more}


@OPERATIONS.add(Structure(_STORE | _MEMBER | {"GroupIds": ListOf(_ID, 1, 100)}))
def is_member_in_groups(call: Call) -> Output:
    """IsMemberInGroups: which of these groups a user is a member of."""
    user = _member(call)
    groups = [_find_group(call, each) for each in call.members["GroupIds"]]
    results = [
        {
            "GroupId": identifiers.group_id(each.name),
            "MemberId": {"UserId": identifiers.user_id(user.name)},
            "MembershipExists": user.name in each.members,
        }
        for each in groups
    ]
    return {"Results": results}


def _require_store(call: Call) -> None:
    if call.members["IdentityStoreId"].rpartition("/")[2] != _store(call) or call.region != call.world.region:
        raise _not_found("IDENTITY_STORE")


def _store(call: Call) -> str:
    return identifiers.identity_store_id(call.world.management_account_id)


def _users(call: Call) -> Sequence[User]:
    _require_store(call)
    return call.world.users


def _find_user(call: Call, user_id: str) -> User:
    _require_store(call)
    found = call.world.find_user(user_id.rpartition("/")[2])
    if found is None:
        raise _not_found("USER", user_id)
    return found


def _find_group(call: Call, group_id: str) -> Group:
    _require_store(call)
    found = call.world.find_group(group_id.rpartition("/")[2])
    if found is None:
        raise _not_found("GROUP", group_id)
    return found


def _member(call: Call) -> User:
    if "UserId" not in call.members["MemberId"]:
        raise call.service.invalid("MemberId has no member")
    return _find_user(call, call.members["MemberId"]["UserId"])


def _not_found(kind: str, resource_id: str | None = None) -> AwsError:
    details = {"ResourceType": kind} | ({"ResourceId": resource_id} if resource_id else {})
    return AwsError(400, "ResourceNotFoundException", f"{kind} not found.", details=details)


def _unique_attribute(call: Call, paths: Sequence[str]) -> tuple[str, str]:
    """The path and the value of the attribute to look up. An external id is never found."""
    _require_store(call)
    identifier: Mapping[str, Any] = call.members["AlternateIdentifier"]
    if len(identifier) != 1:
        raise call.service.invalid("AlternateIdentifier must have exactly one member")
    attribute = identifier.get("UniqueAttribute")
    if attribute is None:
        raise _not_found("USER" if "userName" in paths else "GROUP")
    if attribute["AttributePath"] not in paths or not isinstance(attribute["AttributeValue"], str):
        raise call.service.invalid(f"not a unique attribute: {attribute['AttributePath']}")
    return attribute["AttributePath"], attribute["AttributeValue"]


def _filter(call: Call, path: str) -> str | None:
    """The value that a listing is for; None for all."""
    filters = call.members.get("Filters")
    if not filters:
        return None
    if filters[0]["AttributePath"] != path:
        raise call.service.invalid(f"not a filter: {filters[0]['AttributePath']}")
    return str(filters[0]["AttributeValue"])


def _user_id(user: User) -> dict[str, str]:
    user_id = identifiers.user_id(user.name)
    return {"UserId": user_id, "UserArn": f"arn:aws:identitystore:::user/{user_id}"}


def _group_id(name: str) -> dict[str, str]:
    group_id = identifiers.group_id(name)
    return {"GroupId": group_id, "GroupArn": f"arn:aws:identitystore:::group/{group_id}"}


def _user(call: Call, user: User) -> Output:
    emails = {"Emails": [{"Value": user.email, "Type": "work", "Primary": True}]} if user.email else {}
    return {
        "IdentityStoreId": _store(call),
        **_user_id(user),
        **_REVISION,
        "UserName": user.name,
        "DisplayName": user.display_name or user.name,
        "UserStatus": "ENABLED" if user.enabled else "DISABLED",
        **emails,
    }


def _group(call: Call, group: Group) -> Output:
    description = {"Description": group.description} if group.description else {}
    return {
        "IdentityStoreId": _store(call),
        **_group_id(group.name),
        **_REVISION,
        "DisplayName": group.name,
        **description,
    }


def _membership(call: Call, group: str, user: str) -> Output:
    membership_id = identifiers.membership_id(group, user)
    return {
        "IdentityStoreId": _store(call),
        "MembershipId": membership_id,
        "MembershipArn": f"arn:aws:identitystore:::membership/{membership_id}",
        "GroupId": identifiers.group_id(group),
        "MemberId": {"UserId": identifiers.user_id(user)},
        "CreatedAt": CREATED,
        "UpdatedAt": CREATED,
    }


_REVISION: Mapping[str, object] = {"Revision": "1", "CreatedAt": CREATED, "UpdatedAt": CREATED}
