"""The portal's throttle: one second's worth at once, refilled as the clock goes on."""

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import THROTTLED, Client, Sdk, refusal
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import Reply, ask_portal


def ask_often(simulator: Simulator, times: int) -> list[int]:
    """The statuses of so many calls at once."""
    token = simulator.sign_in().access_token
    return [ask_portal(simulator, "GET", "/assignment/accounts", token).status for _ in range(times)]


@pytest.mark.parametrize("rate", [1, 4, 20])
def test_a_burst_is_one_second_of_calls(start: Start, rate: int) -> None:
    """Exactly `rate` calls pass at once, and every further one is refused until time passes."""
    assert ask_often(start(rate=rate), rate + 3) == [200] * rate + [429] * 3


def test_the_bucket_refills_with_time(start: Start, clock: Clock) -> None:
    """Each `1/rate` of a second lets one more call pass, and a long rest no more than one burst."""
    simulator = start(rate=4)
    assert ask_often(simulator, 5) == [200] * 4 + [429]
    clock.advance(0.125)
    assert ask_often(simulator, 1) == [429]
    clock.advance(0.125)
    assert ask_often(simulator, 2) == [200, 429]
    clock.advance(0.5)
    assert ask_often(simulator, 3) == [200, 200, 429]
    clock.advance(3600)
    assert ask_often(simulator, 6) == [200] * 4 + [429] * 2


@pytest.mark.parametrize(("rate", "passing"), [(0.5, 1), (2.5, 2)])
def test_a_rate_need_not_be_whole(start: Start, clock: Clock, rate: float, passing: int) -> None:
    """A bucket holds at least one call, and of a part of a call none."""
    simulator = start(rate=rate)
    assert ask_often(simulator, passing + 1) == [200] * passing + [429]
    clock.advance(1 / rate)
    assert ask_often(simulator, 1) == [200]


def test_a_clock_set_back_throttles_nobody_for_long(start: Start, clock: Clock) -> None:
    """When the clock goes backwards the bucket neither empties nor waits for the time that it knew."""
    simulator = start(rate=2)
    assert ask_often(simulator, 1) == [200]
    clock.advance(-3600)
    assert ask_often(simulator, 2) == [200, 429]
    clock.advance(1)
    assert ask_often(simulator, 3) == [200, 200, 429]


def test_throttling_is_a_typed_exception(start: Start, connect: Connect) -> None:
    """Botocore raises TooManyRequestsException with status 429."""
    simulator = start(rate=1)
    sdk, token = connect(simulator), simulator.sign_in().access_token
    sdk.portal.list_accounts(accessToken=token)
    assert refusal(sdk.portal.list_accounts, accessToken=token) == THROTTLED


def test_all_operations_of_the_portal_share_the_quota(start: Start, connect: Connect) -> None:
    """The quota is the portal's as a whole, and refused calls take nothing from it."""
    simulator = start(rate=3)
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    portal.list_accounts(accessToken=token)
    portal.list_account_roles(accessToken=token, accountId="333344445555")
    portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    refusals = [
        refusal(portal.list_accounts, accessToken=token),
        refusal(portal.list_account_roles, accessToken=token, accountId="333344445555"),
        refusal(portal.get_role_credentials, accessToken=token, accountId="333344445555", roleName="ReadOnly"),
        refusal(portal.logout, accessToken=token),
    ]
    assert refusals == [THROTTLED] * 4


def test_who_asks_without_a_token_is_throttled_too(start: Start) -> None:
    """Throttling comes before the token is looked at."""
    simulator = start(rate=1)
    statuses = [ask_portal(simulator, "GET", "/assignment/accounts", "garbage").status for _ in range(2)]
    assert statuses == [401, 429]


def test_the_oidc_service_is_not_throttled(start: Start, connect: Connect) -> None:
    """The quota is the portal's: sign-ins go on while it is exhausted."""
    simulator = start(rate=1)
    ask_often(simulator, 2)
    client = Client.register(connect(simulator).oidc)
    assert [sorted(client.sign_in(simulator)) for _ in range(3)] == [
        ["accessToken", "expiresIn", "refreshToken", "tokenType"]
    ] * 3


def second_answer(simulator: Simulator) -> Reply:
    """The second of two calls at once."""
    token = simulator.sign_in().access_token
    return [ask_portal(simulator, "GET", "/assignment/accounts", token) for _ in range(2)][1]


@pytest.mark.parametrize(("rate", "seconds"), [(1, "1"), (20, "1"), (0.5, "2"), (0.1, "10")])
def test_retry_after_says_when_to_come_again(start: Start, clock: Clock, rate: float, seconds: str) -> None:
    """The header holds whole seconds, after which a call does pass."""
    simulator = start(rate=rate, retry_after=True)
    ask_often(simulator, max(0, int(rate) - 1))
    reply = second_answer(simulator)
    assert (reply.status, reply.headers["retry-after"]) == (429, seconds)
    clock.advance(int(seconds))
    assert ask_often(simulator, 1) == [200]


def test_without_being_told_there_is_no_retry_after(start: Start) -> None:
    """AWS is not known to send the header, so the simulator does not unless asked to."""
    simulator = start(rate=1)
    reply = second_answer(simulator)
    assert (reply.status, reply.headers.get("retry-after")) == (429, None)
    simulator.weather.retry_after = True
    assert second_answer(simulator).headers["retry-after"] == "1"


def test_a_rate_set_later_begins_with_a_full_bucket(simulator: Simulator, sdk: Sdk) -> None:
    """A simulator that had no limit lets one burst of the new rate pass, as one that began with it."""
    assert ask_often(simulator, 10) == [200] * 10
    simulator.weather.limiter.rate = 4
    assert ask_often(simulator, 5) == [200] * 4 + [429]
    simulator.weather.limiter.rate = None
    assert ask_often(simulator, 10) == [200] * 10


def test_throttled_calls_are_counted(start: Start) -> None:
    """Each answer of 429 counts, whether the limiter or a fault gave it; each is a call as well."""
    simulator = start(rate=2)
    ask_often(simulator, 5)
    simulator.faults.add("ListAccounts", Fault.error(429))
    ask_often(simulator, 1)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 6}, "throttled": 4, "most_at_once": 1}
