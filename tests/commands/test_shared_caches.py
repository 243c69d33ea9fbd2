"""Other tools refresh the same sign-in without a lock: no process reads half a file, and the sign-in is kept."""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import Any, TypeVar

import pytest

from ssohelper.storage import timestamps
from tests.fixtures.clients import aws_cli_2, use_simulator
from tests.fixtures.company import ACCOUNT, ROLE, WAITING, Company, kill_group, make_company
from tests.fixtures.components import need
from tests.fixtures.faketime import faketime
from tests.fixtures.home import HANG_SECONDS, Home

pytestmark = pytest.mark.full

Result = TypeVar("Result")

SECONDS, SECONDS_WITH_CLI_2 = 120, 60
# Between two runs of one kind, so that other tests can run, too.
PAUSE_SECONDS = 1
# The duration of a call, so that calls overlap.
LATENCY_SECONDS = 0.05
# Less than 20 minutes, so that we refresh at each use, and more than 15, so that login does not sign in again.
TOKEN_SECONDS = 1000
# The clock of the other tools is ahead: they see less than 15 minutes left, and refresh at each use, too.
AHEAD_SECONDS = 200

# Scripts that get credentials of an SSO profile, repeatedly in new sessions, or once.
SCRIPT = """\
import json, os, sys, time, boto3
rounds, failures = 0, []
while not os.path.exists(sys.argv[1]):
    rounds += 1
    try:
        boto3.Session(profile_name="theirs").get_credentials().get_frozen_credentials()
    except Exception as error:
        failures.append(repr(error))
    time.sleep(1)
print(json.dumps({"rounds": rounds, "failures": failures}))
"""
ONCE = 'import boto3; boto3.Session(profile_name="theirs").get_credentials().get_frozen_credentials()'
KEYS = [
    "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
    "refreshToken",
]  # fmt: skip

# The messages that ssohelper may print: which process it waits for; that another tool refreshed first, or that a
# refresh takes long on a busy machine, which does no harm; that it is signed in, perhaps with a token that another
# tool wrote meanwhile.
ALLOWED = re.compile(
    rf"{WAITING}"
    r"|ssohelper: could not refresh the sign-in to acme \((Identity Center rejected the refresh token"
    r"|no answer within \d seconds|process \d+ has held the lock for 3 seconds)\), valid for 1\dm"
    r"|ssohelper: (already )?signed in to acme(, valid for 1\dm)?"
)


def add_profile(company: Company) -> Company:
    """Add a profile of the session for the other tools."""
    with company.home.config.open("a") as file:
        file.write(f"\n[profile theirs]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n")
    return company


@dataclass(slots=True)
class Reader:
    """Reads the token file repeatedly, like SDKs when they start."""

    company: Company
    reads: int = 0
    broken: list[bytes] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)

    def read(self) -> None:
        """Read it once. A token with a later expiration than ours was written by a tool whose clock is ahead."""
        time.sleep(0.005)
        data = self.company.token_file.read_bytes()
        self.reads += 1
        try:
            facts = json.loads(data)
            expires_at = timestamps.read(facts["expiresAt"])
        except (ValueError, KeyError):
            facts, expires_at = {}, None
        if list(facts) != KEYS or expires_at is None:
            self.broken.append(data)
        elif expires_at - time.time() > TOKEN_SECONDS + AHEAD_SECONDS / 2:
            self.theirs.add(facts["accessToken"])
        else:
            self.ours.add(facts["accessToken"])


def repeated(action: Callable[[], Result], ended: threading.Event, pause: float = 0.0) -> list[Result]:
    """The results of an action that is repeated until the event."""
    results = []
    while not ended.is_set():
        results.append(action())
        ended.wait(pause)
    return results


def with_clock_ahead(seconds: int) -> tuple[str, ...]:
    """The prefix of a command that runs with another clock."""
    return faketime(f"+{seconds}s")


def problems(done: CompletedProcess[str]) -> list[str]:
    """The messages of a run that are not allowed, and its exit code if that is not 0."""
    lines = [line for line in done.stderr.splitlines() if not ALLOWED.fullmatch(line)]
    return lines if done.returncode == 0 else [*lines, f"exit code {done.returncode}"]


@dataclass(frozen=True, slots=True)
class Contention:
    """Commands of ours, an AWS CLI, and scripts with boto3 that use one token file at the same time."""

    company: Company
    reader: Reader
    cli: Callable[[], bool]
    ours: Sequence[Callable[[], list[str]]]
    scripts: int

    def run(self, seconds: float, least: int) -> list[int]:
        """Run them all for that many seconds, check that none failed, and return how often each ran.

        On a busy machine it takes longer, until both sides have refreshed at least so often.
        """
        stop, ended = self.company.home.path / "stop", threading.Event()
        words = (sys.executable, "-c", SCRIPT, str(stop))
        scripts = [self.company.start(*words, prefix=with_clock_ahead(AHEAD_SECONDS)) for _ in range(self.scripts)]
        try:
            with ThreadPoolExecutor() as pool:
                reads = pool.submit(repeated, self.reader.read, ended)
                runs = [pool.submit(repeated, action, ended, PAUSE_SECONDS) for action in self.ours]
                theirs = pool.submit(repeated, self.cli, ended, PAUSE_SECONDS)
                time.sleep(seconds)
                longest = time.monotonic() + 2 * seconds
                while min(len(self.reader.ours), len(self.reader.theirs)) < least and time.monotonic() < longest:
                    time.sleep(1)
                ended.set()
            stop.touch()
            results = [json.loads(each.communicate(timeout=HANG_SECONDS)[0]) for each in scripts]
        finally:
            for each in scripts:
                kill_group(each)
        assert reads.exception() is None
        assert [each["failures"] for each in results] == [[]] * self.scripts
        assert set(theirs.result()) == {True}
        assert [line for run in runs for lines in run.result() for line in lines] == []
        return [*(each["rounds"] for each in results), *(len(run.result()) for run in runs), len(theirs.result())]

    def check(self, rounds: list[int], least: int) -> None:
        """Check that each ran several times, that both sides refreshed so often, and that the sign-in still works."""
        refreshed = [len(self.reader.ours), len(self.reader.theirs), self.reader.reads // 100]
        assert min(rounds) > 1, rounds
        assert min(refreshed) >= least, refreshed
        self.company.check_refresh()


@pytest.fixture
def shared(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company whose token is due for a refresh at each use."""
    with make_company(make_home, auto_approve=True, token_seconds=TOKEN_SECONDS, latency=LATENCY_SECONDS) as company:
        company.sign_in(left=TOKEN_SECONDS)
        yield add_profile(company)


@pytest.mark.slow
def test_boto3_and_aws_cli(shared: Company) -> None:
    """For minutes, boto3, the AWS CLI and we refresh one sign-in: no run fails, and no file is incomplete."""
    home, reader = shared.home, Reader(shared)

    def fetch() -> list[str]:
        for each in (*home.path.glob(".aws/cli/cache/*"), *home.state.glob("answers/*/*/*")):
            each.unlink()
        names = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
        return problems(home.run("ssohelper-credential-process", *names))

    def login() -> list[str]:
        return problems(home.ssohelper("login"))

    def aws() -> bool:
        done = home.run(*with_clock_ahead(AHEAD_SECONDS), need("aws"), "configure", "list", "--profile", "theirs")
        return done.returncode == 0 and bool(re.search(r"access_key\W+[A-Z0-9]{4}\W+sso", done.stdout))

    contention = Contention(shared, reader, aws, (fetch, login), scripts=2)
    contention.check(contention.run(SECONDS, least=10), least=10)
    assert reader.broken == []
    assert sorted(set(shared.service.counters.calls)) == ["CreateToken", "GetRoleCredentials"]


@pytest.mark.slow
def test_with_aws_cli_2(shared: Company) -> None:
    """AWS CLI 2 writes its files in place: a file that is half written makes no run of ours fail."""
    home, reader = shared.home, Reader(shared)
    use_simulator(home, shared.service)

    def accounts() -> list[str]:
        return problems(home.ssohelper("accounts"))

    def login() -> list[str]:
        return problems(home.ssohelper("login"))

    def aws() -> bool:
        for each in home.path.glob(".aws/cli/cache/*.json"):  # with cached credentials it would need no token
            each.unlink()
        words = ("configure", "export-credentials", "--profile", "theirs")
        done = home.run(*with_clock_ahead(AHEAD_SECONDS), aws_cli_2(), *words)
        issued = shared.service.issued(json.loads(done.stdout)["AccessKeyId"])
        return (done.returncode, issued.role_name) == (0, ROLE)

    contention = Contention(shared, reader, aws, (accounts, login), scripts=0)
    contention.check(contention.run(SECONDS_WITH_CLI_2, least=2), least=2)
    assert json.loads(shared.token_file.read_bytes())["startUrl"] == shared.service.start_url
    assert shared.service.counters.calls["StartDeviceAuthorization"] == 0


@pytest.fixture
def refreshes(make_home: Callable[..., Home]) -> Iterator[Callable[[str, int], int]]:
    """Runs our command or another tool at a minute of a simulated day; returns how often the token was refreshed."""
    began, passed = time.time(), [0]

    def run(tool: str, minute: int) -> int:
        passed[0] = minute * 60
        calls.reset()
        words = ("ssohelper", "login") if tool == "ours" else (sys.executable, "-c", ONCE)
        process = company.start(*words, prefix=with_clock_ahead(passed[0]))
        _, errors = process.communicate(timeout=HANG_SECONDS)
        assert process.returncode == 0, errors
        assert calls.calls["StartDeviceAuthorization"] == 0
        return calls.calls["CreateToken"]

    def clock() -> float:
        return time.time() + passed[0]

    options: dict[str, Any] = {"auto_approve": True, "clock": clock}
    with make_company(make_home, **options) as company:
        calls = add_profile(company).service.counters
        company.sign_in()
        yield run
    assert time.time() - began < 60, "too slow: the minutes below are not exact"


def test_which_tool_refreshes(refreshes: Callable[[str, int], int]) -> None:
    """If we run every five minutes, no other tool refreshes; otherwise others do, and we use their token."""
    day = [
        ("ours", 0), ("theirs", 1), ("ours", 39), ("theirs", 43), ("ours", 44),
        ("theirs", 45), ("ours", 83), ("theirs", 87), ("ours", 88), ("theirs", 89),
    ]  # fmt: skip
    assert [(tool, minute, refreshes(tool, minute)) for tool, minute in day] == [
        ("ours", 0, 0),
        ("theirs", 1, 0),
        ("ours", 39, 0),  # 21 minutes left
        ("theirs", 43, 0),
        ("ours", 44, 1),  # 16 minutes left
        ("theirs", 45, 0),
        ("ours", 83, 0),
        ("theirs", 87, 0),
        ("ours", 88, 1),
        ("theirs", 89, 0),
    ]
    night = [("theirs", 134), ("ours", 135), ("theirs", 180), ("ours", 181)]
    assert [(tool, minute, refreshes(tool, minute)) for tool, minute in night] == [
        ("theirs", 134, 1),  # 14 minutes left: the other tool refreshes
        ("ours", 135, 0),
        ("theirs", 180, 1),
        ("ours", 181, 0),
    ]
