"""A token refresh that is killed at every file operation."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ssohelper import cli
from ssohelper.identity_center.network import Network
from ssohelper.sign_in.refresh_process import Request
from tests.fixtures.company import Company, make_company
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.system_calls import CALLS, TRACED, Point

pytestmark = pytest.mark.full


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company in which sign-ins are approved at once, and a refresh token works once."""
    with make_company(make_home, auto_approve=True) as company:
        yield company


@dataclass(frozen=True, slots=True)
class Crash:
    """The effect of a killed refresh: which token file is left (`old`, `new`); whether the refresh token was used."""

    file: str
    used: bool


def traced_refresh(company: Company, *inject: str) -> subprocess.CompletedProcess[str]:
    """Refresh the token in its process, under strace."""
    trace = ("-qq", "-y", "-e", "signal=none", "-e", f"trace={','.join(CALLS)}")
    words = (need("strace"), *trace, *inject, "-o", str(company.home.path.parent / "trace"))
    request = Request(company.session, Network(), keyring=False).to_json()
    return subprocess.run(
        [*words, sys.executable, "-P", "-m", "ssohelper.processes.token_refresh"],
        input=request,
        env={**company.home.environment, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def refresh_points(company: Company) -> list[Point]:
    """Every call of the traced refresh that may change a file."""
    numbers: Counter[str] = Counter()
    points: list[Point] = []
    for line in (company.home.path.parent / "trace").read_text().splitlines():
        found = TRACED.match(line)
        if found is None:
            continue
        numbers[found[1]] += 1
        changes = found[1] != "close" and "O_RDONLY" not in found[2]
        if str(company.home.path) in found[2] and changes and (points or "locks" in found[2]):
            points.append(Point(found[1], numbers[found[1]], found[2]))
    return points


def crash(company: Company, point: Point) -> Crash:
    """Kill a refresh at that point; returns its effect."""
    old = company.sign_in(left=-60)
    company.service.counters.reset()
    done = traced_refresh(company, "-e", f"inject={point.call}:signal=KILL:when={point.number}")
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (point, done.stderr)
    found = company.token_file.read_bytes()
    if found != old:  # then it is a complete new one
        assert list(json.loads(found)) == list(json.loads(old)), point
    return Crash("old" if found == old else "new", company.service.counters.calls["CreateToken"] == 1)


# The exit code of the next command, and how many tokens it requests.
NEXT = {Crash("old", used=False): (0, 1), Crash("old", used=True): (4, 1), Crash("new", used=True): (0, 0)}


@pytest.mark.parametrize("part", range(2))
def test_killed_at_every_file_operation(company: Company, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """A refresh killed at any call leaves the old token or the new one; an unused refresh token still works."""
    for name, value in company.home.environment.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):  # once modules are compiled, every run makes the same calls
        company.sign_in(left=-60)
        done = traced_refresh(company)
        if "ptrace" in done.stderr:
            pytest.skip("strace is not allowed to trace")
        assert done.returncode == 0, done.stderr
    points = refresh_points(company)
    assert {point.call for point in points} >= {"openat", "write", "fsync", "rename", "unlink"}
    seen = []
    for point in points[part::2]:
        effect = crash(company, point)
        seen.append(effect)
        company.service.counters.reset()
        code = cli.run(["accounts"])
        assert (code, company.service.counters.calls["CreateToken"]) == NEXT[effect], point
        if effect == Crash("old", used=False):
            company.check_refresh()
            leftovers = [each.name for each in company.token_file.parent.iterdir() if each.name.startswith(".")]
            assert leftovers == [], point
    # In this order: the refresh token is used only after a check for free space, and the new one is written at once.
    assert seen == sorted(seen, key=lambda each: (each.used, each.file == "new"))
    assert set(seen) == set(NEXT)
