"""STS (2011-06-15) and IAM (2010-05-08) in the query protocol.

Each request has to be signed with role credentials that the portal issued. The role's permission set decides what it
may call, by the evaluator in `policies`.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple
from urllib.parse import quote

from ssohelper.simulator.callers import Caller, Callers
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.iam_policies import Form, IamPolicies
from ssohelper.simulator.messages import Member, Request, Response, xml_response


class QueryOperation(NamedTuple):
    """An operation: its service, its name in counters and faults, and its parameters. Lists are named like these."""

    service: str
    label: str
    parameters: frozenset[str]


# A simulation has a field for each action, resource and policy.
_MOST_FIELDS = 5000
_SIMULATION = ("ActionNames", "ResourceArns", "ContextEntries", "MaxItems", "Marker")
_CUSTOM = ("PolicyInputList", "PermissionsBoundaryPolicyInputList", "OrderedOrganizationPolicyInputList")
OPERATIONS: Mapping[str, QueryOperation] = {
    name: QueryOperation(service, label, frozenset(parameters))
    for name, service, label, parameters in (
        ("GetCallerIdentity", "sts", "GetCallerIdentity", ()),
        ("DecodeAuthorizationMessage", "sts", "DecodeAuthorizationMessage", ("EncodedMessage",)),
        ("GetRole", "iam", "GetRole", ("RoleName",)),
        ("SimulatePrincipalPolicy", "iam", "SimulatePrincipalPolicy", ("PolicySourceArn", *_SIMULATION)),
        ("GetPolicy", "iam", "iam:GetPolicy", ("PolicyArn",)),
        ("GetPolicyVersion", "iam", "iam:GetPolicyVersion", ("PolicyArn", "VersionId")),
        ("SimulateCustomPolicy", "iam", "iam:SimulateCustomPolicy", (*_CUSTOM, *_SIMULATION)),
    )
}


class QueryApi:
    """The operations of STS and IAM."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._lock = Lock()
        self._encoded: dict[str, str] = {}
        policies = IamPolicies()
        self._operations: dict[str, Callable[[Caller, Form], Member]] = {
            "GetCallerIdentity": self._get_caller_identity,
            "DecodeAuthorizationMessage": self._decode_authorization_message,
            "GetRole": self._get_role,
            "SimulatePrincipalPolicy": policies.simulate_principal_policy,
            "GetPolicy": policies.get_policy,
            "GetPolicyVersion": policies.get_policy_version,
            "SimulateCustomPolicy": policies.simulate_custom_policy,
        }

    def operation_name(self, request: Request) -> str | None:
        """The label of a request's operation, `InvalidAction` for an unknown one; None for another protocol."""
        try:
            action = request.form(_MOST_FIELDS).get("Action")
        except ValueError:
            return None
        if action is None:
            return None
        return OPERATIONS[action].label if action in OPERATIONS else "InvalidAction"

    def handle(self, request: Request) -> Response:
        """The response to a request for an operation. Raises `AwsError`."""
        form = request.form(_MOST_FIELDS)
        action = form["Action"]
        caller, signed = self._callers.authenticate(request)
        operation = OPERATIONS.get(action)
        if operation is None or operation.service != signed.service:
            raise AwsError(400, "InvalidAction", f"Could not find operation {action}")
        for name in form.keys() - {"Action", "Version"}:
            if name.split(".")[0] not in operation.parameters:
                raise AwsError(400, "ValidationError", f"not a parameter that is simulated: {name}")
        result = self._operations[action](caller, form)
        return xml_response(f"{action}Response", {f"{action}Result": result})

    def denied_message(self, access_key_id: str, action: str, resource: str) -> str:
        """The message of an AccessDenied error for what the role of a key may not do, like EC2's.

        Raises ValueError if it may.
        """
        caller = self._callers.find(access_key_id)
        decision = caller.decide(action, resource)
        if decision.allowed:
            raise ValueError(f"{action} on {resource} is allowed")
        encoded = secrets.token_urlsafe(200)
        context = {"principal": {"arn": caller.session_arn}, "action": action, "resource": resource}
        facts = {"allowed": False, "explicitDeny": decision.explicit, "context": context}
        with self._lock:
            self._encoded[encoded] = json.dumps(facts)
        return f"{caller.denial(action, resource, decision)}. Encoded authorization failure message: {encoded}"

    def _get_caller_identity(self, caller: Caller, _form: Form) -> Member:
        return {
            "Arn": caller.session_arn,
            "UserId": f"AROA{caller.role_name[-16:].upper()}:{caller.issued.user}",
            "Account": caller.account_id,
        }

    def _decode_authorization_message(self, caller: Caller, form: Form) -> Member:
        caller.require("sts:DecodeAuthorizationMessage", "*")
        with self._lock:
            decoded = self._encoded.get(form.get("EncodedMessage", ""))
        if decoded is None:
            raise AwsError(400, "InvalidAuthorizationMessageException", "Message is not valid")
        return {"DecodedMessage": decoded}

    def _get_role(self, caller: Caller, form: Form) -> Member:
        caller.require("iam:GetRole", caller.role_arn)
        if form.get("RoleName") != caller.role_name:  # the only role that there is for this caller
            raise AwsError(404, "NoSuchEntity", f"The role with name {form.get('RoleName')} cannot be found.")
        role: dict[str, Member] = {
            "Path": caller.role_path,
            "RoleName": caller.role_name,
            "RoleId": f"AROA{caller.role_name[-16:].upper()}",
            "Arn": caller.role_arn,
            "CreateDate": "2026-01-12T09:30:00Z",
            "AssumeRolePolicyDocument": quote('{"Version": "2012-10-17", "Statement": []}'),
            "MaxSessionDuration": "43200",  # whatever the session duration of the permission set
        }
        if caller.boundary_arn:
            boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": caller.boundary_arn}
            role["PermissionsBoundary"] = boundary
        return {"Role": role}
