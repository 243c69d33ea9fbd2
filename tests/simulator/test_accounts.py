"""Accounts, and the policies that customers manage in them."""

from threading import RLock

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.accounts import Accounts
from ssohelper.simulator.entities import Account

ONE, TWO = Account("111122223333", "one"), Account("222233334444", "two", "two@example.com")


@pytest.fixture
def accounts() -> Accounts:
    """Two accounts."""
    return Accounts(RLock(), [ONE, TWO])


def test_management_account(accounts: Accounts) -> None:
    """The first account is the management account, unless another one is set."""
    assert (accounts.management_account_id, Accounts(RLock(), []).management_account_id) == (ONE.id, "")
    accounts.management_account_id = TWO.id
    assert accounts.management_account_id == TWO.id
    with pytest.raises(LookupError, match="no such account: 3"):
        accounts.management_account_id = "3"


def test_changes(accounts: Accounts) -> None:
    """An account is added, renamed, moved and closed."""
    accounts.add_account(Account("333344445555"))
    accounts.rename_account(TWO.id, None)
    accounts.change_account(ONE.id, state="SUSPENDED", ou="/old")
    assert accounts.accounts == (
        Account(ONE.id, "one", state="SUSPENDED", ou="/old"),
        Account(TWO.id, None, "two@example.com"),
        Account("333344445555"),
    )
    with pytest.raises(LookupError, match="no such account"):
        accounts.change_account("999999999999", ou="/old")
    with pytest.raises(ValueError, match="not an account state"):
        accounts.change_account(ONE.id, state="GONE")
    assert accounts.account(ONE.id).state == "SUSPENDED"


def test_customer_policies(accounts: Accounts) -> None:
    """A policy exists in the accounts that are named, by default in all."""
    document, other = aws_policies.EVERYTHING, aws_policies.BILLING
    accounts.add_customer_policy("/all", document)
    accounts.add_customer_policy("/path/one", document, ONE.id)
    accounts.add_customer_policy("/all", other, TWO.id)
    found = [
        [accounts.customer_policy(each.id, name) for each in (ONE, TWO)] for name in ("/all", "/path/one", "/none")
    ]
    assert found == [[document, other], [document, None], [None, None]]
    with pytest.raises(LookupError, match="no such account"):
        accounts.add_customer_policy("/all", document, "999999999999")
    with pytest.raises(ValueError, match="not a policy"):
        accounts.add_customer_policy("/all", "{}")
