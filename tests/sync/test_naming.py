"""Names come from templates, are portable to every SDK, and never the same for two roles."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssohelper.errors import BadInput
from ssohelper.model import Account, Role
from ssohelper.settings import name_templates
from ssohelper.settings.model import DEFAULT_TEMPLATE
from ssohelper.sync import naming
from tests.fixtures.sync_worlds import MAIN

# What the SDKs for JavaScript and Java, the strictest, can both read in a header.
PORTABLE = re.compile(r"[A-Za-z0-9_.@/%-]+")
ROLE = Role(Account("111111111111", "Prod (EU)", "ops@example.com"), "Read+Only")

_keys = st.tuples(
    st.sampled_from(("111111111111", "222222222222", "333333333333")), st.sampled_from(("a", "b", "a-b"))
)
_wished = st.dictionaries(
    _keys, st.sampled_from(("x", "y", "x-111111111111", "x-222222222222", "default")), min_size=1
)
_taken = st.sets(st.sampled_from(("x", "y", "x-111111111111", "y-333333333333")))
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
def test_templates(template: str, name: str) -> None:
    """A template's fields are filled in and filtered, and what not every SDK reads becomes a dash."""
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
    """Free text becomes a name; where nothing of it can stay, the account's id stands in."""
    role = Role(account, "R")
    assert name_templates.render("{account_name}.{role_name}", role, MAIN, "eu-west-1", portable=portable) == name


FIELDS = "fields are {account_name}, {account_id}, {account_email}, {role_name}, {session}, {region}"
FILTERS = "filters are :lower and :upper"
USUAL = "{account_name}.{role_name}"


@pytest.mark.parametrize(
    ("template", "wrong", "better"),
    [
        ("x{acount}", "has the unknown field {acount}; " + FIELDS, "x{account_name}"),
        ("{acount_id}", "has the unknown field {acount_id}; " + FIELDS, "{account_id}"),
        ("{role:lower}", "has the unknown field {role}; " + FIELDS, "{role_name:lower}"),
        ("{}", "has the unknown field {}; " + FIELDS, USUAL),
        ("{0}", "has the unknown field {0}; " + FIELDS, USUAL),
        ("{role_name.x}", "has the unknown field {role_name.x}; " + FIELDS, "{role_name}"),
        ("{role_name:title}", f"has the unknown filter 'title'; {FILTERS}", USUAL),
        ("{role_name!r}", f"has the unknown filter 'r'; {FILTERS}", USUAL),
        ("{role_name:{region}}", "has the unknown filter '{region}'; " + FILTERS, USUAL),
        ("{role_name", "is no template: expected '}' before end of string", USUAL),
        ("a}", "is no template: Single '}' encountered in format string", USUAL),
        ("  ", "is empty or holds a control character", USUAL),
        ("a\nb", "is empty or holds a control character", USUAL),
    ],
)
def test_wrong_templates(template: str, wrong: str, better: str) -> None:
    """A template that cannot be filled in is refused, with what is wrong, what there is and a better one."""
    with pytest.raises(BadInput) as refused:
        name_templates.check_template(template)
    assert str(refused.value) == f"the profile name {template!r} {wrong}"
    assert refused.value.hint == f"--profile-name '{better}'"


@settings(deadline=None)
@given(account=_free_text, email=_free_text, role=_free_text, template=st.sampled_from(name_templates.FIELDS))
def test_portable(account: str, email: str, role: str, template: str) -> None:
    """A portable name can be read by every SDK, whatever account and role are called."""
    names = [
        name_templates.render(each, Role(Account("1", account, email), role), MAIN, "eu-west-1", portable=True)
        for each in (DEFAULT_TEMPLATE, f"{{{template}:upper}}")
    ]
    assert [bool(PORTABLE.fullmatch(name)) for name in names] == [True, True]


@settings(deadline=None)
@given(_wished, _taken)
def test_resolve(wished: dict[tuple[str, str], str], taken: set[str]) -> None:
    """Every role has a name of its own that nobody else has, and the order of roles does not matter."""
    names = naming.resolve(wished, "main", taken)
    assert names.keys() == wished.keys()
    assert len(set(names.values())) == len(wished)
    assert not taken & set(names.values())
    assert naming.resolve(dict(reversed(wished.items())), "main", taken) == names
    alone = [key for key, name in wished.items() if list(wished.values()).count(name) == 1 and name not in taken]
    assert all(names[key].startswith(wished[key]) for key in alone)


def test_collisions() -> None:
    """All who wish for one name get the account's id behind it; who is not alone then, a short hash."""
    wished = {
        ("111111111111", "A"): "x",
        ("222222222222", "A"): "x",
        ("222222222222", "B"): "x",
        ("333333333333", "A"): "y",
    }
    assert naming.resolve(wished, "main") == {
        ("111111111111", "A"): "x-111111111111",
        ("222222222222", "A"): "x-7ac0c9c8",
        ("222222222222", "B"): "x-17ebe681",
        ("333333333333", "A"): "y",
    }
    assert naming.resolve({("1", "A"): "x"}, "main", ["x"]) == {("1", "A"): "x-1"}
