"""The portal's rate limit: a token bucket with a burst of one second."""

import math
from collections.abc import Callable
from threading import Lock


class Limiter:
    """Allows `rate` calls per second, with a burst of one second. A rate of None means no limit.

    `rate` is above 0 and may be changed at any time.

    Users report a quota of 20 calls per second for all portal operations together; AWS publishes no number.
    """

    def __init__(self, rate: float | None, clock: Callable[[], float]) -> None:
        self.rate = rate
        self._clock = clock
        self._lock = Lock()
        # Infinite, so that a bucket that gets its rate (and so its size) later is full at first, too.
        self._tokens = math.inf
        self._updated_at = clock()

    @property
    def _burst(self) -> float:
        return max(1.0, self.rate or 0.0)

    def acquire(self) -> int | None:
        """Take one token. Returns None, or the whole seconds to wait if the bucket is empty."""
        with self._lock:
            if self.rate is None:
                return None
            now = self._clock()
            refill = max(0.0, now - self._updated_at) * self.rate
            self._tokens = min(self._burst, self._tokens + refill)
            self._updated_at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return None
            return max(1, math.ceil((1 - self._tokens) / self.rate))
