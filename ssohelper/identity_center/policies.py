"""Policies: documents of AWS-managed ones and simulation (IAM), and what Access Analyzer says of one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ssohelper.errors import Failed
from ssohelper.identity_center.admin_service import AdminService
from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.responses import Response

# In one call; AWS documents no limit.
_MOST_ACTIONS = 100
_DECISIONS = ("allowed", "explicitDeny", "implicitDeny")
_SEVERITIES = ("ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION")


class Evaluated(NamedTuple):
    """What policies say of an action: `allowed`, `explicitDeny` or `implicitDeny`; None where nothing limits it.

    `missing` are the condition keys whose values were not given.
    """

    action: str
    decision: str
    boundary_allows: bool | None
    organization_allows: bool | None
    missing: tuple[str, ...] = ()


class Policies:
    """Operations that read; each raises as `AdminService.ask` does."""

    def __init__(self, iam: AdminService, access_analyzer: AdminService) -> None:
        self.iam = iam
        self.access_analyzer = access_analyzer

    def document(self, arn: str) -> str:
        """The current version of an AWS-managed policy, as JSON."""
        version = self.iam.ask(
            "get_policy", lambda found: found.structure("Policy").text("DefaultVersionId"), PolicyArn=arn
        )
        return self.iam.ask(
            "get_policy_version",
            lambda found: found.structure("PolicyVersion").json_text("Document"),
            PolicyArn=arn,
            VersionId=version,
        )

    def simulate(
        self,
        documents: Sequence[str],
        boundary: str | None,
        actions: Sequence[str],
        resource: str = "*",
        service_control: Sequence[Sequence[str]] = (),
    ) -> list[Evaluated]:
        """What policies say of each action on a resource (SimulateCustomPolicy).

        `service_control` are the documents of each level of the organization, from the root to the account. Raises
        `Failed` if this version of botocore cannot send them.
        """
        limits: dict[str, Any] = {"PermissionsBoundaryPolicyInputList": [boundary]} if boundary else {}
        if service_control:
            parameter = "OrderedOrganizationPolicyInputList"
            if not self.iam.takes("simulate_custom_policy", parameter):
                raise Failed("this version of boto3 cannot simulate service control policies", hint="update boto3")
            limits[parameter] = [{"ServiceControlPolicyInputList": list(each)} for each in service_control]
        found: list[Evaluated] = []
        for start in range(0, len(actions), _MOST_ACTIONS):
            asked = list(actions[start : start + _MOST_ACTIONS])
            results = self.iam.ask(
                "simulate_custom_policy",
                lambda page: [_evaluated(each) for each in page.structures("EvaluationResults")],
                PolicyInputList=list(documents),
                ActionNames=asked,
                ResourceArns=[resource],
                MaxItems=1000,
                **limits,
            )
            if {each.action.lower() for each in results} != {each.lower() for each in asked}:
                raise invalid_response(self.iam.service.name)
            found += results
        return found

    def problems(self, document: str) -> list[dict[str, Any]]:
        """What Access Analyzer says of an identity-based policy: `severity`, `code`, `details`, `link`."""
        return self.access_analyzer.pages(
            "validate_policy",
            lambda page: [_problem(each) for each in page.structures("findings")],
            policyDocument=document,
            policyType="IDENTITY_POLICY",
        )


def _evaluated(found: Response) -> Evaluated:
    def detail(structure: str, member: str) -> bool | None:
        return found.structure(structure).truth(member) if found.has(structure) else None

    return Evaluated(
        found.text("EvalActionName"),
        found.one_of("EvalDecision", _DECISIONS),
        detail("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
        detail("OrganizationsDecisionDetail", "AllowedByOrganizations"),
        tuple(found.texts("MissingContextValues")),
    )


def _problem(found: Response) -> dict[str, Any]:
    return {
        "severity": found.one_of("findingType", _SEVERITIES),
        "code": found.text("issueCode"),
        "details": found.free_text("findingDetails") or "",
        "link": found.optional_text("learnMoreLink"),
    }
