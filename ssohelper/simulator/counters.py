"""API call counts: per operation, throttled, and the highest number of concurrent calls."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Counters:
    """API calls since the start or the last `reset`. Pages and control requests are not counted."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.max_concurrent = 0
        self._in_flight = 0
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Counters {self.as_json()}>"

    @contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """Count one call of `operation`, in flight until the block ends."""
        with self._lock:
            self.calls[operation] += 1
            self._in_flight += 1
            self.max_concurrent = max(self.max_concurrent, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def count_throttled(self) -> None:
        """Count one 429 response, from the rate limiter or an injected fault."""
        with self._lock:
            self.throttled += 1

    def reset(self) -> None:
        """Set all counts to zero. Calls that are in flight still count as concurrent."""
        with self._lock:
            self.calls = Counter()
            self.throttled = 0
            self.max_concurrent = self._in_flight

    def as_json(self) -> dict[str, object]:
        """Return the counts as plain data."""
        with self._lock:
            return {"calls": dict(self.calls), "throttled": self.throttled, "max_concurrent": self.max_concurrent}
