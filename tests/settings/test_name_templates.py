"""Profile names from templates, readable by every SDK."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.errors import BadInput
from ssohelper.roles import Account, Role
from ssohelper.settings import name_templates
from ssohelper.settings.model import DEFAULT_TEMPLATE
from tests.fixtures.sync_worlds import MAIN

# What the strictest SDKs, those for JavaScript and Java, can both read in a section header.
PORTABLE = re.compile(r"[A-Za-z0-9_.@/%-]+")
ROLE = Role(Account("111111111111", "Prod (EU)", "ops@example.com"), "Read+Only")

_free_text = st.text(max_size=20)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{account_name}.{role_name}", "Prod-EU.Read-Only"),
        ("{account_id}_{role_name:lower}", "111111111111_read-only"),
        ("{account_name:upper}/{role_name}", "PROD-EU/Read-Only"),
        ("{account_email}", "ops@example.com"),
        ("{session}-{region}", "main-eu-west-1"),
        ("my profile", "my-profile"),
        ("{{{role_name}}}", "Read-Only"),
        ("+", "111111111111"),
    ],
)
def test_render(template: str, name: str) -> None:
    """Fields are filled in and filtered, and what some SDK cannot read becomes a dash."""
    name_templates.check_template(template)
    assert name_templates.render(template, ROLE, MAIN, "eu-west-1", portable=True) == name


@pytest.mark.parametrize(
    ("account", "portable", "name"),
    [
        (Account("1", "D\u00e9veloppement"), True, "Developpement.R"),
        (Account("1", "D\u00e9veloppement"), False, "D\u00e9veloppement.R"),
        (Account("1", "\u65e5\u672c"), True, "1.R"),
        (Account("1", "\u65e5\u672c"), False, "\u65e5\u672c.R"),
        (Account("1", "  two  words  "), True, "two-words.R"),
        (Account("1", "  two  words  "), False, "two  words.R"),
        (Account("1", "[x]\n\t#"), True, "x.R"),
        (Account("1", "[x]\n\t#"), False, "x#.R"),
        (Account("1", "---"), True, "1.R"),
        (Account("1", ""), True, "1.R"),
        (Account("1", None), False, "1.R"),
        (Account("1", "\ufb01\u2460"), True, "fi1.R"),
    ],
)
def test_account_names(account: Account, portable: bool, name: str) -> None:
    """An account's name may be any text; if no letter or digit of it is left, the id replaces it."""
    role = Role(account, "R")
    assert name_templates.render("{account_name}.{role_name}", role, MAIN, "eu-west-1", portable=portable) == name


FIELDS = "; known fields: {account_name}, {account_id}, {account_email}, {role_name}, {session}, {region}"
FILTERS = " (expected :lower or :upper)"
EXAMPLE = "--profile-name '{account_name}.{role_name}'"


@pytest.mark.parametrize(
    ("template", "unknown", "expected"),
    [
        ("x{acount}", "field {acount}", "; did you mean {account_name}?"),
        ("{acount_id}", "field {acount_id}", "; did you mean {account_id}?"),
        ("{role:lower}", "field {role}", "; did you mean {role_name}?"),
        ("{role_name.x}", "field {role_name.x}", "; did you mean {role_name}?"),
        ("{}", "field {}", FIELDS),
        ("{0}", "field {0}", FIELDS),
        ("{role_name:title}", "filter 'title'", FILTERS),
        ("{role_name!r}", "filter 'r'", FILTERS),
        ("{role_name:{region}}", "filter '{region}'", FILTERS),
    ],
)
def test_unknown_fields_and_filters(template: str, unknown: str, expected: str) -> None:
    """They are refused; a near match is only suggested, and not part of the option in the hint."""
    with pytest.raises(BadInput) as refused:
        name_templates.check_template(template)
    message = f"unknown {unknown} in the template {template!r}{expected}"
    assert (str(refused.value), refused.value.hint) == (message, EXAMPLE)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{role_name", "expected '}' before end of string"),
        ("a}", "Single '}' encountered in format string"),
        ("  ", "empty, or has a control character"),
        ("a\nb", "empty, or has a control character"),
    ],
)
def test_invalid_templates(template: str, problem: str) -> None:
    """Templates that cannot be parsed, or shown, are refused."""
    with pytest.raises(BadInput) as refused:
        name_templates.check_template(template)
    message = f"not a valid template: {template!r} ({problem})"
    assert (str(refused.value), refused.value.hint) == (message, EXAMPLE)


@settings(deadline=None)
@given(account=_free_text, email=_free_text, role=_free_text, template=st.sampled_from(name_templates.FIELDS))
def test_portable(account: str, email: str, role: str, template: str) -> None:
    """Every SDK can read a portable name, whatever the account and the role are called."""
    names = [
        name_templates.render(each, Role(Account("1", account, email), role), MAIN, "eu-west-1", portable=True)
        for each in (DEFAULT_TEMPLATE, f"{{{template}:upper}}")
    ]
    assert [bool(PORTABLE.fullmatch(name)) for name in names] == [True, True]
