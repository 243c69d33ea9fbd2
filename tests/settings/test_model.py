"""Settings: which roles they include, and what rules set."""

import pytest

from ssohelper.roles import Account, Role
from ssohelper.settings.model import Rule, Settings

ROLE = Role(Account("111111111111", "payments-prod"), "AdminAccess")


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (("*",), (), True),
        ((), (), False),
        (("x", "payments-*"), (), True),
        (("*",), ("x", "*/Admin*"), False),
        (("payments-*",), ("payments-prod/Read*",), True),
    ],
)
def test_include_and_exclude(include: tuple[str, ...], exclude: tuple[str, ...], expected: bool) -> None:
    """A role is included if a glob of `include` matches it and none of `exclude` does."""
    assert Settings(include=include, exclude=exclude).includes(ROLE) == expected


@pytest.mark.parametrize(("globs", "expected"), [((), False), (("*/Admin*",), True), (("*/Read*",), False)])
def test_sensitive_roles(globs: tuple[str, ...], expected: bool) -> None:
    """A role is sensitive if a glob matches it."""
    assert Settings(sensitive_roles=globs).is_sensitive(ROLE) == expected


def test_rules_are_merged() -> None:
    """Of two matching rules that set the same thing, the first one counts."""
    rules = (
        Rule("*/Read*", name="no"),
        Rule("payments-*", region="eu-west-1", options={"a": "1", "b": "1"}),
        Rule("*/Admin*", name="n", region="us-east-1", output="json", options={"b": "2", "c": "2"}),
        Rule("*", name="last", style="credential-process"),
    )
    assert Settings(rules=rules).rule_for(ROLE) == Rule(
        "*", "n", "eu-west-1", "json", "credential-process", {"a": "1", "b": "1", "c": "2"}
    )


def test_look_and_confirmation() -> None:
    """Color, label, warning and confirmation are merged as well; a rule can turn the confirmation off again."""
    rules = (
        Rule("*/Admin*", color="red", confirm=True),
        Rule("payments-*", label="PROD", color="blue", warning="careful", confirm=False),
    )
    expected = Rule("*", color="red", label="PROD", warning="careful", confirm=True)
    assert Settings(rules=rules).rule_for(ROLE) == expected
    assert Settings(rules=rules[::-1]).rule_for(ROLE).confirm is False


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("payments-*", True),
        ("payments-*/Admin*", True),
        ("payments-*/Read*", False),
        ("222222222222", False),
        ("1*/*", True),
    ],
)
def test_confirmation_without_account_name(match: str, expected: bool) -> None:
    """While the name of its account is not known, a role needs a confirmation that any name would need."""
    role = Role(Account("111111111111"), "AdminAccess")
    assert Settings(rules=(Rule(match, confirm=True),)).rule_for(role).confirm == expected


def test_no_rule() -> None:
    """Without a matching rule nothing is set."""
    assert Settings(rules=(Rule("*/Read*", name="no"),)).rule_for(ROLE) == Rule("*")
