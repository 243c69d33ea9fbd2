"""The state of an Identity Center and its organization, with what changes over time."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ssohelper.simulator import identifiers
from ssohelper.simulator.assignments import Assignments
from ssohelper.simulator.entities import Account, Group, PermissionSet, Principal, User
from ssohelper.simulator.provisioning import Change, ChangeRequest, ChangeRequests, Refused

__all__ = ["Account", "Group", "PermissionSet", "Principal", "User", "World"]


class World(Assignments):
    """Accounts, people, permission sets, assignments, and requests to change them. All methods are thread-safe.

    A change that names an unknown account, permission set, user, group or policy raises LookupError, and has no
    effect.

    These may be changed at any time: `access_control_attributes` are the sources of attributes for access control
    (ABAC) by key; `provisioning_seconds` is how long a requested change takes in one account, by `clock` (Unix
    seconds), which is that of the simulator.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        permission_sets: Iterable[PermissionSet],
        users: Iterable[User],
        start_url: str | None = None,
        region: str = "us-east-1",
    ) -> None:
        super().__init__(accounts)
        self.start_url = start_url
        self.region = region
        self.access_control_attributes: dict[str, str] = {}
        self.provisioning_seconds = 0.0
        self.clock: Callable[[], float] = time.time
        self._requests = ChangeRequests(self._perform)
        for permission_set in permission_sets:
            self.add_permission_set(permission_set)
        for user in users:
            self.add_user(user)

    def __repr__(self) -> str:
        counts = f"{len(self._accounts)} accounts, {len(self._permission_sets)} permission sets"
        return f"<World: {counts}, {len(self._users)} users>"

    def change_permission_set(self, name: str, *, provision: bool = False, **changes: Any) -> None:
        """Change a permission set. Accounts keep the older version until it is provisioned, now or later."""
        with self._current():
            self._permission_sets[name] = replace(self.permission_set(name), **changes)
            if provision:
                self.provision(name)

    def provision(self, name: str, account_id: str | None = None, *, created: float | None = None) -> str:
        """Request the latest version of a permission set for an account, or for all that have its role.

        Returns the id of the request. `created` is when it is made, if not now (Unix seconds).
        """
        with self._current():
            accounts = self.accounts_with(name) if account_id is None else [self.account(account_id).id]
            return self._request(self._new(Change.PROVISIONING, name, account_id, created), accounts)

    def request_assignment(self, account_id: str, name: str, to: Principal, *, created: float | None = None) -> str:
        """Request an assignment, which may fail. Returns the id of the request, made at `created` or now."""
        with self._current():
            request = self._new(Change.ASSIGNMENT, name, self.account(account_id).id, created)
            return self._request(replace(request, principal=to), [account_id])

    def request_removal(self, account_id: str, name: str, of: Principal, *, created: float | None = None) -> str:
        """Request that an assignment is removed. Returns the id of the request, made at `created` or now."""
        with self._current():
            request = self._new(Change.REMOVAL, name, self.account(account_id).id, created)
            return self._request(replace(request, principal=of), [account_id])

    def requests(self, change: Change) -> list[ChangeRequest]:
        """Return the requests for one kind of change, the first one first."""
        with self._current():
            return self._requests.of(change)

    def complete_requests(self) -> None:
        """Complete all requests that are in progress."""
        with self._lock:
            self._requests.complete()

    @contextmanager
    def _current(self) -> Iterator[None]:
        """Lock, when all requested changes that are due have been made."""
        with self._lock:
            self._requests.advance(self.clock())
            yield

    def _new(self, change: Change, name: str, account_id: str | None, created: float | None) -> ChangeRequest:
        now = self.clock() if created is None else created
        return ChangeRequest(change, now, name, self.permission_set_arn(name), account_id)

    def _request(self, request: ChangeRequest, account_ids: Sequence[str]) -> str:
        self._requests.add(request, account_ids, self.provisioning_seconds)
        self._requests.advance(self.clock())
        return request.id

    def _perform(self, request: ChangeRequest, account_id: str) -> None:
        """Make a requested change in an account, or raise Refused."""
        name, principal = request.permission_set, request.principal
        try:
            if principal is None:
                self._require_policies(account_id, self.permission_set(name))
                self._access.provision(account_id, self.permission_set(name))
            elif request.change is Change.ASSIGNMENT:
                self._require_principal(principal)
                self._access.assign(account_id, self._assignable(account_id, name), principal)
            elif self._access.withdraw(account_id, name, principal):
                self._access.remove_unused_role(account_id, name)
            else:
                raise LookupError("EntitlementItem doesn't exist with the given entitlement key.")
        except LookupError as error:
            raise Refused(f"Received a 404 status error: {error}") from None

    def _require_principal(self, principal: Principal) -> None:
        if not self._exists(principal):
            store = identifiers.identity_store_id(self.management_account_id)
            assignee = f"the {principal.type} assignee {principal.id}"
            raise LookupError(f"{assignee} was not found in directory {store}.")
