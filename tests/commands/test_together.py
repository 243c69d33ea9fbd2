"""However many want the same thing, Identity Center and the person are asked once; a dead holder holds nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from ssohelper import cli
from ssohelper.simulator.faults import Fault
from tests.fixtures.company import ACCOUNT, ROLE, WAITING, Company, kill_group, make_company
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.system_calls import CALLS, TRACED, Point

MANY = 64
# Long enough for a kernel on a busy machine to free a lock and for the next one to take it: a second in practice.
SOON_SECONDS = 3.0
SIGNED_IN = "ssohelper: signed in to acme, 59m left, renews itself"


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company whose refresh tokens are good for one use; sign-ins are approved at once."""
    with make_company(make_home, auto_approve=True) as company:
        yield company


@pytest.fixture
def asking(make_home: Callable[..., Home]) -> Iterator[Company]:
    """The same, where a person has to approve device codes."""
    with make_company(make_home) as company:
        yield company


See = Callable[["subprocess.Popen[str]"], "subprocess.Popen[str]"]


@pytest.fixture
def started() -> Iterator[See]:
    """Sees to it that a process, and whatever it started, ends with the test."""
    with ExitStack() as stack:

        def see_to(process: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
            stack.enter_context(process)
            stack.callback(kill_group, process)
            return process

        yield see_to


def wait_for(fact: Callable[[], bool], seconds: float = HANG_SECONDS) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def ends(processes: list["subprocess.Popen[str]"]) -> list[str]:
    """What each printed, once all have ended well and without a word beyond whom they waited for."""
    printed = [process.communicate(timeout=HANG_SECONDS) for process in processes]
    said = {line for _, errors in printed for line in errors.splitlines() if not re.fullmatch(WAITING, line)}
    assert ({process.returncode for process in processes}, said) == ({0}, set())
    return [output for output, _ in printed]


def test_one_cold_role(company: Company) -> None:
    """Of 64 processes that want the credentials of one role at once, one asks, and all print the same answer."""
    company.sign_in()
    answers = Counter(ends([company.start_credential_process() for _ in range(MANY)]))
    ((answer, number),) = answers.items()
    issued = company.service.issued(json.loads(answer)["AccessKeyId"])
    assert (number, issued.account_id, issued.role_name) == (MANY, ACCOUNT, ROLE)
    assert company.service.counters.calls == {"GetRoleCredentials": 1}


def test_one_expired_token(company: Company) -> None:
    """Of 64 processes for eight roles of one expired sign-in, one renews it, and one for each role asks."""
    company.sign_in(left=-60)
    account_ids = [account.id for account in company.service.world.accounts if account.id != ACCOUNT] + [ACCOUNT]
    answers = Counter(ends([company.start_credential_process(account_id) for _ in range(MANY // 8) for account_id in account_ids]))
    issued = {
        company.service.issued(json.loads(answer)["AccessKeyId"]).account_id: n for answer, n in answers.items()
    }
    assert issued == dict.fromkeys(account_ids, MANY // 8)
    assert company.service.counters.calls == {"CreateToken": 1, "GetRoleCredentials": 8}
    company.check_refresh()


def test_many_commands_and_one_expired_token(company: Company) -> None:
    """Commands of every kind that find one expired sign-in renew it once, too."""
    company.sign_in(left=-60)
    kinds = (("login",), ("accounts",), ("roles",), ("sync", "--dry-run"))
    processes = [company.start("ssohelper", *kind) for _ in range(3) for kind in kinds]
    for process in processes:
        process.communicate(timeout=HANG_SECONDS)
    assert [process.returncode for process in processes] == [0] * 12
    assert company.service.counters.calls["CreateToken"] == 1


# Records that it was started, waits for leave, and then does what a browser does: follows redirects to the last page.
BROWSER = """\
#!/bin/sh
echo $$ >> {folder}/started
{python} -c '
import os, sys, time, urllib.request
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
page = urllib.request.urlopen(sys.argv[1], timeout=60).read().decode()
open(sys.argv[3], "w").write(page)
' "$1" {folder}/go {folder}/page >/dev/null 2>&1 {background}
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that notes down what happens."""

    folder: Path

    @property
    def starts(self) -> int:
        """How often it was started."""
        path = self.folder / "started"
        return path.read_text().count("\n") if path.exists() else 0

    def go(self) -> None:
        """Let it open the page."""
        (self.folder / "go").touch()

    def page(self) -> str:
        """The page at which it ended."""
        wait_for(lambda: (self.folder / "page").exists() and (self.folder / "page").stat().st_size > 0)
        return (self.folder / "page").read_text()


def install_browser(company: Company, *, background: bool = True) -> Browser:
    """Make a browser the one that opens in the home folder; in the foreground its command ends when it has done."""
    folder = company.home.path.parent
    script = folder / "browser"
    script.write_text(BROWSER.format(folder=folder, python=sys.executable, background="&" if background else ""))
    script.chmod(0o700)
    company.home.environment["BROWSER"] = str(script)
    return Browser(folder)


def test_one_browser(company: Company) -> None:
    """Of 20 logins on terminals one opens a browser; when the person has signed in, all 20 are."""
    browser = install_browser(company)
    logins = [company.home.terminal("login") for _ in range(20)]
    waits = 0
    for login in logins:
        waits += login.expect([r"go on in the browser", WAITING])
    browser.go()
    for login in logins:
        login.expect_exact(f"{SIGNED_IN}\r\n")
        login.expect(pexpect.EOF)
        login.close()
    assert ([login.exitstatus for login in logins], waits, browser.starts) == ([0] * 20, 19, 1)
    assert company.service.counters.calls == {"RegisterClient": 1, "CreateToken": 1}
    assert "Its access token is good until" in browser.page()
    company.check_refresh()


def test_a_browser_in_the_foreground(company: Company) -> None:
    """A browser whose command lasts until it is closed (w3m, BROWSER='firefox %s') signs in like any other."""
    browser = install_browser(company, background=False)
    browser.go()
    login = company.home.terminal("login")
    ended = login.expect_exact([f"{SIGNED_IN}\r\n", pexpect.TIMEOUT, "by code"], timeout=25)
    login.close(force=True)
    assert (ended, browser.starts) == (0, 1)
    assert company.service.counters.calls == {"RegisterClient": 1, "CreateToken": 1}


def told_to_wait(process: "subprocess.Popen[str]") -> str:
    """Whom a process waits for, as it says."""
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.fullmatch(f"{WAITING}\n", line)
    assert found is not None, line
    return found[1]


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the holder of a lock is when it is killed, and who waits for it.

    In the middle of a call; or with the new file ready that is to take the old one's place: its `synced`th.
    """

    holds: str
    operation: str
    synced: int | None = None
    expired: bool = False
    waits: str = ACCOUNT


KILLS = [
    Kill("role-", "GetRoleCredentials"),
    Kill("role-", "GetRoleCredentials", synced=1),
    Kill("role-", "CreateToken", expired=True),
    Kill("token-", "CreateToken", expired=True, waits="888899990000"),
    Kill("token-", "CreateToken", synced=2, expired=True, waits="888899990000"),  # the first one tries the disk
]


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_a_killed_holder(make_home: Callable[..., Home], started: See, kill: Kill) -> None:
    """Whoever waits for a process that is killed in the middle goes on at once, and gets a good answer."""
    # What dies with a new refresh token unwritten could not be renewed by anybody, were the old one dead.
    with make_company(make_home, rotate_refresh_tokens=not (kill.expired and kill.synced)) as company:
        company.sign_in(left=-60 if kill.expired else 3600)
        prefix: tuple[str, ...] = ()
        if kill.synced is None:
            company.service.faults.add(kill.operation, Fault.hang(9))
        else:
            stop = f"inject=fsync:signal=STOP:when={kill.synced}"
            prefix = (need("strace"), "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", stop)
        holder = started(company.start_credential_process(prefix=prefix))
        wait_for(lambda: company.service.counters.calls[kill.operation] == 1)
        follower = started(company.start_credential_process(kill.waits))
        pid = told_to_wait(follower)
        assert company.locks_held_by(pid) >= {kill.holds}
        os.kill(int(pid), signal.SIGKILL)
        wait_for(lambda: company.locks_held_by(str(follower.pid)) >= {kill.holds}, SOON_SECONDS)
        output, errors = follower.communicate(timeout=HANG_SECONDS)
        assert (errors, follower.returncode) == ("", 0)
        assert company.service.issued(json.loads(output)["AccessKeyId"]).account_id == kill.waits
        assert holder.wait(HANG_SECONDS) != 0
        company.check_refresh()


def test_a_killed_sign_in(asking: Company, started: See) -> None:
    """Where the login that shows a code is killed, the one that waits shows its own."""
    holder = started(asking.start("ssohelper", "login"))
    wait_for(lambda: asking.service.counters.calls["StartDeviceAuthorization"] == 1)
    follower = started(asking.start("ssohelper", "login"))
    assert told_to_wait(follower) == str(holder.pid)
    holder.kill()
    wait_for(lambda: asking.locks_held_by(str(follower.pid)) >= {"sign-in-"}, SOON_SECONDS)
    assert follower.stderr is not None
    *_, shown = [follower.stderr.readline() for _ in range(4)]
    asking.service.approve(shown.strip())
    assert (follower.communicate(timeout=HANG_SECONDS)[1].splitlines()[-1], follower.returncode) == (SIGNED_IN, 0)
    asking.check_refresh()


def test_a_killed_sign_in_in_the_browser(company: Company) -> None:
    """Where the login whose browser is open is killed, the one that waits opens its own, and that one counts."""
    browser = install_browser(company)
    holder, follower = company.home.terminal("login"), company.home.terminal("login")
    if holder.expect([r"go on in the browser", WAITING]) == 1:
        holder, follower = follower, holder
        holder.expect("go on in the browser")
    else:
        follower.expect(WAITING)
    wait_for(lambda: browser.starts == 1)
    holder.kill(signal.SIGKILL)
    wait_for(lambda: company.locks_held_by(str(follower.pid)) >= {"sign-in-"}, SOON_SECONDS)
    follower.expect("go on in the browser")
    wait_for(lambda: browser.starts == 2)
    browser.go()
    follower.expect_exact(f"{SIGNED_IN}\r\n")
    follower.expect(pexpect.EOF)
    for login in (holder, follower):
        login.close()
    assert (holder.signalstatus, follower.exitstatus) == (signal.SIGKILL, 0)
    company.check_refresh()


@dataclass(frozen=True, slots=True)
class Crash:
    """What a renewal that was killed left: its token file (`old`, `new`), and whether the refresh token was spent."""

    file: str
    spent: bool


# What every command does that needs a token; all of it in one thread, so that each call has its number.
RENEWAL = """\
import sys
from ssohelper.commands import wiring
from ssohelper.model import Session
wiring.access_of(Session(*sys.argv[1:])).token()
"""


def traced_renewal(company: Company, *inject: str) -> "subprocess.CompletedProcess[str]":
    """A process that renews the token, under strace."""
    trace = ("-qq", "-y", "-e", "signal=none", "-e", f"trace={','.join(CALLS)}")
    words = (need("strace"), *trace, *inject, "-o", str(company.home.path.parent / "trace"))
    session = (company.session.name, company.session.start_url, company.session.region)
    return company.home.run(*words, sys.executable, "-c", RENEWAL, *session, PYTHONHASHSEED="0")


def renewal_path(company: Company) -> list[Point]:
    """Every call of the traced renewal that may change a file, from its lock on."""
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
    """Kill a renewal at that point, and see what it left."""
    old = company.sign_in(left=-60)
    company.service.counters.reset()
    done = traced_renewal(company, "-e", f"inject={point.call}:signal=KILL:when={point.number}")
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (point, done.stderr)
    found = company.token_file.read_bytes()
    if found != old:  # then it is a new one, and a whole one
        assert list(json.loads(found)) == list(json.loads(old)), point
    return Crash("old" if found == old else "new", company.service.counters.calls["CreateToken"] == 1)


# What comes next, by what the crash left: its exit code, and how often it asks for a token.
NEXT = {Crash("old", spent=False): (0, 1), Crash("old", spent=True): (4, 1), Crash("new", spent=True): (0, 0)}


@pytest.mark.parametrize("part", range(2))
def test_killed_at_every_file_operation(company: Company, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """A renewal killed at any call leaves the old token or the new one, whole; an unspent refresh token works on."""
    for name, value in company.home.environment.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):  # once its modules are compiled, a run makes the same calls in the same order each time
        company.sign_in(left=-60)
        done = traced_renewal(company)
        if "ptrace" in done.stderr:
            pytest.skip("strace may not trace here")
        assert done.returncode == 0, done.stderr
    points = renewal_path(company)
    assert {point.call for point in points} >= {"openat", "flock", "write", "fsync", "rename", "unlink"}
    seen = []
    for point in points[part::2]:
        left = crash(company, point)
        seen.append(left)
        company.service.counters.reset()
        code = cli.run(["accounts"])
        assert (code, company.service.counters.calls["CreateToken"]) == NEXT[left], point
        if left == Crash("old", spent=False):
            company.check_refresh()
            neighbours = [each.name for each in company.token_file.parent.iterdir() if each.name.startswith(".")]
            assert neighbours == [], point
    # In this order: nothing is spent before there is room for what comes, and what came is in its place soon.
    assert seen == sorted(seen, key=lambda each: (each.spent, each.file == "new"))
    assert set(seen) == set(NEXT)


def test_a_waiter_of_ours_that_is_killed(company: Company, started: See) -> None:
    """Killing those who wait harms nobody: the holder answers, and so does whoever comes next."""
    company.sign_in()
    company.service.faults.add("GetRoleCredentials", Fault.hang(3))
    holder = started(company.start_credential_process())
    wait_for(lambda: company.service.counters.calls["GetRoleCredentials"] == 1)
    waiters = [started(company.start_credential_process()) for _ in range(3)]
    assert {told_to_wait(each) for each in waiters} == {str(holder.pid)}
    for each in waiters:
        each.kill()
    (answer,) = ends([holder])
    assert ends([company.start_credential_process()]) == [answer]
    assert company.service.counters.calls == {"GetRoleCredentials": 1}


def test_a_slow_renewal_is_seen_through(company: Company, started: See) -> None:
    """While credentials work nobody waits for long; a refresh token that was spent just before is not lost."""
    company.sign_in(left=-60)
    company.cache_credentials()
    for seconds in (60, 8):
        company.service.faults.add("CreateToken", Fault.hang(seconds))
    holder = started(company.start_credential_process())
    wait_for(lambda: company.service.counters.calls["CreateToken"] == 1)
    follower = started(company.start_credential_process())
    assert told_to_wait(follower) == str(holder.pid)
    time.sleep(3)
    holder.kill()  # so the other one begins late, and its time is up before the service answers
    killed = time.monotonic()
    answer, errors = follower.communicate(timeout=HANG_SECONDS)
    assert (json.loads(answer)["Version"], follower.returncode) == (1, 0), errors
    time.sleep(max(0.0, killed + 10 - time.monotonic()))  # by now it has
    company.check_refresh()


def test_a_service_that_never_answers(company: Company) -> None:
    """However long a renewal hangs, within the 20 seconds that the manual promises there is what works still."""
    company.sign_in(left=-60)
    company.cache_credentials()
    company.service.faults.add("CreateToken", Fault.hang(3600), None)
    began = time.monotonic()
    process = company.start_credential_process()
    answer, _ = process.communicate(timeout=HANG_SECONDS)
    assert (json.loads(answer)["AccessKeyId"], process.returncode) == ("ASIACACHED", 0)
    assert time.monotonic() - began < 25


FETCH = ("credential-process", "--account-id", ACCOUNT, "--role-name", ROLE)


# A person presses Ctrl-C, closes the terminal; a machine shuts down.
SIGNALS = {signal.SIGINT: 130, signal.SIGHUP: -signal.SIGHUP, signal.SIGTERM: -signal.SIGTERM}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("words", [("accounts",), ("login",), FETCH], ids=["accounts", "login", "credential-process"])
def test_a_signal_in_a_renewal(
    company: Company, started: See, words: tuple[str, ...], number: signal.Signals
) -> None:
    """A signal while the service is about to answer a renewal ends the command, and does not lose the sign-in."""
    company.sign_in(left=-60)
    company.service.faults.add("CreateToken", Fault.hang(2))
    process = started(company.start("ssohelper", *words))
    wait_for(lambda: company.service.counters.calls["CreateToken"] == 1)
    asked = time.monotonic()
    process.send_signal(number)
    printed = process.communicate(timeout=HANG_SECONDS)
    assert (printed[0], process.returncode) == ("", SIGNALS[number]), printed
    time.sleep(max(0.0, asked + 3 - time.monotonic()))  # by now it has
    company.check_refresh()
