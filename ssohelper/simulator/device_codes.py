"""Device authorizations (RFC 8628): a code that the device polls with, and one that the person types."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock

from ssohelper.simulator.errors import refused
from ssohelper.simulator.registrations import Registration

# Letters that cannot be read as one another, and no vowels: no code is a word.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Decision(Enum):
    """What became of a device authorization."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(slots=True)
class DeviceAuthorization:
    """One StartDeviceAuthorization; times are Unix seconds, `interval` is the least time between two polls."""

    device_code: str = field(repr=False)
    user_code: str
    client_id: str
    client_name: str
    expires_at: float
    interval: int
    polled_at: float | None = None
    decision: Decision = Decision.PENDING
    user: str = ""


class UnknownUserCode(LookupError):
    """No device waits for this user code: it was never given out, has expired or is decided already."""


class DeviceCodes:
    """Device authorizations under way; each lasts `seconds` and may be polled every `interval` seconds."""

    def __init__(self, clock: Callable[[], float], seconds: int, interval: int) -> None:
        self.seconds = seconds
        self.interval = interval
        self._clock = clock
        self._lock = Lock()
        self._by_device_code: dict[str, DeviceAuthorization] = {}
        self._by_user_code: dict[str, DeviceAuthorization] = {}

    def start(self, registration: Registration) -> DeviceAuthorization:
        """Begin an authorization for a client."""
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

    def waiting(self, user_code: str) -> DeviceAuthorization:
        """The authorization that waits for this user code, however it was typed; else UnknownUserCode."""
        letters = "".join(letter for letter in user_code.upper() if letter.isalnum())
        authorization = self._by_user_code.get(letters)
        if (
            authorization is None
            or authorization.decision is not Decision.PENDING
            or authorization.expires_at <= self._clock()
        ):
            raise UnknownUserCode("no device waits for this code: it is mistyped, used or has expired")
        return authorization

    def approve(self, user_code: str, user: str) -> None:
        """The person said yes, as `user`."""
        with self._lock:
            authorization = self.waiting(user_code)
            authorization.user, authorization.decision = user, Decision.APPROVED

    def deny(self, user_code: str) -> None:
        """The person said no."""
        with self._lock:
            self.waiting(user_code).decision = Decision.DENIED

    def poll(self, registration: Registration, device_code: str) -> str:
        """The user who approved; the code is then used up.

        Raises the errors of RFC 8628, 3.5: `authorization_pending`; `slow_down`, which adds 5 s to the interval for
        good; `expired_token`; `access_denied`. A code that is unknown, used or another client's is `invalid_grant`.
        """
        with self._lock:
            authorization = self._by_device_code.get(device_code)
            if (
                authorization is None
                or authorization.client_id != registration.client_id
                or authorization.decision is Decision.USED
            ):
                raise refused("invalid_grant", "Invalid device code provided")
            if authorization.expires_at <= self._clock():
                raise refused("expired_token", "The device code has expired")
            if authorization.decision is Decision.DENIED:
                raise refused("access_denied", "The request was denied")
            if authorization.decision is Decision.PENDING:
                self._refuse_to_hurry(authorization)
            authorization.decision = Decision.USED
            return authorization.user

    def _refuse_to_hurry(self, authorization: DeviceAuthorization) -> None:
        now, last = self._clock(), authorization.polled_at
        authorization.polled_at = now
        if last is not None and now - last < authorization.interval:
            authorization.interval += 5
            raise refused("slow_down", "Polled sooner than the interval allows")
        raise refused("authorization_pending", "Nobody has approved this request yet")
