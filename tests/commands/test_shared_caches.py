"""Other tools renew the same sign-in as we do, without a lock: nobody reads half a file, nobody is signed out."""

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

Result = TypeVar("Result")

SECONDS, SECONDS_WITH_CLI_2 = 120, 60
# Between two runs of one kind: these minutes shall leave something of the machine to the other tests.
PAUSE_SECONDS = 1
# A call takes so long, so that they meet in the middle of it.
LATENCY_SECONDS = 0.05
# So short that we renew at every use (below 20 minutes), and a login is content all the same (from 15 minutes on).
TOKEN_SECONDS = 1000
# The others' clock is ahead by this: they see less than 15 minutes left, and renew at every use as well.
AHEAD_SECONDS = 200

# What scripts of users do: credentials of an SSO profile, in new sessions again and again, or once.
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

# What ours may say: whom it waits for; that another one was first, which does no harm; that all is well, perhaps by
# what another one has written while a login took its turn.
FINE = re.compile(
    rf"{WAITING}"
    r"|ssohelper: the sign-in to acme could not be renewed \(Identity Center does not renew this sign-in\), 1\dm left"
    r"|ssohelper: (already )?signed in to acme, 1\dm left(, renews itself)?"
)


def add_profile(company: Company) -> Company:
    """Give the other tools a profile for the session."""
    with company.home.config.open("a") as file:
        file.write(f"\n[profile theirs]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n")
    return company


@dataclass(slots=True)
class Reader:
    """Reads the token file all the time, as every SDK does when it starts."""

    company: Company
    reads: int = 0
    broken: list[bytes] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read once. A token that lasts longer than the service said was dated by a clock that is ahead."""
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
    """What an action gives, done again and again until the end."""
    results = []
    while not ended.is_set():
        results.append(action())
        ended.wait(pause)
    return results


def ahead(seconds: int) -> tuple[str, ...]:
    """The words that make a program see another time."""
    return faketime(f"+{seconds}s")


def wrong(done: CompletedProcess[str]) -> list[str]:
    """What a run of ours has said that it may not say; its exit code where that is not 0."""
    lines = [line for line in done.stderr.splitlines() if not FINE.fullmatch(line)]
    return lines if done.returncode == 0 else [*lines, f"exit code {done.returncode}"]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who meets at one token file for so many seconds: ours, an AWS CLI, and so many scripts with boto3."""

    company: Company
    reader: Reader
    cli: Callable[[], bool]
    ours: Sequence[Callable[[], list[str]]]
    scripts: int

    def meet(self, seconds: float) -> list[int]:
        """Check that nothing went wrong; how often each did what it does."""
        stop, ended = self.company.home.path / "stop", threading.Event()
        words = (sys.executable, "-c", SCRIPT, str(stop))
        scripts = [self.company.start(*words, prefix=ahead(AHEAD_SECONDS)) for _ in range(self.scripts)]
        try:
            with ThreadPoolExecutor() as pool:
                looks = pool.submit(repeated, self.reader.look, ended)
                runs = [pool.submit(repeated, action, ended, PAUSE_SECONDS) for action in self.ours]
                theirs = pool.submit(repeated, self.cli, ended, PAUSE_SECONDS)
                time.sleep(seconds)
                ended.set()
            stop.touch()
            told = [json.loads(each.communicate(timeout=HANG_SECONDS)[0]) for each in scripts]
        finally:
            for each in scripts:
                kill_group(each)
        assert looks.exception() is None
        assert [each["failures"] for each in told] == [[]] * self.scripts
        assert set(theirs.result()) == {True}
        assert [line for run in runs for lines in run.result() for line in lines] == []
        return [*(each["rounds"] for each in told), *(len(run.result()) for run in runs), len(theirs.result())]

    def check(self, rounds: list[int], least: int) -> None:
        """Check that all of that happened so often, that both sides renewed, and that nobody has to sign in."""
        seen = [*rounds, len(self.reader.ours), len(self.reader.theirs), self.reader.reads // 100]
        assert min(seen) >= least, seen
        self.company.check_refresh("16m")


@pytest.fixture
def shared(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company whose token everybody wants to renew at every use."""
    with make_company(make_home, auto_approve=True, token_seconds=TOKEN_SECONDS, latency=LATENCY_SECONDS) as company:
        company.sign_in(left=TOKEN_SECONDS)
        yield add_profile(company)


@pytest.mark.slow
def test_everybody_renews_at_once(shared: Company) -> None:
    """For minutes boto3, the AWS CLI and ours renew one sign-in: no run fails, no file is torn, the sign-in lasts."""
    home, reader = shared.home, Reader(shared)

    def fetch() -> list[str]:
        for each in (*home.path.glob(".aws/cli/cache/*"), *home.state.glob("answers/*/*/*")):
            each.unlink()
        names = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
        return wrong(home.run("ssohelper-credential-process", *names))

    def login() -> list[str]:
        return wrong(home.ssohelper("login"))

    def aws() -> bool:
        done = home.run(*ahead(AHEAD_SECONDS), need("aws"), "configure", "list", "--profile", "theirs")
        return done.returncode == 0 and bool(re.search(r"access_key\W+[A-Z0-9]{4}\W+sso", done.stdout))

    crowd = Crowd(shared, reader, aws, (fetch, login), scripts=2)
    crowd.check(crowd.meet(SECONDS), least=10)
    assert reader.broken == []
    assert sorted(set(shared.service.counters.calls)) == ["CreateToken", "GetRoleCredentials"]


@pytest.mark.slow
def test_with_aws_cli_2(shared: Company) -> None:
    """AWS CLI 2 writes its files in place: what is half written for a moment makes no run of ours fail."""
    home, reader = shared.home, Reader(shared)
    use_simulator(home, shared.service)

    def accounts() -> list[str]:
        return wrong(home.ssohelper("accounts"))

    def login() -> list[str]:
        return wrong(home.ssohelper("login"))

    def aws() -> bool:
        for each in home.path.glob(".aws/cli/cache/*.json"):  # with the credentials in there it would need no token
            each.unlink()
        words = ("configure", "export-credentials", "--profile", "theirs")
        done = home.run(*ahead(AHEAD_SECONDS), aws_cli_2(), *words)
        issued = shared.service.issued(json.loads(done.stdout)["AccessKeyId"])
        return (done.returncode, issued.role_name) == (0, ROLE)

    crowd = Crowd(shared, reader, aws, (accounts, login), scripts=0)
    crowd.check(crowd.meet(SECONDS_WITH_CLI_2), least=2)
    assert json.loads(shared.token_file.read_bytes())["startUrl"] == shared.service.start_url
    assert shared.service.counters.calls["StartDeviceAuthorization"] == 0


@pytest.fixture
def renewals(make_home: Callable[..., Home]) -> Iterator[Callable[[str, int], int]]:
    """How often the sign-in of a simulated day is renewed while one of us (`ours`, `theirs`) runs at that minute."""
    began, passed = time.time(), [0]

    def run(who: str, minute: int) -> int:
        passed[0] = minute * 60
        calls.reset()
        words = ("ssohelper", "login") if who == "ours" else (sys.executable, "-c", ONCE)
        process = company.start(*words, prefix=ahead(passed[0]))
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
    assert time.time() - began < 60, "so slow that the minutes below mean nothing"


def test_who_renews_first(renewals: Callable[[str, int], int]) -> None:
    """Where ours runs every five minutes no other tool ever renews; else others do, and we use what they got."""
    day = [
        ("ours", 0), ("theirs", 1), ("ours", 39), ("theirs", 43), ("ours", 44),
        ("theirs", 45), ("ours", 83), ("theirs", 87), ("ours", 88), ("theirs", 89),
    ]  # fmt: skip
    assert [(who, minute, renewals(who, minute)) for who, minute in day] == [
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
    assert [(who, minute, renewals(who, minute)) for who, minute in night] == [
        ("theirs", 134, 1),  # 14 minutes left: now the others do it
        ("ours", 135, 0),
        ("theirs", 180, 1),
        ("ours", 181, 0),
    ]
