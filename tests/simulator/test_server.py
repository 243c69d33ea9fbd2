"""Starting, closing and restarting a simulator."""

import socket
import threading
from contextlib import closing
from http.client import HTTPConnection

import pytest

from ssohelper.simulator.companies import generate, organisation
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.concurrency import join, start_hanging_calls, wait_until
from tests.fixtures.sdk import Client, Sdk
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import fetch, fetch_portal


def test_urls_and_environment(simulator: Simulator) -> None:
    """URL, start URL, region and environment variables."""
    assert (simulator.url, simulator.start_url, simulator.region) == (
        f"http://127.0.0.1:{simulator.port}",
        f"http://127.0.0.1:{simulator.port}/start",
        "us-east-1",
    )
    assert simulator.environment == {
        "AWS_ENDPOINT_URL_SSO": simulator.url,
        "AWS_ENDPOINT_URL_SSO_OIDC": simulator.url,
        "AWS_ENDPOINT_URL_SIGNIN": simulator.url,
        "AWS_ENDPOINT_URL_STS": simulator.url,
        "AWS_ENDPOINT_URL_IAM": simulator.url,
        "AWS_ENDPOINT_URL_SSO_ADMIN": simulator.url,
        "AWS_ENDPOINT_URL_IDENTITYSTORE": simulator.url,
        "AWS_ENDPOINT_URL_ORGANIZATIONS": simulator.url,
        "AWS_ENDPOINT_URL_ACCESSANALYZER": simulator.url,
    }


def test_port_is_free_after_close(start: StartSimulator) -> None:
    """Another simulator can use the port after `close`, even if a client keeps a connection open."""
    first = start()
    with closing(HTTPConnection("127.0.0.1", first.port, timeout=30)) as connection:
        connection.request("GET", "/start")
        connection.getresponse().read()
        first.close()
        for _ in range(3):
            following = start(port=first.port)
            assert (following.port, fetch(following, "GET", "/start").status) == (first.port, 200)
            following.close()


def test_port_in_use(simulator: Simulator) -> None:
    """A port that is in use raises OSError."""
    second = Simulator(organisation(), port=simulator.port)
    with pytest.raises(OSError, match="in use"):
        second.start()
    assert fetch(simulator, "GET", "/start").status == 200


def test_restart_keeps_state(simulator: Simulator, sdk: Sdk) -> None:
    """After a restart the port, sign-ins, clients, counters and faults are the same."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    simulator.faults.add("Logout", Fault.dropped())
    port = simulator.port
    simulator.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    simulator.start()
    assert (simulator.port, len(simulator.faults.active)) == (port, 1)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8
    assert client.token("refresh_token", refreshToken=tokens["refreshToken"])["tokenType"] == "Bearer"
    assert simulator.counters.calls["CreateToken"] == 2


def test_faults_work_after_a_restart(simulator: Simulator, sdk: Sdk) -> None:
    """After a restart, calls hang again."""
    simulator.close()
    simulator.start()
    threads = start_hanging_calls(simulator, sdk, 2)
    assert simulator.counters.max_concurrent == 2
    simulator.close()
    join(threads)


def test_close_ends_hanging_calls(simulator: Simulator, sdk: Sdk) -> None:
    """`close` ends hanging calls and the simulator's threads."""
    before = set(threading.enumerate())
    threads = start_hanging_calls(simulator, sdk, 5)
    simulator.close()
    join(threads)
    wait_until(lambda: set(threading.enumerate()) <= before)


def test_close_ends_idle_connections(simulator: Simulator) -> None:
    """`close` closes keep-alive connections."""
    with closing(HTTPConnection("127.0.0.1", simulator.port, timeout=60)) as connection:
        connection.request("GET", "/start")
        connection.getresponse().read()
        simulator.close()
        assert connection.sock.recv(1) == b""


def test_close_twice(simulator: Simulator) -> None:
    """A second `close` does nothing."""
    simulator.close()
    simulator.close()


def test_close_before_start() -> None:
    """`close` before `start` does nothing."""
    Simulator(organisation()).close()


def test_context_manager() -> None:
    """The simulator is closed after the `with` block, also after an exception."""
    with pytest.raises(RuntimeError), Simulator(organisation()) as simulator:
        raise RuntimeError
    with pytest.raises(OSError, match="refused"):
        fetch(simulator, "GET", "/start")


def test_two_simulators(start: StartSimulator, connect: ConnectSdk) -> None:
    """Two simulators share no tokens, clients or counters."""
    one, other = start(), start(generate(accounts=3))
    token = one.sign_in().access_token
    assert [fetch_portal(each, "GET", "/assignment/accounts", token).status for each in (one, other)] == [200, 401]
    assert len(connect(other).portal.list_accounts(accessToken=other.sign_in().access_token)["accountList"]) == 3
    assert (one.counters.calls, other.counters.calls) == ({"ListAccounts": 1}, {"ListAccounts": 2})
