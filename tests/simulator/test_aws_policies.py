"""The AWS-managed policies."""

import json

import pytest

from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.actions import Actions
from ssohelper.simulator import aws_policies, policies


def test_names() -> None:
    """An ARN may have a path, a name has none."""
    arn = aws_policies.arn("job-function/Billing")
    assert (arn, aws_policies.name(arn)) == ("arn:aws:iam::aws:policy/job-function/Billing", "Billing")


@pytest.mark.parametrize("arn", aws_policies.DOCUMENTS)
def test_documents(arn: str) -> None:
    """Each document is a policy that the evaluator knows."""
    policies.check(aws_policies.DOCUMENTS[arn])
    assert json.loads(aws_policies.DOCUMENTS[arn])["Version"] == "2012-10-17"


def test_document() -> None:
    """A policy that allows actions on everything, or all but these."""
    found = [json.loads(aws_policies.document("s3:*", member=each)) for each in ("Action", "NotAction")]
    assert [each["Statement"] for each in found] == [
        [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}],
    ]


def test_actions() -> None:
    """Each action exists on AWS, and those for reading change nothing."""
    actions = Actions.load()
    assert actions is not None
    statements = {arn: policy_document.statements(text) for arn, text in aws_policies.DOCUMENTS.items()}
    named = {
        (arn, pattern)
        for arn, found in statements.items()
        for each in found
        for pattern in each.actions + each.not_actions
    }
    assert {pattern for _, pattern in named if not any(actions.matching(pattern))} == set()
    reading = {(arn, each) for arn, each in named if "ReadOnly" in arn or "View" in arn or "Audit" in arn}
    assert {name for _, each in reading for name in actions.matching(each) if actions.changes(name)} == set()
