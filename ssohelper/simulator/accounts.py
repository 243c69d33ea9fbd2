"""The accounts of an organization, and the IAM policies that customers manage in them."""

from collections.abc import Iterable
from dataclasses import replace
from threading import RLock
from typing import Any

from ssohelper.simulator import policies
from ssohelper.simulator.entities import Account


class Accounts:
    """Accounts, the first of which is the management account unless another one is set.

    `delegated_administrators` are account ids. `service_control_policy` (JSON) is that of all accounts but the
    management account. Both may be changed at any time.
    """

    def __init__(self, lock: RLock, accounts: Iterable[Account]) -> None:
        self.service_control_policy = ""
        self.delegated_administrators: set[str] = set()
        self._lock = lock
        self._management_account_id = ""
        self._accounts = {account.id: account for account in accounts}
        self._policies: dict[str, dict[str, str]] = {}

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All accounts in the order in which they were added."""
        with self._lock:
            return tuple(self._accounts.values())

    @property
    def management_account_id(self) -> str:
        """The management account; empty if there are no accounts."""
        return self._management_account_id or next(iter(self._accounts), "")

    @management_account_id.setter
    def management_account_id(self, account_id: str) -> None:
        self._management_account_id = self.account(account_id).id

    def account(self, account_id: str) -> Account:
        """Return an account."""
        with self._lock:
            if account_id not in self._accounts:
                raise LookupError(f"no such account: {account_id}")
            return self._accounts[account_id]

    def add_account(self, account: Account) -> None:
        """Add an account without assignments, or replace the one with the same id and keep its assignments."""
        with self._lock:
            self._accounts[account.id] = account

    def change_account(self, account_id: str, **changes: Any) -> None:
        """Change the name, email, state or organizational unit of an account."""
        with self._lock:
            self._accounts[account_id] = replace(self.account(account_id), **changes)

    def rename_account(self, account_id: str, name: str | None) -> None:
        """Rename an account."""
        self.change_account(account_id, name=name)

    def customer_policy(self, account_id: str, name: str) -> str | None:
        """Return the customer-managed policy `/path/name` of an account, as JSON; None if there is none."""
        with self._lock:
            return self._policies.get(account_id, {}).get(name)

    def add_customer_policy(self, name: str, document: str, *account_ids: str) -> None:
        """Create or replace the customer-managed policy `/path/name` in accounts, by default in all of them."""
        policies.check(document)
        with self._lock:
            for account in [self.account(each) for each in account_ids] or self.accounts:
                self._policies.setdefault(account.id, {})[name] = document
