"""Reading permission sets at the service's limit: python -m tests.benchmarks.collecting.

    ssohelper permission-sets review            at most 1.1 of the least possible time, calls / rate
    ssohelper permission-sets review --quick    the same, of a sixth of the calls

30 permission sets, 200 accounts with 8 of them each, 60 groups; the simulator allows 20 calls a second of each
service, and answers after 0.1 s. Calls are those of IAM Identity Center that were not throttled; the time is that of
the whole command.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World
from tests.fixtures import large_company
from tests.fixtures.home import Home, command, environment

SETS, ACCOUNTS, IN_EACH = 30, 200, 8
RATE, LATENCY_SECONDS = 20.0, 0.1
LIMIT = 1.1


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    ratios = [_measure("review", SETS * 8 + ACCOUNTS * IN_EACH), _measure("review --quick", SETS * 8)]
    return 0 if max(ratios) <= LIMIT else 1


def _measure(words: str, at_least: int) -> float:
    """The ratio for a command that needs `at_least` so many calls."""
    world = World(large_company.accounts(ACCOUNTS), large_company.permission_sets(SETS), ())
    large_company.populate(world, IN_EACH)
    center = Simulator(world, rate=RATE, latency=LATENCY_SECONDS, auto_approve=True)
    with tempfile.TemporaryDirectory() as folder, center:
        home = Home(Path(folder), environment(Path(folder), center.environment))
        large_company.use(home, center)
        center.counters.reset()
        began = time.monotonic()
        done = subprocess.run(
            command("ssohelper", "permission-sets", *words.split(), "--json"),
            env=home.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        seconds = time.monotonic() - began
        calls, throttled = Counter(center.counters.calls), center.counters.throttled
    assert json.loads(done.stdout)["complete"]
    services: Counter[str] = Counter()
    for operation, count in calls.items():
        services[operation.partition(":")[0] if ":" in operation else "portal"] += count
    needed = services["sso-admin"] - throttled
    assert needed >= at_least
    ratio = seconds * RATE / needed
    shown = ", ".join(f"{service} {count}" for service, count in services.most_common())
    sys.stdout.write(
        f"{words:16} {seconds:6.1f} s, at least {needed / RATE:.1f} s: ratio {ratio:.3f} (limit {LIMIT}); "
        f"{throttled} calls were throttled; calls: {shown}\n"
    )
    sys.stdout.flush()
    return ratio


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
