"""ValidatePolicy, as the real boto3 calls it with role credentials."""

import json
from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.role_clients import GUARDRAIL, RoleClients
from tests.fixtures.sdk import api_error, without_metadata
from tests.fixtures.wire import fetch

CHECKS = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks"
)
POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
  ]
}"""
IDENTITY = {"policyType": "IDENTITY_POLICY"}


@pytest.fixture
def analyzer(roles: RoleClients) -> Any:
    """Access Analyzer with the role of an administrator, in any account."""
    return roles.client("accessanalyzer", account_id="333344445555")


def test_finding(analyzer: Any) -> None:
    """A finding has its severity, code and text, a link, and its place by path and by position."""
    (found,) = without_metadata(analyzer.validate_policy(policyDocument=POLICY, **IDENTITY))["findings"]
    assert found == {
        "findingType": "SECURITY_WARNING",
        "issueCode": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "findingDetails": "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive "
        "because it allows iam:PassRole permissions on multiple resources. We recommend that you specify resource "
        "ARNs or add the iam:PassedToService condition key to your statement.",
        "learnMoreLink": f"{CHECKS}-security-warning-pass-role-with-star-in-resource",
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Resource"}],
                "span": {
                    "start": {"line": 4, "column": 62, "offset": 108},
                    "end": {"line": 4, "column": 65, "offset": 111},
                },
            }
        ],
    }
    assert POLICY[108:111] == '"*"'


def test_syntax_error(analyzer: Any) -> None:
    """An error of syntax has no path, but a position; a general warning has its own anchor."""
    (found,) = analyzer.validate_policy(policyDocument="{\n ]", **IDENTITY)["findings"]
    place = {"line": 2, "column": 1, "offset": 3}
    assert found["locations"] == [{"path": [], "span": {"start": place, "end": place}}]
    (found,) = analyzer.validate_policy(policyDocument=POLICY.replace("Version", "Id"), **IDENTITY)["findings"][:1]
    assert found["learnMoreLink"] == f"{CHECKS}-general-warning-missing-version"


def test_nothing_found(analyzer: Any) -> None:
    """A policy without problems has no findings."""
    assert without_metadata(analyzer.validate_policy(policyDocument=GUARDRAIL, **IDENTITY)) == {"findings": []}


def test_pages(analyzer: Any) -> None:
    """Findings come in pages; a token is for one document."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    asked = {"policyDocument": json.dumps({"Statement": [everything] * 2}), **IDENTITY}
    pages = analyzer.get_paginator("validate_policy").paginate(**asked, PaginationConfig={"PageSize": 2})
    assert [len(page["findings"]) for page in pages] == [2, 2, 1]
    token = {"nextToken": analyzer.validate_policy(**asked, maxResults=2)["nextToken"]}
    error = api_error(analyzer.validate_policy, policyDocument=POLICY, **IDENTITY, **token)
    assert (error.code, error.status) == ("ValidationException", 400)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"policyType": "RESOURCE_POLICY"}, "policies that are not simulated: RESOURCE_POLICY"),
        ({"policyType": "OTHER"}, "Value at 'policyType' failed"),
        ({"locale": "XX"}, "Value at 'locale' failed"),
        ({"maxResults": 0}, "invalid maxResults: 0"),
        ({"nextToken": "x"}, "invalid nextToken"),
    ],
)
def test_invalid(analyzer: Any, parameters: dict[str, Any], message: str) -> None:
    """Invalid and unsupported parameters are refused."""
    error = api_error(analyzer.validate_policy, policyDocument=POLICY, **IDENTITY | parameters)
    assert (error.code, error.status, message in error.message) == ("ValidationException", 400, True)


def test_unsigned(administered: Simulator) -> None:
    """A request without a signature is refused in the format of the protocol."""
    response = fetch(administered, "POST", "/policy/validation", {})
    assert (response.status, response.json(), response.headers["x-amzn-errortype"]) == (
        403,
        {"message": "Request is missing Authentication Token"},
        "MissingAuthenticationTokenException",
    )
