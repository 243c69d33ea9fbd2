"""What clients did: calls by operation, how many were throttled, and how many were in flight at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Counters:
    """Counts of API calls since the start or the last `reset`; pages and control requests are not counted."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Counters {self.as_json()}>"

    @contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """Count one call of `operation`, in flight for as long as the block runs."""
        with self._lock:
            self.calls[operation] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def throttle(self) -> None:
        """Count one answer of 429, the limiter's or an injected one."""
        with self._lock:
            self.throttled += 1

    def reset(self) -> None:
        """Begin again from nothing; calls in flight stay in flight."""
        with self._lock:
            self.calls = Counter()
            self.throttled = 0
            self.most_at_once = self._at_once

    def as_json(self) -> dict[str, object]:
        """The counts as plain data."""
        with self._lock:
            return {"calls": dict(self.calls), "throttled": self.throttled, "most_at_once": self.most_at_once}
