"""The pace finds the service's limit and stays just below it; the limiter shares one pace between threads."""

import heapq
import itertools
import threading
from dataclasses import dataclass, field

import pytest

from ssohelper.identity_center.limiter import START, Limiter, Pace

_WORKERS = 32


@dataclass
class Bucket:
    """A service that takes `rate` calls a second, and one second's worth of them at once."""

    rate: float
    tokens: float = field(init=False)
    counted: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.rate

    def takes(self, now: float) -> bool:
        """Whether a call at this time is answered."""
        self.tokens = min(self.rate, self.tokens + (now - self.counted) * self.rate)
        self.counted = now
        taken = self.tokens >= 1.0
        self.tokens -= taken
        return taken


def _run(bucket: Bucket, calls: int, latency: float) -> tuple[float, int]:
    """Seconds until all calls are answered, made by many workers, and how many were refused on the way.

    As the limiter does it: a worker gets a place when the one before it has started.
    """
    pace, number = Pace(), itertools.count()
    queued, begun, refused, now, taken = min(_WORKERS, calls), min(_WORKERS, calls), 0, 0.0, False
    events: list[tuple[float, int, str]] = []
    while queued or events:
        if queued and not taken:
            queued, taken = queued - 1, True
            heapq.heappush(events, (pace.next_start(now), next(number), "start"))
        now, _, event = heapq.heappop(events)
        if event == "start":
            taken = False
            heapq.heappush(events, (now + latency, next(number), "answered" if bucket.takes(now) else "refused"))
        elif event == "answered":
            pace.answered(now)
            queued, begun = (queued + 1, begun + 1) if begun < calls else (queued, begun)
        else:
            pace.throttled(now)
            queued, refused = queued + 1, refused + 1
    return now, refused


@pytest.mark.parametrize("latency", [0.02, 0.1, 0.25])
@pytest.mark.parametrize("rate", [8.0, 20.0, 60.0])
def test_close_to_what_the_service_allows(rate: float, latency: float) -> None:
    """1,000 calls take at most a tenth longer than the service needs for them, and few are refused."""
    seconds, refused = _run(Bucket(rate), 1000, latency)
    assert seconds <= 1.1 * 1000 / rate
    assert refused <= 100


def test_a_service_without_a_limit() -> None:
    """Without a single refusal the pace only grows, so a thousand calls take seconds."""
    seconds, refused = _run(Bucket(1e9), 1000, 0.1)
    assert refused == 0
    assert seconds < 1000 / START / 4


def test_the_first_calls_are_spread() -> None:
    """The pace begins at 20 calls a second, one by one."""
    pace = Pace()
    assert [round(pace.next_start(100.0), 6) for _ in range(4)] == [100.0, 100.05, 100.1, 100.15]
    assert pace.next_start(200.0) == 200.0


def test_answers_make_it_faster() -> None:
    """Before the first 429 every answer makes it faster by the same step, up to a thousand calls a second."""
    pace = Pace()
    rates = [pace.rate]
    for _ in range(10):
        pace.answered(1.0)
        rates.append(pace.rate)
    step = rates[1] - START
    assert step > 0
    assert rates == [START + number * step for number in range(11)]
    for _ in range(2000):
        pace.answered(1.0)
    assert pace.rate == 1000.0


def test_a_burst_of_refusals_is_one() -> None:
    """Refusals within a moment of each other slow down once; the rate is what was really answered, less a little."""
    pace = Pace()
    pace.next_start(0.0)
    for number in range(40):
        pace.answered(number / 10)
    pace.throttled(4.0)
    slowed = pace.rate
    assert slowed == pytest.approx(10 * 0.97, rel=0.1)
    for _ in range(10):
        pace.throttled(4.3)
    assert pace.rate == slowed


def test_a_refusal_before_any_answer() -> None:
    """A refusal that comes first says little: the pace is halved, not stopped."""
    pace = Pace()
    pace.throttled(pace.next_start(0.0))
    assert pace.rate == START / 2


def test_never_stands_still() -> None:
    """However long nothing is answered, a call is tried every two seconds."""
    pace = Pace()
    for second in range(100):
        pace.next_start(float(second))
        pace.throttled(float(second))
    assert pace.rate == 0.5


def test_feels_its_way_up() -> None:
    """After a slowdown the rate grows again, the faster the longer it was calm."""
    pace = Pace()
    pace.next_start(0.0)
    for number in range(20):
        pace.answered(number / 10)
    pace.throttled(2.0)
    rates = [pace.rate]
    for second in range(3, 30):
        pace.answered(float(second))
        rates.append(pace.rate)
    growth = [later / earlier for earlier, later in itertools.pairwise(rates)]
    assert growth == sorted(growth)
    assert rates[-1] > 2 * rates[0]


@pytest.mark.parametrize(("retry_after", "waited"), [(0.5, 0.5), (3.0, 3.0), (3600.0, 30.0)])
def test_retry_after(retry_after: float, waited: float) -> None:
    """No call starts before the time that the service asked for, within reason; later ones follow at the pace."""
    pace = Pace()
    pace.next_start(10.0)
    pace.throttled(10.0, retry_after)
    starts = [pace.next_start(10.0) for _ in range(3)]
    assert starts[0] == 10.0 + waited
    assert starts[1] - starts[0] == pytest.approx(1 / pace.rate)
    assert pace.next_start(500.0) == 500.0


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 50.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_the_limiter_sleeps_until_the_place_is_due() -> None:
    """The first call starts at once, the next one a twentieth of a second later, and a late one at once again."""
    time = Time()
    limiter = Limiter(time.clock, time.sleep)
    limiter.wait()
    limiter.wait()
    time.now += 10
    limiter.wait()
    assert time.slept == [0.05]
    assert limiter.rate == START


def test_the_limiter_tells_its_pace() -> None:
    """Answers and refusals reach the pace with the time at which they came."""
    time = Time()
    limiter = Limiter(time.clock, time.sleep)
    limiter.wait()
    limiter.answered()
    assert limiter.rate == START + 2
    time.now += 1
    limiter.throttled(2.5)
    assert limiter.rate == (START + 2) / 2
    limiter.wait()
    assert time.slept == [2.5]


def test_threads_share_the_pace() -> None:
    """No two of many threads get the same place."""
    lock = threading.Lock()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        with lock:
            slept.append(round(seconds, 6))

    limiter = Limiter(lambda: 0.0, sleep)
    threads = [threading.Thread(target=limiter.wait) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [round(place / START, 6) for place in range(1, 40)]
