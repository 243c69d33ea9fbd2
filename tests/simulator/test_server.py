"""Starting, closing and starting again."""

import socket
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate, organisation
from tests.fixtures.crowd import calls_at_once, join, until
from tests.fixtures.sdk import Client, Sdk
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import ask, ask_portal


def test_a_simulator_says_where_it_is(simulator: Simulator) -> None:
    """Address, start URL, region and the environment for SDKs fit together."""
    assert (simulator.url, simulator.start_url, simulator.region) == (
        f"http://127.0.0.1:{simulator.port}",
        f"http://127.0.0.1:{simulator.port}/start",
        "us-east-1",
    )
    assert simulator.environment == {
        "AWS_ENDPOINT_URL_SSO": simulator.url,
        "AWS_ENDPOINT_URL_SSO_OIDC": simulator.url,
        "AWS_ENDPOINT_URL_SIGNIN": simulator.url,
    }


def test_the_next_simulator_takes_the_same_port(start: Start) -> None:
    """A port is free as soon as a simulator is closed, also with a connection that a client keeps open."""
    first = start()
    with closing(HTTPConnection("127.0.0.1", first.port, timeout=30)) as connection:
        connection.request("GET", "/start")
        connection.getresponse().read()
        first.close()
        for _ in range(3):
            following = start(port=first.port)
            assert (following.port, ask(following, "GET", "/start").status) == (first.port, 200)
            following.close()


def test_a_taken_port_is_an_error(simulator: Simulator) -> None:
    """Two simulators cannot share a port: the second raises OSError and leaves nothing open."""
    second = Simulator(organisation(), port=simulator.port)
    with pytest.raises(OSError, match="in use"):
        second.start()
    assert ask(simulator, "GET", "/start").status == 200


def test_a_simulator_that_starts_again_remembers(simulator: Simulator, sdk: Sdk) -> None:
    """Closed and started again, it is where it was, with its sign-ins, its clients, its counts and its faults."""
    client = Client.register(sdk.oidc)
    tokens = client.sign_in(simulator)
    simulator.faults.add("Logout", Fault.dropped())
    port = simulator.port
    simulator.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    simulator.start()
    assert (simulator.port, len(simulator.faults.planted)) == (port, 1)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8
    assert client.token("refresh_token", refreshToken=tokens["refreshToken"])["tokenType"] == "Bearer"
    assert simulator.counters.calls["CreateToken"] == 2


def test_calls_hang_again_after_a_restart(simulator: Simulator, sdk: Sdk) -> None:
    """Waits are cut short by closing alone, not for good."""
    simulator.close()
    simulator.start()
    threads = calls_at_once(simulator, sdk, 2)
    assert simulator.counters.most_at_once == 2
    simulator.close()
    join(threads)


def test_closing_ends_calls_that_hang(simulator: Simulator, sdk: Sdk) -> None:
    """Calls that were to wait for minutes come to an end, and so do the simulator's own threads."""
    before = set(threading.enumerate())
    threads = calls_at_once(simulator, sdk, 5)
    simulator.close()
    join(threads)
    until(lambda: set(threading.enumerate()) <= before)


def test_closing_ends_idle_connections(simulator: Simulator) -> None:
    """A connection that a client keeps alive is closed: its next request gets no answer."""
    with closing(HTTPConnection("127.0.0.1", simulator.port, timeout=60)) as connection:
        connection.request("GET", "/start")
        connection.getresponse().read()
        simulator.close()
        assert connection.sock.recv(1) == b""


def test_closing_twice_is_closing(simulator: Simulator) -> None:
    """A second `close` does nothing."""
    simulator.close()
    simulator.close()


def test_what_never_started_can_be_closed() -> None:
    """`close` before `start` does nothing either, so that it may stand in any `finally`."""
    Simulator(organisation()).close()


def test_a_simulator_ends_with_its_block() -> None:
    """After `with` nobody listens, also where the block ended in an exception."""
    with pytest.raises(RuntimeError), Simulator(organisation()) as simulator:
        raise RuntimeError
    with pytest.raises(OSError, match="refused"):
        ask(simulator, "GET", "/start")


def test_simulators_live_side_by_side(start: Start, connect: Connect) -> None:
    """Two simulators share nothing: neither tokens nor clients nor counts."""
    one, other = start(), start(generate(accounts=3))
    token = one.sign_in().access_token
    assert [ask_portal(each, "GET", "/assignment/accounts", token).status for each in (one, other)] == [200, 401]
    assert len(connect(other).portal.list_accounts(accessToken=other.sign_in().access_token)["accountList"]) == 3
    assert (one.counters.calls, other.counters.calls) == ({"ListAccounts": 1}, {"ListAccounts": 2})


def test_latency_can_be_changed(simulator: Simulator) -> None:
    """A call waits for as long as `weather.latency` says, and closing cuts that short, too."""
    simulator.weather.latency = 600

    def call() -> None:
        # Whether there is still time for an answer is left open.
        with suppress(OSError, HTTPException):
            ask_portal(simulator, "GET", "/assignment/accounts", "x")

    thread = Thread(target=call)
    thread.start()
    until(lambda: simulator.counters.calls["ListAccounts"] == 1)
    assert thread.is_alive()
    simulator.close()
    join([thread])
    simulator.weather.latency = 0
    simulator.start()
    assert ask_portal(simulator, "GET", "/assignment/accounts", "x").status == 401
