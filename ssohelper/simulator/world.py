"""The world of a simulator: accounts, permission sets, and who may use which where. It may change at any time."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import RLock

from ssohelper.simulator import names


@dataclass(frozen=True, slots=True)
class Account:
    """An account; a name or email of None is left out of the portal's answers, as AWS does."""

    id: str
    name: str | None = None
    email: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.id):
            raise ValueError(f"an account id has 12 digits: {self.id!r}")


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set, which accounts show as a role; its credentials last `session_hours`, 1 to 12."""

    name: str
    session_hours: int = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w+=,.@-]{1,32}", self.name, re.ASCII):
            raise ValueError(f"not a name for a permission set: {self.name!r}")
        if not 1 <= self.session_hours <= 12:
            raise ValueError(f"a session lasts 1 to 12 hours, not {self.session_hours}")


@dataclass(frozen=True, slots=True)
class User:
    """A person, and the (account id, role name) pairs assigned to them."""

    name: str
    assignments: frozenset[tuple[str, str]] = frozenset()


class World:
    """Everything that Identity Center knows, changeable while a simulator shows it.

    Every method takes the world's lock. A change that names an account, permission set or user that does not exist
    raises LookupError and changes nothing. Where `user` is None, `assign` and `withdraw` mean every user.
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
        self._lock = RLock()
        self._accounts = {account.id: account for account in accounts}
        self._permission_sets = {each.name: each for each in permission_sets}
        # user -> account id -> role names: what the portal asks for, without a walk over every assignment.
        self._granted: dict[str, dict[str, set[str]]] = {}
        for user in users:
            self.add_user(user)

    def __repr__(self) -> str:
        counts = f"{len(self._accounts)} accounts, {len(self._permission_sets)} permission sets"
        return f"<World: {counts}, {len(self._granted)} users>"

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every account, in the order in which they came."""
        with self._lock:
            return tuple(self._accounts.values())

    @property
    def permission_sets(self) -> tuple[PermissionSet, ...]:
        """Every permission set."""
        with self._lock:
            return tuple(self._permission_sets.values())

    @property
    def users(self) -> tuple[User, ...]:
        """Every user, as they are now; the first is who signs in when nobody is named."""
        with self._lock:
            return tuple(
                User(name, frozenset((account, role) for account, roles in granted.items() for role in roles))
                for name, granted in self._granted.items()
            )

    def user_name(self, name: str | None = None) -> str:
        """`name` if there is such a user, the first user for None, else LookupError."""
        with self._lock:
            if not self._granted or (name is not None and name not in self._granted):
                raise LookupError(f"no such user: {name}")
            return next(iter(self._granted)) if name is None else name

    def accounts_of(self, user: str) -> list[Account]:
        """The accounts in which `user` has a role."""
        with self._lock:
            granted = self._granted.get(user, {})
            return [account for account in self._accounts.values() if granted.get(account.id)]

    def roles_of(self, user: str, account_id: str) -> list[str]:
        """The names of the roles that `user` has in an account, sorted; none where they cannot see it."""
        with self._lock:
            return sorted(self._granted.get(user, {}).get(account_id, ()))

    def session_hours(self, role_name: str) -> int:
        """How long credentials of this role last."""
        with self._lock:
            return self._permission_sets[role_name].session_hours

    def add_account(self, account: Account) -> None:
        """Add an account, or replace the one with its id; nobody has a role in a new one yet."""
        with self._lock:
            self._accounts[account.id] = account

    def rename_account(self, account_id: str, name: str | None) -> None:
        """Give an account another name."""
        with self._lock:
            if account_id not in self._accounts:
                raise LookupError(f"no such account: {account_id}")
            self._accounts[account_id] = replace(self._accounts[account_id], name=name)

    def add_permission_set(self, permission_set: PermissionSet) -> None:
        """Add a permission set, or replace the one of its name."""
        with self._lock:
            self._permission_sets[permission_set.name] = permission_set

    def add_user(self, user: User) -> None:
        """Add a user with their assignments, or replace the one of that name."""
        with self._lock:
            granted: dict[str, set[str]] = {}
            for account_id, role_name in user.assignments:
                self._must_exist(account_id, role_name)
                granted.setdefault(account_id, set()).add(role_name)
            self._granted[user.name] = granted

    def assign(self, account_id: str, role_name: str, user: str | None = None) -> None:
        """Let `user` use a role in an account."""
        with self._lock:
            self._must_exist(account_id, role_name)
            for granted in self._chosen(user):
                granted.setdefault(account_id, set()).add(role_name)

    def withdraw(self, account_id: str, role_name: str, user: str | None = None) -> None:
        """Take a role in an account away from `user`; credentials that were issued live on, as on AWS."""
        with self._lock:
            self._must_exist(account_id, role_name)
            for granted in self._chosen(user):
                granted.get(account_id, set()).discard(role_name)

    def _must_exist(self, account_id: str, role_name: str) -> None:
        if account_id not in self._accounts or role_name not in self._permission_sets:
            raise LookupError(f"no such account or permission set: {account_id}, {role_name}")

    def _chosen(self, user: str | None) -> list[dict[str, set[str]]]:
        return list(self._granted.values()) if user is None else [self._granted[self.user_name(user)]]


def organisation() -> World:
    """A small company that looks like one: eight accounts, two of them with one name, and two people."""
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
        PermissionSet("ReadOnly", 8),
        PermissionSet("Developer", 4),
        PermissionSet("Billing", 2),
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
    """A company of any size, the same for the same arguments: one user with `roles` roles in every account.

    `awkward` begins it with the names that break tools (see `names`).
    """
    dice = random.Random(seed)  # noqa: S311 - a believable company, not a secret
    ids: dict[str, None] = {}
    while len(ids) < accounts:
        ids[f"{dice.randrange(10**11, 10**12)}"] = None
    chosen: list[str | None] = list(names.AWKWARD_ACCOUNTS[:accounts]) if awkward else []
    ordinary = [f"{team}-{stage}" for team in names.TEAMS for stage in names.STAGES]
    dice.shuffle(ordinary)
    for number in range(accounts - len(chosen)):
        lap, place = divmod(number, len(ordinary))
        chosen.append(f"{ordinary[place]}-{lap + 1}" if lap else ordinary[place])
    made = [
        # Where names are awkward some emails are missing too, an account without a name among them.
        Account(each, name, None if awkward and number % 4 == 1 else f"aws+{each}@example.com")
        for number, (each, name) in enumerate(zip(ids, chosen, strict=True))
    ]
    wanted = [*names.AWKWARD_ROLES, *names.ROLES] if awkward else list(names.ROLES)
    wanted += [f"Team{number:04}" for number in range(roles)]
    sets = [PermissionSet(name, session_hours) for name in wanted[:roles]]
    assigned = frozenset((account.id, each.name) for account in made for each in sets)
    return World(made, sets, [User("alex@example.com", assigned)])
