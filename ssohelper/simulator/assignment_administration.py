"""The administration of IAM Identity Center (`sso-admin`, 2020-07-20): assignments, roles in accounts, requests."""

from collections.abc import Mapping

from ssohelper.simulator.administration import (
    INSTANCE,
    PAGES,
    PERMISSION_SET,
    not_found,
    permission_set,
    require_instance,
)
from ssohelper.simulator.entities import Principal
from ssohelper.simulator.errors import access_denied
from ssohelper.simulator.inputs import Choice, Members, Structure, Text
from ssohelper.simulator.json_api import Call, Operations, Output
from ssohelper.simulator.provisioning import Change, ChangeRequest

OPERATIONS = Operations()

_LATEST, _OLDER = "LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"
_PROVISIONING_STATUS: Members = {"ProvisioningStatus": Choice((_LATEST, _OLDER))}
_ACCOUNT: Members = {"AccountId": Text(r"\d{12}", 12, 12)}
_UUID = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
_PRINCIPAL: Members = {
    "PrincipalId": Text(rf"([0-9a-f]{{10}}-|){_UUID}", 1, 47),
    "PrincipalType": Choice(("USER", "GROUP")),
}
_STATUS: Members = {"Filter": Structure({}, {"Status": Choice(("IN_PROGRESS", "FAILED", "SUCCEEDED"))})}
_REQUEST = Text(r"\b[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}\b", 36, 36)


@OPERATIONS.add(Structure(PERMISSION_SET, _PROVISIONING_STATUS | PAGES))
def list_accounts_for_provisioned_permission_set(call: Call) -> Output:
    """ListAccountsForProvisionedPermissionSet: the accounts that have a role of it."""
    name = permission_set(call).name
    found = [each for each in call.world.accounts_with(name) if _has_status(call, each, name)]
    account_ids, more = call.page(found)
    return {"AccountIds": account_ids, **more}


@OPERATIONS.add(Structure(INSTANCE | _ACCOUNT, _PROVISIONING_STATUS | PAGES))
def list_permission_sets_provisioned_to_account(call: Call) -> Output:
    """ListPermissionSetsProvisionedToAccount: those that an account has a role of."""
    account_id = _account_id(call)
    found = [name for name in call.world.roles_in(account_id) if _has_status(call, account_id, name)]
    arns, more = call.page([call.world.permission_set_arn(name) for name in found])
    return {"PermissionSets": arns, **more}


@OPERATIONS.add(Structure(PERMISSION_SET | _ACCOUNT, PAGES))
def list_account_assignments(call: Call) -> Output:
    """ListAccountAssignments: of one permission set in one account."""
    arn, account_id = call.members["PermissionSetArn"], _account_id(call)
    principals, more = call.page(call.world.principals(account_id, permission_set(call).name))
    return {"AccountAssignments": [_assignment(account_id, arn, each) for each in principals], **more}


@OPERATIONS.add(Structure(INSTANCE | _PRINCIPAL, {"Filter": Structure({}, _ACCOUNT), **PAGES}))
def list_account_assignments_for_principal(call: Call) -> Output:
    """ListAccountAssignmentsForPrincipal, from the management account: a user's include those of their groups."""
    require_instance(call)
    if call.caller.account_id != call.world.management_account_id:
        raise access_denied(f"User: {call.caller.session_arn} is not authorized to perform: sso:{call.operation}")
    only = call.members.get("Filter", {}).get("AccountId")
    rows = [
        (account_id, name, source)
        for source in _sources(call)
        for account_id, name in call.world.assigned_to(source)
        if only in (None, account_id)
    ]
    found, more = call.page(rows)
    arn = call.world.permission_set_arn
    return {
        "AccountAssignments": [_assignment(account_id, arn(name), each) for account_id, name, each in found],
        **more,
    }


@OPERATIONS.add(Structure(INSTANCE, _STATUS | PAGES))
def list_account_assignment_creation_status(call: Call) -> Output:
    """ListAccountAssignmentCreationStatus."""
    return _list_requests(call, Change.ASSIGNMENT, "AccountAssignmentsCreationStatus")


@OPERATIONS.add(Structure(INSTANCE, _STATUS | PAGES))
def list_account_assignment_deletion_status(call: Call) -> Output:
    """ListAccountAssignmentDeletionStatus."""
    return _list_requests(call, Change.REMOVAL, "AccountAssignmentsDeletionStatus")


@OPERATIONS.add(Structure(INSTANCE, _STATUS | PAGES))
def list_permission_set_provisioning_status(call: Call) -> Output:
    """ListPermissionSetProvisioningStatus."""
    return _list_requests(call, Change.PROVISIONING, "PermissionSetsProvisioningStatus")


@OPERATIONS.add(Structure(INSTANCE | {"AccountAssignmentCreationRequestId": _REQUEST}))
def describe_account_assignment_creation_status(call: Call) -> Output:
    """DescribeAccountAssignmentCreationStatus."""
    request = _find_request(call, Change.ASSIGNMENT, "AccountAssignmentCreationRequestId")
    return {"AccountAssignmentCreationStatus": _assignment_status(request)}


@OPERATIONS.add(Structure(INSTANCE | {"AccountAssignmentDeletionRequestId": _REQUEST}))
def describe_account_assignment_deletion_status(call: Call) -> Output:
    """DescribeAccountAssignmentDeletionStatus."""
    request = _find_request(call, Change.REMOVAL, "AccountAssignmentDeletionRequestId")
    return {"AccountAssignmentDeletionStatus": _assignment_status(request)}


@OPERATIONS.add(Structure(INSTANCE | {"ProvisionPermissionSetRequestId": _REQUEST}))
def describe_permission_set_provisioning_status(call: Call) -> Output:
    """DescribePermissionSetProvisioningStatus."""
    request = _find_request(call, Change.PROVISIONING, "ProvisionPermissionSetRequestId")
    account = {"AccountId": request.account_id} if request.account_id else {}
    return {"PermissionSetProvisioningStatus": {**_status(request), **_details(request), **account}}


def _account_id(call: Call) -> str:
    require_instance(call)
    try:
        return call.world.account(call.members["AccountId"]).id
    except LookupError as error:
        raise not_found(str(error)) from None


def _has_status(call: Call, account_id: str, name: str) -> bool:
    wanted = call.members.get("ProvisioningStatus")
    return wanted is None or (wanted == _OLDER) == call.world.is_outdated(account_id, name)


def _sources(call: Call) -> list[Principal]:
    """From where a principal has assignments. Raises ResourceNotFoundException if it does not exist."""
    principal = Principal(call.members["PrincipalType"], call.members["PrincipalId"])
    user, group = call.world.find_user(principal.id), call.world.find_group(principal.id)
    if (user if principal.type == "USER" else group) is None:
        raise not_found(f"{principal.type} {principal.id} not found")
    groups = call.world.groups_of(user.name) if user else []
    return [principal, *(Principal.group(each) for each in groups)]


def _assignment(account_id: str, arn: str, principal: Principal) -> Mapping[str, str]:
    return {
        "AccountId": account_id,
        "PermissionSetArn": arn,
        "PrincipalType": principal.type,
        "PrincipalId": principal.id,
    }


def _list_requests(call: Call, change: Change, member: str) -> Output:
    require_instance(call)
    wanted = call.members.get("Filter", {}).get("Status")
    requests, more = call.page([each for each in call.world.requests(change) if wanted in (None, each.status)])
    return {member: [_status(each) for each in requests], **more}


def _find_request(call: Call, change: Change, member: str) -> ChangeRequest:
    require_instance(call)
    for each in call.world.requests(change):
        if each.id == call.members[member]:
            return each
    raise not_found(f"Request {call.members[member]} not found")


def _status(request: ChangeRequest) -> Output:
    return {"Status": request.status, "RequestId": request.id, "CreatedDate": request.created}


def _details(request: ChangeRequest) -> Output:
    reason = {"FailureReason": request.failure_reason} if request.status == "FAILED" else {}
    return {"PermissionSetArn": request.permission_set_arn, **reason}


def _assignment_status(request: ChangeRequest) -> Output:
    principal = request.principal
    assert principal is not None
    return {
        **_status(request),
        **_details(request),
        "TargetId": request.account_id,
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": principal.type,
        "PrincipalId": principal.id,
    }
