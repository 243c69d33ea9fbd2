"""The SDKs for Go, Java and Rust inside of `ssohelper exec`: programs that say no word about credentials."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from tests.fixtures.compiled_clients import built
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.sts import MOTO_ACCOUNT, Sts

PROFILE, ACCOUNT, ROLE = "payments-prod.ReadOnly", "333344445555", "ReadOnly"
PROCESS, PROCESS_ACCOUNT = "payments-staging.ReadOnly", "444455556666"
SSO, SSO_ACCOUNT = "management.ReadOnly", "111122223333"
ROLE_SECONDS = 8 * 3600

# How long the credentials last with which a job begins, so that the SDK has to ask again soon. It does so, of the
# endpoint, 5 minutes before they end (Go), some time between 15 minutes and 2 (Java), 10 seconds or less (Rust); of a
# process when they end (Go), 15 seconds before (Java), 10 or less (Rust).
SHORT = {
    ("endpoint", "go"): 240,
    ("endpoint", "java"): 110,
    ("endpoint", "rust"): 18,
    ("credential-process", "go"): 8,
    ("credential-process", "java"): 20,
    ("credential-process", "rust"): 15,
}
# Keys that are nobody's, and whatever else would win over the role if it were left.
STATIC = {
    "AWS_PROFILE": SSO,
    "AWS_ACCESS_KEY_ID": "AKIASTATIC",
    "AWS_SECRET_ACCESS_KEY": "static",
    "AWS_SESSION_TOKEN": "static",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/static",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/static",
    "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/static",
}
STATIC_DEFAULT = "\n[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = default\n"

ways = pytest.mark.parametrize("via", ["endpoint", "credential-process"])
languages = pytest.mark.parametrize("language", ["go", "java", "rust"])


@dataclass
class Clock:
    """Identity Center's clock: credentials that it gives out end as much earlier as it is behind, in seconds."""

    behind: float = 0

    def __call__(self) -> float:
        """What time it is there."""
        return time.time() - self.behind


@pytest.fixture
def clock() -> Clock:
    """A clock that goes right."""
    return Clock()


@pytest.fixture
def identity_center(clock: Clock) -> Iterator[Simulator]:
    """The small company's Identity Center, by that clock."""
    with Simulator(organisation(), rate=None, auto_approve=True, clock=clock) as simulator:
        yield simulator


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory, worker_id: str, language: str) -> list[str]:
    """The words that start the program of the language."""
    return built(tmp_path_factory, worker_id, language)


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role, one of them of the style credential-process."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-staging*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    return signed_in


@dataclass(frozen=True, slots=True)
class Job:
    """A program under the role, as a user starts it."""

    home: Home
    caller_identity: Sts
    program: list[str]

    @contextmanager
    def __call__(self, *before: str, via: str = "endpoint", **more: str) -> Iterator[Callable[[], str]]:
        """Start it with `before` in front of it and `more` in the environment; it must end well, without a complaint.

        What is given lets it call STS once, and returns the id of the key that signed the call.
        """
        words = command("ssohelper", "exec", "--via", via, "--profile", PROFILE, "--", *before, *self.program)
        environment = {**self.home.environment, "AWS_ENDPOINT_URL_STS": self.caller_identity.url, **more}
        pipe = subprocess.PIPE
        with subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            yield lambda: self._call(process)
            printed, errors = process.communicate(timeout=HANG_SECONDS)
        self.home.record(tuple(words), printed, errors)
        assert (printed, errors, process.returncode) == ("", "", 0)

    def _call(self, process: "subprocess.Popen[str]") -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it has ended: what it complained of says more
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.stdout.readline() == f"{MOTO_ACCOUNT}\n", process.communicate(timeout=HANG_SECONDS)
        return self.caller_identity.keys.get(timeout=1)


@pytest.fixture
def job(synced: Home, caller_identity: Sts, program: list[str]) -> Job:
    """The program of the language, to be started under the role."""
    return Job(synced, caller_identity, program)


def issued(center: Simulator, key: str) -> tuple[str, str]:
    """The account and the role that a key is for."""
    found = center.issued(key)
    return found.account_id, found.role_name


@pytest.mark.slow
def test_rust_is_built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """The program for Rust takes longest to build: it is begun with, so that nobody waits for it in the end."""
    (program,) = built(tmp_path_factory, worker_id, "rust")
    assert os.access(program, os.X_OK)


@ways
@languages
def test_the_role_is_the_default(synced: Home, identity_center: Simulator, job: Job, via: str) -> None:
    """Whatever the environment and the default profiles say, inside it is the role."""
    for file in (synced.config, synced.config.with_name("credentials")):
        file.write_text((file.read_text() if file.exists() else "") + STATIC_DEFAULT)
    with job(via=via, **STATIC) as call:
        assert [issued(identity_center, key) for key in (call(), call())] == [(ACCOUNT, ROLE)] * 2


@ways
@languages
def test_renewed_in_flight(identity_center: Simulator, clock: Clock, job: Job, via: str, language: str) -> None:
    """A process goes on with newer keys when those that it began with come to their end, and stays with them."""
    clock.behind = ROLE_SECONDS - SHORT[via, language]
    with job(via=via) as call:
        first = call()
        clock.behind = 0
        long_after = identity_center.issued(first).expiration + ROLE_SECONDS // 2
        deadline = time.monotonic() + HANG_SECONDS
        while identity_center.issued(renewed := call()).expiration < long_after:
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.2)
        assert call() == renewed
    assert [issued(identity_center, key) for key in (first, renewed)] == [(ACCOUNT, ROLE)] * 2


@pytest.mark.parametrize(("profile", "account"), [(PROCESS, PROCESS_ACCOUNT), (SSO, SSO_ACCOUNT)])
@languages
def test_other_profiles(identity_center: Simulator, job: Job, profile: str, account: str) -> None:
    """Where a script sets AWS_PROFILE the program has that profile's role, of either style."""
    with job("env", f"AWS_PROFILE={profile}") as call:
        assert issued(identity_center, call()) == (account, ROLE)
