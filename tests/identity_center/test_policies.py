"""Policies: the documents that AWS manages, simulations by IAM, and what Access Analyzer says."""

import json
from typing import Any

import pytest

from ssohelper.errors import AccessDenied, Failed, NotFound, Unavailable
from ssohelper.identity_center.admin_service import ACCESS_ANALYZER, IAM
from ssohelper.identity_center.policies import Evaluated, Policies
from ssohelper.simulator import aws_policies
from ssohelper.simulator.administered import policy_of
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.admin_services import AdminServices, raised, response
from tests.fixtures.role_clients import GUARDRAIL

READ_ONLY = aws_policies.arn("ReadOnlyAccess")
S3 = policy_of("s3:*")
INVALID = (Unavailable, "invalid response from IAM (a proxy or captive portal?)")


@pytest.fixture
def policies(services: AdminServices) -> Policies:
    """IAM and Access Analyzer, as an administrator asks them."""
    return Policies(services.service(IAM), services.service(ACCESS_ANALYZER))


def xml(operation: str, result: str) -> Fault:
    """A response of IAM with this result."""
    return Fault.response(
        f"<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>".encode()
    )


def test_document(policies: Policies) -> None:
    """The document of a policy that AWS manages is its default version."""
    assert json.loads(policies.document(READ_ONLY)) == json.loads(aws_policies.DOCUMENTS[READ_ONLY])


def test_no_document(policies: Policies) -> None:
    """An unknown policy is not found."""
    error = raised(lambda: policies.document(aws_policies.arn("Nonsense")))
    assert (type(error), str(error)) == (NotFound, "IAM returned NoSuchEntity")


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("GetPolicy", ""),
        ("GetPolicy", "<Policy/>"),
        ("GetPolicy", "<Policy><DefaultVersionId/></Policy>"),
        ("GetPolicy", "<Policy><DefaultVersionId>v&#x85;1</DefaultVersionId></Policy>"),
        ("GetPolicyVersion", ""),
        ("GetPolicyVersion", "<PolicyVersion/>"),
        ("GetPolicyVersion", "<PolicyVersion><Document/></PolicyVersion>"),
    ],
)
def test_invalid_document(administered: Simulator, policies: Policies, operation: str, result: str) -> None:
    """A response without a version or a document is an error."""
    administered.faults.add(f"iam:{operation}", xml(operation, result), None)
    error = raised(lambda: policies.document(READ_ONLY))
    assert (type(error), str(error)) == INVALID


@pytest.mark.parametrize(
    ("boundary", "service_control", "expected"),
    [
        (None, (), [("allowed", None, None), ("allowed", None, None), ("implicitDeny", None, None)]),
        (
            policy_of("s3:Get*", "ec2:*"),
            (),
            [("allowed", True, None), ("implicitDeny", False, None), ("implicitDeny", True, None)],
        ),
        (
            None,
            ([aws_policies.EVERYTHING, GUARDRAIL], [aws_policies.EVERYTHING]),
            [("allowed", None, True), ("explicitDeny", None, False), ("implicitDeny", None, True)],
        ),
        (
            aws_policies.EVERYTHING,
            ([aws_policies.EVERYTHING], [S3]),
            [("allowed", True, True), ("allowed", True, True), ("implicitDeny", True, False)],
        ),
    ],
    ids=["neither", "boundary", "organization", "both"],
)
def test_simulate(
    policies: Policies,
    boundary: str | None,
    service_control: tuple[list[str], ...],
    expected: list[tuple[str, bool | None, bool | None]],
) -> None:
    """What policies decide of each action, and what a boundary and the organization do about it."""
    actions = ["s3:GetObject", "s3:DeleteObject", "ec2:StopInstances"]
    found = policies.simulate([S3], boundary, actions, service_control=service_control)
    assert found == [Evaluated(action, *each) for action, each in zip(actions, expected, strict=True)]


def test_resource(policies: Policies) -> None:
    """An action is simulated on a resource, by default on any."""
    document = policy_of("s3:GetObject", resource="arn:aws:s3:::reports/*")
    resources = ("arn:aws:s3:::reports/x", "arn:aws:s3:::others/x", "*")
    found = [policies.simulate([document], None, ["s3:GetObject"], each)[0].decision for each in resources]
    assert found == ["allowed", "implicitDeny", "implicitDeny"]
    assert policies.simulate([document], None, ["s3:GetObject"])[0].decision == "implicitDeny"


def test_several_documents(policies: Policies) -> None:
    """All documents are evaluated together."""
    found = policies.simulate([S3, GUARDRAIL], None, ["s3:GetObject", "s3:DeleteObject"])
    assert [each.decision for each in found] == ["allowed", "explicitDeny"]


def test_many_actions(administered: Simulator, policies: Policies) -> None:
    """A hundred actions are simulated in a call; no action needs none."""
    actions = [f"s3:Action{number}" for number in range(201)]
    found = policies.simulate([S3], None, actions)
    assert found == [Evaluated(each, "allowed", None, None) for each in actions]
    assert administered.counters.calls["iam:SimulateCustomPolicy"] == 3
    assert policies.simulate([S3], None, []) == []
    assert administered.counters.calls["iam:SimulateCustomPolicy"] == 3


def result(action: str = "s3:GetObject", decision: str = "allowed", more: str = "") -> str:
    """The result of a simulation in IAM's response."""
    return f"<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>"


def simulated(*results: str) -> Fault:
    """A response with these results."""
    return xml("SimulateCustomPolicy", f"<EvaluationResults>{''.join(results)}</EvaluationResults>")


def test_spelling_of_actions(administered: Simulator, policies: Policies) -> None:
    """IAM may answer with its own spelling of an action."""
    administered.faults.add("iam:SimulateCustomPolicy", simulated(result("S3:getobject")))
    expected = [Evaluated("S3:getobject", "allowed", None, None)]
    assert policies.simulate([S3], None, ["s3:GetObject"]) == expected


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "fault",
    [
        simulated(),
        simulated(result("s3:PutObject")),
        simulated(result(), result("s3:PutObject")),
        simulated(result(action="")),
        simulated(result(decision="")),
        simulated(result(decision="perhaps")),
        simulated(result(more="<OrganizationsDecisionDetail/>")),
        simulated(result(more="<PermissionsBoundaryDecisionDetail/>")),
        xml("SimulateCustomPolicy", ""),
    ],
)
def test_invalid_simulation(administered: Simulator, policies: Policies, fault: Fault) -> None:
    """Results for other actions than were asked, or of an unknown kind, are an error."""
    administered.faults.add("iam:SimulateCustomPolicy", fault, None)
    error = raised(lambda: policies.simulate([S3], None, ["s3:GetObject"]))
    assert (type(error), str(error)) == INVALID


def test_invalid_policy(policies: Policies) -> None:
    """IAM refuses a document that is not a policy."""
    error = raised(lambda: policies.simulate(["{"], None, ["s3:GetObject"]))
    assert (type(error), str(error)) == (Failed, "IAM rejected the request: InvalidInput")


def test_problems(policies: Policies) -> None:
    """What Access Analyzer says of a policy, each with the page that explains it; nothing of a good one."""
    assert policies.problems(policy_of("s3:GetObject", resource="arn:aws:s3:::reports/*")) == []
    statement = {"Effect": "Grant", "Action": "s3:GetObject", "Resource": "*"}
    checks = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    found = policies.problems(json.dumps({"Statement": [statement]}))
    assert found == [
        {
            "severity": "WARNING",
            "code": "MISSING_VERSION",
            "details": "We recommend that you specify the Version element to help you with debugging"
            " permission issues.",
            "link": f"{checks}#access-analyzer-reference-policy-checks-general-warning-missing-version",
        },
        {
            "severity": "ERROR",
            "code": "INVALID_EFFECT",
            "details": "The effect Grant is not valid. Use Allow or Deny.",
            "link": f"{checks}#access-analyzer-reference-policy-checks-error-invalid-effect",
        },
    ]


def finding(code: str) -> dict[str, Any]:
    """A finding without details."""
    return {"findingType": "SUGGESTION", "issueCode": code}


def test_pages_of_problems(administered: Simulator, policies: Policies) -> None:
    """Findings have pages, which may be empty."""
    pages = [([finding("A")], "1"), ([], "2"), ([finding("B"), finding("C")], None)]
    for findings, token in pages:
        body = {"findings": findings, "nextToken": token}
        administered.faults.add("access-analyzer:ValidatePolicy", response(body))
    expected = [{"severity": "SUGGESTION", "code": each, "details": "", "link": None} for each in "ABC"]
    assert policies.problems("{}") == expected


def test_repeated_token(administered: Simulator, policies: Policies) -> None:
    """Findings that never end are an error."""
    administered.faults.add("access-analyzer:ValidatePolicy", response({"findings": [], "nextToken": "1"}), None)
    error = raised(lambda: policies.problems("{}"))
    assert str(error) == "invalid response from Access Analyzer (a proxy or captive portal?)"


@pytest.mark.parametrize("operation", ["iam:GetPolicy", "iam:GetPolicyVersion"])
def test_denied(administered: Simulator, policies: Policies, operation: str) -> None:
    """A document takes two actions."""
    administered.faults.add(operation, Fault.denied(), None)
    error = raised(lambda: policies.document(READ_ONLY))
    assert (type(error), str(error)) == (AccessDenied, f"{operation} is not allowed")
