"""Calls to one service, from any number of threads: no faster than it allows, and retried if that can help."""

import functools
import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ssohelper.errors import Unavailable
from ssohelper.identity_center.errors import Throttled
from ssohelper.identity_center.limiter import Limiter

_Result = TypeVar("_Result")

# A throttled request is retried until the limiter has found the service's rate; other failures only a few times.
_THROTTLED_TRIES = 40
_FAILED_TRIES = 4
# After this time it is not tried again: requests to a service that is slow to fail take up to 20 seconds each.
_FAILING_SECONDS = 30.0
# If every response for this time was a 429, another client uses up the quota.
_ALL_THROTTLED_SECONDS = 60.0
# How soon a waiting thread notices `stop`.
_STEP_SECONDS = 0.1


class TryAgain(Exception):
    """Raised by a call, from its error, if it has removed the reason: it is made again at once, a few times."""


class PacedCalls:
    """Calls that share a `limiter`. None is made again `seconds` after its first try.

    `sleep` replaces the waits between the tries of a failing call.
    """

    def __init__(
        self, limiter: Limiter, *, seconds: float = math.inf, sleep: Callable[[float], object] | None = None
    ) -> None:
        self.limiter = limiter
        self._seconds = seconds
        self._sleep = sleep
        self._stopped = threading.Event()
        self._last_success = time.monotonic()

    def stop(self) -> None:
        """Let the calls of all threads fail instead of waiting for the limiter or a retry."""
        self._stopped.set()

    def make(self, call: Callable[[], _Result]) -> _Result:
        """The result of a call, which may raise `Throttled`, `Unavailable` or `TryAgain` to be made again.

        Raises `Unavailable`, and what else the call raises.
        """
        throttled = failed = again = 0
        began = time.monotonic()
        deadline = began + self._seconds
        pause = functools.partial(self._pause, deadline)
        while True:
            self.limiter.wait(pause)
            if self._stopped.is_set():
                raise Unavailable("cancelled")
            try:
                found = call()
            except TryAgain as error:
                again += 1
                if again >= _FAILED_TRIES:
                    raise error.__cause__ or error from None
            except Throttled as error:
                self.limiter.throttled(error.retry_after)
                throttled += 1
                now = time.monotonic()
                if (
                    throttled >= _THROTTLED_TRIES
                    or now - max(began, self._last_success) > _ALL_THROTTLED_SECONDS
                    or now >= deadline
                ):
                    raise
            except Unavailable:
                failed += 1
                now = time.monotonic()
                if failed >= _FAILED_TRIES or now - began > _FAILING_SECONDS or now >= deadline:
                    raise
                (self._sleep or pause)(0.2 * 2**failed)
            else:
                self.limiter.succeeded()
                self._last_success = time.monotonic()
                return found

    def _pause(self, deadline: float, seconds: float) -> None:
        until = min(time.monotonic() + seconds, deadline)
        while (left := until - time.monotonic()) > 0 and not self._stopped.is_set():
            time.sleep(min(left, _STEP_SECONDS))
