"""A day of one-hour role sessions and one-hour tokens: no expired credentials, and no unnecessary request."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ssohelper.context import Context
from ssohelper.credentials.answer import STALE_SECONDS
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Session
from ssohelper.sign_in.runtime import Runtime
from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
from tests.fixtures.faketime import faketime
from tests.fixtures.home import Home, command, environment, sign_in

pytestmark = pytest.mark.full

DAY = 24 * 3600


class Clock:
    """A clock that is some seconds ahead of this machine's."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """The time in Unix seconds."""
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    """The clock of the simulator and of all processes."""
    return Clock()


@pytest.fixture
def center(clock: Clock) -> Iterator[Simulator]:
    """An Identity Center with one-hour role sessions, one-hour tokens, and sign-ins of two days."""
    with Simulator(generate(1, 1), clock=clock, rate=None, auto_approve=True, sign_in_seconds=2 * DAY) as simulator:
        yield simulator


def role(center: Simulator) -> tuple[str, str]:
    """The only role."""
    return center.world.accounts[0].id, center.world.permission_sets[0].name


def test_real_processes(tmp_path: Path, center: Simulator, clock: Clock) -> None:
    """The launcher runs every ten minutes: each answer is valid for at least a quarter of an hour."""
    home = Home(tmp_path, environment(tmp_path, center.environment))
    sign_in(home, center)
    account_id, role_name = role(center)
    words = command(
        "ssohelper-credential-process", "--session", "acme", "--account-id", account_id, "--role-name", role_name
    )
    center.counters.reset()
    for minute in range(0, 24 * 60, 10):
        clock.ahead = minute * 60
        done = home.run(*faketime(f"+{minute}m"), *words)
        assert (done.stderr, done.returncode) == ("", 0), minute
        expiration = datetime.fromisoformat(json.loads(done.stdout)["Expiration"]).timestamp()
        # With a margin for the time since the process read its clock.
        assert expiration - clock() > STALE_SECONDS - 30, minute
        assert center.issued(json.loads(done.stdout)["AccessKeyId"]).expiration == expiration
    # One-hour credentials and tokens are used for 50 minutes at most: one request each in that time.
    assert center.counters.calls == {"GetRoleCredentials": 29, "CreateToken": 28}


def test_one_process(tmp_path: Path, center: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third minute of a day, the provider returns credentials that are valid for a quarter of an hour."""
    for name, value in environment(tmp_path, center.environment).items():
        monkeypatch.setenv(name, value)
    home = Home(tmp_path, environment(tmp_path, center.environment))
    sign_in(home, center)
    session = Session("acme", center.start_url, center.region)
    runtime = Runtime(now=clock, sleep=time.sleep, waiting=lambda _what: pytest.fail, warn=pytest.fail)
    oidc = Oidc(session, now=clock)
    least = float(DAY)
    for minute in range(0, 24 * 60, 3):
        clock.ahead = minute * 60
        context = Context(warn=pytest.fail, waiting=lambda _what: pytest.fail).of(session)
        context.runtime, context.oidc = runtime, oidc
        found = context.provider.credentials(session.role(*role(center)))
        least = min(least, found.expiration - clock())
    assert least > STALE_SECONDS - 60
    # Every 45 minutes; the first token comes from the sign-in.
    assert (center.counters.calls["GetRoleCredentials"], center.counters.calls["CreateToken"]) == (32, 32)


def test_expired_sign_in(tmp_path: Path, center: Simulator, clock: Clock) -> None:
    """After the sign-in has expired, cached credentials are printed until they expire, then the exit code is 4."""
    home = Home(tmp_path, environment(tmp_path, center.environment))
    sign_in(home, center)
    account_id, role_name = role(center)
    words = ("credential-process", "--session", "acme", "--account-id", account_id, "--role-name", role_name)
    assert home.ssohelper(*words).returncode == 0
    center.revoke_all_tokens()

    def after(minutes: int) -> tuple[str, str, int]:
        clock.ahead = minutes * 60
        done = home.run(*faketime(f"+{minutes}m"), *command("ssohelper", *words))
        return done.stdout[:12], done.stderr, done.returncode

    assert after(40) == ('{"Version": ', "", 0)
    warning = "ssohelper: could not refresh the credentials (the sign-in to acme has expired), valid for 9m\n"
    assert after(50) == ('{"Version": ', warning, 0)
    error = "ssohelper: the sign-in to acme has expired\nhint: ssohelper login --session acme\n"
    assert after(61) == ("", error, 4)
