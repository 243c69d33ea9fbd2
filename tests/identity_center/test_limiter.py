"""The rate converges to just below the service's limit; the limiter shares it between threads."""

import heapq
import itertools
import threading
from dataclasses import dataclass, field

import pytest

from ssohelper.identity_center.limiter import BACKGROUND_RATE, BURST, START_RATE, Limiter, RateController

_WORKERS = 32


@dataclass
class Bucket:
    """A service that allows `rate` requests a second, and bursts of as many as in some `seconds`."""

    rate: float
    seconds: float = 1.0
    tokens: float = field(init=False)
    counted: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.size = max(1.0, self.rate * self.seconds)

    def allows(self, now: float) -> bool:
        """Whether a request at this time is allowed."""
        self.tokens = min(self.size, self.tokens + (now - self.counted) * self.rate)
        self.counted = now
        allowed = self.tokens >= 1.0
        self.tokens -= allowed
        return allowed


@dataclass
class Result:
    """Seconds until all requests of many workers succeeded, how many were throttled, and the learnt rates."""

    seconds: float = 0.0
    throttled: int = 0
    learnt: list[float] = field(default_factory=list)


def _run(bucket: Bucket, calls: int, latency: float, controller: RateController) -> Result:
    """As in the limiter, a worker reserves a slot once the request of the one before it has started."""
    number, found, start = itertools.count(), Result(), 1000.0
    queued, started, now, reserved, bucket.counted = min(_WORKERS, calls), min(_WORKERS, calls), start, False, start
    events: list[tuple[float, int, str]] = []
    while queued or events:
        if queued and not reserved:
            queued, reserved = queued - 1, True
            heapq.heappush(events, (controller.reserve(now), next(number), "start"))
        now, _, event = heapq.heappop(events)
        if event == "start":
            reserved = False
            response = "succeeded" if bucket.allows(now) else "throttled"
            heapq.heappush(events, (now + latency, next(number), response))
        elif event == "succeeded":
            controller.succeeded(now)
            queued, started = (queued + 1, started + 1) if started < calls else (queued, started)
        else:
            before = controller.rate
            controller.throttled(now)
            found.learnt += [controller.rate] if controller.rate != before else []
            queued, found.throttled = queued + 1, found.throttled + 1
    found.seconds = now - start
    return found


def _new() -> RateController:
    return RateController(burst=BURST)


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.1, 0.25])
@pytest.mark.parametrize("rate", [8.0, 20.0, 60.0])
def test_close_to_the_limit(rate: float, latency: float) -> None:
    """1,000 requests take no longer than the limit requires without a burst, and few are throttled."""
    found = _run(Bucket(rate), 1000, latency, _new())
    assert found.seconds <= 1.01 * 1000 / rate
    assert found.throttled <= 40


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("calls", [100, 332, 1000])
def test_with_what_was_learnt(calls: int, latency: float) -> None:
    """A later run starts with the rate that an earlier one has learnt: it is as fast, and few are throttled."""
    known = _run(Bucket(20.0), calls, latency, _new()).learnt[-1]
    for _ in range(3):
        found = _run(Bucket(20.0), calls, latency, RateController(known, burst=BURST, known=True))
        assert found.seconds <= 1.03 * calls / 20.0 + latency
        assert found.throttled <= 3
        known = found.learnt[-1] if found.learnt else known


@pytest.mark.parametrize(("seconds", "slower"), [(0.05, 1.25), (0.3, 1.2), (3.0, 1.0)])
def test_other_bursts(seconds: float, slower: float) -> None:
    """The rate is found, a little later, if the service's burst is another one than is assumed."""
    assert _run(Bucket(20.0, seconds), 1000, 0.1, _new()).seconds <= slower * 1000 / 20.0


def test_a_service_without_a_limit() -> None:
    """Without a 429 the rate only grows, so a thousand requests take seconds."""
    found = _run(Bucket(1e9), 1000, 0.1, _new())
    assert found.throttled == 0
    assert found.seconds < 1000 / START_RATE / 12


def test_burst() -> None:
    """A few requests start at once, at first and after a pause, and the others follow at the rate."""
    controller = _new()
    assert [round(controller.reserve(100.0) - 100.0, 6) for _ in range(12)] == [0.0] * 10 + [0.05, 0.1]
    assert [round(controller.reserve(100.3) - 100.0, 6) for _ in range(6)] == [0.3, 0.3, 0.3, 0.3, 0.35, 0.4]
    assert [round(controller.reserve(200.0) - 200.0, 6) for _ in range(11)] == [0.0] * 10 + [0.05]
    known = RateController(20.0, burst=BURST, known=True)  # the burst may just have been used up
    assert [round(known.reserve(100.0) - 100.0, 6) for _ in range(6)] == [0.0] * 4 + [0.05, 0.1]
    slow = RateController(4.0, burst=BURST)
    assert [slow.reserve(100.0) for _ in range(4)] == [100.0, 100.0, 100.25, 100.5]


def test_first_requests_are_spread() -> None:
    """The rate starts at 20 requests a second, evenly spaced."""
    controller = RateController()
    assert [round(controller.reserve(100.0), 6) for _ in range(4)] == [100.0, 100.05, 100.1, 100.15]
    assert controller.reserve(200.0) == 200.0


def test_rate_grows_until_the_first_429() -> None:
    """Before the first 429 each success adds the same step, up to 1,000 requests a second."""
    controller = RateController()
    rates = [controller.rate]
    for _ in range(10):
        controller.succeeded(1.0)
        rates.append(controller.rate)
    step = rates[1] - START_RATE
    assert step > 0
    assert rates == [START_RATE + number * step for number in range(11)]
    for _ in range(2000):
        controller.succeeded(1.0)
    assert controller.rate == 1000.0


def test_burst_counts_once() -> None:
    """Several 429s in a short time slow down once, to a little less than the measured rate."""
    controller = RateController()
    controller.reserve(0.0)
    for number in range(100):
        controller.succeeded(number / 10)
    controller.throttled(10.0)
    slowed = controller.rate
    assert slowed == pytest.approx(10 * 0.97, rel=0.1)
    for _ in range(10):
        controller.throttled(10.3)
    assert controller.rate == slowed


def test_429_before_any_success() -> None:
    """A 429 before any success says little: the rate is halved."""
    controller = RateController()
    controller.throttled(controller.reserve(0.0))
    assert controller.rate == START_RATE / 2


def test_minimum_rate() -> None:
    """However many requests are throttled, one is tried every two seconds."""
    controller = RateController()
    for second in range(100):
        controller.reserve(float(second))
        controller.throttled(float(second))
    assert controller.rate == 0.5


def test_rate_grows_again() -> None:
    """After a slowdown the rate grows again, faster the longer there was no 429."""
    controller = RateController()
    controller.reserve(0.0)
    for number in range(20):
        controller.succeeded(number / 10)
    controller.throttled(2.0)
    rates = [controller.rate]
    for second in range(3, 30):
        controller.succeeded(float(second))
        rates.append(controller.rate)
    growth = [later / earlier for earlier, later in itertools.pairwise(rates)]
    assert growth == sorted(growth)
    assert rates[-1] > 2 * rates[0]


@pytest.mark.parametrize(("retry_after", "waited"), [(0.5, 0.5), (3.0, 3.0), (3600.0, 30.0)])
def test_retry_after(retry_after: float, waited: float) -> None:
    """No request starts before Retry-After, cut to 30 seconds; later ones follow at the rate."""
    controller = RateController()
    controller.reserve(10.0)
    controller.throttled(10.0, retry_after)
    starts = [controller.reserve(10.0) for _ in range(3)]
    assert starts[0] == 10.0 + waited
    assert starts[1] - starts[0] == pytest.approx(1 / controller.rate)
    assert controller.reserve(500.0) == 500.0


@dataclass
class Time:
    """A clock that only `sleep` advances."""

    now: float = 50.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The time in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_limiter_sleeps_until_the_slot() -> None:
    """The first request starts at once, the next one 50 ms later, and one after a pause at once."""
    time = Time()
    limiter = Limiter(time.clock, time.sleep)
    limiter.wait()
    limiter.wait()
    time.now += 10
    limiter.wait()
    assert time.slept == [0.05]
    assert limiter.rate == START_RATE


def test_limiter_reports_to_the_controller() -> None:
    """Successes and 429s change the rate, at the time of the clock."""
    time = Time()
    limiter = Limiter(time.clock, time.sleep)
    limiter.wait()
    limiter.succeeded()
    assert limiter.rate == START_RATE + 4
    time.now += 1
    limiter.throttled(2.5)
    assert limiter.rate == START_RATE / 2
    limiter.wait()
    assert time.slept == [2.5]


def test_threads_share_the_rate() -> None:
    """No two threads get the same slot."""
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
    assert sorted(slept) == [round(slot / START_RATE, 6) for slot in range(1, 40)]


def test_maximum_rate() -> None:
    """A limiter in the background neither starts nor grows above its maximum."""
    time = Time()
    limiter = Limiter(time.clock, time.sleep, max_rate=BACKGROUND_RATE)
    assert limiter.rate == BACKGROUND_RATE
    for _ in range(100):
        limiter.wait()
        limiter.succeeded()
    assert limiter.rate == BACKGROUND_RATE


def test_own_sleep() -> None:
    """A caller may wait in its own way."""
    time = Time()
    slept: list[float] = []
    limiter = Limiter(time.clock, time.sleep)
    limiter.wait(slept.append)
    limiter.wait(slept.append)
    assert (time.slept, [round(seconds, 6) for seconds in slept]) == ([], [0.05])


def test_learnt() -> None:
    """A rate is reported once if enough requests have succeeded to measure it; one that is known is the first."""
    time, learnt = Time(), list[float]()
    limiter = Limiter(time.clock, time.sleep, known_rate=50.0, on_learnt=learnt.append)
    limiter.wait()
    assert (limiter.rate, learnt) == (50.0, [])
    for _ in range(3):  # a service that refuses everything says nothing about its limit
        time.now += 0.5
        limiter.throttled()
    assert (limiter.rate, learnt) == (6.25, [])
    for _ in range(40):
        time.now += 0.1
        limiter.succeeded()
    for _ in range(2):
        limiter.throttled()
    assert learnt == [limiter.rate]
    assert Limiter(time.clock, time.sleep, max_rate=15.0, known_rate=50.0).rate == 15.0
