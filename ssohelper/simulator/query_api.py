"""What a role can ask about itself in its account: STS (2011-06-15) and IAM (2010-05-08), in the query protocol.

Each request has to be signed with role credentials that the portal issued. The role's permission set decides what it
may call, by the evaluator in `policies`.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from urllib.parse import quote

from ssohelper.simulator import policies, signatures
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Member, Request, Response, xml_response
from ssohelper.simulator.policies import BOUNDARY, IDENTITY, SERVICE_CONTROL, Decision
from ssohelper.simulator.portal import IssuedCredentials, Portal
from ssohelper.simulator.world import World


@dataclass(frozen=True, slots=True)
class _Caller:
    """A role that calls, by its credentials."""

    issued: IssuedCredentials
    world: World

    @property
    def role_name(self) -> str:
        """The name of the IAM role, which ends in 16 hex digits that differ between accounts."""
        return iam_role_name(self.issued.account_id, self.issued.role_name)

    @property
    def session_arn(self) -> str:
        """The ARN that STS gives."""
        return f"arn:aws:sts::{self.issued.account_id}:assumed-role/{self.role_name}/{self.issued.user}"

    @property
    def role_path(self) -> str:
        """The path of the IAM role; that of an instance in us-east-1 has no region."""
        region = "" if self.world.region == "us-east-1" else f"{self.world.region}/"
        return f"/aws-reserved/sso.amazonaws.com/{region}"

    @property
    def role_arn(self) -> str:
        """The ARN of the IAM role."""
        return f"arn:aws:iam::{self.issued.account_id}:role{self.role_path}{self.role_name}"

    @property
    def policies(self) -> dict[str, str]:
        """Its policies by kind."""
        found = self.world.permission_set(self.issued.role_name)
        limits = {BOUNDARY: found.boundary, SERVICE_CONTROL: self.world.service_control_policy}
        return {IDENTITY: found.policy, **{kind: each for kind, each in limits.items() if each}}

    def decide(self, action: str, resource: str) -> Decision:
        """Whether it may do something."""
        return policies.decide(self.policies, action, resource)


def iam_role_name(account_id: str, permission_set: str) -> str:
    """The name of the role in an account that a permission set becomes."""
    suffix = hashlib.sha256(f"{account_id} {permission_set}".encode()).hexdigest()[:16]
    return f"AWSReservedSSO_{permission_set}_{suffix}"


class QueryApi:
    """The operations of STS and IAM."""

    def __init__(self, world: World, portal: Portal, clock: Callable[[], float]) -> None:
        self._world = world
        self._portal = portal
        self._clock = clock
        self._lock = Lock()
        self._encoded: dict[str, str] = {}
        self._operations: dict[tuple[str, str], Callable[[_Caller, Mapping[str, str]], Member]] = {
            ("sts", "GetCallerIdentity"): self._get_caller_identity,
            ("sts", "DecodeAuthorizationMessage"): self._decode_authorization_message,
            ("iam", "GetRole"): self._get_role,
            ("iam", "SimulatePrincipalPolicy"): self._simulate_principal_policy,
        }

    def operation_name(self, request: Request) -> str | None:
        """The operation of a request, `InvalidAction` for one that there is not; None for another protocol."""
        try:
            action = request.form().get("Action")
        except ValueError:
            return None
        known = any(name == action for _, name in self._operations)
        return action if action is None or known else "InvalidAction"

    def handle(self, request: Request) -> Response:
        """The response to a request for an operation. Raises `AwsError`."""
        form = request.form()
        action = form["Action"]
        signed = signatures.check(request, self._portal.secrets_of, self._clock())
        caller = _Caller(self._portal.issued(signed.access_key_id), self._world)
        if caller.issued.expiration <= self._clock():
            raise AwsError(403, "ExpiredToken", "The security token included in the request is expired")
        operation = self._operations.get((signed.service, action))
        if operation is None:
            raise AwsError(400, "InvalidAction", f"Could not find operation {action}")
        return xml_response(f"{action}Response", {f"{action}Result": operation(caller, form)})

    def denied_message(self, access_key_id: str, action: str, resource: str) -> str:
        """The message of an AccessDenied error for what the role of a key may not do, like EC2's.

        Raises ValueError if it may.
        """
        caller = _Caller(self._portal.issued(access_key_id), self._world)
        decision = caller.decide(action, resource)
        if decision.allowed:
            raise ValueError(f"{action} on {resource} is allowed")
        encoded = secrets.token_urlsafe(200)
        context = {"principal": {"arn": caller.session_arn}, "action": action, "resource": resource}
        facts = {"allowed": False, "explicitDeny": decision.explicit, "context": context}
        with self._lock:
            self._encoded[encoded] = json.dumps(facts)
        return f"{_denial(caller, action, resource, decision)}. Encoded authorization failure message: {encoded}"

    def _get_caller_identity(self, caller: _Caller, _form: Mapping[str, str]) -> Member:
        return {
            "Arn": caller.session_arn,
            "UserId": f"AROA{caller.role_name[-16:].upper()}:{caller.issued.user}",
            "Account": caller.issued.account_id,
        }

    def _decode_authorization_message(self, caller: _Caller, form: Mapping[str, str]) -> Member:
        _require(caller, "sts:DecodeAuthorizationMessage", "*")
        with self._lock:
            decoded = self._encoded.get(form.get("EncodedMessage", ""))
        if decoded is None:
            raise AwsError(400, "InvalidAuthorizationMessageException", "Message is not valid")
        return {"DecodedMessage": decoded}

    def _get_role(self, caller: _Caller, form: Mapping[str, str]) -> Member:
        _require(caller, "iam:GetRole", caller.role_arn)
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
        if BOUNDARY in caller.policies:
            arn = f"arn:aws:iam::{caller.issued.account_id}:policy/boundary"
            role["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        return {"Role": role}

    def _simulate_principal_policy(self, caller: _Caller, form: Mapping[str, str]) -> Member:
        _require(caller, "iam:SimulatePrincipalPolicy", caller.role_arn)
        if form.get("PolicySourceArn") != caller.role_arn:
            raise AwsError(404, "NoSuchEntity", f"{form.get('PolicySourceArn')} does not exist.")
        actions, resources = _members(form, "ActionNames"), _members(form, "ResourceArns") or ["*"]
        if not actions or any(":" not in each for each in actions):
            raise AwsError(400, "InvalidInput", "Invalid input: ActionNames")
        return {
            "IsTruncated": "false",
            "EvaluationResults": [_evaluated(caller, action, each) for action in actions for each in resources],
        }


def _require(caller: _Caller, action: str, resource: str) -> None:
    decision = caller.decide(action, resource)
    if not decision.allowed:
        raise AwsError(403, "AccessDenied", _denial(caller, action, resource, decision))


def _denial(caller: _Caller, action: str, resource: str, decision: Decision) -> str:
    who = f"User: {caller.session_arn} is not authorized to perform: {action}"
    return f"{who} on resource: {resource} {decision.reason(action)}"


def _evaluated(caller: _Caller, action: str, resource: str) -> Member:
    """The result of a simulation: of the role's own policies, and whether those that limit it allow it, too."""
    known = caller.policies
    decision = caller.decide(action, resource)
    result: dict[str, Member] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": "allowed" if decision.allowed else "explicitDeny" if decision.explicit else "implicitDeny",
        "MatchedStatements": _matched(known[IDENTITY], action, resource),
        "MissingContextValues": [],
    }
    if SERVICE_CONTROL in known:
        allowed = policies.allows(known[SERVICE_CONTROL], action, resource)
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": str(allowed).lower()}
    if BOUNDARY in known:
        allowed = policies.allows(known[BOUNDARY], action, resource)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": str(allowed).lower()}
    return result


def _matched(policy: str, action: str, resource: str) -> Member:
    """The statements of the role's own policy that decide."""
    effects = policies.effects(policy, action, resource)
    return [{"SourcePolicyId": "inline", "SourcePolicyType": "IAM Policy"}] if effects else []


def _members(form: Mapping[str, str], name: str) -> list[str]:
    """A list in a form: `Name.member.1` and so on."""
    return [form[f"{name}.member.{number}"] for number in range(1, 101) if f"{name}.member.{number}" in form]
