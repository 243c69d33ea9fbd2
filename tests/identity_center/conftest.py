"""An Identity Center for the tests of the clients."""

from collections.abc import Iterator

import pytest

from ssohelper.model import Session
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """The clock of the Identity Center and of the clients."""
    return Clock()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Simulator]:
    """A small organization's Identity Center, to which the environment redirects requests."""
    with Simulator(organisation(), rate=None, clock=clock, auto_approve=True) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
        yield running


@pytest.fixture
def session(simulator: Simulator) -> Session:
    """The session `acme` at that Identity Center."""
    return Session("acme", simulator.start_url, simulator.region)
