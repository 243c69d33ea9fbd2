"""Requests to change assignments and roles, which take time and may fail."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from uuid import uuid4

from ssohelper.simulator.entities import Principal


class Change(Enum):
    """What is requested."""

    ASSIGNMENT = "assignment"
    REMOVAL = "removal"
    PROVISIONING = "provisioning"


class Refused(Exception):
    """A change fails in an account. The text is AWS's `FailureReason`."""


@dataclass(slots=True)
class ChangeRequest:
    """A request that is made at `created` (Unix seconds), for a permission set by name and ARN.

    A request for provisioning has no principal; without `account_id` it is for all accounts that have the role.
    """

    change: Change
    created: float
    permission_set: str
    permission_set_arn: str
    account_id: str | None = None
    principal: Principal | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    failure_reason: str = ""
    pending: int = 0

    @property
    def status(self) -> str:
        """In AWS's words."""
        if self.pending:
            return "IN_PROGRESS"
        return "FAILED" if self.failure_reason else "SUCCEEDED"


class ChangeRequests:
    """All requests. An account makes one change at a time; `perform` makes it, or raises Refused."""

    def __init__(self, perform: Callable[[ChangeRequest, str], None]) -> None:
        self._perform = perform
        self._requests: list[ChangeRequest] = []
        self._due: list[tuple[float, int, ChangeRequest, str]] = []
        self._busy_until: dict[str, float] = {}
        self._numbers = count()

    def of(self, change: Change) -> list[ChangeRequest]:
        """The requests for one kind of change, the first one first."""
        return [each for each in self._requests if each.change is change]

    def add(self, request: ChangeRequest, account_ids: Iterable[str], seconds: float) -> None:
        """Add a request for a change in these accounts, which takes so many seconds in each."""
        self._requests.append(request)
        for account_id in account_ids:
            due = max(request.created, self._busy_until.get(account_id, 0)) + seconds
            self._busy_until[account_id] = due
            request.pending += 1
            heapq.heappush(self._due, (due, next(self._numbers), request, account_id))

    def advance(self, now: float) -> None:
        """Make all changes that are due at a time, in their order."""
        while self._due and self._due[0][0] <= now:
            _, _, request, account_id = heapq.heappop(self._due)
            try:
                self._perform(request, account_id)
            except Refused as refused:
                request.failure_reason = request.failure_reason or str(refused)
            request.pending -= 1

    def complete(self) -> None:
        """Make all changes now, whenever they are due."""
        self.advance(float("inf"))
        self._busy_until.clear()
