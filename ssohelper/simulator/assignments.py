"""Permission sets, and who is assigned them in which account."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock

from ssohelper.simulator import identifiers
from ssohelper.simulator.access import Access, Role
from ssohelper.simulator.accounts import Accounts
from ssohelper.simulator.entities import Account, PermissionSet, Principal, User
from ssohelper.simulator.people import People


class Assignments(Accounts, People):
    """Accounts, people, permission sets, and the assignments from which the roles in the portal follow.

    For `assign` and `withdraw`, neither a user nor a group means all users.
    """

    def __init__(self, accounts: Iterable[Account]) -> None:
        lock = RLock()
        Accounts.__init__(self, lock, accounts)
        People.__init__(self, lock)
        self._permission_sets: dict[str, PermissionSet] = {}
        # How many permission sets with a name were created.
        self._created: Counter[str] = Counter()
        self._access = Access()

    @property
    def users(self) -> tuple[User, ...]:
        """All users with their own assignments; the first is the default user."""
        with self._current():
            return tuple(
                replace(user, assignments=frozenset(self._access.pairs(Principal.user(user.name))))
                for user in super().users
            )

    def add_user(self, user: User) -> None:
        """Add a user with their assignments, or replace the one with the same name."""
        with self._current():
            assigned = {pair: self._assignable(*pair) for pair in sorted(user.assignments)}
            super().add_user(user)
            principal = Principal.user(user.name)
            for account_id, name in self._access.pairs(principal):
                if (account_id, name) not in assigned:
                    self._access.withdraw(account_id, name, principal)
                    self._access.remove_unused_role(account_id, name)
            for (account_id, _), permission_set in assigned.items():
                self._access.assign(account_id, permission_set, principal)

    @property
    def permission_sets(self) -> tuple[PermissionSet, ...]:
        """All permission sets."""
        with self._lock:
            return tuple(self._permission_sets.values())

    def permission_set(self, name: str) -> PermissionSet:
        """Return the latest version of a permission set."""
        with self._lock:
            if name not in self._permission_sets:
                raise LookupError(f"no such permission set: {name}")
            return self._permission_sets[name]

    def permission_set_arn(self, name: str) -> str:
        """Return the ARN of a permission set. One that is deleted and created again has another."""
        with self._lock:
            instance_id = identifiers.instance_id(self.management_account_id)
            return identifiers.permission_set_arn(instance_id, name, self._created[self.permission_set(name).name])

    def find_permission_set(self, arn: str) -> PermissionSet | None:
        """Return the permission set with an ARN; None if there is none, or not any more."""
        with self._lock:
            return next(
                (each for name, each in self._permission_sets.items() if self.permission_set_arn(name) == arn), None
            )

    def add_permission_set(self, permission_set: PermissionSet) -> None:
        """Add a permission set, or replace the one with the same name in all accounts at once."""
        with self._current():
            accounts = self.accounts_with(permission_set.name)
            for account_id in accounts:
                self._require_policies(account_id, permission_set)
            if permission_set.name not in self._permission_sets:
                self._created[permission_set.name] += 1
            self._permission_sets[permission_set.name] = permission_set
            for account_id in accounts:
                self._access.provision(account_id, permission_set)

    def delete_permission_set(self, name: str) -> None:
        """Delete a permission set with its assignments and roles."""
        with self._current():
            del self._permission_sets[self.permission_set(name).name]
            for account_id in self.accounts_with(name):
                self._access.remove(account_id, name)

    def assign(self, account_id: str, role_name: str, user: str | None = None, *, group: str | None = None) -> None:
        """Assign a role in an account to a user or a group."""
        with self._current():
            permission_set = self._assignable(account_id, role_name)
            for principal in self._named(user, group):
                self._access.assign(account_id, permission_set, principal)

    def withdraw(
        self,
        account_id: str,
        role_name: str,
        user: str | None = None,
        *,
        group: str | None = None,
        keep_role: bool = False,
    ) -> None:
        """Remove an assignment. The role goes with the last one, unless `keep_role`.

        Issued credentials stay valid until they expire, as on AWS, or until the role is removed.
        """
        with self._current():
            account_id, name = self.account(account_id).id, self.permission_set(role_name).name
            for principal in self._named(user, group):
                self._access.withdraw(account_id, name, principal)
            if not keep_role:
                self._access.remove_unused_role(account_id, name)

    def accounts_of(self, user: str) -> list[Account]:
        """Return the accounts in which `user` has a role."""
        with self._current():
            assigned = [self._access.assigned_to(each) for each in self._sources(user)]
            return [account for account in self.accounts if any(each.get(account.id) for each in assigned)]

    def roles_of(self, user: str, account_id: str) -> list[str]:
        """Return the names of the roles of `user` in an account, sorted."""
        with self._current():
            assigned = [self._access.assigned_to(each) for each in self._sources(user)]
            return sorted({name for each in assigned for name in each.get(account_id, ())})

    def assignments_of(self, user: str) -> frozenset[tuple[str, str]]:
        """Return the roles of `user`, those of their groups included, as (account id, role name) pairs."""
        with self._current():
            return frozenset(pair for each in self._sources(user) for pair in self._access.pairs(each))

    def assigned_to(self, principal: Principal) -> list[tuple[str, str]]:
        """Return the assignments of a user or a group itself, as (account id, role name) pairs."""
        with self._current():
            return self._access.pairs(principal)

    def principals(self, account_id: str, name: str) -> list[Principal]:
        """Return who is assigned a permission set in an account, deleted users and groups included."""
        with self._current():
            return self._access.principals(account_id, name)

    def roles_in(self, account_id: str) -> Mapping[str, Role]:
        """Return the roles of an account, by the name of their permission set."""
        with self._current():
            return dict(self._access.roles_in(account_id))

    def role(self, account_id: str, name: str) -> Role | None:
        """Return the role of a permission set in an account; None if it is not provisioned there."""
        with self._current():
            return self._access.roles_in(account_id).get(name)

    def is_outdated(self, account_id: str, name: str) -> bool:
        """Whether an account has an older version of a permission set."""
        role = self.role(account_id, name)
        return role is not None and not role.permission_set.is_version_of(self.permission_set(name))

    def accounts_with(self, name: str) -> list[str]:
        """Return the ids of the accounts in which a permission set is provisioned."""
        with self._current():
            return [account_id for account_id in self._accounts if name in self._access.roles_in(account_id)]

    @contextmanager
    def _current(self) -> Iterator[None]:
        """Lock, when everything that is due has been done."""
        with self._lock:
            yield

    def _assignable(self, account_id: str, name: str) -> PermissionSet:
        """A permission set that can be assigned in an account. Raises LookupError."""
        permission_set = self.permission_set(name)
        if name not in self._access.roles_in(self.account(account_id).id):
            self._require_policies(account_id, permission_set)
        return permission_set

    def _require_policies(self, account_id: str, permission_set: PermissionSet) -> None:
        for name in permission_set.required_policies:
            if self.customer_policy(account_id, name) is None:
                raise LookupError(f"Not supported policy arn:aws:iam::{account_id}:policy{name}.")

    def _named(self, user: str | None, group: str | None) -> list[Principal]:
        """The principals that are named. A deleted one can be, as long as it has assignments."""
        if user is None and group is None:
            return [Principal.user(each.name) for each in super().users]
        principal = Principal.user(user or "") if group is None else Principal.group(group)
        if not self._exists(principal) and not self._access.pairs(principal):
            raise LookupError(f"no such {principal.type.lower()}: {group or user}")
        return [principal]

    def _exists(self, principal: Principal) -> bool:
        found = self.find_user(principal.id) if principal.type == "USER" else self.find_group(principal.id)
        return found is not None

    def _sources(self, user: str) -> list[Principal]:
        """From where a user has roles: themselves and their groups. A disabled user has none."""
        found = self.find_user(identifiers.user_id(user))
        if found is None or not found.enabled:
            return []
        return [Principal.user(user), *(Principal.group(each) for each in self.groups_of(user))]
