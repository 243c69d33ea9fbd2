"""Limits the rate of requests to the portal: finds the service's limit, and stays just below it.

AWS publishes no quota; users report about 20 requests a second, and HTTP 429 above it. `RateController` is the pure
algorithm, with time passed in; `Limiter` shares one between threads.

Services count with a token bucket: a burst, here taken to be of one second, and from then on a rate. So a few
requests start at once, the rate starts at 20 and grows until the first 429, then drops to the one that follows from
the requests that succeeded, and from there grows slowly, to notice when the service allows more. A rate that was
learnt before is the one to start with, and grows more slowly still.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

START_RATE = 20.0
# How many requests a person's command may start at once, at first and after a pause.
BURST = 10
# The same with a rate that was learnt before: the command that learnt it may just have used up the service's burst.
_BURST_IF_KNOWN = 4
# Work in the background leaves some of the quota to commands that a person waits for.
BACKGROUND_RATE = 15.0
_MIN_RATE = 0.5
_MAX_RATE = 1000.0
# The rate of successful requests is measured over this time: long enough that a burst at the start drops out of it.
_WINDOW_SECONDS = 2.0
# With fewer samples than this in the window, the measured rate is not the service's limit.
_MIN_SAMPLES = 8
# By how many requests a second each success raises the rate before the first 429.
_GROWTH = 4.0
# A rate that was learnt before grows so many times more slowly than one after a 429.
_CAUTION_IF_KNOWN = 40.0
# If the first 429 comes within this time, all requests since the start tell the limit.
_START_SECONDS = 5.0
# The burst that services are taken to allow.
_SERVICE_BURST_SECONDS = 1.0
# A longer Retry-After is cut to this, since a person waits for the command.
_MAX_RETRY_AFTER_SECONDS = 30.0
# Within this time after a slowdown, further 429s belong to the same one.
_SAME_SLOWDOWN_SECONDS = 0.4


@dataclass(slots=True)
class RateController:
    """The rate in requests a second, `max_rate` at most. Times are seconds of any monotonic clock.

    `known`: the rate was learnt before; `learnt` is the last one that was measured here. `burst` requests may start
    at once, at most as many as in half a second.
    """

    rate: float = START_RATE
    max_rate: float = _MAX_RATE
    burst: int = 1
    known: bool = False
    learnt: float | None = None
    _next_slot: float = 0.0
    _successes: deque[float] = field(default_factory=deque)
    _started: float | None = None
    _first_success: float | None = None
    _slowed: float | None = None
    _grown: float = 0.0
    _caution: float = 1.0

    def reserve(self, now: float) -> float:
        """Reserve the next slot; returns the time at which the request may start."""
        if self._started is None:
            self._started = now
            # One that is low may have been measured while another client used the quota.
            self._caution = _CAUTION_IF_KNOWN if self.known and self.rate > 0.9 * START_RATE else self._caution
        most = min(self.burst, _BURST_IF_KNOWN) if self.known else self.burst
        burst = max(1.0, min(most, self.rate / 2))
        self._next_slot = max(self._next_slot, now - (burst - 1) / self.rate)
        start = max(now, self._next_slot)
        self._next_slot += 1.0 / self.rate
        return start

    def succeeded(self, now: float) -> None:
        """A request succeeded: perhaps the service allows more."""
        self._successes.append(now)
        if self._first_success is None:
            self._first_success = now
        if self._slowed is None and not self.known:
            self.rate = min(self.max_rate, self.rate + _GROWTH)
        else:
            since = self._slowed if self._slowed is not None else self._started or now
            calm = now - since
            elapsed, self._grown = now - max(self._grown, since), now
            self.rate = min(self.max_rate, self.rate * (1.0 + min(0.5, 0.003 * calm / self._caution) * elapsed))

    def throttled(self, now: float, retry_after: float | None = None) -> None:
        """A request was throttled (429); `retry_after` is the header's value in seconds."""
        if retry_after:
            retry_after = min(retry_after, _MAX_RETRY_AFTER_SECONDS)
            self._next_slot = max(self._next_slot, now + retry_after)
            self._caution = max(self._caution, 1.0 + 10.0 * retry_after)
        if self._slowed is not None and now - self._slowed < _SAME_SLOWDOWN_SECONDS:
            return
        self.rate, measured = self._lower(now)
        self.learnt = self.rate if measured else self.learnt
        self._slowed = now

    def _lower(self, now: float) -> tuple[float, bool]:
        """A rate a little below the service's limit; whether it was measured, by enough requests that succeeded."""
        enough = len(self._successes) >= _MIN_SAMPLES
        first = self._first_success
        if self._slowed is None and not self.known and first is not None and now - first < _START_SECONDS:
            # The service has allowed its burst, and its rate since the first success. Requests under way are counted
            # on neither side. Without a burst, the limit is higher than this.
            measured = min(self.rate, len(self._successes) / (now - first + _SERVICE_BURST_SECONDS))
            return max(_MIN_RATE, measured * 0.97, min(self.rate, START_RATE) / 2), enough
        window = self._window(now)
        measured = min(self.rate, len(self._successes) / window)
        if window >= _WINDOW_SECONDS and len(self._successes) >= _MIN_SAMPLES:
            return max(_MIN_RATE, measured * 0.97), True
        # After a burst the measured rate is too high, after a pause too low: reduce by half at most.
        return max(_MIN_RATE, self.rate / 2, measured * 0.9), False

    def _window(self, now: float) -> float:
        """Drop samples that are too old; returns how many seconds the rest covers."""
        while self._successes and self._successes[0] < now - _WINDOW_SECONDS:
            self._successes.popleft()
        started = self._started if self._started is not None else now
        return max(0.1, min(_WINDOW_SECONDS, now - started))


class Limiter:
    """One rate for all threads, `max_rate` requests a second at most; `burst` of them may start at once.

    `known_rate` was learnt before; `on_learnt` is called with each rate that is measured at a 429.
    """

    def __init__(  # noqa: PLR0913 (each has a default)
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        max_rate: float = _MAX_RATE,
        *,
        burst: int = 1,
        known_rate: float | None = None,
        on_learnt: Callable[[float], object] = lambda _rate: None,
    ) -> None:
        self._controller = RateController(
            min(known_rate or START_RATE, max_rate), max_rate, burst=burst, known=known_rate is not None
        )
        self._on_learnt = on_learnt
        self._lock = threading.Lock()
        self._queue = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    @property
    def rate(self) -> float:
        """The current rate, in requests a second."""
        return self._controller.rate

    def wait(self, sleep: Callable[[float], object] | None = None) -> None:
        """Return when the next request may start; `sleep` replaces the limiter's own, to end the wait early."""
        # One thread at a time: slots that are reserved far ahead would not follow a change of the rate.
        with self._queue:
            with self._lock:
                now = self._clock()
                start = self._controller.reserve(now)
            if start > now:
                (sleep or self._sleep)(start - now)

    def succeeded(self) -> None:
        """Report a request that succeeded."""
        with self._lock:
            self._controller.succeeded(self._clock())

    def throttled(self, retry_after: float | None = None) -> None:
        """Report a request that was throttled (429)."""
        with self._lock:
            before = self._controller.learnt
            self._controller.throttled(self._clock(), retry_after)
            learnt = self._controller.learnt
        if learnt is not None and learnt != before:
            self._on_learnt(learnt)
