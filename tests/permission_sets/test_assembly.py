"""The inventory that answers amount to, and what is said of questions without one."""

from typing import Any

import pytest

from ssohelper.permission_sets.assembly import assemble
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import (
    Account,
    Assignment,
    CustomerManagedPolicy,
    Group,
    Instance,
    Inventory,
    PermissionSet,
    PolicyProblem,
    Request,
    Unread,
    User,
)
from ssohelper.permission_sets.questions import Answer, Question
from tests.fixtures.inventories import NOW, POLICY, PROD

INSTANCE = Instance("arn:i", "d-1", "111122223333", "us-east-1")
SANDBOX = "777788889999"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
DESCRIPTION = {"name": "Developer", "description": "d", "created": 1.0, "session_seconds": 3600, "relay_state": ""}
REQUEST = {
    "status": "FAILED",
    "created": 5.0,
    "permission_set": "arn:a",
    "account_id": PROD,
    "principal_type": "GROUP",
    "principal_id": "g-1",
    "reason": "no such policy",
}
PROBLEM = {"severity": "ERROR", "code": "INVALID_ACTION", "details": "typo", "link": "https://docs.aws.amazon.com/"}
ACCOUNTS: list[dict[str, str | None]] = [
    {"id": PROD, "name": "payments-prod", "state": "ACTIVE", "parent": "ou-eu"},
    {"id": SANDBOX, "name": None, "state": None, "parent": "r-1"},
]
# Everything that can be answered, of one permission set.
ANSWERS: dict[Question, Answer] = {
    Question("attributes"): ["department"],
    Question("permission-sets"): ["arn:a"],
    Question("description", ("arn:a",)): DESCRIPTION,
    Question("managed", ("arn:a",)): ["arn:p"],
    Question("customer-managed", ("arn:a",)): [["/", "deny"]],
    Question("inline", ("arn:a",)): POLICY,
    Question("boundary", ("arn:a",)): BOUNDARY,
    Question("tags", ("arn:a",)): {"owner": "platform"},
    Question("provisioned", ("arn:a",)): [PROD, SANDBOX],
    Question("outdated", ("arn:a",)): [SANDBOX],
    Question("assignments", ("arn:a", PROD)): [["GROUP", "g-1"], ["USER", "u-1"]],
    Question("assignments", ("arn:a", SANDBOX)): [],
    Question("groups"): [{"id": "g-1", "name": "developers"}, {"id": "g-2", "name": "ops"}],
    Question("first-members", ("g-1",)): {"members": ["u-1"], "has_more": True},
    Question("user", ("u-1",)): {"id": "u-1", "name": "ann", "enabled": True},
    Question("accounts"): ACCOUNTS,
    Question("roots"): ["r-1"],
    Question("units", ("r-1",)): [["ou-prod", "prod"]],
    Question("units", ("ou-prod",)): [["ou-eu", "eu"]],
    Question("requests", ("assignment", "FAILED")): [["1", 5.0]],
    Question("request", ("assignment", "1")): REQUEST,
    Question("document", (BOUNDARY,)): POLICY,
    Question("blocked", ("arn:a", POLICY, POLICY, "iam:PassRole")): ["iam:PassRole"],
    Question("problems", ("arn:a", POLICY)): [PROBLEM],
}


def assembled(
    answers: dict[Question, Answer], failures: dict[Question, str] | None = None, **scope: bool
) -> Inventory:
    """The inventory of answers and failures."""
    return assemble(INSTANCE, NOW, Scope(**scope), answers, failures or {})


def test_everything() -> None:
    """Every answer has its place in the inventory."""
    assert assembled(ANSWERS, validate=True) == Inventory(
        instance=INSTANCE._replace(attributes=("department",)),
        read_at=NOW,
        permission_sets=(
            PermissionSet(
                "arn:a",
                **DESCRIPTION,  # type: ignore[arg-type] # of different types
                managed_policies=("arn:p",),
                customer_managed_policies=(CustomerManagedPolicy("/", "deny"),),
                inline_policy=POLICY,
                boundary=BOUNDARY,
                tags={"owner": "platform"},
                provisioned=(PROD, SANDBOX),
                outdated=(SANDBOX,),
            ),
        ),
        assignments={
            ("arn:a", PROD): (
                Assignment("arn:a", PROD, "GROUP", "g-1"),
                Assignment("arn:a", PROD, "USER", "u-1"),
            ),
            ("arn:a", SANDBOX): (),
        },
        users={"u-1": User("u-1", "ann", True, True)},
        groups={"g-1": Group("g-1", "developers", True, ("u-1",), True), "g-2": Group("g-2", "ops", True)},
        accounts={
            PROD: Account(PROD, "payments-prod", "ACTIVE", "/prod/eu"),
            SANDBOX: Account(SANDBOX, None, None, "/"),
        },
        requests=(Request("1", "assignment", "FAILED", 5.0, "arn:a", PROD, "GROUP", "g-1", "no such policy"),),
        documents={BOUNDARY: POLICY},
        blocked={"arn:a": ("iam:PassRole",)},
        problems=(PolicyProblem("arn:a", "ERROR", "INVALID_ACTION", "typo", "https://docs.aws.amazon.com/"),),
    )


def test_nothing() -> None:
    """Without any answer, nothing is known: neither that there is nothing, nor that a list is complete."""
    failures = {Question(each): "denied" for each in ("permission-sets", "groups", "accounts")}
    failures[Question("requests", ("removal", "IN_PROGRESS"))] = "denied"
    assert assembled({}, failures) == Inventory(
        instance=INSTANCE,
        read_at=NOW,
        permission_sets=(),
        sets_complete=False,
        groups_complete=False,
        accounts_complete=False,
        requests_complete=False,
        unread=(
            Unread("the accounts of the organization", "denied"),
            Unread("the list of groups", "denied"),
            Unread("the list of permission sets", "denied"),
            Unread("the list of removal requests with status IN_PROGRESS", "denied"),
        ),
    )


def test_unknown_set() -> None:
    """Of a permission set that nothing was said about, only the ARN is known."""
    answers = {Question("permission-sets"): ["arn:a"]}
    assert assembled(answers).permission_sets == (PermissionSet("arn:a"),)


def test_listed_twice() -> None:
    """A permission set that a list names twice is one."""
    assert assembled({Question("permission-sets"): ["arn:a", "arn:a"]}).permission_sets == (PermissionSet("arn:a"),)


def test_empty_answers() -> None:
    """An answer that there is none is not the lack of an answer."""
    empty = {"managed": [], "customer-managed": [], "inline": "", "boundary": "", "provisioned": [], "outdated": []}
    answers: dict[Question, Answer] = {Question(kind, ("arn:a",)): each for kind, each in empty.items()}
    expected = PermissionSet("arn:a", None, None, None, None, None, (), (), "", "", None, (), ())
    assert assembled({Question("permission-sets"): ["arn:a"], **answers}).permission_sets == (expected,)


@pytest.mark.parametrize(
    ("names", "expected"), [(["b", "A", "a"], ["A", "a", "b"]), ([None, "zz", "aa"], ["aa", "arn:0", "zz"])]
)
def test_order(names: list[str | None], expected: list[str]) -> None:
    """Permission sets are sorted by name in any case, then by ARN."""
    arns = [f"arn:{number}" for number in range(len(names))]
    answers: dict[Question, Answer] = {Question("permission-sets"): arns}
    answers |= {
        Question("description", (arn,)): {**DESCRIPTION, "name": name}
        for arn, name in zip(arns, names, strict=True)
        if name
    }
    assert [each.label for each in assembled(answers).permission_sets] == expected


def test_customer_managed_boundary() -> None:
    """A boundary in member accounts is not read, which is said."""
    one = {**ANSWERS, Question("boundary", ("arn:a",)): ["/", "boundary"]}
    two = {**one, Question("boundary", ("arn:b",)): ["/", "boundary"]}
    assert assembled(one).permission_sets[0].boundary == CustomerManagedPolicy("/", "boundary")
    skipped = "customer-managed permissions boundaries, which are in the accounts (of {})"
    expected = [(skipped.format(each),) for each in ("1 permission set", "2 permission sets")]
    assert [assembled(each).skipped for each in (one, two)] == expected


def test_unread_assignments() -> None:
    """A pair whose assignments were not read has no entry."""
    pair = Question("assignments", ("arn:a", PROD))
    answers = {question: answer for question, answer in ANSWERS.items() if question != pair}
    found = assembled(answers, {pair: "denied"})
    assert found.assignments == {("arn:a", SANDBOX): ()}
    assert found.unread == (Unread("assignments of Developer in payments-prod", "denied"),)


def test_quick() -> None:
    """Assignments of groups are those that are known of a pair, unless the whole pair is."""
    rows = [["arn:a", PROD, "GROUP", "g-1"], ["arn:a", SANDBOX, "GROUP", "g-1"]]
    pair = Question("assignments", ("arn:a", SANDBOX))
    answers = {question: answer for question, answer in ANSWERS.items() if question != pair}
    found = assembled({**answers, Question("assignments-of-group", ("g-1",)): rows}, quick=True)
    assert found.group_assignments == (Assignment("arn:a", SANDBOX, "GROUP", "g-1"),)
    assert found.skipped == ("assignments of single users, and of deleted users and groups (--quick)",)


def test_deleted_principals() -> None:
    """A user or a group that was asked for and not found has been deleted."""
    deleted: dict[Question, Answer] = {
        Question("user", ("u-9",)): None,
        Question("group", ("g-9",)): None,
        Question("first-members", ("g-9",)): {"members": [], "has_more": False},
    }
    found = assembled(deleted)
    assert found.users == {"u-9": User("u-9", exists=False)}
    assert found.groups == {"g-9": Group("g-9", exists=False, members=())}


def test_group_asked_for_singly() -> None:
    """A group that was asked for and found exists."""
    found = assembled({Question("group", ("g-1",)): {"id": "g-1", "name": "developers"}})
    assert found.groups == {"g-1": Group("g-1", "developers", True)}


def test_listed_users() -> None:
    """Users are known from a list, too."""
    listed = [{"id": "u-1", "name": "ann", "enabled": False}]
    assert assembled({Question("users"): listed}).users == {"u-1": User("u-1", "ann", False, True)}


def test_members() -> None:
    """Of all members that were listed, there are no more."""
    found = assembled({**ANSWERS, Question("members", ("g-2",)): ["u-1", "u-2"]})
    assert found.groups["g-2"] == Group("g-2", "ops", True, ("u-1", "u-2"))


def test_members_of_unknown_group() -> None:
    """Members of a group that could not be read do not show that it exists."""
    assert assembled({Question("members", ("g-2",)): ["u-1"]}).groups == {}


def test_places_without_paths() -> None:
    """Where accounts do not tell their parents, the units tell their accounts."""
    answers = {**ANSWERS, Question("accounts"): [{**each, "parent": None} for each in ACCOUNTS]}
    answers[Question("accounts-in", ("ou-prod",))] = [PROD]
    assert {each.id: each.ou for each in assembled(answers).accounts.values()} == {PROD: "/prod", SANDBOX: None}


@pytest.mark.parametrize("lost", [Question("roots"), Question("units", ("ou-prod",))])
def test_unknown_place(lost: Question) -> None:
    """The place of an account is not known, if a level above it is not."""
    answers = {question: answer for question, answer in ANSWERS.items() if question != lost}
    assert assembled(answers).accounts[PROD] == Account(PROD, "payments-prod", "ACTIVE", None)


def test_units_in_a_circle() -> None:
    """Units that contain each other, which Organizations would not send, are no endless loop."""
    answers = {**ANSWERS, Question("units", ("ou-eu",)): [["ou-prod", "prod"], ["r-1", "root"]]}
    assert assembled(answers).accounts[PROD].ou == "/prod/eu"


@pytest.mark.parametrize("change", [{"status": "SUCCEEDED"}, {"created": None}])
def test_requests_that_do_not_count(change: dict[str, Any]) -> None:
    """A request that has succeeded meanwhile is left out, as is one without a date."""
    answers = {**ANSWERS, Question("request", ("assignment", "1")): {**REQUEST, **change}}
    assert (assembled(answers).requests, assembled(answers).requests_complete) == ((), True)


def test_unread_request() -> None:
    """Without one of the requests, they are not complete."""
    found = assembled({}, {Question("request", ("assignment", "1")): "denied"})
    assert (found.requests_complete, found.unread) == (False, (Unread("the assignment request 1", "denied"),))


def test_not_validated() -> None:
    """Unless Access Analyzer was asked, it is not known whether there are problems."""
    assert (assembled(ANSWERS).problems, assembled({}, validate=True).problems) == (None, ())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("attributes"), "attributes for access control"),
        (Question("permission-sets"), "the list of permission sets"),
        (Question("description", ("arn:a",)), "name and session duration of Developer"),
        (Question("managed", ("arn:a",)), "AWS-managed policies of Developer"),
        (Question("customer-managed", ("arn:b",)), "customer-managed policies of arn:b"),
        (Question("inline", ("arn:a",)), "inline policy of Developer"),
        (Question("boundary", ("arn:a",)), "permissions boundary of Developer"),
        (Question("tags", ("arn:a",)), "tags of Developer"),
        (Question("provisioned", ("arn:a",)), "accounts of Developer"),
        (Question("outdated", ("arn:a",)), "accounts with an older version of Developer"),
        (Question("assignments", ("arn:a", SANDBOX)), f"assignments of Developer in {SANDBOX}"),
        (Question("assignments-of-group", ("g-1",)), "assignments of the group developers"),
        (Question("user", ("u-1",)), "the user u-1"),
        (Question("users"), "the list of users"),
        (Question("group", ("g-9",)), "the group g-9"),
        (Question("groups"), "the list of groups"),
        (Question("first-members", ("g-1",)), "members of the group developers"),
        (Question("members", ("g-2",)), "members of the group ops"),
        (Question("accounts"), "the accounts of the organization"),
        (Question("roots"), "the organizational units"),
        (Question("units", ("ou-prod",)), "the organizational units in ou-prod"),
        (Question("accounts-in", ("r-1",)), "the accounts in r-1"),
        (Question("document", (BOUNDARY,)), f"the policy {BOUNDARY}"),
        (Question("blocked", ("arn:a", POLICY, POLICY)), "what the permissions boundary of Developer blocks"),
        (Question("problems", ("arn:a", POLICY)), "Access Analyzer's findings for Developer"),
    ],
    ids=lambda each: each.kind if isinstance(each, Question) else "",
)
def test_words(question: Question, expected: str) -> None:
    """What could not be read is named in words, without the text of a policy."""
    assert assembled(ANSWERS, {question: "denied"}).unread == (Unread(expected, "denied"),)


def test_no_email_address() -> None:
    """A group that is called by an email address is named without it."""
    group = [{"id": "g-1", "name": "team@example.com"}]
    found = assembled({Question("groups"): group}, {Question("members", ("g-1",)): "denied"})
    assert found.unread == (Unread("members of the group team", "denied"),)


def test_unread_in_order() -> None:
    """What could not be read is sorted, in whatever order it failed."""
    failures = {Question("tags", (f"arn:{each}",)): "denied" for each in "cab"}
    assert [each.what for each in assembled({}, failures).unread] == [f"tags of arn:{each}" for each in "abc"]
