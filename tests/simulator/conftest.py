"""A simulator with a clock of the test's own, and the AWS SDK pointed at it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World, organisation
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import Sdk
from tests.fixtures.simulators import Connect, Start


@pytest.fixture(scope="package", autouse=True)
def _no_settings_of_the_person() -> Iterator[None]:
    """Nothing that the person at this computer has set reaches the SDK, and it never looks for an EC2 instance."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="package")
def boto(_no_settings_of_the_person: None) -> Any:
    """One boto3 session for all tests, as it reads AWS's service models only once."""
    return boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example", region_name="us-east-1")


@pytest.fixture
def clock() -> Clock:
    """The time that simulators of this test live in."""
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Iterator[Start]:
    """Starts simulators; nothing is throttled unless the test says so."""
    with ExitStack() as stack:

        def start_one(world: World | None = None, **options: Any) -> Simulator:
            chosen: dict[str, Any] = {"clock": clock, "rate": None} | options
            return stack.enter_context(Simulator(world or organisation(), **chosen))

        yield start_one


@pytest.fixture
def connect(boto: Any) -> Iterator[Connect]:
    """Makes SDK clients that ask once and give up."""
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
def simulator(start: Start) -> Simulator:
    """The small company, never throttled."""
    return start()


@pytest.fixture
def sdk(simulator: Simulator, connect: Connect) -> Sdk:
    """The SDK, connected to `simulator`."""
    return connect(simulator)
