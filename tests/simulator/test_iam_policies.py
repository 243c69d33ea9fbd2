"""IAM about policies, as the real boto3 asks it with role credentials: documents, and simulations on fixed cases."""

import json
from typing import Any

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.server import Simulator
from tests.fixtures.role_clients import DEV, DEVELOPER, GUARDRAIL, PROD, RoleClients
from tests.fixtures.sdk import api_error, without_metadata

READ_ONLY = aws_policies.arn("ReadOnlyAccess")


@pytest.fixture
def iam(roles: RoleClients) -> Any:
    """IAM with the role of an administrator in a member account."""
    return roles.client("iam", account_id=PROD)


def policy(**statement: Any) -> str:
    """A policy with one statement, which allows everything unless it says otherwise."""
    return json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"} | statement})


ALL, S3, DENY_S3 = policy(), policy(Action="s3:*"), policy(Effect="Deny", Action="s3:*")
TAGGED = policy(Condition={"StringEquals": {"aws:PrincipalTag/team": "payments"}})


def test_managed_policy(iam: Any) -> None:
    """An AWS-managed policy, and the document of its version."""
    found = without_metadata(iam.get_policy(PolicyArn=aws_policies.arn("job-function/ViewOnlyAccess")))["Policy"]
    assert (found["PolicyName"], found["Path"], found["DefaultVersionId"], found["IsAttachable"]) == (
        "ViewOnlyAccess",
        "/job-function/",
        "v4",
        True,
    )
    version = iam.get_policy_version(PolicyArn=READ_ONLY, VersionId="v4")["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"], version["Document"]) == (
        "v4",
        True,
        json.loads(aws_policies.DOCUMENTS[READ_ONLY]),
    )


def test_customer_policy(administered: Simulator, iam: Any) -> None:
    """A customer-managed policy is found in the caller's account only."""
    arn = f"arn:aws:iam::{PROD}:policy/guardrails/deny-deletes"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["PolicyName"], found["Path"], found["DefaultVersionId"]) == ("deny-deletes", "/guardrails/", "v1")
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(GUARDRAIL)
    administered.world.add_customer_policy("/here/only", GUARDRAIL, DEV)
    unknown = (arn.replace(PROD, DEV), f"arn:aws:iam::{PROD}:policy/here/only", aws_policies.arn("Unheard"))
    codes = [api_error(iam.get_policy, PolicyArn=each).code for each in unknown]
    assert codes == ["NoSuchEntity"] * 3
    assert api_error(iam.get_policy_version, PolicyArn=READ_ONLY, VersionId="v1").code == "NoSuchEntity"


def by_boundary(*, allows: bool) -> dict[str, Any]:
    """What a result says of the permissions boundary."""
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allows}}


def by_organization(*, allows: bool) -> dict[str, Any]:
    """What a result says of service control policies."""
    return {"OrganizationsDecisionDetail": {"AllowedByOrganizations": allows}}


@pytest.mark.parametrize(
    ("parameters", "decision", "limits", "matched"),
    [
        ({}, "allowed", {}, ["PolicyInputList.1"]),
        ({"PolicyInputList": [S3, ALL]}, "allowed", {}, ["PolicyInputList.1", "PolicyInputList.2"]),
        ({"PolicyInputList": [ALL, DENY_S3]}, "explicitDeny", {}, ["PolicyInputList.2"]),
        ({"PolicyInputList": [policy(Action="ec2:*")]}, "implicitDeny", {}, []),
        ({"PolicyInputList": [policy(Resource="arn:aws:s3:::b/*")]}, "implicitDeny", {}, []),
        ({"PermissionsBoundaryPolicyInputList": [S3]}, "allowed", by_boundary(allows=True), ["PolicyInputList.1"]),
        (
            {"PermissionsBoundaryPolicyInputList": [policy(Action="ec2:*")]},
            "implicitDeny",
            by_boundary(allows=False),
            [],
        ),
        ({"PermissionsBoundaryPolicyInputList": [DENY_S3]}, "explicitDeny", by_boundary(allows=False), []),
        ({"scps": [[ALL], [S3]]}, "allowed", by_organization(allows=True), ["PolicyInputList.1"]),
        (
            {"scps": [[ALL], [policy(Action="ec2:*"), S3]]},
            "allowed",
            by_organization(allows=True),
            ["PolicyInputList.1"],
        ),
        ({"scps": [[ALL], [policy(Action="ec2:*")], [ALL]]}, "implicitDeny", by_organization(allows=False), []),
        ({"scps": [[ALL, DENY_S3], [ALL]]}, "explicitDeny", by_organization(allows=False), []),
        ({"PolicyInputList": [TAGGED], "tag": "payments"}, "allowed", {}, ["PolicyInputList.1"]),
        ({"PolicyInputList": [TAGGED], "tag": "search"}, "implicitDeny", {}, []),
    ],
)
def test_custom_policies(
    iam: Any, parameters: dict[str, Any], decision: str, limits: dict[str, Any], matched: list[str]
) -> None:
    """A simulation of documents: what they decide, which ones, and what the boundary and each level say."""
    asked: dict[str, Any] = {"PolicyInputList": [ALL], "ActionNames": ["s3:GetObject"], **parameters}
    levels, tag = asked.pop("scps", None), asked.pop("tag", None)
    if levels:
        asked["OrderedOrganizationPolicyInputList"] = [{"ServiceControlPolicyInputList": each} for each in levels]
    if tag:
        entry = {"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": [tag], "ContextKeyType": "string"}
        asked["ContextEntries"] = [entry]
    result = {
        "EvalActionName": "s3:GetObject",
        "EvalResourceName": "*",
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": each, "SourcePolicyType": "IAM Policy"} for each in matched],
        "MissingContextValues": [],
    }
    found = without_metadata(iam.simulate_custom_policy(**asked))
    assert found == {"IsTruncated": False, "EvaluationResults": [result | limits]}


def test_missing_context(iam: Any) -> None:
    """A condition on what is not known does not hold, and is named."""
    (found,) = iam.simulate_custom_policy(PolicyInputList=[TAGGED], ActionNames=["s3:GetObject"])["EvaluationResults"]
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])


def test_resources(iam: Any) -> None:
    """Each resource has a result of its own; together the most restrictive one counts."""
    buckets = {each: f"arn:aws:s3:::{each}" for each in ("open", "closed", "other")}
    documents = [
        policy(Action="s3:*", Resource=[buckets["open"], buckets["closed"]]),
        policy(Effect="Deny", Resource=buckets["closed"]),
    ]
    asked = {"PolicyInputList": documents, "ActionNames": ["s3:GetBucketAcl"]}
    decisions = []
    for names in (["open"], ["open", "other"], ["open", "other", "closed"]):
        arns = [buckets[each] for each in names]
        (found,) = iam.simulate_custom_policy(**asked, ResourceArns=arns)["EvaluationResults"]
        results = [
            (each["EvalResourceName"], each["EvalResourceDecision"]) for each in found["ResourceSpecificResults"]
        ]
        decisions.append((found["EvalDecision"], results))
    allowed, implicit, explicit = (
        (buckets["open"], "allowed"),
        (buckets["other"], "implicitDeny"),
        (buckets["closed"], "explicitDeny"),
    )
    assert decisions == [
        ("allowed", [allowed]),
        ("implicitDeny", [allowed, implicit]),
        ("explicitDeny", [allowed, implicit, explicit]),
    ]


def test_many_actions(iam: Any) -> None:
    """A result for each action, a hundred in one answer; the others by a marker, which is for this question only."""
    actions = [f"s3:Action{number}" for number in range(250)]
    asked = {"PolicyInputList": [S3], "ActionNames": actions, "ResourceArns": ["*"]}
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(**asked))
    assert [len(page["EvaluationResults"]) for page in pages] == [100, 100, 50]
    assert [each["EvalActionName"] for page in pages for each in page["EvaluationResults"]] == actions
    assert len(iam.simulate_custom_policy(**asked, MaxItems=1000)["EvaluationResults"]) == 250
    other = asked | {"PolicyInputList": [ALL], "Marker": pages[0]["Marker"]}
    assert api_error(iam.simulate_custom_policy, **other).code == "InvalidInput"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ActionNames": ["s3:Get*"]}, "InvalidInput"),
        ({"ActionNames": ["s3:GetObjec?"]}, "InvalidInput"),
        ({"ActionNames": ["GetObject"]}, "InvalidInput"),
        ({"ActionNames": []}, "InvalidInput"),
        ({"PolicyInputList": []}, "ValidationError"),
        ({"PolicyInputList": ["{"]}, "InvalidInput"),
        ({"PolicyInputList": [ALL, policy(Effect="Maybe")]}, "InvalidInput"),
        ({"PermissionsBoundaryPolicyInputList": [ALL, ALL]}, "InvalidInput"),
        ({"PermissionsBoundaryPolicyInputList": ["x"]}, "InvalidInput"),
        ({"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": ["x"]}]}, "InvalidInput"),
        ({"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [ALL]}] * 8}, "ValidationError"),
        ({"ResourcePolicy": ALL}, "ValidationError"),
        ({"Marker": "never issued"}, "InvalidInput"),
    ],
)
def test_invalid_simulation(iam: Any, parameters: dict[str, Any], code: str) -> None:
    """What IAM does not simulate, or this IAM does not, is refused."""
    asked = {"PolicyInputList": [ALL], "ActionNames": ["s3:GetObject"]} | parameters
    error = api_error(iam.simulate_custom_policy, **asked)
    assert (error.code, error.status) == (code, 400)


def test_same_evaluator(roles: RoleClients, iam: Any) -> None:
    """A role may do what a simulation of its documents allows, and nothing else."""
    documents = [GUARDRAIL, *(aws_policies.DOCUMENTS[each] for each in DEVELOPER.managed_policies)]
    asked = {"PolicyInputList": documents, "ActionNames": ["iam:GetPolicy"]}
    boundary = {"PermissionsBoundaryPolicyInputList": [aws_policies.EVERYTHING]}
    (found,) = iam.simulate_custom_policy(**asked, **boundary)["EvaluationResults"]
    denied = api_error(roles.client("iam", "Developer", PROD).get_policy, PolicyArn=READ_ONLY)
    assert (found["EvalDecision"], denied.code, denied.status) == ("implicitDeny", "AccessDenied", 403)
    assert denied.message.endswith("because no identity-based policy allows the iam:GetPolicy action")
