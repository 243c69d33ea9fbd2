"""What was read of an Identity Center: permission sets, assignments, principals, accounts. Pure data.

Times are Unix seconds, durations seconds. `None` stands for what is not known: it could not be read, or was not asked
for; nothing may be concluded from it. `Inventory.unread` has the reasons.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

PrincipalType = Literal["USER", "GROUP"]
RequestKind = Literal["assignment", "removal", "provisioning"]
RequestStatus = Literal["IN_PROGRESS", "FAILED"]
Severity = Literal["ERROR", "SECURITY_WARNING", "WARNING", "SUGGESTION"]
# A permission set's ARN and an account's id.
Pair = tuple[str, str]


class CustomerManagedPolicy(NamedTuple):
    """A policy that has to exist under this name in each account where the permission set is provisioned."""

    path: str
    name: str


class PermissionSet(NamedTuple):
    """A permission set. It is known by its ARN: that names are unique, by case, is not documented.

    `inline_policy` is JSON as it was written, empty if there is none. `boundary` is the ARN of an AWS-managed policy,
    or a customer-managed one; empty if there is none. `provisioned` are the ids of the accounts that have a role of
    it, `outdated` of those whose role is of an older version.
    """

    arn: str
    name: str | None = None
    description: str | None = None
    created: float | None = None
    session_seconds: int | None = None
    relay_state: str | None = None
    managed_policies: tuple[str, ...] | None = None
    customer_managed_policies: tuple[CustomerManagedPolicy, ...] | None = None
    inline_policy: str | None = None
    boundary: str | CustomerManagedPolicy | None = None
    tags: Mapping[str, str] | None = None
    provisioned: tuple[str, ...] | None = None
    outdated: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        """What to call it in a message: its name, if that could be read."""
        return self.name or self.arn


class Assignment(NamedTuple):
    """An account assignment: a permission set, by its ARN, for a user or a group, by id, in one account."""

    permission_set: str
    account_id: str
    principal_type: PrincipalType
    principal_id: str


class User(NamedTuple):
    """A user. `exists` is False for one that was deleted and whose assignments were left."""

    id: str
    name: str | None = None
    enabled: bool | None = None
    exists: bool | None = None


class Group(NamedTuple):
    """A group. `exists` as of a user. `members` are user ids; with `has_more`, only the first ones were read."""

    id: str
    name: str | None = None
    exists: bool | None = None
    members: tuple[str, ...] | None = None
    has_more: bool = False


class Account(NamedTuple):
    """An account of the organization. `ou` is its place in the tree, by names: `/prod/eu`, `/` for the root.

    `state` is Organizations' word: `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, `CLOSED`.
    """

    id: str
    name: str | None = None
    state: str | None = None
    ou: str | None = None

    @property
    def label(self) -> str:
        """What to call it in a message: `payments-prod (333344445555)`."""
        return f"{self.name} ({self.id})" if self.name else self.id


class Request(NamedTuple):
    """A change that Identity Center has not finished, or that failed; `created` is when it was requested.

    `kind` is what was requested: to make an assignment, to remove one, or to provision a permission set again.
    """

    id: str
    kind: RequestKind
    status: RequestStatus
    created: float
    permission_set: str | None = None
    account_id: str | None = None
    principal_type: PrincipalType | None = None
    principal_id: str | None = None
    reason: str | None = None


class Instance(NamedTuple):
    """The instance of IAM Identity Center. `attributes` are those that it hands on for access control (ABAC)."""

    arn: str
    identity_store_id: str
    owner_account_id: str | None = None
    region: str | None = None
    attributes: tuple[str, ...] | None = None


class PolicyProblem(NamedTuple):
    """What Access Analyzer says of the inline policy of a permission set."""

    permission_set: str
    severity: Severity
    code: str
    details: str
    link: str | None = None


class Unread(NamedTuple):
    """What could not be read, in words (`assignments of ReadOnly in payments-prod`), and why."""

    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Everything that was read. `read_at` is when reading began.

    `assignments` has an entry, perhaps an empty one, for each provisioned pair whose assignments were read. Of other
    pairs, `group_assignments` has those that are known: all of groups, if `group_assignments_complete`.
    `users` are those with an assignment. `documents` are those of AWS-managed policies, as JSON, by ARN. `blocked`
    are the actions that an inline policy allows but the permissions boundary does not, as IAM simulates them, by ARN
    of the permission set; sets that IAM was not asked about are missing. `problems` is None if Access Analyzer was
    not asked. `skipped` is what was not asked on purpose, in words, `unread` what could not be read.

    The `..._complete` fields say whether all of them could be listed.
    """

    instance: Instance
    read_at: float
    permission_sets: tuple[PermissionSet, ...]
    sets_complete: bool = True
    assignments: Mapping[Pair, tuple[Assignment, ...]] = field(default_factory=dict)
    group_assignments: tuple[Assignment, ...] = ()
    group_assignments_complete: bool = False
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    groups_complete: bool = True
    accounts: Mapping[str, Account] = field(default_factory=dict)
    accounts_complete: bool = True
    requests: tuple[Request, ...] = ()
    requests_complete: bool = True
    documents: Mapping[str, str] = field(default_factory=dict)
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[PolicyProblem, ...] | None = None
    unread: tuple[Unread, ...] = ()
    skipped: tuple[str, ...] = ()

    def account(self, account_id: str) -> Account:
        """An account, perhaps with nothing but its id."""
        return self.accounts.get(account_id) or Account(account_id)

    def principal(self, principal_type: PrincipalType, principal_id: str) -> str:
        """What to call a user or a group, without an email address; by its id, if the name is not known."""
        known: Mapping[str, User | Group] = self.groups if principal_type == "GROUP" else self.users
        found = known.get(principal_id)
        if found is None or not found.name:
            return principal_id
        name, at, _ = found.name.partition("@")
        if not name:
            return principal_id
        return f"{name} ({principal_id})" if at and self._names[name] > 1 else name

    @cached_property
    def _names(self) -> Counter[str]:
        """How many users and groups have a name, by the part before the @ of an email address."""
        names = [*(each.name for each in self.users.values()), *(each.name for each in self.groups.values())]
        return Counter((each or "").partition("@")[0] for each in names)

    def assigned(self, permission_set: PermissionSet) -> Iterator[Assignment]:
        """The assignments of a permission set, as far as they are known."""
        for account_id in permission_set.provisioned or ():
            yield from self.assignments.get((permission_set.arn, account_id), ())
        yield from (each for each in self.group_assignments if each.permission_set == permission_set.arn)

    def knows_assignments(self, permission_set: PermissionSet) -> bool:
        """Whether all assignments of a permission set are known."""
        accounts = permission_set.provisioned
        return accounts is not None and all((permission_set.arn, each) in self.assignments for each in accounts)
