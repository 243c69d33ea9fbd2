"""Dispatch of API calls: unknown operations and latency."""

from contextlib import suppress
from http.client import HTTPException
from threading import Thread

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.concurrency import join, wait_until
from tests.fixtures.sdk import ApiError, Sdk, api_error
from tests.fixtures.wire import fetch, fetch_portal


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/assignment/accounts"), ("GET", "/logout"), ("GET", "/nowhere"), ("PUT", "/token"), ("GET", "/")],
)
def test_unknown_operation(simulator: Simulator, method: str, target: str) -> None:
    """Another method or path fails with UnknownOperationException and is not counted."""
    response = fetch(simulator, method, target)
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert simulator.counters.calls == {}


def test_create_token_with_iam_is_not_implemented(simulator: Simulator, sdk: Sdk) -> None:
    """CreateTokenWithIAM has CreateToken's path, but is an unknown operation."""
    assert api_error(
        sdk.oidc.create_token_with_iam, clientId="x", grantType="refresh_token", refreshToken="x"
    ) == ApiError("ClientError", "UnknownOperationException", 404, "No such operation")
    assert simulator.counters.calls == {}


def test_latency(simulator: Simulator) -> None:
    """`conditions.latency` delays calls and can be changed; `close` cuts the delay short."""
    simulator.conditions.latency = 600

    def call() -> None:
        # The call may or may not get its response before the connection is closed.
        with suppress(OSError, HTTPException):
            fetch_portal(simulator, "GET", "/assignment/accounts", "x")

    thread = Thread(target=call)
    thread.start()
    wait_until(lambda: simulator.counters.calls["ListAccounts"] == 1)
    assert thread.is_alive()
    simulator.close()
    join([thread])
    simulator.conditions.latency = 0
    simulator.start()
    assert fetch_portal(simulator, "GET", "/assignment/accounts", "x").status == 401
