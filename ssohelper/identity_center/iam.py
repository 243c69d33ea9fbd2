"""IAM, asked by a role about itself: GetRole and SimulatePrincipalPolicy."""

from collections.abc import Sequence
from typing import NamedTuple

from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.profile_clients import Keys, ProfileClients
from ssohelper.identity_center.responses import Response

_SERVICE = "IAM"


class IamRole(NamedTuple):
    """A role in an account; `boundary` is the ARN of its permissions boundary, if it has one."""

    arn: str
    boundary: str | None


class Simulated(NamedTuple):
    """What the policies of a role say of one action, as IAM simulates it.

    `decision` is `allowed`, `explicitDeny` or `implicitDeny`. `by_organization` and `by_boundary` are whether service
    control policies and the permissions boundary allow it, None if there is none. `policies` are those of the
    matching statements, `missing` the condition keys on which it depends, too.
    """

    decision: str
    by_organization: bool | None
    by_boundary: bool | None
    policies: Sequence[str]
    missing: Sequence[str]


class Iam:
    """IAM with the settings of one profile."""

    def __init__(self, profile: ProfileClients) -> None:
        self._clients = profile

    def role(self, keys: Keys, name: str) -> IamRole:
        """A role by its name (GetRole). Raises as `ProfileClients.ask` does."""
        found = self._clients.ask("iam", _SERVICE, keys, "get_role", {"RoleName": name}).structure("Role")
        boundary = found.has("PermissionsBoundary") and found.structure("PermissionsBoundary")
        return IamRole(found.text("Arn"), boundary.text("PermissionsBoundaryArn") if boundary else None)

    def simulate(self, keys: Keys, role_arn: str, action: str, resource: str | None) -> Simulated:
        """What the policies of a role say of an action (SimulatePrincipalPolicy).

        It knows neither policies of resources, nor of VPC endpoints, nor of sessions. Raises as `ProfileClients.ask`
        does.
        """
        arguments: dict[str, object] = {"PolicySourceArn": role_arn, "ActionNames": [action]}
        if resource:
            arguments["ResourceArns"] = [resource]
        response = self._clients.ask("iam", _SERVICE, keys, "simulate_principal_policy", arguments)
        found = next(response.structures("EvaluationResults"), None)
        if found is None:
            raise invalid_response(_SERVICE)
        return Simulated(
            found.text("EvalDecision"),
            _detail(found, "OrganizationsDecisionDetail", "AllowedByOrganizations"),
            _detail(found, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
            [each.text("SourcePolicyId") for each in found.optional_structures("MatchedStatements")],
            found.texts("MissingContextValues"),
        )


def _detail(found: Response, structure: str, member: str) -> bool | None:
    return found.structure(structure).truth(member) if found.has(structure) else None
