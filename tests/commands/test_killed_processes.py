"""Processes that are killed while they hold a lock, or wait for one; and slow refreshes."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from tests.fixtures.company import ACCOUNT, ROLE, WAITING, Company, make_company
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, wait_for
from tests.fixtures.recorded_browser import install_browser
from tests.fixtures.waiting import KillAtEnd, holder_of_lock, outputs

pytestmark = pytest.mark.full

# Enough for the kernel to release a lock, and for the next process to take it, on a busy machine.
SOON_SECONDS = 3.0
NO_ANSWER = "ssohelper: could not refresh the sign-in to acme (no answer within 3 seconds), valid for M\n"
SIGNED_IN = "ssohelper: signed in to acme"


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company in which sign-ins are approved at once, and a refresh token works once."""
    with make_company(make_home, auto_approve=True) as company:
        yield company


@pytest.fixture
def manual(make_home: Callable[..., Home]) -> Iterator[Company]:
    """The same, but a person has to approve device codes."""
    with make_company(make_home) as company:
        yield company


@dataclass(frozen=True, slots=True)
class Kill:
    """When the holder of a lock is killed: during a request, or before it renames its `synced`th new file.

    `waits` is the account of the process that waits for the lock.
    """

    lock: str
    operation: str
    synced: int | None = None
    expired: bool = False
    waits: str = ACCOUNT


KILLS = [
    Kill("role-", "GetRoleCredentials"),
    Kill("role-", "GetRoleCredentials", synced=1),
    Kill("role-", "CreateToken", expired=True),
    Kill("token-", "CreateToken", expired=True, waits="888899990000"),
    Kill("token-", "CreateToken", synced=1, expired=True, waits="888899990000"),
]


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_killed_holder(make_home: Callable[..., Home], kill_at_end: KillAtEnd, kill: Kill) -> None:
    """A process that waits for one that is killed continues at once, and succeeds."""
    with make_company(make_home, auto_approve=True) as company:
        company.sign_in(left=-60 if kill.expired else 3600)
        prefix: tuple[str, ...] = ()
        if kill.synced is None:
            company.service.faults.add(kill.operation, Fault.hang(9))
        else:
            stop = f"inject=fsync:signal=STOP:when={kill.synced}"
            prefix = (need("strace"), "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", stop)
        holder = kill_at_end(company.start_credential_process(prefix=prefix))
        wait_for(lambda: company.service.counters.calls[kill.operation] == 1)
        follower = kill_at_end(company.start_credential_process(kill.waits))
        pid = holder_of_lock(follower)
        assert company.locks_held_by(pid) >= {kill.lock}
        os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: company.locks_held_by(str(follower.pid)) >= {kill.lock}, SOON_SECONDS)
        (output,) = outputs([follower])
        assert company.service.issued(json.loads(output)["AccessKeyId"]).account_id == kill.waits
        assert holder.wait(HANG_SECONDS) != 0
        company.check_refresh()


def test_killed_login(manual: Company, kill_at_end: KillAtEnd) -> None:
    """If the login that shows a code is killed, the one that waits shows its own."""
    holder = kill_at_end(manual.start("ssohelper", "login"))
    wait_for(lambda: manual.service.counters.calls["StartDeviceAuthorization"] == 1)
    follower = kill_at_end(manual.start("ssohelper", "login"))
    assert holder_of_lock(follower) == str(holder.pid)
    holder.kill()
    wait_for(lambda: manual.locks_held_by(str(follower.pid)) >= {"sign-in-"}, SOON_SECONDS)
    assert follower.stderr is not None
    *_, shown = [follower.stderr.readline() for _ in range(4)]
    manual.service.approve(shown.strip())
    assert (follower.communicate(timeout=HANG_SECONDS)[1].splitlines()[-1], follower.returncode) == (SIGNED_IN, 0)
    manual.check_refresh()


def test_killed_login_in_the_browser(company: Company) -> None:
    """If the login that opened a browser is killed, the one that waits opens its own."""
    browser = install_browser(company.home)
    holder, follower = company.home.terminal("login"), company.home.terminal("login")
    if holder.expect([r"in your browser", WAITING]) == 1:
        holder, follower = follower, holder
        holder.expect("in your browser")
    else:
        follower.expect(WAITING)
    wait_for(lambda: browser.starts == 1)
    holder.kill(signal.SIGKILL)
    wait_for(lambda: company.locks_held_by(str(follower.pid)) >= {"sign-in-"}, SOON_SECONDS)
    follower.expect("in your browser")
    wait_for(lambda: browser.starts == 2)
    browser.go()
    follower.expect_exact(f"{SIGNED_IN}\r\n")
    follower.expect(pexpect.EOF)
    for login in (holder, follower):
        login.close()
    assert (holder.signalstatus, follower.exitstatus) == (signal.SIGKILL, 0)
    company.check_refresh()


def test_killed_waiters(company: Company, kill_at_end: KillAtEnd) -> None:
    """Killing processes that wait does no harm: the holder succeeds, and so does the next process."""
    company.sign_in()
    company.service.faults.add("GetRoleCredentials", Fault.hang(3))
    holder = kill_at_end(company.start_credential_process())
    wait_for(lambda: company.service.counters.calls["GetRoleCredentials"] == 1)
    waiters = [kill_at_end(company.start_credential_process()) for _ in range(3)]
    assert {holder_of_lock(each) for each in waiters} == {str(holder.pid)}
    for each in waiters:
        each.kill()
    (answer,) = outputs([holder])
    assert outputs([company.start_credential_process()]) == [answer]
    assert company.service.counters.calls == {"GetRoleCredentials": 1}


def test_refresh_outlives_a_killed_process(company: Company, kill_at_end: KillAtEnd) -> None:
    """A refresh that has started is completed, although the process that needs it was killed."""
    old = company.sign_in(left=-60)
    company.service.faults.add("CreateToken", Fault.hang(8))
    process = kill_at_end(company.start_credential_process())
    wait_for(lambda: company.service.counters.calls["CreateToken"] == 1)
    process.kill()
    assert company.token_file.read_bytes() == old
    wait_for(lambda: company.token_file.read_bytes() != old)
    company.check_refresh()


def test_slow_refresh_of_a_valid_token(company: Company) -> None:
    """A process uses a valid token without waiting for a slow refresh, which goes on and is not started twice."""
    old = company.sign_in(left=900)
    company.service.faults.add("CreateToken", Fault.hang(9))
    for account, warning in ((ACCOUNT, NO_ANSWER), ("888899990000", "")):
        process = company.start_credential_process(account)
        answer, errors = process.communicate(timeout=HANG_SECONDS)
        assert (json.loads(answer)["AccountId"], process.returncode) == (account, 0)
        assert re.sub(r"\d+m$", "M", errors) == warning
        assert company.token_file.read_bytes() == old
    assert company.service.counters.calls == {"CreateToken": 1, "GetRoleCredentials": 2}
    wait_for(lambda: company.token_file.read_bytes() != old)
    company.check_refresh()


def test_refresh_hangs(company: Company) -> None:
    """If a refresh hangs, valid credentials are printed within the 20 seconds that the help states."""
    company.sign_in(left=-60)
    company.cache_credentials()
    company.service.faults.add("CreateToken", Fault.hang(3600), None)
    began = time.monotonic()
    process = company.start_credential_process()
    answer, _ = process.communicate(timeout=HANG_SECONDS)
    assert (json.loads(answer)["AccessKeyId"], process.returncode) == ("ASIACACHED", 0)
    assert time.monotonic() - began < 25


FETCH = ("credential-process", "--account-id", ACCOUNT, "--role-name", ROLE)


# Ctrl-C, a closed terminal, a shutdown.
SIGNALS = {signal.SIGINT: 130, signal.SIGHUP: -signal.SIGHUP, signal.SIGTERM: -signal.SIGTERM}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("words", [("accounts",), ("login",), FETCH], ids=["accounts", "login", "credential-process"])
def test_signal_during_refresh(
    company: Company, kill_at_end: KillAtEnd, words: tuple[str, ...], number: signal.Signals
) -> None:
    """A signal during a refresh ends the command, and the sign-in is not lost."""
    company.sign_in(left=-60)
    company.service.faults.add("CreateToken", Fault.hang(2))
    process = kill_at_end(company.start("ssohelper", *words))
    wait_for(lambda: company.service.counters.calls["CreateToken"] == 1)
    requested = time.monotonic()
    process.send_signal(number)
    printed = process.communicate(timeout=HANG_SECONDS)
    assert (printed[0], process.returncode) == ("", SIGNALS[number]), printed
    time.sleep(max(0.0, requested + 3 - time.monotonic()))  # after the response
    company.check_refresh()
