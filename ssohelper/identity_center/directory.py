"""The users and groups of IAM Identity Center (`identitystore`). Email addresses are not kept, but user names are."""

from typing import Any

from ssohelper.errors import NotFound
from ssohelper.identity_center.admin_service import AdminService
from ssohelper.identity_center.responses import Response

_PAGE_SIZE = 100
# The attributes by which a person is found, in this order.
_USER_ATTRIBUTES = ("userName", "emails.value")
# https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_IsMemberInGroups.html
_MOST_GROUPS = 100
_MOST_LISTED = 2000
_ENABLED = {"ENABLED": True, "DISABLED": False}


class Directory:
    """The operations that read; each raises as `AdminService.ask` does."""

    def __init__(self, service: AdminService) -> None:
        self.service = service

    def user_id(self, store: str, name: str) -> str | None:
        """The id of the user with this user name, or else with this email address; None if there is none."""
        for attribute in _USER_ATTRIBUTES:
            identifier = {"UniqueAttribute": {"AttributePath": attribute, "AttributeValue": name}}
            try:
                return self.service.ask(
                    "get_user_id",
                    lambda found: found.text("UserId"),
                    IdentityStoreId=store,
                    AlternateIdentifier=identifier,
                )
            except NotFound:
                continue
        return None

    def user(self, store: str, user_id: str) -> dict[str, Any] | None:
        """`id`, `name` and `enabled` (None if AWS does not say) of a user; None for one who was deleted."""
        try:
            return self.service.ask(
                "describe_user",
                lambda found: _user(found) if found.equal("UserId", user_id) else None,
                IdentityStoreId=store,
                UserId=user_id,
            )
        except NotFound:
            return None

    def group(self, store: str, group_id: str) -> dict[str, Any] | None:
        """`id` and `name` of a group; None for one that was deleted."""
        try:
            return self.service.ask(
                "describe_group",
                lambda found: _group(found) if found.equal("GroupId", group_id) else None,
                IdentityStoreId=store,
                GroupId=group_id,
            )
        except NotFound:
            return None

    def users(self, store: str) -> list[dict[str, Any]]:
        """All users, each as `user` returns it."""
        return self.service.pages(
            "list_users",
            lambda page: [_user(each) for each in page.structures("Users")],
            _PAGE_SIZE,
            IdentityStoreId=store,
        )

    def some_users(self, store: str) -> list[str]:
        """The names of some users, not more than a few seconds can list."""
        found, _ = self.service.first_pages(
            "list_users",
            lambda page: [each.free_text("UserName") or "" for each in page.structures("Users")],
            _PAGE_SIZE,
            _MOST_LISTED,
            IdentityStoreId=store,
        )
        return found

    def groups(self, store: str) -> list[dict[str, Any]]:
        """All groups, each as `group` returns it."""
        return self.service.pages(
            "list_groups",
            lambda page: [_group(each) for each in page.structures("Groups")],
            _PAGE_SIZE,
            IdentityStoreId=store,
        )

    def members(self, store: str, group_id: str) -> list[str]:
        """The ids of the users in a group; none if it was deleted."""
        try:
            return self.service.pages(
                "list_group_memberships", _members, _PAGE_SIZE, IdentityStoreId=store, GroupId=group_id
            )
        except NotFound:
            return []

    def first_members(self, store: str, group_id: str) -> dict[str, Any]:
        """The ids of the first users in a group, as `members`, and `has_more`."""
        try:
            members, has_more = self.service.first_pages(
                "list_group_memberships", _members, _PAGE_SIZE, enough=1, IdentityStoreId=store, GroupId=group_id
            )
        except NotFound:  # the group was deleted
            members, has_more = [], False
        return {"members": members, "has_more": has_more}

    def groups_of(self, store: str, user_id: str, group_ids: list[str]) -> list[str]:
        """Which of these groups a user is in."""
        found: list[str] = []
        for start in range(0, len(group_ids), _MOST_GROUPS):
            found += self.service.ask(
                "is_member_in_groups",
                lambda response: [
                    each.text("GroupId") for each in response.structures("Results") if each.truth("MembershipExists")
                ],
                IdentityStoreId=store,
                MemberId={"UserId": user_id},
                GroupIds=group_ids[start : start + _MOST_GROUPS],
            )
        return found


def _user(found: Response) -> dict[str, Any]:
    return {
        "id": found.text("UserId"),
        "name": found.free_text("UserName"),
        "enabled": _ENABLED.get(found.optional_text("UserStatus") or ""),
    }


def _group(found: Response) -> dict[str, Any]:
    return {"id": found.text("GroupId"), "name": found.free_text("DisplayName")}


def _members(page: Response) -> list[str]:
    return [each.structure("MemberId").text("UserId") for each in page.structures("GroupMemberships")]
