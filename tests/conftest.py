"""How the tests are run: workers, order and priority, and the fixtures that every test may use."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Without compiled modules, each worker and each of two thousand processes would compile the same source again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# With these, a terminal is none to ask on.
for _name in ("CI", "SSOHELPER_NO_INPUT"):
    os.environ.pop(_name, None)
# So that assertions in fixtures show the values, too.
pytest.register_assert_rewrite("tests.fixtures")
pytest_plugins = [
    "tests.fixtures.home",
    "tests.fixtures.administered",
    "tests.fixtures.agents",
    "tests.fixtures.waiting",
]
# Tests wait for processes and clocks more than they compute, those of the full suite for minutes. Each worker takes
# six seconds to begin.
_QUICK_WORKERS_PER_CPU, _FULL_WORKERS_PER_CPU = 2, 3


def pytest_configure() -> None:
    """Tests with generated examples have the suite's number of them."""
    from tests.fixtures.examples import examples  # not before pytest has registered the package

    settings.register_profile("suite", max_examples=examples(100), deadline=None)
    settings.load_profile("suite")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """More workers than processors."""
    quick = config.getoption("markexpr") == "not full"
    return (_QUICK_WORKERS_PER_CPU if quick else _FULL_WORKERS_PER_CPU) * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What takes minutes is in the full suite only, and starts first: no worker is left with it at the end."""
    seen: set[str] = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        further_case = item.get_closest_marker("first_is_quick") and test in seen
        seen.add(test)
        if further_case or item.get_closest_marker("slow") or item.get_closest_marker("time_lapse"):
            item.add_marker(pytest.mark.full)
    yield  # here, pytest deselects what -m excludes
    lapses = [item for item in items if item.get_closest_marker("time_lapse")]
    slow = [item for item in items if item.get_closest_marker("slow") and item not in lapses]
    first = dict(zip(_places(len(items), len(lapses)), [*lapses, *slow], strict=False))
    others = iter([item for item in items if item not in first.values()])
    items[:] = [first.get(number) or next(others) for number in range(len(items))]


def _places(tests: int, lapses: int) -> Iterator[int]:
    """The positions with which the workers of xdist start, as `--dist worksteal` distributes the tests.

    The first position of each worker, then the second, third and so on of each worker without a time lapse.
    """
    workers, at, starts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 0, []
    for others in range(workers, 0, -1):
        starts.append(at)
        at += (tests - at) // others
    yield from starts
    for depth in range(1, tests // workers):
        yield from (each + depth for each in starts[lapses:])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Time lapses have priority over all other tests."""
    if "PYTEST_XDIST_WORKER" in os.environ and item.get_closest_marker("time_lapse") is None and os.nice(0) == 0:
        os.nice(10)
