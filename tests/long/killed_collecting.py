"""Reading a large company, killed on the way: python -m tests.long.killed_collecting [SETS ACCOUNTS].

`ssohelper permission-sets review` reads 100 permission sets, all of them in 1,000 accounts, as fast as the simulator
answers. It is killed five times by SIGKILL, and started again. At the end, every assignment must have been kept as it
is, and none asked for twice, but for calls under way when a kill came. Prints figures as JSON; takes about four
minutes. The exit code is 1 if something was lost, or asked for again.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from ssohelper.identity_center.admin_service import WORKERS
from ssohelper.model import Session
from ssohelper.permission_sets import kept_answers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Principal, World
from tests.fixtures import large_company
from tests.fixtures.home import Home, command, environment

KILLS = 5
# These are called once for each permission set.
OF_SET = (
    *("DescribePermissionSet", "ListManagedPoliciesInPermissionSet", "GetInlinePolicyForPermissionSet"),
    *("ListCustomerManagedPolicyReferencesInPermissionSet", "GetPermissionsBoundaryForPermissionSet"),
    "ListTagsForResource",
)
REVIEW = command("ssohelper", "permission-sets", "review", "--json")
Pair = tuple[str, str]


class CountingWorld(World):
    """Counts how often the assignments of each pair were asked for, by account id and the name of the set."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: Counter[Pair] = Counter()
        self._counting = Lock()

    def principals(self, account_id: str, name: str) -> list[Principal]:
        """Who is assigned a permission set in an account."""
        with self._counting:
            self.asked[account_id, name] += 1
        return super().principals(account_id, name)


def main(sets: int = 100, accounts: int = 1_000) -> int:
    """Read, kill, and print what became of it."""
    world = CountingWorld(large_company.accounts(accounts), large_company.permission_sets(sets), ())
    large_company.populate(world, sets)
    pairs = sets * accounts
    with tempfile.TemporaryDirectory() as folder, Simulator(world, rate=None, auto_approve=True) as center:
        home = Home(Path(folder), environment(Path(folder), center.environment))
        large_company.use(home, center, "[defaults.permission_sets]\nrate = 1000\n\n")
        began = time.monotonic()
        for number in range(1, KILLS + 1):
            _kill(home, world, at=pairs * number // (KILLS + 1))
        code, report = _finish(home)
        seconds, asked = time.monotonic() - began, Counter(world.asked)
        kept = _kept(home, center)
    wrong = sum(kept.get(pair) != rows for pair, rows in _expected(world).items())
    again = sum(times - 1 for times in asked.values())
    again += sum(center.counters.calls[f"sso-admin:{each}"] - sets for each in OF_SET)
    result = {
        "code": code,
        "complete": report["complete"],
        "seconds": round(seconds),
        "pairs": pairs,
        "lost_or_wrong": wrong,
        "asked_again": again,
        "under_way_at_most": KILLS * WORKERS,
        "most_often": max(asked.values()),
        "throttled": center.counters.throttled,
        "calls": dict(center.counters.calls),
    }
    sys.stdout.write(f"{json.dumps(result, indent=2)}\n")
    return int(not report["complete"] or wrong > 0 or again > KILLS * WORKERS)


def _kill(home: Home, world: CountingWorld, at: int) -> None:
    """Start the command, and kill it when so many pairs were asked for."""
    with (home.path / "stderr").open("a") as log:
        process = subprocess.Popen(
            REVIEW, env=home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
        )
        while len(world.asked) < at:
            assert process.poll() is None, (home.path / "stderr").read_text()
            time.sleep(0.02)
        process.kill()
        process.wait()


def _finish(home: Home) -> tuple[int, Any]:
    """The exit code and report of a command that is not killed."""
    done = subprocess.run(REVIEW, env=home.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout)


def _kept(home: Home, center: Simulator) -> dict[Pair, list[list[str]]]:
    """The assignments that were kept, as type and id of principals, by account and ARN of the set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", home.environment["XDG_STATE_HOME"])
        found = kept_answers.load(Session("acme", center.start_url, center.region), time.time())
    assert found is not None
    assert found.finished_at is not None
    return {(key[1], key[0]): answer for (kind, key), answer in found.answers.items() if kind == "assignments"}


def _expected(world: World) -> dict[Pair, list[list[str]]]:
    return {
        (account.id, world.permission_set_arn(each.name)): [
            [*principal] for principal in World.principals(world, account.id, each.name)
        ]
        for account in world.accounts
        for each in world.permission_sets
    }


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
