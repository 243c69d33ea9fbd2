"""Faults that are switched on while the simulator runs: what goes wrong, for which calls, how often."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from threading import Lock
from typing import Self

from ssohelper.simulator.errors import AwsError, Service
from ssohelper.simulator.messages import Answer, Delivery

CAPTIVE_PORTAL = b"<!doctype html><title>Welcome</title><h1>Accept the terms to use this network</h1>"

CODES = {
    400: "InvalidRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "ResourceNotFoundException",
    429: "TooManyRequestsException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


OPERATIONS = frozenset(
    {
        "ListAccounts",
        "ListAccountRoles",
        "GetRoleCredentials",
        "Logout",
        "RegisterClient",
        "StartDeviceAuthorization",
        "CreateToken",
        "GetSigninToken",
    }
)


class Kind(Enum):
    """The ways in which a call can go wrong."""

    ERROR = "error"
    DROPPED = "dropped"
    LOST = "lost"
    TRUNCATED = "truncated"
    HTML = "html"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; made by the methods below, which say what the client sees."""

    kind: Kind
    status: int = 200
    code: str = ""
    retry_after: int | None = None
    seconds: float = 0.0

    @classmethod
    def error(cls, status: int, code: str | None = None, retry_after: int | None = None) -> Self:
        """An error answer of AWS's shape; `code` (`InvalidGrantException`) follows from the status if left out.

        `retry_after`, in seconds, adds that header. The operation is not performed. Raises ValueError where no such
        answer could be sent.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"the status of an error is 400 to 599, not {status}")
        # It stands in a header.
        if not re.fullmatch(r"[A-Za-z]+", code or "UnknownError"):
            raise ValueError(f"not an error code: {code!r}")
        return cls(Kind.ERROR, status, code or CODES.get(status, "UnknownError"), retry_after)

    @classmethod
    def dropped(cls) -> Self:
        """The connection is closed without an answer, before the operation is performed."""
        return cls(Kind.DROPPED)

    @classmethod
    def lost(cls) -> Self:
        """The operation is performed, and then the connection is closed without an answer."""
        return cls(Kind.LOST)

    @classmethod
    def truncated(cls) -> Self:
        """The operation is performed; half of its answer's body arrives, and the connection is closed."""
        return cls(Kind.TRUNCATED)

    @classmethod
    def html(cls) -> Self:
        """A page of HTML with status 200, as a captive portal puts in the way. Nothing is performed."""
        return cls(Kind.HTML)

    @classmethod
    def hang(cls, seconds: float) -> Self:
        """Nothing happens for so many seconds, a day at most; then the call goes on as usual."""
        if not 0 <= seconds <= 24 * 3600:
            raise ValueError(f"a call hangs for 0 seconds to a day, not {seconds}")
        return cls(Kind.HANG, seconds=seconds)

    def instead(self, service: Service) -> Answer | None:
        """The answer given in place of the operation's; None where the operation is performed all the same."""
        match self.kind:
            case Kind.ERROR:
                return AwsError(self.status, self.code, "Injected", self.retry_after).answer(service)
            case Kind.DROPPED:
                return Answer(200, delivery=Delivery.NONE)
            case Kind.HTML:
                return Answer(200, CAPTIVE_PORTAL, (("Content-Type", "text/html; charset=utf-8"),))
            case _:
                return None

    def spoil(self, answer: Answer) -> Answer:
        """What arrives of the operation's own answer."""
        match self.kind:
            case Kind.LOST:
                return replace(answer, delivery=Delivery.NONE)
            case Kind.TRUNCATED:
                return replace(answer, delivery=Delivery.HALF)
            case _:
                return answer


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault in its place: for calls of `operation` (`*`: of any), `times` more times (None: until cleared)."""

    operation: str
    fault: Fault
    times: int | None
    account_id: str | None

    def as_json(self) -> dict[str, object]:
        """As plain data."""
        about = {"operation": self.operation, "times": self.times, "account_id": self.account_id}
        fault = self.fault
        return about | {
            "kind": fault.kind.value,
            "status": fault.status,
            "code": fault.code,
            "retry_after": fault.retry_after,
            "seconds": fault.seconds,
        }


class Faults:
    """The faults that are switched on; the one added first strikes first."""

    def __init__(self) -> None:
        self._planted: list[Planted] = []
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Faults {self.planted}>"

    @property
    def planted(self) -> tuple[Planted, ...]:
        """What is switched on now, with the times that are left."""
        with self._lock:
            return tuple(self._planted)

    def add(self, operation: str, fault: Fault, times: int | None = 1, *, account_id: str | None = None) -> None:
        """Switch a fault on for the next `times` calls of `operation`, or until cleared where that is None.

        With `account_id`, only calls that name this account are hit. Raises LookupError for an operation that there
        is none of, as its fault would never strike.
        """
        if operation not in OPERATIONS | {"*"}:
            raise LookupError(f"no such operation: {operation}")
        if times is not None and times < 1:
            raise ValueError(f"a fault strikes once at least, not {times} times")
        with self._lock:
            self._planted.append(Planted(operation, fault, times, account_id))

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._planted.clear()

    def take(self, operation: str, account_id: str | None) -> Fault | None:
        """The fault that strikes this call, one time less of it left; None for none."""
        with self._lock:
            for place, planted in enumerate(self._planted):
                if planted.operation not in ("*", operation):
                    continue
                if planted.account_id not in (None, account_id):
                    continue
                if planted.times is not None and planted.times <= 1:
                    del self._planted[place]
                elif planted.times is not None:
                    self._planted[place] = replace(planted, times=planted.times - 1)
                return planted.fault
            return None
