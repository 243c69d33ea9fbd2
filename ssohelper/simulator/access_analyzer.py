"""IAM Access Analyzer (2019-11-01): ValidatePolicy, for identity-based policies."""

import json
from collections.abc import Mapping
from typing import Any

from ssohelper.simulator import json_spans, policy_checks
from ssohelper.simulator.callers import Callers
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.inputs import Choice, Structure, Text
from ssohelper.simulator.json_spans import Path, Span
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.pagination import InvalidToken, Pagination
from ssohelper.simulator.policy_checks import Finding

PATH = "/policy/validation"
LABEL = "access-analyzer:ValidatePolicy"
_CHECKS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_SEVERITIES = {"WARNING": "general-warning"}
_LOCALES = ("DE", "EN", "ES", "FR", "IT", "JA", "KO", "PT_BR", "ZH_CN", "ZH_TW")
_TYPES = ("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
# The members of the body; the size and the token of a page are in the query.
INPUT = Structure({"policyDocument": Text(), "policyType": Choice(_TYPES)}, {"locale": Choice(_LOCALES)})


class AccessAnalyzer:
    """The operation, which takes a request and returns its response or raises AwsError."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._pagination = Pagination()

    def validate_policy(self, request: Request) -> Response:
        """ValidatePolicy."""
        caller, signed = self._callers.authenticate(request)
        if signed.service != "access-analyzer":
            raise AwsError(403, "SignatureDoesNotMatch", "Credential should be scoped to access-analyzer")
        caller.require("access-analyzer:ValidatePolicy", "*")
        members = _members(request)
        if members["policyType"] != "IDENTITY_POLICY":
            raise _invalid("notSupported", f"policies that are not simulated: {members['policyType']}")
        document, size = members["policyDocument"], request.query.get("maxResults", "100")
        if not (size.isascii() and size.isdigit() and 1 <= int(size[:9]) <= 1000):
            raise _invalid("fieldValidationFailed", f"invalid maxResults: {size}")
        found, token = list(policy_checks.findings(document)), request.query.get("nextToken")
        try:
            page = self._pagination.page(
                f"{caller.session_arn} {document}", found, int(size), token, empty=request.empty_page
            )
        except InvalidToken:
            raise _invalid("fieldValidationFailed", "invalid nextToken") from None
        more = {"nextToken": page.next_token} if page.next_token else {}
        return json_response({"findings": [_finding(document, each) for each in page.items], **more})


def _members(request: Request) -> Mapping[str, Any]:
    try:
        members = request.json()
    except ValueError as error:
        raise _invalid("cannotParse", str(error)) from None
    problems = list(INPUT.problems(members))
    if problems:
        raise _invalid("fieldValidationFailed", "; ".join(problems))
    return members


def _invalid(reason: str, message: str) -> AwsError:
    return AwsError(400, "ValidationException", message, details={"reason": reason})


def _finding(document: str, found: Finding) -> dict[str, object]:
    severity = _SEVERITIES.get(found.severity, found.severity.lower().replace("_", "-"))
    anchor = f"access-analyzer-reference-policy-checks-{severity}-{found.code.lower().replace('_', '-')}"
    return {
        "findingType": found.severity,
        "issueCode": found.code,
        "findingDetails": found.details,
        "learnMoreLink": f"{_CHECKS}#{anchor}",
        "locations": [_location(document, found.path)],
    }


def _location(document: str, path: Path) -> dict[str, object]:
    elements = [{"index": each} if isinstance(each, int) else {"value": each} for each in path]
    start, end = (_position(document, each) for each in _span(document, path))
    return {"path": elements, "span": {"start": start, "end": end}}


def _span(document: str, path: Path) -> Span:
    try:
        return json_spans.spans(document)[path]
    except json.JSONDecodeError as error:
        return error.pos, error.pos


def _position(document: str, offset: int) -> dict[str, int]:
    line, column = json_spans.line_and_column(document, offset)
    return {"line": line, "column": column, "offset": offset}
