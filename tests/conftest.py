"""The order of tests, and the fixtures that every test may use."""

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.fixtures.home"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with the tests that take minutes, so that none of them is left for the end."""
    lapses = [item for item in items if item.get_closest_marker("time_lapse")]
    slow = [item for item in items if item.get_closest_marker("slow") and item not in lapses]
    first = dict(zip(_places(len(items), len(lapses)), [*lapses, *slow], strict=False))
    others = iter([item for item in items if item not in first.values()])
    items[:] = [first.get(number) or next(others) for number in range(len(items))]


def _places(tests: int, lapses: int) -> Iterator[int]:
    """The numbers of the tests with which the workers of xdist begin, as `--dist worksteal` shares them out.

    First one of each worker, then a second one, a third and so on of all those that have no time lapse.
    """
    workers, at, beginnings = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 0, []
    for others in range(workers, 0, -1):
        beginnings.append(at)
        at += (tests - at) // others
    yield from beginnings
    for depth in range(1, tests // workers):
        yield from (each + depth for each in beginnings[lapses:])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests under a clock that runs fast go before all others, in whatever else their workers do."""
    if "PYTEST_XDIST_WORKER" in os.environ and item.get_closest_marker("time_lapse") is None and os.nice(0) == 0:
        os.nice(10)
