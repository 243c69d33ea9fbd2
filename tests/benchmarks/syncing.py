"""The time of `ssohelper sync`: python -m tests.benchmarks.syncing.

    8 accounts, nothing to do                     at most 2.5 of `python -c "import botocore.session"`
    200 accounts with 3 roles, 50 ms a call       at most 1.5 s: a service's time, not a processor's
    331 accounts at 20 calls a second             at most 1.03 of calls / 20; in a later run, at most 3 are throttled

The first takes turns with the import that it is compared with; the medians are compared.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World
from tests.fixtures.home import Home, environment, sign_in

ROUNDS = 10
OF_IMPORT, SECONDS, OF_LIMIT, THROTTLED = 2.5, 1.5, 1.03, 3
SSOHELPER = str(Path(sys.executable).parent / "ssohelper")
IMPORT = (sys.executable, "-c", "import botocore.session")


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    return int(not all([_nothing_to_do(), _with_latency(), _throttled()]))


def _nothing_to_do() -> bool:
    with _signed_in(generate(8, 2), None) as (home, _):
        _timed(home, SSOHELPER, "sync", "--yes")
        times: dict[str, list[float]] = {"sync": [], "import": []}
        for _ in range(ROUNDS):
            times["sync"].append(_timed(home, SSOHELPER, "sync", "--yes"))
            times["import"].append(_timed(home, *IMPORT))
    sync, base = (statistics.median(times[name]) for name in ("sync", "import"))
    sys.stdout.write(f"8 accounts: {1000 * sync:.0f} ms, {sync / base:.2f} of the import (limit {OF_IMPORT})\n")
    return sync <= OF_IMPORT * base


def _with_latency() -> bool:
    with _signed_in(generate(200, 3), None) as (home, center):
        center.conditions.latency = 0.05
        seconds = [_timed(home, SSOHELPER, "roles", "--fresh") for _ in range(3)]
        first = _timed(home, SSOHELPER, "sync", "--yes")
    shown = ", ".join(f"{each:.2f}" for each in seconds)
    sys.stdout.write(f"200 accounts, 50 ms: roles {shown} s, the first sync {first:.2f} s (limit {SECONDS})\n")
    return first <= SECONDS


def _throttled() -> bool:
    passed = True
    with _signed_in(generate(331, 1), 20.0) as (home, center):
        for run in ("first", "later"):
            center.counters.reset()
            time.sleep(1.5)  # the service's burst fills up
            seconds = _timed(home, SSOHELPER, "sync", "--yes")
            throttled = center.counters.throttled
            needed = sum(center.counters.calls.values()) - throttled
            ratio = seconds * 20.0 / needed
            passed &= ratio <= OF_LIMIT and (run == "first" or throttled <= THROTTLED)
            sys.stdout.write(f"{needed} calls at 20 a second, {run}: ratio {ratio:.3f}, {throttled} throttled\n")
    return passed


@contextmanager
def _signed_in(world: World, rate: float | None) -> Iterator[tuple[Home, Simulator]]:
    with tempfile.TemporaryDirectory() as folder, Simulator(world, rate=rate, auto_approve=True) as center:
        home = Home(Path(folder), environment(Path(folder), center.environment))
        home.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        sign_in(home, center)
        yield home, center


def _timed(home: Home, *words: str) -> float:
    started = time.perf_counter()
    subprocess.run(words, env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
