"""What IAM (2010-05-08) says of policies: their documents, and simulations of them, in the query protocol."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from ssohelper.simulator import aws_policies, identifiers, policies
from ssohelper.simulator.callers import Caller
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Member
from ssohelper.simulator.pagination import InvalidToken, Pagination
from ssohelper.simulator.policies import BOUNDARY, IDENTITY, SERVICE_CONTROL, Access, Layer

Form = Mapping[str, str]
_CUSTOMER_VERSION = "v1"
_LEVELS, _MOST_LEVELS = "OrderedOrganizationPolicyInputList", 7
# From the least restrictive decision to the most restrictive one.
_DECISIONS = ("allowed", "implicitDeny", "explicitDeny")


class IamPolicies:
    """The operations; each takes a caller and a form, and returns its result or raises AwsError."""

    def __init__(self) -> None:
        self._pagination = Pagination()

    def get_policy(self, caller: Caller, form: Form) -> Member:
        """GetPolicy: an AWS-managed policy, or a customer-managed one of the caller's account."""
        arn = required(form, "PolicyArn")
        caller.require("iam:GetPolicy", arn)
        _, version = _document(caller, arn)
        path = arn.partition(":policy")[2].rpartition("/")[0] + "/"
        return {
            "Policy": {
                "PolicyName": aws_policies.name(arn),
                "PolicyId": f"ANPA{identifiers.digest(arn)[:17].upper()}",
                "Arn": arn,
                "Path": path,
                "DefaultVersionId": version,
                "IsAttachable": "true",
                "CreateDate": "2026-01-12T09:30:00Z",
                "UpdateDate": "2026-01-12T09:30:00Z",
            }
        }

    def get_policy_version(self, caller: Caller, form: Form) -> Member:
        """GetPolicyVersion: the document, in the only version that there is."""
        arn, version = required(form, "PolicyArn"), required(form, "VersionId")
        caller.require("iam:GetPolicyVersion", arn)
        document, existing = _document(caller, arn)
        if version != existing:
            raise AwsError(404, "NoSuchEntity", f"Policy {arn} version {version} does not exist.")
        facts = {"VersionId": version, "IsDefaultVersion": "true", "CreateDate": "2026-01-12T09:30:00Z"}
        return {"PolicyVersion": {"Document": quote(document), **facts}}

    def simulate_principal_policy(self, caller: Caller, form: Form) -> Member:
        """SimulatePrincipalPolicy: of the caller's own role."""
        caller.require("iam:SimulatePrincipalPolicy", caller.role_arn)
        if form.get("PolicySourceArn") != caller.role_arn:
            raise AwsError(404, "NoSuchEntity", f"{form.get('PolicySourceArn')} does not exist.")
        return self._simulation(caller, form, caller.layers)

    def simulate_custom_policy(self, caller: Caller, form: Form) -> Member:
        """SimulateCustomPolicy: of the documents in the request."""
        caller.require("iam:SimulateCustomPolicy", "*")
        layers = [Layer(SERVICE_CONTROL, each) for each in _organization_levels(form)]
        layers.append(Layer(IDENTITY, _documents(form, "PolicyInputList")))
        if not layers[-1].documents:
            raise AwsError(400, "ValidationError", "PolicyInputList is missing")
        boundary = _documents(form, "PermissionsBoundaryPolicyInputList")
        if len(boundary) > 1:
            raise _invalid_input("only one permissions boundary can be simulated")
        return self._simulation(caller, form, [*layers, *([Layer(BOUNDARY, boundary)] if boundary else [])])

    def _simulation(self, caller: Caller, form: Form, layers: Sequence[Layer]) -> Member:
        actions = members(form, "ActionNames")
        if not actions or any(":" not in each or "*" in each or "?" in each for each in actions):
            raise _invalid_input(f"ActionNames: {actions}")
        resources, context = members(form, "ResourceArns") or ["*"], _context(form)
        size = form.get("MaxItems", "100")
        if not (size.isascii() and size.isdigit() and 1 <= int(size[:5]) <= 1000):
            raise AwsError(400, "ValidationError", f"MaxItems must be 1 to 1000, not {size}")
        listing = f"{caller.session_arn} {sorted(set(form.items()) - {('Marker', form.get('Marker', ''))})}"
        try:
            page = self._pagination.page(listing, actions, int(size), form.get("Marker"))
        except InvalidToken:
            raise _invalid_input("Marker") from None
        return {
            "IsTruncated": "true" if page.next_token else "false",
            **({"Marker": page.next_token} if page.next_token else {}),
            "EvaluationResults": [
                _result(action, [_evaluate(layers, Access(action, each, context)) for each in resources])
                for action in page.items
            ],
        }


class _Evaluation(NamedTuple):
    """What the layers say of one action on one resource. None: there is no layer of that kind."""

    resource: str
    decision: str
    matched: Sequence[str]
    missing: Sequence[str]
    organization_allows: bool | None
    boundary_allows: bool | None


def required(form: Form, name: str) -> str:
    """A parameter. Raises ValidationError if it is missing."""
    if not form.get(name):
        raise AwsError(400, "ValidationError", f"{name} is missing")
    return form[name]


def members(form: Form, name: str) -> list[str]:
    """A list in a form: `Name.member.1` and so on."""
    return list(_members(form, name))


def _members(form: Form, name: str) -> Iterator[str]:
    number = 1
    while f"{name}.member.{number}" in form:
        yield form[f"{name}.member.{number}"]
        number += 1


def _documents(form: Form, name: str) -> Mapping[str, str]:
    """Policies in a request, by the ids that a simulation gives them."""
    documents = {f"{name}.{number}": each for number, each in enumerate(_members(form, name), 1)}
    for each in documents.values():
        try:
            policies.check(each)
        except ValueError as error:
            raise _invalid_input(str(error)) from None
    return documents


def _organization_levels(form: Form) -> Iterator[Mapping[str, str]]:
    """The service control policies of each level, from the root of an organization to the account."""
    number = 1
    while documents := _documents(form, f"{_LEVELS}.member.{number}.ServiceControlPolicyInputList"):
        if number > _MOST_LEVELS:
            raise AwsError(400, "ValidationError", f"{_LEVELS} has more than {_MOST_LEVELS} members")
        yield documents
        number += 1


def _context(form: Form) -> dict[str, list[str]]:
    context: dict[str, list[str]] = {}
    number = 1
    while key := form.get(f"ContextEntries.member.{number}.ContextKeyName"):
        context[key] = members(form, f"ContextEntries.member.{number}.ContextKeyValues")
        number += 1
    return context


def _document(caller: Caller, arn: str) -> tuple[str, str]:
    """The document of a managed policy and its version."""
    if arn in aws_policies.DOCUMENTS:
        return aws_policies.DOCUMENTS[arn], aws_policies.VERSION
    prefix = f"arn:aws:iam::{caller.account_id}:policy"
    document = (
        caller.world.customer_policy(caller.account_id, arn.removeprefix(prefix)) if arn.startswith(prefix) else None
    )
    if document is None:
        raise AwsError(404, "NoSuchEntity", f"Policy {arn} was not found.")
    return document, _CUSTOMER_VERSION


def _evaluate(layers: Sequence[Layer], access: Access) -> _Evaluation:
    decision = policies.decide(layers, access)
    own = [layer for layer in layers if layer.kind == IDENTITY]
    effects = policies.effects(own[0], access)
    matched = effects.get("Allow", []) if decision.allowed else effects.get("Deny", []) if decision.explicit else []
    return _Evaluation(
        access.resource,
        "allowed" if decision.allowed else "explicitDeny" if decision.explicit else "implicitDeny",
        matched,
        policies.missing_context(own, access),
        _allows(layers, SERVICE_CONTROL, access),
        _allows(layers, BOUNDARY, access),
    )


def _allows(layers: Sequence[Layer], kind: str, access: Access) -> bool | None:
    limits = [layer for layer in layers if layer.kind == kind]
    return policies.decide(limits, access).allowed if limits else None


def _result(action: str, found: Sequence[_Evaluation]) -> Member:
    """The result for an action, on all resources together and on each of them."""
    result: dict[str, Member] = {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": max((each.decision for each in found), key=_DECISIONS.index),
        "MatchedStatements": _statements({policy: None for each in found for policy in each.matched}),
        "MissingContextValues": sorted({key for each in found for key in each.missing}),
    }
    details = (
        ("OrganizationsDecisionDetail", "AllowedByOrganizations", [each.organization_allows for each in found]),
        (
            "PermissionsBoundaryDecisionDetail",
            "AllowedByPermissionsBoundary",
            [each.boundary_allows for each in found],
        ),
    )
    result |= {name: {member: _truth(all(allowed))} for name, member, allowed in details if None not in allowed}
    if [each.resource for each in found] != ["*"]:
        result["ResourceSpecificResults"] = [_resource_result(each) for each in found]
    return result


def _resource_result(found: _Evaluation) -> Member:
    result: dict[str, Member] = {
        "EvalResourceName": found.resource,
        "EvalResourceDecision": found.decision,
        "MatchedStatements": _statements(dict.fromkeys(found.matched)),
        "MissingContextValues": found.missing,
    }
    if found.boundary_allows is not None:
        detail = {"AllowedByPermissionsBoundary": _truth(found.boundary_allows)}
        result["PermissionsBoundaryDecisionDetail"] = detail
    return result


def _statements(policy_ids: Mapping[str, None]) -> Member:
    return [{"SourcePolicyId": each, "SourcePolicyType": "IAM Policy"} for each in policy_ids]


def _truth(value: bool) -> str:
    return str(value).lower()


def _invalid_input(message: str) -> AwsError:
    return AwsError(400, "InvalidInput", f"Invalid input: {message}")
