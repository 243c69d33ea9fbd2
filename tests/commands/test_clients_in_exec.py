"""SDKs and tools in `ssohelper exec`: programs that do not configure credentials."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.client_programs import SIGNED_BY_S3, built
from tests.fixtures.clock import LaggingClock
from tests.fixtures.examples import examples
from tests.fixtures.exec_jobs import OVERRIDING
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.recording_proxy import recording_proxy
from tests.fixtures.s3 import S3
from tests.fixtures.shells import hook
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

PROFILE, ACCOUNT, ROLE = "payments-prod.ReadOnly", "333344445555", "ReadOnly"
PROCESS, PROCESS_ACCOUNT = "payments-staging.ReadOnly", "444455556666"
SSO, SSO_ACCOUNT = "management.ReadOnly", "111122223333"
ROLE_SECONDS = 8 * 3600

# How many seconds the first credentials of a job are valid, so that a client soon requests new ones, by each `--via`
# with which it works. Some request them minutes before they expire (Go 5), others seconds (JavaScript 2 15,
# restic 10, Arrow 5), or, with a process, only when they expire (Go).
SHORT = {
    "go": {"endpoint": 240, "credential-process": 8},
    "java 1": {"endpoint": 45, "credential-process": 20},
    "java 2": {"endpoint": 110, "credential-process": 20},
    "rust": {"endpoint": 18, "credential-process": 15},
    "javascript 2": {"endpoint": 18, "credential-process": 18},
    "arrow": {"endpoint": 12, "credential-process": 12},
    "object_store": {"endpoint": 240},
    "rclone": {"endpoint": 240, "credential-process": 8},
    "restic": {"endpoint": 14},
}
STATIC_DEFAULT = "\n[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = default\n"

# The clients that read profiles of both styles.
PROFILES = ("go", "java 2", "rust")
ways = pytest.mark.parametrize(
    ("client", "via"), [(client, via) for client, seconds in SHORT.items() for via in seconds]
)


@pytest.fixture
def clock() -> LaggingClock:
    """A clock that tests may set back."""
    return LaggingClock()


@pytest.fixture
def identity_center(clock: LaggingClock) -> Iterator[Simulator]:
    """The Identity Center of a small company, with that clock."""
    with Simulator(organisation(), rate=None, auto_approve=True, clock=clock) as simulator:
        yield simulator


@pytest.fixture
def program(tmp_path_factory: pytest.TempPathFactory, worker_id: str, client: str) -> list[str]:
    """The command that starts the program of the client."""
    return built(tmp_path_factory, worker_id, client)


@pytest.fixture
def service(client: str, request: pytest.FixtureRequest) -> Sts | S3:
    """What the program calls."""
    found = request.getfixturevalue("bucket" if client in SIGNED_BY_S3 else "caller_identity")
    assert isinstance(found, Sts | S3)
    return found


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with a profile for every role, one of them in the style credential-process."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-staging*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    return signed_in


@dataclass(frozen=True, slots=True)
class Job:
    """A program that is started with the role."""

    home: Home
    service: Sts | S3
    program: list[str]

    @contextmanager
    def __call__(self, *before: str, via: str = "endpoint", **more: str) -> Iterator[Callable[[], str]]:
        """Start it with `before` in front of it and `more` in the environment; it must succeed, without a message.

        Yields a function that lets it call the service, and returns the id of the key that signed the call.
        """
        words = command("ssohelper", "exec", "--via", via, "--profile", PROFILE, "--", *before, *self.program)
        urls = dict.fromkeys(("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"), self.service.url)
        environment = {**self.home.environment, **urls, **more}
        pipe = subprocess.PIPE
        with subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            yield lambda: self._call(process)
            printed, errors = process.communicate(timeout=HANG_SECONDS)
        self.home.record(tuple(words), printed, errors)
        assert (printed, errors, process.returncode) == ("", "", 0)

    def _call(self, process: "subprocess.Popen[str]") -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        while not self.service.keys.empty():
            self.service.keys.get()
        with suppress(BrokenPipeError):  # it has ended: its message is more useful
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.stdout.readline() == "done\n", process.communicate(timeout=HANG_SECONDS)
        return self.service.keys.get(timeout=HANG_SECONDS)


@pytest.fixture
def job(synced: Home, service: Sts | S3, program: list[str]) -> Job:
    """The program of the client, with the role."""
    return Job(synced, service, program)


def issued_for(center: Simulator, key: str) -> tuple[str, str]:
    """The account and the role that a key was issued for."""
    found = center.issued(key)
    return found.account_id, found.role_name


@pytest.mark.slow
def test_rust_is_built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Builds the program for Rust; it is marked slow so that it starts first, since it takes longest."""
    (program,) = built(tmp_path_factory, worker_id, "rust")
    assert os.access(program, os.X_OK)


@ways
def test_role_is_the_default(synced: Home, identity_center: Simulator, job: Job, via: str) -> None:
    """Inside, the role overrides the environment and the default profiles."""
    for file in (synced.config, synced.config.with_name("credentials")):
        file.write_text((file.read_text() if file.exists() else "") + STATIC_DEFAULT)
    with job(via=via, AWS_PROFILE=SSO, **OVERRIDING) as call:
        assert [issued_for(identity_center, key) for key in (call(), call())] == [(ACCOUNT, ROLE)] * 2


@ways
def test_refreshed_while_running(
    identity_center: Simulator, clock: LaggingClock, job: Job, via: str, client: str
) -> None:
    """When its first credentials expire, a process continues with new ones, and keeps those."""
    clock.behind = ROLE_SECONDS - SHORT[client][via]
    with job(via=via) as call:
        first = call()
        clock.behind = 0
        expiration = identity_center.issued(first).expiration
        long_after = expiration + ROLE_SECONDS // 2
        deadline = time.monotonic() + HANG_SECONDS
        while identity_center.issued(refreshed := call()).expiration < long_after:
            assert time.monotonic() < deadline, "the credentials were not refreshed"
            time.sleep(0.2)
            if 0 < expiration - time.time() < 1:  # Go's would expire on the way
                time.sleep(1)
        assert call() == refreshed
    assert [issued_for(identity_center, key) for key in (first, refreshed)] == [(ACCOUNT, ROLE)] * 2


@pytest.mark.parametrize(("profile", "account"), [(PROCESS, PROCESS_ACCOUNT), (SSO, SSO_ACCOUNT)])
@pytest.mark.parametrize("client", PROFILES)
def test_other_profiles(identity_center: Simulator, job: Job, profile: str, account: str) -> None:
    """If a script sets AWS_PROFILE, the program has the role of that profile, in both styles."""
    with job("env", f"AWS_PROFILE={profile}") as call:
        assert issued_for(identity_center, call()) == (account, ROLE)


# By hand, with SSOHELPER_ALL_EXAMPLES=2 or more, also each variable alone.
PROXIES: list[tuple[str, ...]] = [
    ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    ("http_proxy", "https_proxy", "all_proxy"),
]
PROXIES += [(name,) for names in PROXIES for name in names] if examples(1) > 1 else []


@pytest.mark.parametrize("variables", PROXIES, ids=" ".join)
@pytest.mark.parametrize("client", SHORT)
def test_proxy(identity_center: Simulator, job: Job, variables: tuple[str, ...]) -> None:
    """No request to the endpoint, and so not its token, passes a proxy; the user's own exceptions change nothing."""
    done = job.home.ssohelper("exec", "--profile", PROFILE, "--", "true")
    assert done.returncode == 0, done.stderr  # caches the credentials, so that no request is needed below
    with recording_proxy() as proxy:
        with job(**dict.fromkeys(variables, proxy.url), NO_PROXY="internal.example", no_proxy=".corp") as call:
            assert issued_for(identity_center, call()) == (ACCOUNT, ROLE)
        assert proxy.requests == []


@pytest.mark.parametrize("client", ["javascript 2", "java 1", "arrow", "rclone"])
def test_after_use(synced: Home, identity_center: Simulator, service: Sts | S3, program: list[str]) -> None:
    """Without `exec`, after `ssohelper use`, a client has the role of a profile of the style credential-process."""
    script = f"{hook(synced, 'bash')}ssohelper use {PROCESS}; echo | {shlex.join(program)}"
    urls = dict.fromkeys(("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"), service.url)
    done = synced.run("bash", "-c", script, **urls)
    assert (done.stdout, done.stderr) == ("done\n", "")
    assert issued_for(identity_center, service.keys.get(timeout=1)) == (PROCESS_ACCOUNT, ROLE)
