"""The portal's throttle: a token bucket that lets one second's worth of calls through at once."""

import math
from collections.abc import Callable
from threading import Lock


class Limiter:
    """At most `rate` calls a second, with a burst of one second's worth; a rate of None lets everything through.

    `rate` is above 0 and may be set at any time.

    The portal's quota is 20 calls a second for all its operations together, users report; AWS publishes no number.
    """

    def __init__(self, rate: float | None, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._lock = Lock()
        # A bucket is full at first, also one that gets its rate, and so its size, only later.
        self._left = math.inf
        self._counted_at = clock()

    @property
    def _burst(self) -> float:
        return max(1.0, self.rate or 0.0)

    def admit(self) -> int | None:
        """None where the call may pass, else the whole seconds after which it is worth trying again."""
        with self._lock:
            if self.rate is None:
                return None
            now = self._clock()
            earned = max(0.0, now - self._counted_at) * self.rate
            self._left = min(self._burst, self._left + earned)
            self._counted_at = now
            if self._left >= 1:
                self._left -= 1
                return None
            return max(1, math.ceil((1 - self._left) / self.rate))
