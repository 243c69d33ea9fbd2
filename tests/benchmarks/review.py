"""Time and memory of a review of what was kept: python -m tests.benchmarks.review.

    ssohelper permission-sets review --kept --json    at most 6 times the time, and twice the memory, of parsing

100 permission sets in each of 1,000 accounts: 100,000 provisioned pairs, each with an assignment. Beside it, in
turns, a Python reads the same file and parses each line as JSON. Memory is the peak of a process.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ssohelper.model import Session
from ssohelper.permission_sets import kept_answers
from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.kept_answers import Reading
from ssohelper.permission_sets.questions import Question
from ssohelper.simulator import identifiers
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World
from tests.fixtures import large_company
from tests.fixtures.home import Home, command, environment

SETS, ACCOUNTS = 100, 1_000
ROUNDS = 5
# Of time and memory.
LIMITS = (6.0, 2.0)
REVIEW = command("ssohelper", "permission-sets", "review", "--kept", "--json")
PARSE = "import json, sys; kept = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8') if line.strip()]"
# Runs a command; prints its seconds and its peak memory in KiB. A process of its own, since a new one counts with the
# memory of the one that started it.
MEASURE = """\
import json, os, subprocess, sys, time
began = time.perf_counter()
null = subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdin=null, stdout=null, stderr=null)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([time.perf_counter() - began, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""


def main() -> int:
    """Measure and print; the exit code is 1 if a limit is exceeded."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), environment(Path(folder), {}))
        home.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        file = _keep(home)
        done = home.run(*REVIEW)
        assert json.loads(done.stdout)["counts"]["assignments"] == SETS * ACCOUNTS + 1, done.stderr
        commands = {"review --kept": REVIEW, "json alone": [sys.executable, "-c", PARSE, str(file)]}
        results = _medians(commands, home.environment)
        size = file.stat().st_size
    for name, (seconds, memory) in results.items():
        sys.stdout.write(f"{name:14} {seconds:6.2f} s   {memory / 2**20:6.0f} MiB\n")
    (seconds, memory), (parsing_seconds, parsing_memory) = results.values()
    ratios = seconds / parsing_seconds, memory / parsing_memory
    shown = ", ".join(f"{ratio:.2f} (limit {limit})" for ratio, limit in zip(ratios, LIMITS, strict=True))
    sys.stdout.write(f"{'ratios':14} {shown}; the file has {size / 2**20:.0f} MiB\n")
    return int(any(ratio > limit for ratio, limit in zip(ratios, LIMITS, strict=True)))


def _keep(home: Home) -> Path:
    """Read the company: its assignments count as read before, by a command that was interrupted."""
    world = World(large_company.accounts(ACCOUNTS), large_company.permission_sets(SETS), ())
    large_company.populate(world, SETS)
    with Simulator(world, rate=None, auto_approve=True) as center, pytest.MonkeyPatch.context() as patch:
        large_company.use(home, center, "[defaults.permission_sets]\nrate = 1000\n\n")
        patch.setenv("XDG_STATE_HOME", home.environment["XDG_STATE_HOME"])
        session = Session("acme", center.start_url, center.region)
        with kept_answers.writing(session, _reading(world, session), resume=False) as writer:
            for permission_set in world.permission_sets:
                arn = world.permission_set_arn(permission_set.name)
                for account in world.accounts:
                    rows = [[*each] for each in world.principals(account.id, permission_set.name)]
                    writer.answer(Question("assignments", (arn, account.id)), rows)
        done = subprocess.run(
            command("ssohelper", "permission-sets", "review", "--json"),
            env={**home.environment, **center.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        report, asked = json.loads(done.stdout), center.counters.calls["sso-admin:ListAccountAssignments"]
    assert (report["complete"], asked, report["counts"]["assignments"]) == (True, 0, SETS * ACCOUNTS + 1), report[
        "counts"
    ]
    (file,) = (home.state / "permission-sets").glob("*.jsonl")
    return file


def _reading(world: World, session: Session) -> Reading:
    management = large_company.MANAGEMENT
    instance = Instance(
        identifiers.instance_arn(management), identifiers.identity_store_id(management), management, world.region
    )
    role = session.role(management, world.permission_sets[0].name)
    return Reading(role.text, instance, Scope(), time.time())


def _medians(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Seconds and bytes at the peak of each command."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            done = subprocess.run(
                [sys.executable, "-c", MEASURE, *words], env=dict(environment), stdout=subprocess.PIPE, check=True
            )
            seconds, kibibytes, code = json.loads(done.stdout)
            assert code in (0, 1), name
            found[name].append((seconds, 1024 * kibibytes))
    return {
        name: (statistics.median(each for each, _ in runs), statistics.median(each for _, each in runs))
        for name, runs in found.items()
    }


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
