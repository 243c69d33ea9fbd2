"""Two spellings of one policy are equal, hostile texts are no policies, and what policies allow is read from them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.permission_sets.policy_document import (
    Permissions,
    Statement,
    allowed_patterns,
    allows_everything,
    canonical,
    lines,
    matches,
    non_white_space,
    statements,
)

Policy = dict[str, Any]
ALLOW: Policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
words = st.text(max_size=8)
actions = st.builds("{}:{}".format, st.sampled_from(["s3", "ec2", "iam"]), words)
lists = st.lists(words, min_size=1, max_size=4, unique=True)
values = st.lists(st.sampled_from(["true", "false", "a", "b c", "12"]), min_size=1, max_size=3, unique=True)
conditions = st.dictionaries(words, st.dictionaries(words, values, max_size=3), max_size=3)
statement_policies = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(actions, min_size=1, max_size=4, unique=True),
        "Resource": lists,
    },
    optional={"Sid": words, "Condition": conditions},
)
policies = st.fixed_dictionaries(
    {"Statement": st.lists(statement_policies, min_size=1, max_size=4)},
    optional={"Version": st.just("2012-10-17"), "Id": words},
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from(["Statement", "Effect", "Action", "NotAction", "Resource", "Condition", "Sid", "Version"])


def policy(*found: Policy) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(found)})


def wrong(**changes: Any) -> str:
    """A policy whose statement has other members."""
    return policy({**ALLOW, **changes})


class Spelling:
    """Another spelling of a policy, that means the same."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def policy(self, found: Policy) -> Policy:
        """With its members in another order, one statement without a list."""
        return self.reordered(
            {**found, "Statement": self.unlisted([self.statement(each) for each in found["Statement"]])}
        )

    def statement(self, found: Policy) -> Policy:
        """With the services of actions in upper case."""
        changed = {"Action": self.texts([self.action(each) for each in found["Action"]])}
        changed["Resource"] = self.texts(found["Resource"])
        if "Condition" in found:
            inner = {operator: self.condition(keys) for operator, keys in found["Condition"].items()}
            changed["Condition"] = self.reordered(inner)
        return self.reordered({**found, **changed})

    def condition(self, keys: Policy) -> Policy:
        """With true and 12 as they are in JSON."""
        plain = {"true": True, "false": False, "12": 12}
        return self.reordered(
            {key: self.texts([plain.get(each, each) for each in found]) for key, found in keys.items()}
        )

    def action(self, found: str) -> str:
        """Its service in any case."""
        service, _, name = found.partition(":")
        return f"{self.data.draw(st.sampled_from([service, service.upper()]))}:{name}"

    def texts(self, found: list[Any]) -> Any:
        """In another order, perhaps with one that is repeated, or without a list."""
        again = found[: self.data.draw(st.integers(0, 1))]
        return self.unlisted([*self.data.draw(st.permutations(found)), *again])

    def unlisted(self, found: list[Any]) -> Any:
        """A list of one perhaps without the list."""
        return found[0] if len(found) == 1 and self.data.draw(st.booleans()) else found

    def reordered(self, found: Policy) -> Policy:
        """Members in another order."""
        return {name: found[name] for name in self.data.draw(st.permutations(list(found)))}


@given(policies)
def test_canonical_form_of_itself(found: Policy) -> None:
    """The canonical form of a canonical policy is itself, members in their order."""
    once = canonical(json.dumps(found))
    assert once is not None
    assert json.dumps(canonical(json.dumps(once))) == json.dumps(once)
    assert canonical("\n".join(lines(json.dumps(found)))) == once


@given(policies, st.data())
def test_spellings(found: Policy, data: st.DataObject) -> None:
    """Two spellings of one policy are equal: order, spacing, single texts, repeated ones, case of services."""
    other = json.dumps(Spelling(data).policy(found), indent=data.draw(st.sampled_from([None, 3])))
    assert json.dumps(canonical(other)) == json.dumps(canonical(json.dumps(found)))


def test_canonical() -> None:
    """Members are in AWS's order, lists are sorted, the values of conditions are lists of texts."""
    text = """{"Statement": {"Condition": {"Bool": {"aws:b": true, "aws:a": ["y", "x"]}, "A": {"k": 1}},
        "Resource": "*", "Action": ["S3:PutObject", "s3:PutObject", "EC2:*"], "Effect": "Deny", "Sid": "a"},
        "Version": "2012-10-17"}"""
    expected = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Deny",
                "Action": ["ec2:*", "s3:PutObject"],
                "Resource": ["*"],
                "Condition": {"A": {"k": ["1"]}, "Bool": {"aws:a": ["x", "y"], "aws:b": ["true"]}},
            }
        ],
    }
    assert json.dumps(canonical(text)) == json.dumps(expected)
    assert lines(text) == json.dumps(expected, indent=2).splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "\ufeff" + policy(ALLOW),
        "null",
        "[]",
        '"Statement"',
        "{}",
        '{"Statement": null}',
        '{"Statement": ["Allow"]}',
        '{"Statement": [[]]}',
        wrong(Effect="allow"),
        wrong(Effect=["Allow"]),
        wrong(Sid=1),
        wrong(Action=1),
        wrong(Action={"s3": "*"}),
        wrong(Action=["s3:*", None]),
        wrong(NotAction="iam:*"),
        wrong(Resource=[["*"]]),
        wrong(Condition="aws:x"),
        wrong(Condition=None),
        wrong(Condition={"Bool": []}),
        wrong(Condition={"Bool": {"aws:x": None}}),
        wrong(Condition={"Bool": {"aws:x": [{}]}}),
        policy({"Effect": "Allow", "Action": "*"}),
        policy({"Effect": "Allow", "Resource": "*"}),
        wrong(Other=float("nan")),
        '{"Statement": [], "Id": 1e999}',
        '{"Statement": [], "Id": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"Statement": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"Statement": [], "Id": ' + '{"a":' * 400 + "1" + "}" * 400 + "}",
        "x" * 10_000_000,
    ],
    ids=lambda text: text[:60],
)
def test_not_a_policy(text: str) -> None:
    """A text of another form, of wrong types, nested too deep, or huge, is not a policy; it is shown as it is."""
    assert (canonical(text), statements(text), lines(text)) == (None, (), text.splitlines())


@given(st.text() | anything.map(json.dumps))
def test_any_text(text: str) -> None:
    """No text is an error, and one that is not a policy has no statements."""
    assert len(statements(text)) == len((canonical(text) or {"Statement": ()})["Statement"])


@given(st.dictionaries(members, anything), anything)
def test_any_statement(found: Policy, other: object) -> None:
    """Members of any type are no error; what is taken for a policy has a canonical form that is stable."""
    once = canonical(json.dumps({"Statement": [{**ALLOW, **found}], "Other": other}))
    assert once is None or canonical(json.dumps(once)) == once


def test_huge() -> None:
    """A large policy is read whole."""
    found = statements(policy(*({**ALLOW, "Action": f"s3:Get{number}"} for number in range(2000))))
    assert [each.actions for each in found[-2:]] == [("s3:Get1998",), ("s3:Get1999",)]


def test_statements() -> None:
    """A statement has tuples of what it names, and empty ones for what it does not."""
    other = {"Effect": "Deny", "NotAction": "IAM:Get*", "NotResource": "b", "Condition": {"Bool": {"aws:x": "true"}}}
    assert statements(policy({"Sid": "a", **ALLOW}, other)) == (
        Statement("a", True, ("s3:GetObject",), (), ("*",), (), {}),
        Statement(None, False, (), ("iam:Get*",), (), ("b",), {"Bool": {"aws:x": ["true"]}}),
    )


def test_non_white_space() -> None:
    """White space does not count for the size of a policy."""
    assert non_white_space('{ "a":\n\t"b c" }') == 10


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({**ALLOW, "Action": "*"}, True),
        ({**ALLOW, "Action": ["s3:*", "*:*"]}, True),
        ({**ALLOW, "Action": "s3:*"}, False),
        ({**ALLOW, "Action": "*", "Effect": "Deny"}, False),
        ({**ALLOW, "Action": "*", "Resource": "arn:aws:s3:::a"}, False),
        ({**ALLOW, "Action": "*", "Condition": {"Bool": {"aws:x": True}}}, False),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, False),
    ],
)
def test_allows_everything(statement: Policy, expected: bool) -> None:
    """Everything is every action on every resource, without a condition."""
    assert allows_everything(["", policy(ALLOW), policy(statement)]) is expected


def test_allowed_patterns() -> None:
    """The patterns of Allow statements, of all policies."""
    denied = {**ALLOW, "Effect": "Deny", "Action": "iam:*"}
    assert list(allowed_patterns([policy(ALLOW, denied), policy({**ALLOW, "Action": "ec2:*"})])) == [
        "s3:GetObject",
        "ec2:*",
    ]


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("*:*", "s3:GetObject", True),
        ("S3:get*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:*ACL", "s3:GetObjectAcl", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3:[A-Z]*", "s3:GetObject", False),
        ("s*:GetObject", "s3:GetObject", False),
        ("s3*", "s3:GetObject", False),
        ("s3", "s3:GetObject", False),
        ("", "s3:GetObject", False),
        ("s3:" + "*a" * 3000, "s3:" + "a" * 60 + "b", False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_matches(pattern: str, action: str, expected: bool) -> None:
    """Patterns are of any case, with `*` and `?` and no other wildcards, and are fast to match."""
    assert matches(pattern, action) is expected


def test_applies_to() -> None:
    """A statement applies to actions that it names, or to all but those that it excludes."""
    named, excluding, empty = statements(
        policy(
            ALLOW,
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            {**ALLOW, "Action": []},
        )
    )
    asked = ("s3:GetObject", "iam:CreateUser")
    assert [[each.applies_to(action) for action in asked] for each in (named, excluding, empty)] == [
        [True, False],
        [True, False],
        [False, False],
    ]


@pytest.mark.parametrize(
    ("deny", "allowed"),
    [
        ({"Action": "s3:*", "Resource": "*"}, False),
        ({"NotAction": "ec2:*", "Resource": "*"}, False),
        ({"NotAction": "s3:Get*", "Resource": "*"}, True),
        ({"Action": "s3:Put*", "Resource": "*"}, True),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::a"}, True),
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::a"}, True),
        ({"Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "false"}}}, True),
    ],
)
def test_permissions(deny: Policy, allowed: bool) -> None:
    """A Deny statement of another policy counts if it has no condition and is for every resource."""
    found = Permissions.of([policy(ALLOW), policy({"Effect": "Deny", **deny})])
    assert found.allowing("s3:GetObject") == (list(statements(policy(ALLOW))) if allowed else [])
    assert found.denies("s3:GetObject") is not allowed
    assert found.allowing("s3:PutObject") == []
