"""Fault injection: which API calls fail, how, and how often."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import Enum
from threading import Lock
from typing import NamedTuple, Self

from ssohelper.simulator.errors import AwsError, Service, access_denied, no_access
from ssohelper.simulator.messages import Delivery, Request, Response

CAPTIVE_PORTAL = b"<!doctype html><title>Welcome</title><h1>Accept the terms to use this network</h1>"

_JSON = "application/json"
CODES = {
    400: "InvalidRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "ResourceNotFoundException",
    429: "TooManyRequestsException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class FaultKind(Enum):
    """The ways in which a call can fail."""

    ERROR = "error"
    DENIED = "denied"
    DROPPED = "dropped"
    LOST = "lost"
    TRUNCATED = "truncated"
    HTML = "html"
    HANG = "hang"
    TRICKLE = "trickle"
    EMPTY_PAGE = "empty page"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail a call; create it with the class methods, which describe what the client sees."""

    kind: FaultKind
    status: int = 200
    code: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def error(cls, status: int, code: str | None = None, retry_after: int | None = None) -> Self:
        """An error response in AWS's format; the operation is not performed.

        `code` (`InvalidGrantException`) defaults to the usual one of the status. `retry_after`, in seconds, adds that
        header. Raises ValueError if the status is not 400 to 599 or the code is not a word.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status must be 400 to 599, not {status}")
        # The code is sent in a header.
        if not re.fullmatch(r"[A-Za-z]+", code or "UnknownError"):
            raise ValueError(f"not a valid error code: {code!r}")
        return cls(FaultKind.ERROR, status, code or CODES.get(status, "UnknownError"), retry_after)

    @classmethod
    def denied(cls) -> Self:
        """The service's error for a caller without permission; the operation is not performed."""
        return cls(FaultKind.DENIED)

    @classmethod
    def dropped(cls) -> Self:
        """The connection is closed without a response; the operation is not performed."""
        return cls(FaultKind.DROPPED)

    @classmethod
    def lost(cls) -> Self:
        """The operation is performed, but the connection is closed without a response."""
        return cls(FaultKind.LOST)

    @classmethod
    def truncated(cls) -> Self:
        """The operation is performed, but the connection is closed after half of the response body."""
        return cls(FaultKind.TRUNCATED)

    @classmethod
    def html(cls) -> Self:
        """A captive portal's HTML page with status 200; the operation is not performed."""
        return cls(FaultKind.HTML)

    @classmethod
    def hang(cls, seconds: float) -> Self:
        """The call is delayed by this time, at most a day, then performed."""
        if not 0 <= seconds <= 24 * 3600:
            raise ValueError(f"seconds must be 0 to 86400, not {seconds}")
        return cls(FaultKind.HANG, seconds=seconds)

    @classmethod
    def trickle(cls) -> Self:
        """The operation is performed, but its response is sent a byte per second, headers included."""
        return cls(FaultKind.TRICKLE)

    @classmethod
    def empty_page(cls) -> Self:
        """A listing answers an empty page with a token, which goes on to the page that was asked for."""
        return cls(FaultKind.EMPTY_PAGE)

    @classmethod
    def response(
        cls, body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = (("Content-Type", _JSON),)
    ) -> Self:
        """This response instead of the operation's, which is not performed.

        Raises ValueError if the status is not 200 to 599.
        """
        if not 200 <= status <= 599:
            raise ValueError(f"status must be 200 to 599, not {status}")
        return cls(FaultKind.RESPONSE, status, body=body, headers=headers)

    def replacement(self, service: Service) -> Response | None:
        """Return the response that replaces the operation's; None if the operation is performed."""
        match self.kind:
            case FaultKind.ERROR:
                return AwsError(self.status, self.code, "Injected", self.retry_after).response(service)
            case FaultKind.DENIED:
                denied = no_access() if service is Service.PORTAL else access_denied("Injected")
                return denied.response(service)
            case FaultKind.DROPPED:
                return Response(200, delivery=Delivery.NONE)
            case FaultKind.RESPONSE:
                return Response(self.status, self.body, self.headers)
            case FaultKind.HTML:
                return Response(200, CAPTIVE_PORTAL, (("Content-Type", "text/html; charset=utf-8"),))
            case _:
                return None

    def prepare(self, request: Request) -> Request:
        """Apply the fault to the request, before the operation is performed."""
        return replace(request, empty_page=True) if self.kind is FaultKind.EMPTY_PAGE else request

    def modify(self, response: Response) -> Response:
        """Apply the fault to the operation's own response."""
        match self.kind:
            case FaultKind.LOST:
                return replace(response, delivery=Delivery.NONE)
            case FaultKind.TRUNCATED:
                return replace(response, delivery=Delivery.HALF)
            case FaultKind.TRICKLE:
                return replace(response, delivery=Delivery.TRICKLE)
            case _:
                return response


class Subject(NamedTuple):
    """The account and the permission set, by its ARN, that a call is about."""

    account_id: str | None = None
    permission_set: str | None = None


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault for the next `times` calls of `operation` (`*`: any). A `times` of None means until cleared."""

    operation: str
    fault: Fault
    times: int | None
    account_id: str | None
    permission_set: str | None

    def applies_to(self, operation: str, subject: "Subject") -> bool:
        """Whether it applies to a call."""
        return (
            self.operation in ("*", operation)
            and self.account_id in (None, subject.account_id)
            and self.permission_set in (None, subject.permission_set)
        )

    def as_json(self) -> dict[str, object]:
        """Return it as plain data."""
        scope = {
            "operation": self.operation,
            "times": self.times,
            "account_id": self.account_id,
            "permission_set": self.permission_set,
        }
        fault = self.fault
        return scope | {
            "kind": fault.kind.value,
            "status": fault.status,
            "code": fault.code,
            "retry_after": fault.retry_after,
            "seconds": fault.seconds,
            "body": fault.body.decode(errors="replace"),
        }


class Faults:
    """The active faults of these operations, applied in the order in which they were added."""

    def __init__(self, operations: Collection[str]) -> None:
        self._operations = frozenset(operations)
        self._active: list[ActiveFault] = []
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Faults {self.active}>"

    @property
    def active(self) -> tuple[ActiveFault, ...]:
        """The active faults, each with its remaining `times`."""
        with self._lock:
            return tuple(self._active)

    def add(
        self,
        operation: str,
        fault: Fault,
        times: int | None = 1,
        *,
        account_id: str | None = None,
        permission_set: str | None = None,
    ) -> None:
        """Fail the next `times` calls of `operation`, or all calls until `clear` if it is None.

        `account_id` and `permission_set`, an ARN, limit the fault to calls about them. Raises LookupError for an
        unknown operation.
        """
        if operation not in self._operations | {"*"}:
            raise LookupError(f"no such operation: {operation}")
        if times is not None and times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        with self._lock:
            self._active.append(ActiveFault(operation, fault, times, account_id, permission_set))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._active.clear()

    def next_for(self, operation: str, subject: Subject) -> Fault | None:
        """Return the first fault that applies to a call and count it down; None if there is none."""
        with self._lock:
            for index, active in enumerate(self._active):
                if not active.applies_to(operation, subject):
                    continue
                if active.times is not None and active.times <= 1:
                    del self._active[index]
                elif active.times is not None:
                    self._active[index] = replace(active, times=active.times - 1)
                return active.fault
            return None
