"""A token refresh that is killed before every call that changes a file."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import IntEnum, auto
from pathlib import Path

import pytest

from ssohelper import cli
from ssohelper.identity_center.network import Network
from ssohelper.sign_in.refresh_process import Request
from tests.fixtures.changing_calls import Call, ChangingCalls, changing_calls
from tests.fixtures.company import Company, make_company
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home

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


def refresh(company: Company, fault: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Refresh the token in its process, in which a call goes wrong."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "ssohelper.processes.token_refresh"],
        input=Request(company.session, Network(), keyring=False, attended=False).to_json(),
        env={**company.home.environment, **fault, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def beside(company: Company) -> list[Path]:
    """What killed refreshes have left beside the token file."""
    return list(company.token_file.parent.glob(f".{company.token_file.name}.*"))


def is_left(company: Company) -> bool:
    """Whether a whole new token is beside the token file."""
    for path in beside(company):
        with suppress(ValueError):
            json.loads(path.read_bytes())
            return True
    return False


def crash(company: Company, calls: ChangingCalls, call: Call) -> Crash:
    """Kill a refresh before this call; returns its effect."""
    for path in beside(company):  # they would be looked at, which is a call more
        path.unlink()
    old = company.sign_in(left=-60)
    company.service.counters.reset()
    done = refresh(company, calls.killed(call))
    assert done.returncode == -signal.SIGKILL, (call, done.stderr)
    found = company.token_file.read_bytes()
    if found != old:  # then it is a complete new one
        assert list(json.loads(found)) == list(json.loads(old)), call
        return Crash.NEW
    if company.service.counters.calls["CreateToken"] == 0:
        return Crash.UNUSED
    return Crash.LEFT if is_left(company) else Crash.LOST


# The exit code of the next command, and how many tokens it requests.
NEXT = {Crash.UNUSED: (0, 1), Crash.LOST: (4, 1), Crash.LEFT: (0, 0), Crash.NEW: (0, 0)}


@pytest.fixture
def calls(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ChangingCalls:
    """The calls of a refresh that change a file."""
    for name, value in company.home.environment.items():
        monkeypatch.setenv(name, value)
    company.sign_in(left=-60)
    calls = changing_calls(company.home.path, tmp_path)
    done = refresh(company, calls.listed())
    assert done.returncode == 0, done.stderr
    assert {call.name for call in calls.calls()} >= {"open", "write", "fsync", "rename"}
    return calls


def test_killed_at_every_file_operation(company: Company, calls: ChangingCalls) -> None:
    """A refresh killed at any call loses a sign-in only before the new token is written beside the file."""
    seen = []
    for call in calls.calls():
        effect = crash(company, calls, call)
        seen.append(effect)
        company.service.counters.reset()
        code = cli.run(["accounts"])
        assert (code, company.service.counters.calls["CreateToken"]) == NEXT[effect], call
        if effect is not Crash.LOST:
            company.check_refresh()
            assert beside(company) == [], call
    assert seen == sorted(seen)
    assert set(seen) == set(NEXT)
    # It is lost only between the response and the write: while the new file is made and locked.
    lost = {call.name for call, effect in zip(calls.calls(), seen, strict=True) if effect is Crash.LOST}
    assert lost <= {"mkdir", "open", "flock", "write"}


ERRORS = {"ENOSPC": {"mkdir", "open", "write", "fsync", "rename"}, "EIO": {"write", "fsync"}, "EMFILE": {"open"}}


@pytest.mark.parametrize("error", ERRORS)
def test_error_at_every_file_operation(company: Company, calls: ChangingCalls, error: str) -> None:
    """A refresh of which any call fails returns the new token and does not lose it."""
    for call in calls.calls():
        if call.name not in ERRORS[error]:
            continue
        company.sign_in(left=-60)
        company.service.counters.reset()
        done = refresh(company, calls.failing(call, error))
        token = json.loads(done.stdout)["token"]
        assert company.service.counters.calls["CreateToken"] == 1, call
        assert cli.run(["accounts"]) == 0
        assert (company.token()["accessToken"], company.service.counters.calls["CreateToken"]) == (
            token["access_token"],
            1,
        ), call
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
