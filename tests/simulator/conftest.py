"""Fixtures: a simulator with a test clock, and boto3 clients for it."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config

from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World
from tests.fixtures.clock import Clock
from tests.fixtures.role_clients import RoleClients, company
from tests.fixtures.sdk import Sdk
from tests.fixtures.simulators import ConnectSdk, StartSimulator


@pytest.fixture(scope="package", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Remove the user's AWS and proxy settings, and disable the EC2 metadata service."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="package")
def boto(_clean_environment: None) -> Any:
    """One boto3 session for all tests, because it loads AWS's service models only once."""
    return boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example", region_name="us-east-1")


@pytest.fixture
def clock() -> Clock:
    """The clock of the simulators in this test."""
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Iterator[StartSimulator]:
    """Starts simulators, without a rate limit by default."""
    with ExitStack() as stack:

        def start_one(world: World | None = None, **options: Any) -> Simulator:
            defaults: dict[str, Any] = {"clock": clock, "rate": None}
            return stack.enter_context(Simulator(world or organisation(), **defaults | options))

        yield start_one


@pytest.fixture
def connect(boto: Any) -> Iterator[ConnectSdk]:
    """Creates SDK clients that do not retry."""
    with ExitStack() as stack:

        def connect_to(simulator: Simulator) -> Sdk:
            config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)
            clients = [
                boto.client(service, endpoint_url=simulator.url, config=config) for service in ("sso", "sso-oidc")
            ]
            for client in clients:
                stack.callback(client.close)
            return Sdk(*clients)

        yield connect_to


@pytest.fixture
def simulator(start: StartSimulator) -> Simulator:
    """A simulator of the small company without a rate limit."""
    return start()


@pytest.fixture
def sdk(simulator: Simulator, connect: ConnectSdk) -> Sdk:
    """The SDK, connected to `simulator`."""
    return connect(simulator)


@pytest.fixture(scope="package")
def models() -> Mapping[str, Any]:
    """The service models of the portal and the OIDC service."""
    session = botocore.session.get_session()
    return {service: session.get_service_model(service) for service in ("sso", "sso-oidc")}


@pytest.fixture
def administered(start: StartSimulator) -> Simulator:
    """A simulator of the company that is administered. Its clock begins now: requests are signed with real time."""
    return start(company(), clock=Clock(time.time()))


@pytest.fixture
def roles(administered: Simulator, boto: Any) -> RoleClients:
    """The SDK, connected to `administered` with role credentials."""
    return RoleClients(administered, boto)
