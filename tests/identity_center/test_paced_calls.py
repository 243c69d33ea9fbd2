"""Calls to one service: which failures are tried again, how often, and what ends the waits."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
from freezegun import freeze_time

from ssohelper.errors import AccessDenied, SsohelperError, Unavailable
from ssohelper.identity_center.errors import Throttled
from ssohelper.identity_center.limiter import START_RATE, Limiter
from ssohelper.identity_center.paced_calls import PacedCalls, TryAgain

THROTTLED = Throttled("throttled", None)
DOWN = Unavailable("down")


class Service:
    """A call that raises these errors, one after another, and then returns `found`."""

    def __init__(self, errors: Iterable[Exception] = ()) -> None:
        self.calls = 0
        self._errors = iter(errors)

    def __call__(self) -> str:
        """Fail once more, or return."""
        self.calls += 1
        for error in self._errors:
            raise error
        return "found"


def unlimited() -> Limiter:
    """A limiter that never waits: ten seconds pass between two requests."""
    return Limiter(itertools.count(0.0, 10.0).__next__)


def raised(call: Callable[[], object]) -> SsohelperError:
    """The error that is raised."""
    with pytest.raises(SsohelperError) as caught:
        call()
    return caught.value


def test_success() -> None:
    """The result is returned, and the limiter learns of the success."""
    limiter, service = Limiter(), Service()
    assert PacedCalls(limiter).make(service) == "found"
    assert (service.calls, limiter.rate) == (1, START_RATE + 4)


def test_rate() -> None:
    """Calls start at the limiter's rate, however many threads make them."""
    calls = PacedCalls(Limiter(max_rate=20))
    started = time.monotonic()
    threads = [threading.Thread(target=calls.make, args=(Service(),)) for _ in range(9)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert time.monotonic() - started >= 8 / 20


def test_throttled() -> None:
    """A throttled call is made again, at a lower rate, not before the service wants it."""
    limiter, service = Limiter(), Service([Throttled("throttled", 0.3)])
    started = time.monotonic()
    assert PacedCalls(limiter).make(service) == "found"
    assert time.monotonic() - started >= 0.3
    assert (service.calls, limiter.rate < START_RATE) == (2, True)


def test_throttled_again_and_again() -> None:
    """A call that is always throttled ends after 40 tries."""
    service = Service([THROTTLED] * 100)
    assert raised(lambda: PacedCalls(unlimited()).make(service)) is THROTTLED
    assert service.calls == 40


def test_everything_throttled() -> None:
    """A service that throttles everything for a minute is used up by another client: that is not waited for."""
    with freeze_time() as frozen:

        def ticking() -> Iterator[Exception]:
            while True:
                frozen.tick(11)
                yield THROTTLED

        service = Service(ticking())
        assert raised(lambda: PacedCalls(unlimited()).make(service)) is THROTTLED
    assert service.calls == 6


def test_idle_service() -> None:
    """A service that nothing was asked of for minutes is not one that throttled everything meanwhile."""
    with freeze_time() as frozen:
        calls, service = PacedCalls(unlimited()), Service([THROTTLED])
        frozen.tick(300)
        assert calls.make(service) == "found"


def test_failures() -> None:
    """A call that fails is made again after 0.4, 0.8 and 1.6 seconds."""
    slept: list[float] = []
    calls = PacedCalls(unlimited(), sleep=slept.append)
    service = Service([DOWN] * 3)
    assert calls.make(service) == "found"
    assert (service.calls, slept) == (4, [0.4, 0.8, 1.6])


def test_fourth_failure() -> None:
    """After four failures the error is raised; the next call has four tries again."""
    calls = PacedCalls(unlimited(), sleep=lambda _: None)
    service = Service([DOWN] * 7)
    assert raised(lambda: calls.make(service)) is DOWN
    assert service.calls == 4
    assert calls.make(service) == "found"


def test_slow_failures() -> None:
    """A service that takes half a minute to fail is not tried again."""
    with freeze_time() as frozen:
        calls = PacedCalls(unlimited(), sleep=lambda _: None)
        service = Service()

        def slow() -> str:
            service()
            frozen.tick(31)
            raise DOWN

        assert raised(lambda: calls.make(slow)) is DOWN
    assert service.calls == 1


def test_try_again() -> None:
    """A call whose reason to fail has been removed is made again at once, but not for ever."""
    slept: list[float] = []
    service = Service([TryAgain()] * 3)
    assert PacedCalls(unlimited(), sleep=slept.append).make(service) == "found"
    assert (service.calls, slept) == (4, [])
    error, cause = TryAgain(), AccessDenied("denied")
    error.__cause__ = cause
    assert raised(lambda: PacedCalls(unlimited()).make(Service([error] * 10))) is cause


@pytest.mark.parametrize("error", [AccessDenied("denied"), SsohelperError("other")])
def test_other_errors(error: SsohelperError) -> None:
    """Another error is raised at once."""
    service = Service([error])
    assert raised(lambda: PacedCalls(unlimited()).make(service)) is error
    assert service.calls == 1


@pytest.mark.parametrize("error", [Throttled("throttled", 30), DOWN])
def test_time_limit(error: Unavailable) -> None:
    """With a time limit, the last try is made when it is reached: neither the rate nor a failure delays it."""
    calls, service = PacedCalls(Limiter(), seconds=0.2), Service([error] * 100)
    started = time.monotonic()
    assert raised(lambda: calls.make(service)) is error
    assert 0.2 <= time.monotonic() - started < 10
    assert service.calls == 2


@pytest.mark.parametrize("error", [Throttled("throttled", 30), DOWN])
def test_stop(error: Unavailable) -> None:
    """Calls that wait for the limiter or for a retry end with an error, and no new one is made."""
    calls, service = PacedCalls(Limiter(max_rate=0.5)), Service([error] * 100)
    errors: list[SsohelperError] = []
    threads = [threading.Thread(target=lambda: errors.append(raised(lambda: calls.make(service)))) for _ in range(5)]
    started = time.monotonic()
    for each in threads:
        each.start()
    while not service.calls:
        time.sleep(0.01)
    calls.stop()
    for each in threads:
        each.join()
    assert time.monotonic() - started < 10
    assert (list(map(str, errors)), service.calls) == (["cancelled"] * 5, 1)
    assert str(raised(lambda: calls.make(service))) == "cancelled"
