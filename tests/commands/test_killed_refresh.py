"""A token refresh that is killed at every file operation."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import IntEnum, auto
from pathlib import Path

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


class Crash(IntEnum):
    """The effect of a killed refresh, in the order in which they happen: which token is left, and where."""

    UNUSED = auto()  # the old one, which still works
    LOST = auto()  # the old one, whose refresh token is used up
    LEFT = auto()  # the same, and the new one beside it
    NEW = auto()


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


def is_left(company: Company) -> bool:
    """Whether a whole new token is beside the token file."""
    for path in company.token_file.parent.glob(f".{company.token_file.name}.*"):
        with suppress(ValueError):
            json.loads(path.read_bytes())
            return True
    return False


def crash(company: Company, point: Point) -> Crash:
    """Kill a refresh at that point; returns its effect."""
    old = company.sign_in(left=-60)
    company.service.counters.reset()
    done = traced_refresh(company, "-e", f"inject={point.call}:signal=KILL:when={point.number}")
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (point, done.stderr)
    found = company.token_file.read_bytes()
    if found != old:  # then it is a complete new one
        assert list(json.loads(found)) == list(json.loads(old)), point
        return Crash.NEW
    if company.service.counters.calls["CreateToken"] == 0:
        return Crash.UNUSED
    return Crash.LEFT if is_left(company) else Crash.LOST


# The exit code of the next command, and how many tokens it requests.
NEXT = {Crash.UNUSED: (0, 1), Crash.LOST: (4, 1), Crash.LEFT: (0, 0), Crash.NEW: (0, 0)}


@pytest.fixture
def points(company: Company, monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """Every call of a refresh that may change a file."""
    for name, value in company.home.environment.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):  # once modules are compiled, every run makes the same calls
        company.sign_in(left=-60)
        done = traced_refresh(company)
        if "ptrace" in done.stderr:
            pytest.skip("strace is not allowed to trace")
        assert done.returncode == 0, done.stderr
    found = refresh_points(company)
    assert {point.call for point in found} >= {"openat", "write", "fsync", "rename"}
    return found


def test_killed_at_every_file_operation(company: Company, points: list[Point]) -> None:
    """A refresh killed at any call loses a sign-in only before the new token is written beside the file."""
    seen = []
    for point in points:
        effect = crash(company, point)
        seen.append(effect)
        company.service.counters.reset()
        code = cli.run(["accounts"])
        assert (code, company.service.counters.calls["CreateToken"]) == NEXT[effect], point
        if effect is not Crash.LOST:
            company.check_refresh()
            beside = [each.name for each in company.token_file.parent.iterdir() if each.name.startswith(".")]
            assert beside == [], point
    assert seen == sorted(seen)
    assert set(seen) == set(NEXT)
    # It is lost only between the response and the write: while the new file is made and locked.
    lost = {point.call for point, effect in zip(points, seen, strict=True) if effect is Crash.LOST}
    assert lost <= {"mkdir", "openat", "flock", "write"}


ERRORS = {"ENOSPC": {"mkdir", "openat", "write", "fsync", "rename"}, "EIO": {"write", "fsync"}, "EMFILE": {"openat"}}


@pytest.mark.parametrize("error", ERRORS)
def test_error_at_every_file_operation(company: Company, points: list[Point], error: str) -> None:
    """A refresh of which any call fails returns the new token and does not lose it."""
    for point in points:
        if point.call not in ERRORS[error]:
            continue
        company.sign_in(left=-60)
        company.service.counters.reset()
        done = traced_refresh(company, "-e", f"inject={point.call}:error={error}:when={point.number}")
        token = json.loads(done.stdout)["token"]
        assert company.service.counters.calls["CreateToken"] == 1, point
        assert cli.run(["accounts"]) == 0
        assert (company.token()["accessToken"], company.service.counters.calls["CreateToken"]) == (
            token["access_token"],
            1,
        ), point
        company.check_refresh()


# A disk that is full to the last byte, with an expired token on it.
FULL_DISK = """\
set -e
cp -r .aws ../aws
mount -t tmpfs -o size=200k,mode=700 tmpfs .aws
cp -r ../aws/. .aws
cat /dev/zero >.aws/filling 2>&1 || true
for _ in 1 2; do
    ssohelper accounts
done
rm .aws/filling
ssohelper accounts
cp .aws/sso/cache/{file} ../after
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the disk is mounted in a Linux namespace")
def test_full_disk(company: Company) -> None:
    """On a full disk, the new token is written over the old one."""
    company.sign_in(left=-60)
    company.service.counters.reset()
    path = f"{Path(sys.executable).parent}:{company.home.environment['PATH']}"
    script = FULL_DISK.format(file=company.token_file.name)
    done = company.home.run(need("unshare"), "-rm", "sh", "-c", script, PATH=path)
    assert (done.returncode, done.stdout.count("payments-prod ")) == (0, 3), done.stderr
    assert (company.service.counters.calls["CreateToken"], done.stderr) == (1, "")
    company.token_file.write_bytes((company.home.path.parent / "after").read_bytes())
    company.check_refresh()
