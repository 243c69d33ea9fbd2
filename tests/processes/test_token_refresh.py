"""The process that refreshes a token: it prints the new one, or the error, and no signal of a terminal ends it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from ssohelper.identity_center.network import Network
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.refresh_process import Request
from ssohelper.simulator.faults import Fault
from tests.fixtures.company import Company, make_company
from tests.fixtures.home import HANG_SECONDS, Home, wait_for


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company in which a refresh token works once."""
    with make_company(make_home) as company:
        yield company


def start(company: Company) -> "subprocess.Popen[str]":
    """Start the process, with its request."""
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "ssohelper.processes.token_refresh"),
        env=company.home.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(Request(company.session, Network(), keyring=False, attended=False).to_json())
    process.stdin.close()
    process.stdin = None
    return process


def test_refreshed(company: Company) -> None:
    """The new token is in the file and in the output."""
    company.sign_in(left=-60)
    printed, errors = start(company).communicate(timeout=HANG_SECONDS)
    assert (json.loads(printed)["token"]["access_token"], errors) == (company.token()["accessToken"], "")
    assert company.service.counters.calls == {"CreateToken": 1}
    company.check_refresh()


def test_not_signed_in(company: Company) -> None:
    """Without a token it is an error."""
    printed, errors = start(company).communicate(timeout=HANG_SECONDS)
    error = {"kind": "SignInRequired", "message": "not signed in to acme", "hint": "ssohelper login --session acme"}
    assert json.loads(printed) == {"error": error, "warnings": []}
    assert (errors, company.service.counters.calls) == ("", {})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals(company: Company, number: signal.Signals) -> None:
    """What ends a job or a session does not end a refresh."""
    old = company.sign_in(left=-60)
    company.service.faults.add("CreateToken", Fault.hang(1))
    process = start(company)
    wait_for(lambda: company.service.counters.calls["CreateToken"] == 1)
    process.send_signal(number)
    printed, errors = process.communicate(timeout=HANG_SECONDS)
    assert (process.returncode, errors, company.token_file.read_bytes() == old) == (0, "", False)
    assert json.loads(printed)["token"]["access_token"] == company.token()["accessToken"]


def test_holder(company: Company) -> None:
    """It is the process that others wait for."""
    company.sign_in(left=-60)
    process = start(company)
    process.communicate(timeout=HANG_SECONDS)
    holder = company.home.state / "locks" / f"{token_cache.lock_name(company.session)}.holder"
    assert holder.read_text() == str(process.pid)


def test_nobody_waits(company: Company) -> None:
    """If the caller has ended, the new token is saved, and nothing is printed."""
    old = company.sign_in(left=-60)
    process = start(company)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=HANG_SECONDS)
    assert (errors, company.token_file.read_bytes() == old) == ("", False)
    assert list(company.token_file.parent.iterdir()) == [company.token_file]
