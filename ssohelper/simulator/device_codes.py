"""The device authorization grant (RFC 8628): device codes, which the client polls with, and user codes."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

from ssohelper.simulator.errors import oauth_error
from ssohelper.simulator.registrations import Registration

# No letters that look alike, and no vowels, so that no code is a word.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Status(Enum):
    """The state of a device authorization."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(slots=True)
class DeviceAuthorization:
    """One StartDeviceAuthorization; times are Unix seconds, `interval` is the minimum between two polls."""

    device_code: str = field(repr=False)
    user_code: str
    client_id: str
    client_name: str
    expires_at: float
    interval: int
    polled_at: float | None = None
    status: Status = Status.PENDING
    user: str = ""


class UnknownUserCode(LookupError):
    """The user code is not pending: it was never issued, has expired, or is already approved or denied."""


class DeviceCodes:
    """Device authorizations; each is valid for `seconds` and may be polled every `interval` seconds."""

    def __init__(self, clock: Callable[[], float], seconds: int, interval: int) -> None:
        self.seconds = seconds
        self.interval = interval
        self._clock = clock
        self._lock = Lock()
        self._by_device_code: dict[str, DeviceAuthorization] = {}
        self._by_user_code: dict[str, DeviceAuthorization] = {}

    def start(self, registration: Registration) -> DeviceAuthorization:
        """Start an authorization for a client."""
        letters = "".join(secrets.choice(LETTERS) for _ in range(8))
        authorization = DeviceAuthorization(
            device_code=secrets.token_hex(48),
            user_code=f"{letters[:4]}-{letters[4:]}",
            client_id=registration.client_id,
            client_name=registration.application.name,
            expires_at=self._clock() + self.seconds,
            interval=self.interval,
        )
        with self._lock:
            self._by_device_code[authorization.device_code] = authorization
            self._by_user_code[letters] = authorization
        return authorization

    def pending(self, user_code: str) -> DeviceAuthorization:
        """Return the pending authorization of a user code; case, spaces and hyphens do not matter.

        Raises UnknownUserCode.
        """
        letters = "".join(letter for letter in user_code.upper() if letter.isalnum())
        authorization = self._by_user_code.get(letters)
        if (
            authorization is None
            or authorization.status is not Status.PENDING
            or authorization.expires_at <= self._clock()
        ):
            raise UnknownUserCode("the code is invalid, already used or expired")
        return authorization

    def approve(self, user_code: str, user: str) -> None:
        """Approve as `user`. Raises UnknownUserCode."""
        with self._lock:
            authorization = self.pending(user_code)
            authorization.user, authorization.status = user, Status.APPROVED

    def deny(self, user_code: str) -> None:
        """Deny. Raises UnknownUserCode."""
        with self._lock:
            self.pending(user_code).status = Status.DENIED

    def poll(self, registration: Registration, device_code: str) -> str:
        """Return the user who approved, and use up the code.

        Raises the errors of RFC 8628, 3.5: `authorization_pending`; `slow_down`, which adds 5 s to the interval
        permanently; `expired_token`; `access_denied`. For a code that is unknown, used or another client's:
        `invalid_grant`.
        """
        with self._lock:
            authorization = self._by_device_code.get(device_code)
            if (
                authorization is None
                or authorization.client_id != registration.client_id
                or authorization.status is Status.USED
            ):
                raise oauth_error("invalid_grant", "Invalid device code provided")
            if authorization.expires_at <= self._clock():
                raise oauth_error("expired_token", "The device code has expired")
            if authorization.status is Status.DENIED:
                raise oauth_error("access_denied", "The request was denied")
            if authorization.status is Status.PENDING:
                self._raise_pending(authorization)
            authorization.status = Status.USED
            return authorization.user

    def _raise_pending(self, authorization: DeviceAuthorization) -> None:
        now, last = self._clock(), authorization.polled_at
        authorization.polled_at = now
        if last is not None and now - last < authorization.interval:
            authorization.interval += 5
            raise oauth_error("slow_down", "Polling faster than the interval allows")
        raise oauth_error("authorization_pending", "The request has not been approved yet")
