"""Role credentials that a long run holds, and refreshes before they expire."""

import threading
from collections.abc import Callable

from ssohelper.roles import RoleCredentials

# Requests that are signed shortly before could arrive too late.
_AHEAD_SECONDS = 300


class HeldCredentials:
    """Returns the credentials when called, from any thread.

    `request` gets new ones, and raises as `CredentialProvider.credentials` does. `now` is in Unix seconds.
    """

    def __init__(self, request: Callable[[], RoleCredentials], now: Callable[[], float]) -> None:
        self._request = request
        self._now = now
        self._lock = threading.Lock()
        self._held: RoleCredentials | None = None

    def __call__(self) -> RoleCredentials:
        """Credentials that are valid for five minutes, if there are any."""
        with self._lock:
            if self._held is None or self._held.expiration - self._now() < _AHEAD_SECONDS:
                self._held = self._request()
            return self._held
