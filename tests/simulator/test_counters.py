"""Counters, with real threads."""

from threading import Thread

from ssohelper.simulator.server import Simulator
from tests.fixtures.concurrency import join, start_hanging_calls
from tests.fixtures.sdk import Client, Sdk
from tests.fixtures.wire import fetch, fetch_portal


def test_calls_are_counted_by_operation(simulator: Simulator, sdk: Sdk) -> None:
    """Each call is counted under its operation, successful or not."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["accessToken"]
    sdk.portal.list_accounts(accessToken=token)
    sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    fetch_portal(simulator, "GET", "/assignment/accounts", "garbage")
    fetch_portal(simulator, "GET", "/assignment/roles", token)
    sdk.portal.logout(accessToken=token)
    assert simulator.counters.as_json() == {
        "calls": {
            "RegisterClient": 1,
            "StartDeviceAuthorization": 1,
            "CreateToken": 1,
            "ListAccounts": 2,
            "GetRoleCredentials": 1,
            "ListAccountRoles": 1,
            "Logout": 1,
        },
        "throttled": 0,
        "max_concurrent": 1,
    }


def test_pages_and_control_requests_are_not_counted(simulator: Simulator) -> None:
    """Only API calls are counted."""
    for target in ("/start", "/device", "/authorize", "/favicon.ico", "/simulator/counters"):
        fetch(simulator, "GET", target)
    assert simulator.counters.as_json() == {"calls": {}, "throttled": 0, "max_concurrent": 0}


def test_sequential_calls_are_not_concurrent(simulator: Simulator, sdk: Sdk) -> None:
    """A client that waits for each response has at most one call in flight."""
    token = simulator.sign_in().access_token
    for _ in range(100):
        sdk.portal.list_accounts(accessToken=token)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 100}, "throttled": 0, "max_concurrent": 1}


def test_concurrent_calls(simulator: Simulator, sdk: Sdk) -> None:
    """`max_concurrent` is the highest number of calls in flight."""
    threads = start_hanging_calls(simulator, sdk, 7)
    assert simulator.counters.max_concurrent == 7
    simulator.close()
    join(threads)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 7}, "throttled": 0, "max_concurrent": 7}


def test_reset_keeps_calls_in_flight(simulator: Simulator, sdk: Sdk) -> None:
    """After a reset, calls in flight still count as concurrent."""
    threads = start_hanging_calls(simulator, sdk, 3)
    simulator.counters.reset()
    assert simulator.counters.as_json() == {"calls": {}, "throttled": 0, "max_concurrent": 3}
    fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert simulator.counters.max_concurrent == 4
    simulator.close()
    join(threads)


def test_calls_of_many_threads(simulator: Simulator, sdk: Sdk) -> None:
    """All calls of many threads are counted and answered."""
    token = simulator.sign_in().access_token
    counts: list[int] = []

    def call() -> None:
        counts.extend(len(sdk.portal.list_accounts(accessToken=token)["accountList"]) for _ in range(20))

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    join(threads)
    assert (counts, simulator.counters.calls) == ([8] * 160, {"ListAccounts": 160})
