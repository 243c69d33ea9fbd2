"""The same role name across accounts."""

import pytest

from ssohelper.permission_sets.matrix import MatrixRow, rows
from ssohelper.roles import Account, Role

NAMES = ("payments-dev", "payments-prod", "payments-staging", "data-prod", "web-prod", "sandbox")
ACCOUNTS = {name: Account(f"{number:012}", name) for number, name in enumerate(NAMES)}


def found(*names: str, unlisted: tuple[str, ...] = ()) -> MatrixRow:
    """The row of a role that is assigned in these accounts."""
    roles = [Role(ACCOUNTS[name], "Admin") for name in names]
    (row,) = rows(roles, list(ACCOUNTS.values()), {ACCOUNTS[name].id for name in unlisted}, {"Admin": 3600})
    return row


@pytest.mark.parametrize(
    ("where", "missing"),
    [
        (("payments-dev", "payments-staging"), ["payments-prod"]),
        (("payments-dev",), []),
        (("data-prod", "web-prod"), ["payments-prod"]),
        (("payments-dev", "payments-prod", "data-prod"), ["payments-staging", "web-prod"]),
        (("sandbox",), []),
        (NAMES, []),
    ],
)
def test_gaps(where: tuple[str, ...], missing: list[str]) -> None:
    """An account lacks a role that most of at least three accounts have whose names differ in one part."""
    row = found(*where)
    assert [each.name for each in row.missing] == missing
    assert ([each.name for each in row.accounts], row.seconds) == (list(where), 3600)


def test_unlisted() -> None:
    """In an account that could not be listed, nothing is missing."""
    assert found("payments-dev", "payments-staging", unlisted=("payments-prod",)).missing == ()


def test_accounts_without_names() -> None:
    """Accounts without a name are like no other; a role whose length was never seen has none."""
    accounts = [Account(f"{number:012}") for number in range(4)]
    assert rows([Role(accounts[0], "A")], accounts, (), {}) == [MatrixRow("A", None, (accounts[0],), ())]
