"""The state of an Identity Center: accounts, permission sets, users and account assignments."""

import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import RLock

from ssohelper.simulator import names, policies


def _policy(**statement: str | list[str]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]})


_EVERYTHING = _policy(Action="*")
# Like AWS's ReadOnlyAccess, PowerUserAccess and Billing, each in a few words.
_READ_ONLY = _policy(
    Action=[
        *(f"{each}:{verb}*" for each in ("ec2", "iam", "kms", "logs", "s3") for verb in ("Describe", "Get", "List")),
        *("iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),
    ]
)
_POWER_USER = _policy(NotAction=["account:*", "iam:*", "organizations:*"])
_BILLING = _policy(Action=["aws-portal:*", "budgets:*", "ce:*", "cur:*"])


@dataclass(frozen=True, slots=True)
class Account:
    """An account. The portal omits a name or email of None, as on AWS."""

    id: str
    name: str | None = None
    email: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.id):
            raise ValueError(f"not a valid account id: {self.id!r} (expected 12 digits)")


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set, which becomes a role in accounts. `session_hours` is its session duration, 1 to 12.

    `policy` is what it allows, `boundary` its permissions boundary, if it has one: both are JSON.
    """

    name: str
    session_hours: int = 1
    policy: str = _EVERYTHING
    boundary: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w+=,.@-]{1,32}", self.name, re.ASCII):
            raise ValueError(f"not a valid permission set name: {self.name!r}")
        if not 1 <= self.session_hours <= 12:
            raise ValueError(f"session_hours must be 1 to 12, not {self.session_hours}")
        for document in filter(None, (self.policy, self.boundary)):
            policies.check(document)


@dataclass(frozen=True, slots=True)
class User:
    """A user with their assignments as (account id, role name) pairs."""

    name: str
    assignments: frozenset[tuple[str, str]] = frozenset()


class World:
    """Accounts, permission sets, users and assignments. All methods are thread-safe.

    A change that names an unknown account, permission set or user raises LookupError and has no effect. For `assign`
    and `withdraw` a `user` of None means all users. `service_control_policy` is that of all accounts, as JSON; it may
    be changed at any time.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        permission_sets: Iterable[PermissionSet],
        users: Iterable[User],
        start_url: str | None = None,
        region: str = "us-east-1",
    ) -> None:
        self.start_url = start_url
        self.region = region
        self.service_control_policy = ""
        self._lock = RLock()
        self._accounts = {account.id: account for account in accounts}
        self._permission_sets = {each.name: each for each in permission_sets}
        # user -> account id -> role names, which the portal's operations look up.
        self._assignments: dict[str, dict[str, set[str]]] = {}
        for user in users:
            self.add_user(user)

    def __repr__(self) -> str:
        counts = f"{len(self._accounts)} accounts, {len(self._permission_sets)} permission sets"
        return f"<World: {counts}, {len(self._assignments)} users>"

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All accounts in the order in which they were added."""
        with self._lock:
            return tuple(self._accounts.values())

    @property
    def permission_sets(self) -> tuple[PermissionSet, ...]:
        """All permission sets."""
        with self._lock:
            return tuple(self._permission_sets.values())

    @property
    def users(self) -> tuple[User, ...]:
        """All users; the first is the default user."""
        with self._lock:
            return tuple(
                User(name, frozenset((account, role) for account, roles in assigned.items() for role in roles))
                for name, assigned in self._assignments.items()
            )

    def user_name(self, name: str | None = None) -> str:
        """Return `name`, or the first user for None. Raises LookupError if the user does not exist."""
        with self._lock:
            if not self._assignments or (name is not None and name not in self._assignments):
                raise LookupError(f"no such user: {name}")
            return next(iter(self._assignments)) if name is None else name

    def accounts_of(self, user: str) -> list[Account]:
        """Return the accounts in which `user` has a role."""
        with self._lock:
            assigned = self._assignments.get(user, {})
            return [account for account in self._accounts.values() if assigned.get(account.id)]

    def roles_of(self, user: str, account_id: str) -> list[str]:
        """Return the names of the roles of `user` in an account, sorted."""
        with self._lock:
            return sorted(self._assignments.get(user, {}).get(account_id, ()))

    def assignments_of(self, user: str) -> frozenset[tuple[str, str]]:
        """Return the assignments of `user` as (account id, role name) pairs."""
        with self._lock:
            assigned = self._assignments.get(user, {})
            return frozenset((account, role) for account, roles in assigned.items() for role in roles)

    def permission_set(self, name: str) -> PermissionSet:
        """Return a permission set."""
        with self._lock:
            return self._permission_sets[name]

    def add_account(self, account: Account) -> None:
        """Add an account without assignments, or replace the one with the same id and keep its assignments."""
        with self._lock:
            self._accounts[account.id] = account

    def rename_account(self, account_id: str, name: str | None) -> None:
        """Rename an account."""
        with self._lock:
            if account_id not in self._accounts:
                raise LookupError(f"no such account: {account_id}")
            self._accounts[account_id] = replace(self._accounts[account_id], name=name)

    def add_permission_set(self, permission_set: PermissionSet) -> None:
        """Add a permission set, or replace the one with the same name."""
        with self._lock:
            self._permission_sets[permission_set.name] = permission_set

    def add_user(self, user: User) -> None:
        """Add a user with their assignments, or replace the one with the same name."""
        with self._lock:
            assigned: dict[str, set[str]] = {}
            for account_id, role_name in user.assignments:
                self._require(account_id, role_name)
                assigned.setdefault(account_id, set()).add(role_name)
            self._assignments[user.name] = assigned

    def assign(self, account_id: str, role_name: str, user: str | None = None) -> None:
        """Assign a role in an account to `user`."""
        with self._lock:
            self._require(account_id, role_name)
            for assigned in self._assignments_of(user):
                assigned.setdefault(account_id, set()).add(role_name)

    def withdraw(self, account_id: str, role_name: str, user: str | None = None) -> None:
        """Remove an assignment from `user`. Issued credentials stay valid until they expire, as on AWS."""
        with self._lock:
            self._require(account_id, role_name)
            for assigned in self._assignments_of(user):
                assigned.get(account_id, set()).discard(role_name)

    def _require(self, account_id: str, role_name: str) -> None:
        if account_id not in self._accounts or role_name not in self._permission_sets:
            raise LookupError(f"no such account or permission set: {account_id}, {role_name}")

    def _assignments_of(self, user: str | None) -> list[dict[str, set[str]]]:
        return list(self._assignments.values()) if user is None else [self._assignments[self.user_name(user)]]


def organisation() -> World:
    """Return a small company: eight accounts, two of them with the same name, and two users."""
    accounts = [
        Account("111122223333", "management", "aws+management@example.com"),
        Account("222233334444", "security-audit", "aws+security@example.com"),
        Account("333344445555", "payments-prod", "aws+payments-prod@example.com"),
        Account("444455556666", "payments-staging", "aws+payments-staging@example.com"),
        Account("555566667777", "data-platform-prod", "aws+data-prod@example.com"),
        Account("666677778888", "data-platform-dev", "aws+data-dev@example.com"),
        Account("777788889999", "sandbox", "aws+sandbox-emea@example.com"),
        Account("888899990000", "sandbox", "aws+sandbox-apac@example.com"),
    ]
    administrator, read_only, developer, billing = (
        PermissionSet("AdministratorAccess", 1),
        PermissionSet("ReadOnly", 8, _READ_ONLY),
        PermissionSet("Developer", 4, _POWER_USER),
        PermissionSet("Billing", 2, _BILLING),
    )
    pairs = {(account.id, read_only.name) for account in accounts}
    pairs |= {(account.id, developer.name) for account in accounts[3:]}
    pairs |= {(account.id, administrator.name) for account in accounts[-2:]}
    alex = User("alex@example.com", frozenset(pairs | {(accounts[2].id, administrator.name)}))
    robin = User("robin@example.com", frozenset({(accounts[0].id, billing.name), (accounts[1].id, read_only.name)}))
    return World(accounts, (administrator, read_only, developer, billing), (alex, robin))


def generate(
    accounts: int = 40, roles: int = 3, seed: int = 0, session_hours: int = 1, *, awkward: bool = False
) -> World:
    """Return a company of any size, with one user who has `roles` roles in each account.

    The same arguments give the same company. With `awkward` the first names are those that break tools (see `names`).
    """
    rng = random.Random(seed)  # noqa: S311 - not a secret
    generated = _accounts(rng, accounts, awkward=awkward)
    role_names = [*names.AWKWARD_ROLES, *names.ROLES] if awkward else list(names.ROLES)
    role_names += [f"Team{number:04}" for number in range(roles)]
    permission_sets = [PermissionSet(name, session_hours) for name in role_names[:roles]]
    assignments = frozenset((account.id, each.name) for account in generated for each in permission_sets)
    return World(generated, permission_sets, [User("alex@example.com", assignments)])


def _accounts(rng: random.Random, count: int, *, awkward: bool) -> list[Account]:
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids[f"{rng.randrange(10**11, 10**12)}"] = None
    account_names: list[str | None] = list(names.AWKWARD_ACCOUNTS[:count]) if awkward else []
    ordinary = [f"{team}-{stage}" for team in names.TEAMS for stage in names.STAGES]
    rng.shuffle(ordinary)
    for number in range(count - len(account_names)):
        lap, index = divmod(number, len(ordinary))
        account_names.append(f"{ordinary[index]}-{lap + 1}" if lap else ordinary[index])
    return [
        # With `awkward` some emails are missing too, among them that of the account without a name.
        Account(account_id, name, None if awkward and number % 4 == 1 else f"aws+{account_id}@example.com")
        for number, (account_id, name) in enumerate(zip(ids, account_names, strict=True))
    ]
