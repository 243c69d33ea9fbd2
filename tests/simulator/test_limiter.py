"""The portal's rate limit: a burst of one second, refilled over time."""

import time
from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.role_clients import RoleClients, company, instance_arn, store
from tests.fixtures.sdk import THROTTLED, ApiError, Client, Sdk, api_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import HttpResponse, fetch, fetch_portal


def statuses_of_calls(simulator: Simulator, times: int) -> list[int]:
    """Make calls without a pause, and return their statuses."""
    token = simulator.sign_in().access_token
    return [fetch_portal(simulator, "GET", "/assignment/accounts", token).status for _ in range(times)]


@pytest.mark.parametrize("rate", [1, 4, 20])
def test_burst_is_one_second_of_calls(start: StartSimulator, rate: int) -> None:
    """`rate` calls pass without a pause; all further calls are throttled."""
    assert statuses_of_calls(start(rate=rate), rate + 3) == [200] * rate + [429] * 3


def test_bucket_refills_over_time(start: StartSimulator, clock: Clock) -> None:
    """Each `1/rate` of a second allows one more call, up to one burst."""
    simulator = start(rate=4)
    assert statuses_of_calls(simulator, 5) == [200] * 4 + [429]
    clock.advance(0.125)
    assert statuses_of_calls(simulator, 1) == [429]
    clock.advance(0.125)
    assert statuses_of_calls(simulator, 2) == [200, 429]
    clock.advance(0.5)
    assert statuses_of_calls(simulator, 3) == [200, 200, 429]
    clock.advance(3600)
    assert statuses_of_calls(simulator, 6) == [200] * 4 + [429] * 2


@pytest.mark.parametrize(("rate", "passing"), [(0.5, 1), (2.5, 2)])
def test_fractional_rate(start: StartSimulator, clock: Clock, rate: float, passing: int) -> None:
    """A bucket holds at least one call, and fractions are rounded down."""
    simulator = start(rate=rate)
    assert statuses_of_calls(simulator, passing + 1) == [200] * passing + [429]
    clock.advance(1 / rate)
    assert statuses_of_calls(simulator, 1) == [200]


def test_clock_is_set_back(start: StartSimulator, clock: Clock) -> None:
    """When the clock is set back, the bucket keeps its calls and refills as usual."""
    simulator = start(rate=2)
    assert statuses_of_calls(simulator, 1) == [200]
    clock.advance(-3600)
    assert statuses_of_calls(simulator, 2) == [200, 429]
    clock.advance(1)
    assert statuses_of_calls(simulator, 3) == [200, 200, 429]


def test_throttled_call(start: StartSimulator, connect: ConnectSdk) -> None:
    """Botocore raises TooManyRequestsException with status 429."""
    simulator = start(rate=1)
    sdk, token = connect(simulator), simulator.sign_in().access_token
    sdk.portal.list_accounts(accessToken=token)
    assert api_error(sdk.portal.list_accounts, accessToken=token) == THROTTLED


def test_portal_operations_share_the_quota(start: StartSimulator, connect: ConnectSdk) -> None:
    """The quota is that of the whole portal, and throttled calls do not use it."""
    simulator = start(rate=3)
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    portal.list_accounts(accessToken=token)
    portal.list_account_roles(accessToken=token, accountId="333344445555")
    portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    refusals = [
        api_error(portal.list_accounts, accessToken=token),
        api_error(portal.list_account_roles, accessToken=token, accountId="333344445555"),
        api_error(portal.get_role_credentials, accessToken=token, accountId="333344445555", roleName="ReadOnly"),
        api_error(portal.logout, accessToken=token),
    ]
    assert refusals == [THROTTLED] * 4


def test_throttled_before_authentication(start: StartSimulator) -> None:
    """Calls with an invalid token are throttled, too."""
    simulator = start(rate=1)
    statuses = [fetch_portal(simulator, "GET", "/assignment/accounts", "garbage").status for _ in range(2)]
    assert statuses == [401, 429]


def test_oidc_service_is_not_throttled(start: StartSimulator, connect: ConnectSdk) -> None:
    """Sign-ins work while the portal's quota is exhausted."""
    simulator = start(rate=1)
    statuses_of_calls(simulator, 2)
    client = Client.register(connect(simulator).oidc)
    assert [sorted(client.sign_in(simulator)) for _ in range(3)] == [
        ["accessToken", "expiresIn", "refreshToken", "tokenType"]
    ] * 3


def second_response(simulator: Simulator) -> HttpResponse:
    """Make two calls without a pause, and return the second response."""
    token = simulator.sign_in().access_token
    return [fetch_portal(simulator, "GET", "/assignment/accounts", token) for _ in range(2)][1]


@pytest.mark.parametrize(("rate", "seconds"), [(1, "1"), (20, "1"), (0.5, "2"), (0.1, "10")])
def test_retry_after(start: StartSimulator, clock: Clock, rate: float, seconds: str) -> None:
    """The header has the whole seconds after which a call passes."""
    simulator = start(rate=rate, retry_after=True)
    statuses_of_calls(simulator, max(0, int(rate) - 1))
    response = second_response(simulator)
    assert (response.status, response.headers["retry-after"]) == (429, seconds)
    clock.advance(int(seconds))
    assert statuses_of_calls(simulator, 1) == [200]


def test_retry_after_is_optional(start: StartSimulator) -> None:
    """AWS is not known to send the header, so the simulator does only with `retry_after`."""
    simulator = start(rate=1)
    response = second_response(simulator)
    assert (response.status, response.headers.get("retry-after")) == (429, None)
    simulator.conditions.retry_after = True
    assert second_response(simulator).headers["retry-after"] == "1"


def test_rate_can_be_changed(simulator: Simulator, sdk: Sdk) -> None:
    """A rate that is set while the simulator runs starts with a full bucket."""
    assert statuses_of_calls(simulator, 10) == [200] * 10
    simulator.conditions.set_rate(4)
    assert statuses_of_calls(simulator, 5) == [200] * 4 + [429]
    simulator.conditions.set_rate(None)
    assert statuses_of_calls(simulator, 10) == [200] * 10


def test_throttled_calls_are_counted(start: StartSimulator) -> None:
    """Each 429 counts as throttled and as a call, from the limiter or a fault."""
    simulator = start(rate=2)
    statuses_of_calls(simulator, 5)
    simulator.faults.add("ListAccounts", Fault.error(429))
    statuses_of_calls(simulator, 1)
    assert simulator.counters.as_json() == {"calls": {"ListAccounts": 6}, "throttled": 4, "max_concurrent": 1}


ADMINISTRATION = ApiError("ThrottlingException", "ThrottlingException", 400, "Rate exceeded")


def test_each_service_has_its_quota(start: StartSimulator, boto: Any) -> None:
    """The administration and the identity store have quotas of their own; other services have none."""
    simulator = start(company(), rate=2, clock=Clock(time.time()))
    roles = RoleClients(simulator, boto)
    simulator.conditions.set_rate(None)
    admin, directory, organizations = (roles.client(each) for each in ("sso-admin", "identitystore", "organizations"))
    simulator.conditions.set_rate(2)
    for _ in range(2):
        admin.list_instances()
        directory.list_users(**store())
    assert [api_error(admin.list_instances), api_error(directory.list_users, **store())] == [ADMINISTRATION] * 2
    assert api_error(admin.list_permission_sets, InstanceArn=instance_arn()) == ADMINISTRATION
    for _ in range(5):
        organizations.list_roots()
    assert fetch_portal(simulator, "GET", "/assignment/accounts", simulator.sign_in().access_token).status == 200
    assert (simulator.counters.throttled, simulator.counters.calls["sso-admin:ListInstances"]) == (3, 3)


def test_throttling_of_the_administration(start: StartSimulator) -> None:
    """The status is 400; the identity store says when to ask again, in the body."""
    simulator = start(company(), rate=0.5)
    targets = ("SWBExternalService.ListInstances", "AWSIdentityStore.ListUsers")
    responses = [fetch(simulator, "POST", "/", b"{}", {"X-Amz-Target": each}) for each in targets for _ in range(2)]
    body = {"__type": "ThrottlingException", "Message": "Rate exceeded"}
    assert [(each.status, each.json()) for each in responses[1::2]] == [
        (400, body),
        (400, body | {"RetryAfterSeconds": 2}),
    ]
    assert {each.headers["x-amzn-errortype"] for each in responses[1::2]} == {"ThrottlingException"}
    assert simulator.counters.throttled == 2
