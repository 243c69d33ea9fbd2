"""What the simulator counts, with real threads."""

from threading import Thread

from ssohelper.simulator.server import Simulator
from tests.fixtures.crowd import calls_at_once, join
from tests.fixtures.sdk import Client, Sdk
from tests.fixtures.wire import ask, ask_portal


def test_calls_are_counted_by_operation(simulator: Simulator, sdk: Sdk) -> None:
    """Each call counts under its operation's name, whether it succeeds or not."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["accessToken"]
    sdk.portal.list_accounts(accessToken=token)
    sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    ask_portal(simulator, "GET", "/assignment/accounts", "garbage")
    ask_portal(simulator, "GET", "/assignment/roles", token)
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
        "most_at_once": 1,
    }


def test_pages_and_controls_are_not_counted(simulator: Simulator) -> None:
    """Only calls of the two services count."""
    for target in ("/start", "/device", "/authorize", "/favicon.ico", "/simulator/counters"):
        ask(simulator, "GET", target)
    assert simulator.counters.as_json() == {"calls": {}, "throttled": 0, "most_at_once": 0}


def test_calls_one_after_the_other_do_not_overlap(simulator: Simulator, sdk: Sdk) -> None:
    """A client that waits for each answer has never more than one call in flight."""
    token = simulator.sign_in().access_token
    for _ in range(100):
        sdk.portal.list_accounts(accessToken=token)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 100}, "throttled": 0, "most_at_once": 1}


def test_calls_at_once_are_seen(simulator: Simulator, sdk: Sdk) -> None:
    """`most_at_once` is how many calls were in flight together."""
    threads = calls_at_once(simulator, sdk, 7)
    assert simulator.counters.most_at_once == 7
    simulator.close()
    join(threads)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 7}, "throttled": 0, "most_at_once": 7}


def test_a_reset_keeps_what_is_in_flight(simulator: Simulator, sdk: Sdk) -> None:
    """Counting begins anew, but calls in flight are still seen together with those that come."""
    threads = calls_at_once(simulator, sdk, 3)
    simulator.counters.reset()
    assert simulator.counters.as_json() == {"calls": {}, "throttled": 0, "most_at_once": 3}
    ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert simulator.counters.most_at_once == 4
    simulator.close()
    join(threads)


def test_many_threads_lose_no_count(simulator: Simulator, sdk: Sdk) -> None:
    """Calls of many threads are all counted, and all answered."""
    token = simulator.sign_in().access_token
    found: list[int] = []

    def call() -> None:
        found.extend(len(sdk.portal.list_accounts(accessToken=token)["accountList"]) for _ in range(20))

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    join(threads)
    assert (found, simulator.counters.calls) == ([8] * 160, {"ListAccounts": 160})
