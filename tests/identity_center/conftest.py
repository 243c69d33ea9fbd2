"""An Identity Center for the tests of the clients."""

import os
from collections.abc import Iterator

import pytest

from ssohelper.identity_center.network import Network
from ssohelper.identity_center.profile_clients import ProfileClients
from ssohelper.model import Session
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from tests.fixtures.admin_services import AdminServices
from tests.fixtures.clock import Clock
from tests.fixtures.role_clients import company


@pytest.fixture
def clock() -> Clock:
    """The clock of the Identity Center and of the clients."""
    return Clock()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Simulator]:
    """A small organization's Identity Center, to which the environment redirects requests."""
    with Simulator(organisation(), rate=None, clock=clock, auto_approve=True) as running:
        redirect(monkeypatch, running)
        yield running


@pytest.fixture
def session(simulator: Simulator) -> Session:
    """The session `acme` at that Identity Center."""
    return Session("acme", simulator.start_url, simulator.region)


@pytest.fixture
def administered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """The Identity Center of a company that is administered, by the clock of this machine, which signs requests."""
    with Simulator(company(), rate=None) as running:
        redirect(monkeypatch, running)
        yield running


@pytest.fixture(scope="package")
def profile_clients() -> ProfileClients:
    """Clients without a profile, for all tests, because they load AWS's service models only once."""
    return ProfileClients("", os.devnull, os.devnull, Network(), default_region="us-east-1")


@pytest.fixture
def services(administered: Simulator, profile_clients: ProfileClients) -> AdminServices:
    """The services of that company."""
    return AdminServices(administered, profile_clients)


def redirect(monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    """Send the requests of this process to a simulator."""
    for name, value in simulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
