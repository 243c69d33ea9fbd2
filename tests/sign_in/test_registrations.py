"""Which client registration a sign-in uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Session
from ssohelper.sign_in import registrations, token_cache
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock

DAY = 86400


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Simulator]:
    """An Identity Center, and a home folder for the cache."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    with Simulator(organisation(), rate=None, clock=Clock()) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", running.url)
        yield running


@pytest.fixture
def session(simulator: Simulator) -> Session:
    """The session `acme`."""
    return Session("acme", simulator.start_url, "us-east-1")


@pytest.mark.parametrize("browser", [False, True])
def test_new(simulator: Simulator, session: Session, browser: bool) -> None:
    """Without a cached registration a new one is made, and saved."""
    now = simulator.clock()
    found = registrations.load_or_register(session, Oidc(session), now, browser=browser)
    assert found == token_cache.load_registration(session, browser=browser)
    assert (found.browser, found.expires_at) == (browser, now + 90 * DAY)


@pytest.mark.parametrize(("left", "registers"), [(90 * DAY, 0), (7 * DAY + 1, 0), (7 * DAY, 1), (-DAY, 1)])
def test_cached(simulator: Simulator, session: Session, left: int, registers: int) -> None:
    """A cached registration is used while it is valid for more than a week."""
    oidc = Oidc(session)
    cached = registrations.register(session, oidc)
    simulator.counters.reset()
    found = registrations.load_or_register(session, oidc, cached.expires_at - left)
    assert simulator.counters.calls["RegisterClient"] == registers
    assert (found == cached) == (registers == 0)


@pytest.mark.parametrize("browser", [False, True])
def test_other_grant(simulator: Simulator, session: Session, browser: bool) -> None:
    """A registration for device codes is not used for authorization codes, and vice versa."""
    oidc = Oidc(session)
    registrations.register(session, oidc, browser=not browser)
    simulator.counters.reset()
    found = registrations.load_or_register(session, oidc, simulator.clock(), browser=browser)
    assert (simulator.counters.calls["RegisterClient"], found.browser) == (1, browser)
