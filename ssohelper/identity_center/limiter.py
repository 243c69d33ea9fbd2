"""How fast the portal may be called: a pace that finds the service's limit and stays just below it.

AWS publishes no exact quota; users report about 20 calls a second, and HTTP 429 beyond it. `Pace` is the pure rule,
with time passed in; `Limiter` shares one pace between threads.

The rule rests on one observation: while a service throttles, it answers exactly as many calls a second as it allows.
So the pace begins at 20, speeds up until the first 429, then takes the rate that was really answered, and from there
feels its way up slowly: just enough to notice when more is allowed.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

START = 20.0
# What nobody waits for leaves something of it to those who do.
CALM = 15.0
_SLOWEST = 0.5
_FASTEST = 1000.0
# Seconds over which the answered rate is measured: long enough that a burst at the start drops out of it.
_WINDOW = 2.0
# With fewer answers than this in the window the rate is not one that the service set.
_ENOUGH = 8
# A service that asks for more than these seconds is asked again sooner: someone waits in front of the screen.
_LONGEST_WAIT = 30.0
# A burst of 429s is one piece of news: within this time after a slowdown further ones are not counted again.
_SETTLE = 0.4


@dataclass(slots=True)
class Pace:
    """Calls a second, by what the service answered, `fastest` at most. Times are seconds of any steady clock."""

    rate: float = START
    fastest: float = _FASTEST
    _next: float = 0.0
    _answered: deque[float] = field(default_factory=deque)
    _began: float | None = None
    _slowed: float | None = None
    _grown: float = 0.0
    _patience: float = 1.0

    def next_start(self, now: float) -> float:
        """Reserve the next call's place: the time at which it may start."""
        if self._began is None:
            self._began = now
        start = max(now, self._next)
        self._next = start + 1.0 / self.rate
        return start

    def answered(self, now: float) -> None:
        """A call was answered: perhaps more is allowed."""
        self._answered.append(now)
        if self._slowed is None:
            self.rate = min(self.fastest, self.rate + 2.0)
        else:
            calm = now - self._slowed
            elapsed, self._grown = now - max(self._grown, self._slowed), now
            self.rate = min(self.fastest, self.rate * (1.0 + min(0.5, 0.003 * calm / self._patience) * elapsed))

    def throttled(self, now: float, retry_after: float | None = None) -> None:
        """A call was refused with 429; `retry_after` is what the service asked for, in seconds."""
        if retry_after:
            retry_after = min(retry_after, _LONGEST_WAIT)
            self._next = max(self._next, now + retry_after)
            self._patience = max(self._patience, 1.0 + 10.0 * retry_after)
        if self._slowed is not None and now - self._slowed < _SETTLE:
            return
        known = self._window(now)
        measured = min(self.rate, len(self._answered) / known)
        if known >= _WINDOW and len(self._answered) >= _ENOUGH:
            self.rate = max(_SLOWEST, measured * 0.97)
        else:  # a burst flatters the figure, and a pause before it belittles it: at most half as fast
            self.rate = max(_SLOWEST, self.rate / 2, measured * 0.9)
        self._slowed = now

    def _window(self, now: float) -> float:
        """Forget answers that are too old; how many seconds the rest stands for."""
        while self._answered and self._answered[0] < now - _WINDOW:
            self._answered.popleft()
        began = self._began if self._began is not None else now
        return max(0.1, min(_WINDOW, now - began))


class Limiter:
    """One pace for all threads: whoever wants to call waits here for their place; `fastest` in calls a second."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        fastest: float = _FASTEST,
    ) -> None:
        self._pace = Pace(min(START, fastest), fastest)
        self._lock = threading.Lock()
        self._turnstile = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    @property
    def rate(self) -> float:
        """Calls a second that the service takes at present, as far as is known."""
        return self._pace.rate

    def wait(self, sleep: Callable[[float], object] | None = None) -> None:
        """Return when the next call may start; `sleep` is how this caller waits, who may have less patience."""
        # One at a time: a place that was reserved far ahead would not know of what is answered meanwhile.
        with self._turnstile:
            with self._lock:
                now = self._clock()
                start = self._pace.next_start(now)
            if start > now:
                (sleep or self._sleep)(start - now)

    def answered(self) -> None:
        """Tell that a call was answered."""
        with self._lock:
            self._pace.answered(self._clock())

    def throttled(self, retry_after: float | None = None) -> None:
        """Tell that a call was refused with 429."""
        with self._lock:
            self._pace.throttled(self._clock(), retry_after)
