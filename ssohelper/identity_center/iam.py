"""IAM, asked by a role about itself: GetRole and SimulatePrincipalPolicy."""

from collections.abc import Sequence
from typing import NamedTuple

from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.profile_clients import Keys, ProfileClients
from ssohelper.identity_center.responses import Response

_SERVICE = "IAM"
_DECISIONS = ("allowed", "explicitDeny", "implicitDeny")


class Simulated(NamedTuple):
    """What the policies of a role say of one action, as IAM simulates it.

    `decision` is `allowed`, `explicitDeny` or `implicitDeny`. `organization_allows` and `boundary_allows` are None if
    there are no service control policies, or no permissions boundary. `policies` are those of the matching
    statements.
    """

    decision: str
    organization_allows: bool | None
    boundary_allows: bool | None
    policies: Sequence[str]
    missing_context_keys: Sequence[str]


class Iam:
    """IAM with the settings of one profile."""

    def __init__(self, profile: ProfileClients) -> None:
        self._clients = profile

    def role_arn(self, keys: Keys, name: str) -> str:
        """The ARN of a role by its name (GetRole). Raises as `ProfileClients.call` does."""
        return self._clients.call("iam", _SERVICE, keys, "get_role", {"RoleName": name}).structure("Role").text("Arn")

    def simulate(self, keys: Keys, role_arn: str, action: str, resource: str | None) -> Simulated:
        """What the policies of a role say of an action (SimulatePrincipalPolicy).

        It knows no resource-based policies, VPC endpoint policies and session policies. Raises as
        `ProfileClients.call` does.
        """
        arguments: dict[str, object] = {"PolicySourceArn": role_arn, "ActionNames": [action]}
        if resource:
            arguments["ResourceArns"] = [resource]
        response = self._clients.call("iam", _SERVICE, keys, "simulate_principal_policy", arguments)
        found = next(response.structures("EvaluationResults"), None)
        if found is None:
            raise invalid_response(_SERVICE)
        decision = found.text("EvalDecision")
        if decision not in _DECISIONS or found.text("EvalActionName").lower() != action.lower():
            raise invalid_response(_SERVICE)
        return Simulated(
            decision,
            _detail(found, "OrganizationsDecisionDetail", "AllowedByOrganizations"),
            _detail(found, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
            [each.text("SourcePolicyId") for each in found.optional_structures("MatchedStatements")],
            found.texts("MissingContextValues"),
        )


def reserved_role_arn(session_arn: str, name: str, region: str) -> str:
    """The ARN of a role that Identity Center made in an account, by the ARN that STS gives its sessions.

    The path has the region of the instance, unless that is us-east-1 (IAM Identity Center User Guide, "Referencing
    permission sets in resource policies").
    """
    _, partition, _, _, account_id, _ = session_arn.split(":", 5)
    path = "" if region == "us-east-1" else f"{region}/"
    return f"arn:{partition}:iam::{account_id}:role/aws-reserved/sso.amazonaws.com/{path}{name}"


def _detail(found: Response, structure: str, member: str) -> bool | None:
    return found.structure(structure).truth(member) if found.has(structure) else None
