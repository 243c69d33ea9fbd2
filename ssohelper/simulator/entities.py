"""What a world consists of: accounts, permission sets, users and groups."""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Literal, NamedTuple

from ssohelper.simulator import aws_policies, identifiers, policies

ACCOUNT_STATES = ("PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED")
# When everything was created that says nothing else: 2026-01-12, 09:30 UTC.
CREATED = 1_768_210_200.0
_POLICY_NAME = re.compile(r"(/[A-Za-z0-9.,+@=_-]+)*/[\w+=,.@-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """An account. The portal omits a name or email of None, as on AWS.

    `ou` is its organizational unit, as a path of names: `/prod/eu`; the root of the organization is `/`.
    """

    id: str
    name: str | None = None
    email: str | None = None
    state: str = "ACTIVE"
    ou: str = "/"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.id):
            raise ValueError(f"not a valid account id: {self.id!r} (expected 12 digits)")
        if self.state not in ACCOUNT_STATES:
            raise ValueError(f"not an account state: {self.state!r}")
        if not re.fullmatch(r"/|(/[^/]+)+", self.ou):
            raise ValueError(f"not a path of an organizational unit: {self.ou!r} (expected /NAME/NAME)")


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set, which becomes a role in accounts. `session_hours` is its session duration, 1 to 12.

    `policy` is the inline policy as JSON, empty for none; by default it allows everything. `managed_policies` are the
    ARNs of AWS-managed policies (those in `aws_policies`), `customer_managed_policies` are names with a path,
    `/path/name`, of policies that have to exist in each account; `boundary` is one or the other. `created` is in Unix
    seconds.
    """

    name: str
    session_hours: int = 1
    policy: str = aws_policies.EVERYTHING
    _: KW_ONLY
    managed_policies: tuple[str, ...] = ()
    customer_managed_policies: tuple[str, ...] = ()
    boundary: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    relay_state: str = ""
    created: float = CREATED

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w+=,.@-]{1,32}", self.name, re.ASCII):
            raise ValueError(f"not a valid permission set name: {self.name!r}")
        if not 1 <= self.session_hours <= 12:
            raise ValueError(f"session_hours must be 1 to 12, not {self.session_hours}")
        if self.policy:
            policies.check(self.policy)
        for arn in (*self.managed_policies, *((self.boundary,) if self.boundary.startswith("arn:") else ())):
            if arn not in aws_policies.DOCUMENTS:
                raise ValueError(f"not an AWS-managed policy that is simulated: {arn!r}")
        for name in self.required_policies:
            if not _POLICY_NAME.fullmatch(name):
                raise ValueError(f"not a name of a customer-managed policy: {name!r} (expected /NAME or /PATH/NAME)")

    @property
    def required_policies(self) -> tuple[str, ...]:
        """The customer-managed policies that have to exist in an account, the boundary included."""
        boundary = self.boundary if not self.boundary.startswith("arn:") else ""
        return (*self.customer_managed_policies, *((boundary,) if boundary else ()))

    def is_version_of(self, other: "PermissionSet") -> bool:
        """Whether roles of both are the same: tags do not reach accounts."""
        return self == other or replace(self, tags={}) == replace(other, tags={})


@dataclass(frozen=True, slots=True)
class User:
    """A user with their own assignments, those of their groups not included, as (account id, role name) pairs.

    A disabled user has no roles and cannot sign in.
    """

    name: str
    assignments: frozenset[tuple[str, str]] = frozenset()
    enabled: bool = True
    display_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group with its members, by user name."""

    name: str
    members: tuple[str, ...] = ()
    description: str = ""


class Principal(NamedTuple):
    """A user or a group, by the id in the identity store. It may have been deleted."""

    type: Literal["USER", "GROUP"]
    id: str

    @classmethod
    def user(cls, name: str) -> "Principal":
        """A user."""
        return cls("USER", identifiers.user_id(name))

    @classmethod
    def group(cls, name: str) -> "Principal":
        """A group."""
        return cls("GROUP", identifiers.group_id(name))
