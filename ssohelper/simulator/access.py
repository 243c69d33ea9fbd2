"""Account assignments, and the IAM roles that permission sets become in accounts because of them."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ssohelper.simulator.entities import PermissionSet, Principal
from ssohelper.simulator.identifiers import iam_role_name


class Role(NamedTuple):
    """The IAM role of a permission set in an account: its name, and the version that it was provisioned with."""

    name: str
    permission_set: PermissionSet


class Access:
    """Who is assigned which permission set in which account. A pair with an assignment has a role.

    A role that is removed and made again has another name.
    """

    def __init__(self) -> None:
        self._principals: dict[tuple[str, str], dict[Principal, None]] = {}
        self._assigned: dict[Principal, dict[str, set[str]]] = {}
        self._roles: dict[str, dict[str, Role]] = {}
        self._made: Counter[tuple[str, str]] = Counter()

    def principals(self, account_id: str, name: str) -> list[Principal]:
        """Who is assigned a permission set in an account."""
        return list(self._principals.get((account_id, name), ()))

    def assigned_to(self, principal: Principal) -> Mapping[str, AbstractSet[str]]:
        """What a principal is assigned: names of permission sets, by account id. Some accounts may have none."""
        return self._assigned.get(principal, {})

    def pairs(self, principal: Principal) -> list[tuple[str, str]]:
        """The same as (account id, permission set) pairs."""
        return [
            (account_id, name) for account_id, names in self.assigned_to(principal).items() for name in sorted(names)
        ]

    def roles_in(self, account_id: str) -> Mapping[str, Role]:
        """The roles of an account, by the name of their permission set."""
        return self._roles.get(account_id, {})

    def assign(self, account_id: str, permission_set: PermissionSet, principal: Principal) -> None:
        """Add an assignment, and the role if there is none."""
        name = permission_set.name
        self._principals.setdefault((account_id, name), {})[principal] = None
        self._assigned.setdefault(principal, {}).setdefault(account_id, set()).add(name)
        if name not in self.roles_in(account_id):
            self.provision(account_id, permission_set)

    def withdraw(self, account_id: str, name: str, principal: Principal) -> bool:
        """Remove an assignment, but not the role. Returns whether there was one."""
        if name not in self.assigned_to(principal).get(account_id, ()):
            return False
        del self._principals[account_id, name][principal]
        self._assigned[principal][account_id].remove(name)
        return True

    def provision(self, account_id: str, permission_set: PermissionSet) -> None:
        """Make the role of a permission set in an account, or give it this version."""
        roles, name = self._roles.setdefault(account_id, {}), permission_set.name
        if name not in roles:
            self._made[account_id, name] += 1
        role_name = iam_role_name(account_id, name, self._made[account_id, name])
        roles[name] = Role(role_name, permission_set)

    def remove_unused_role(self, account_id: str, name: str) -> None:
        """Remove the role of a permission set from an account in which it has no assignments."""
        if not self._principals.get((account_id, name)):
            self._roles.get(account_id, {}).pop(name, None)

    def remove(self, account_id: str, name: str) -> None:
        """Remove the role and all assignments of a permission set in an account."""
        for principal in self.principals(account_id, name):
            self.withdraw(account_id, name, principal)
        self.remove_unused_role(account_id, name)
