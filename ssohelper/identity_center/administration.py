"""The administration of IAM Identity Center (`sso-admin`): permission sets, provisioning, assignments.

Results are plain data that can be kept as JSON: times in Unix seconds, durations in seconds, `None` for what is not
set. Shapes are those of botocore's service model.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from ssohelper.errors import NotFound
from ssohelper.identity_center.admin_service import AdminService
from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.responses import Response

_Result = TypeVar("_Result")

_PAGE_SIZE = 100
# What lists the requests of a kind: operation, member. What describes one of them: operation, parameter, member.
_REQUESTS: dict[str, tuple[str, str, str, str, str]] = {
    "assignment": (
        "list_account_assignment_creation_status",
        "AccountAssignmentsCreationStatus",
        "describe_account_assignment_creation_status",
        "AccountAssignmentCreationRequestId",
        "AccountAssignmentCreationStatus",
    ),
    "removal": (
        "list_account_assignment_deletion_status",
        "AccountAssignmentsDeletionStatus",
        "describe_account_assignment_deletion_status",
        "AccountAssignmentDeletionRequestId",
        "AccountAssignmentDeletionStatus",
    ),
    "provisioning": (
        "list_permission_set_provisioning_status",
        "PermissionSetsProvisioningStatus",
        "describe_permission_set_provisioning_status",
        "ProvisionPermissionSetRequestId",
        "PermissionSetProvisioningStatus",
    ),
}
_OUTDATED = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,3})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?", re.ASCII)


class Administration:
    """The operations that read; each raises as `AdminService.ask` does."""

    def __init__(self, service: AdminService) -> None:
        self.service = service

    def instances(self, *, everywhere: bool = False) -> list[dict[str, Any]]:
        """The instances of this region, or of all regions if botocore can ask that: `arn`, `identity_store_id`,
        `owner_account_id`, `region`.
        """
        scope: dict[str, Any] = {}
        if everywhere:
            if not self.service.takes("list_instances", "RegionScope"):
                return []
            scope = {"RegionScope": "ALL_REGIONS"}
        return self.service.pages("list_instances", _instances, **scope)

    def attributes(self, instance: str) -> list[str]:
        """The names of the attributes that are handed on for access control; none if that is not set up."""
        try:
            return self.service.ask(
                "describe_instance_access_control_attribute_configuration", _attributes, InstanceArn=instance
            )
        except NotFound:
            return []

    def permission_sets(self, instance: str) -> list[str]:
        """The ARNs of all permission sets."""
        return self.service.pages(
            "list_permission_sets",
            lambda page: page.texts("PermissionSets", required=True),
            _PAGE_SIZE,
            InstanceArn=instance,
        )

    def describe(self, instance: str, permission_set: str) -> dict[str, Any]:
        """`name`, `description`, `created`, `session_seconds`, `relay_state` of a permission set."""
        return self._ask(
            "describe_permission_set", instance, permission_set, lambda found: _description(found, permission_set)
        )

    def managed_policies(self, instance: str, permission_set: str) -> list[str]:
        """The ARNs of its AWS-managed policies."""
        return self._pages(
            "list_managed_policies_in_permission_set",
            instance,
            permission_set,
            lambda page: [each.text("Arn") for each in page.structures("AttachedManagedPolicies")],
        )

    def customer_managed_policies(self, instance: str, permission_set: str) -> list[list[str]]:
        """The path and name of each of its customer-managed policies."""
        return self._pages(
            "list_customer_managed_policy_references_in_permission_set",
            instance,
            permission_set,
            lambda page: [_reference(each) for each in page.structures("CustomerManagedPolicyReferences")],
        )

    def inline_policy(self, instance: str, permission_set: str) -> str:
        """Its inline policy as it was written; empty if it has none."""
        return self._ask(
            "get_inline_policy_for_permission_set",
            instance,
            permission_set,
            lambda found: found.free_text("InlinePolicy") or "",
        )

    def boundary(self, instance: str, permission_set: str) -> str | list[str]:
        """Its permissions boundary: the ARN of an AWS-managed policy, or path and name; empty if it has none."""
        try:
            return self._ask("get_permissions_boundary_for_permission_set", instance, permission_set, _boundary)
        except NotFound:
            return ""

    def tags(self, instance: str, resource: str) -> dict[str, str]:
        """The tags of a permission set."""
        found = self.service.pages(
            "list_tags_for_resource",
            lambda page: [(each.text("Key"), each.free_text("Value") or "") for each in page.structures("Tags")],
            InstanceArn=instance,
            ResourceArn=resource,
        )
        return dict(found)

    def provisioned_accounts(self, instance: str, permission_set: str, *, outdated: bool = False) -> list[str]:
        """The ids of the accounts that have a role of it, or only of those with an older version."""
        return self._pages(
            "list_accounts_for_provisioned_permission_set",
            instance,
            permission_set,
            lambda page: page.texts("AccountIds", required=True),
            **(_OUTDATED if outdated else {}),
        )

    def provisioned_sets(self, instance: str, account_id: str, *, outdated: bool = False) -> list[str]:
        """The ARNs of the permission sets that an account has a role of, or only an older version."""
        return self.service.pages(
            "list_permission_sets_provisioned_to_account",
            lambda page: page.texts("PermissionSets", required=True),
            _PAGE_SIZE,
            InstanceArn=instance,
            AccountId=account_id,
            **(_OUTDATED if outdated else {}),
        )

    def assignments(self, instance: str, permission_set: str, account_id: str) -> list[list[str]]:
        """The type, `USER` or `GROUP`, and id of each principal that has a permission set in an account."""
        return self._pages(
            "list_account_assignments",
            instance,
            permission_set,
            lambda page: [
                _principal(each)
                for each in page.structures("AccountAssignments")
                if each.equal("AccountId", account_id) and each.equal("PermissionSetArn", permission_set)
            ],
            AccountId=account_id,
        )

    def assignments_of(
        self, instance: str, principal_type: str, principal_id: str, account_id: str | None = None
    ) -> list[list[str]]:
        """The permission set, account, principal type and principal id of each assignment of a user or a group.

        A user's include those of their groups. AWS documents it for the management account only.
        """
        only = {"Filter": {"AccountId": account_id}} if account_id else {}
        return self.service.pages(
            "list_account_assignments_for_principal",
            lambda page: [
                [each.text("PermissionSetArn"), each.text("AccountId"), *_principal(each)]
                for each in page.structures("AccountAssignments")
            ],
            _PAGE_SIZE,
            InstanceArn=instance,
            PrincipalType=principal_type,
            PrincipalId=principal_id,
            **only,
        )

    def requests(self, instance: str, kind: str, status: str) -> list[list[Any]]:
        """The id and time of each request of a kind with this status, `IN_PROGRESS` or `FAILED`."""
        operation, member, *_ = _REQUESTS[kind]
        return self.service.pages(
            operation,
            lambda page: [[each.text("RequestId"), each.time("CreatedDate")] for each in page.structures(member)],
            _PAGE_SIZE,
            InstanceArn=instance,
            Filter={"Status": status},
        )

    def request(self, instance: str, kind: str, request_id: str) -> dict[str, Any]:
        """One request: `status`, `created`, `reason`, and what it is about: `permission_set`, `account_id`,
        `principal_type`, `principal_id`.
        """
        *_, operation, parameter, member = _REQUESTS[kind]
        return self.service.ask(
            operation,
            lambda found: _request(found.structure(member), request_id),
            **{"InstanceArn": instance, parameter: request_id},
        )

    def _ask(
        self, operation: str, instance: str, permission_set: str, read: Callable[[Response], _Result]
    ) -> _Result:
        return self.service.ask(operation, read, InstanceArn=instance, PermissionSetArn=permission_set)

    def _pages(
        self,
        operation: str,
        instance: str,
        permission_set: str,
        read: Callable[[Response], list[_Result]],
        **arguments: Any,
    ) -> list[_Result]:
        return self.service.pages(
            operation, read, _PAGE_SIZE, InstanceArn=instance, PermissionSetArn=permission_set, **arguments
        )


def _instances(page: Response) -> list[dict[str, Any]]:
    return [
        {
            "arn": each.text("InstanceArn"),
            "identity_store_id": each.text("IdentityStoreId"),
            "owner_account_id": each.optional_text("OwnerAccountId"),
            "region": each.optional_text("PrimaryRegion"),
        }
        for each in page.structures("Instances")
    ]


def _attributes(found: Response) -> list[str]:
    configuration = found.structure("InstanceAccessControlAttributeConfiguration")
    return [each.text("Key") for each in configuration.structures("AccessControlAttributes")]


def _description(response: Response, permission_set: str) -> dict[str, Any]:
    found = response.structure("PermissionSet")
    found.equal("PermissionSetArn", permission_set)
    return {
        "name": found.text("Name"),
        "description": found.free_text("Description") or "",
        "created": found.time("CreatedDate"),
        "session_seconds": _seconds(found.optional_text("SessionDuration")),
        "relay_state": found.free_text("RelayState") or "",
    }


def _seconds(duration: str | None) -> int | None:
    """A duration of ISO 8601 in seconds, such as `PT8H`; moto has seconds."""
    if duration is None:
        return None
    if duration.isascii() and duration.isdigit() and len(duration) < 7:
        return int(duration)
    found = _DURATION.fullmatch(duration)
    if not found:
        raise invalid_response("IAM Identity Center")
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _boundary(response: Response) -> str | list[str]:
    found = response.structure("PermissionsBoundary")
    if found.has("ManagedPolicyArn"):
        return found.text("ManagedPolicyArn")
    return _reference(found.structure("CustomerManagedPolicyReference"))


def _reference(found: Response) -> list[str]:
    return [found.optional_text("Path") or "/", found.text("Name")]


def _principal(found: Response) -> list[str]:
    return [found.one_of("PrincipalType", ("USER", "GROUP")), found.text("PrincipalId")]


def _request(found: Response, request_id: str) -> dict[str, Any]:
    found.equal("RequestId", request_id)
    return {
        "status": found.one_of("Status", ("IN_PROGRESS", "FAILED", "SUCCEEDED")),
        "created": found.time("CreatedDate"),
        "permission_set": found.optional_text("PermissionSetArn"),
        "account_id": found.optional_text("TargetId") or found.optional_text("AccountId"),
        "principal_type": found.optional_text("PrincipalType"),
        "principal_id": found.optional_text("PrincipalId"),
        "reason": found.free_text("FailureReason"),
    }
