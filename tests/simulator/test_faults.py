"""What goes wrong on purpose, and how botocore sees it."""

from collections.abc import Callable
from http.client import IncompleteRead
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from ssohelper.simulator.faults import CAPTIVE_PORTAL, Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import Client, Refusal, Sdk, members, refusal
from tests.fixtures.wire import ask, ask_portal


def outcome(call: Callable[[], Any]) -> object:
    """The name of the exception that a call raises, else `fine`."""
    try:
        call()
    except (ClientError, ConnectionClosedError, ReadTimeoutError) as error:
        return type(error).__name__
    return "fine"


def lists(simulator: Simulator, sdk: Sdk, user: str = "alex@example.com") -> Callable[[], Any]:
    """A call of ListAccounts by someone who is signed in."""
    token = simulator.sign_in(user).access_token
    return lambda: sdk.portal.list_accounts(accessToken=token)


@pytest.mark.parametrize("times", [1, 3])
def test_an_error_comes_so_many_times(simulator: Simulator, sdk: Sdk, times: int) -> None:
    """A fault strikes the next `times` calls of its operation, and then no more."""
    simulator.faults.add("ListAccounts", Fault.error(503), times=times)
    call = lists(simulator, sdk)
    assert [outcome(call) for _ in range(times + 2)] == ["ClientError"] * times + ["fine"] * 2


def test_an_error_may_last_until_it_is_cleared(simulator: Simulator, sdk: Sdk) -> None:
    """Without a number of times a fault strikes until `clear`."""
    simulator.faults.add("ListAccounts", Fault.error(500), times=None)
    call = lists(simulator, sdk)
    assert [outcome(call) for _ in range(5)] == ["ClientError"] * 5
    simulator.faults.clear()
    assert outcome(call) == "fine"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.error(400), Refusal("InvalidRequestException", "InvalidRequestException", 400, "Injected")),
        (Fault.error(401), Refusal("UnauthorizedException", "UnauthorizedException", 401, "Injected")),
        (Fault.error(403), Refusal("ClientError", "ForbiddenException", 403, "Injected")),
        (Fault.error(404), Refusal("ResourceNotFoundException", "ResourceNotFoundException", 404, "Injected")),
        (Fault.error(429), Refusal("TooManyRequestsException", "TooManyRequestsException", 429, "Injected")),
        (Fault.error(500), Refusal("ClientError", "InternalServerException", 500, "Injected")),
        (Fault.error(503), Refusal("ClientError", "ServiceUnavailableException", 503, "Injected")),
        (Fault.error(418), Refusal("ClientError", "UnknownError", 418, "Injected")),
        (Fault.error(400, "OddException"), Refusal("ClientError", "OddException", 400, "Injected")),
    ],
)
def test_an_error_has_its_code(simulator: Simulator, sdk: Sdk, fault: Fault, expected: Refusal) -> None:
    """The code follows from the status unless it is given."""
    simulator.faults.add("ListAccounts", fault)
    assert refusal(sdk.portal.list_accounts, accessToken="x") == expected


def test_an_error_may_say_when_to_come_again(simulator: Simulator) -> None:
    """`retry_after` is that header, in seconds."""
    simulator.faults.add("ListAccounts", Fault.error(429, retry_after=7))
    reply = ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("fault", [Fault.error(500), Fault.dropped(), Fault.html()])
def test_nothing_is_performed(simulator: Simulator, sdk: Sdk, fault: Fault) -> None:
    """Behind an error, a dropped connection and a captive portal the operation has not happened."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["refreshToken"]
    simulator.faults.add("CreateToken", fault)
    outcome(lambda: client.token("refresh_token", refreshToken=token))
    assert client.token("refresh_token", refreshToken=token)["tokenType"] == "Bearer"


@pytest.mark.parametrize(("fault", "seen"), [(Fault.lost(), "ConnectionClosedError"), (Fault.truncated(), "fine")])
def test_the_answer_alone_is_lost(simulator: Simulator, sdk: Sdk, fault: Fault, seen: str) -> None:
    """Behind a lost or cut answer the operation has happened: the refresh token is used up."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["refreshToken"]
    simulator.faults.add("CreateToken", fault)
    assert outcome(lambda: client.token("refresh_token", refreshToken=token)) == seen
    assert client.refused("refresh_token", refreshToken=token).words == "invalid_grant"


def test_a_truncated_answer_is_half_of_it(simulator: Simulator) -> None:
    """The headers promise the whole body, half of it comes, and the connection is closed."""
    token = simulator.sign_in().access_token
    whole = ask_portal(simulator, "GET", "/assignment/accounts", token).body
    simulator.faults.add("ListAccounts", Fault.truncated())
    with pytest.raises(IncompleteRead) as caught:
        ask_portal(simulator, "GET", "/assignment/accounts", token)
    half = len(whole) // 2
    assert (caught.value.partial, caught.value.expected) == (whole[:half], len(whole) - half)


def test_botocore_takes_half_an_answer_for_an_empty_one(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore does not hold a body to its Content-Length, so half of a listing is a listing without its list."""
    simulator.faults.add("ListAccounts", Fault.truncated())
    assert members(lists(simulator, sdk)()) == {}


def test_a_dropped_connection_is_one(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore sees a connection that was closed without an answer, and the next call works."""
    simulator.faults.add("ListAccounts", Fault.dropped(), times=2)
    call = lists(simulator, sdk)
    assert [outcome(call) for _ in range(3)] == ["ConnectionClosedError", "ConnectionClosedError", "fine"]


def test_a_captive_portal_is_a_page(simulator: Simulator) -> None:
    """What comes in place of the answer is HTML with status 200."""
    simulator.faults.add("ListAccounts", Fault.html())
    reply = ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (reply.status, reply.headers["content-type"], reply.body) == (
        200,
        "text/html; charset=utf-8",
        CAPTIVE_PORTAL,
    )


def test_botocore_takes_a_captive_portal_for_an_empty_answer(simulator: Simulator, sdk: Sdk) -> None:
    """An SDK raises nothing at the page of a captive portal, so that its users must look at what is missing."""
    simulator.faults.add("ListAccounts", Fault.html())
    assert members(lists(simulator, sdk)()) == {}


def test_a_hanging_call_times_out(simulator: Simulator, boto: Any) -> None:
    """A call that hangs longer than the client waits is a ReadTimeoutError."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.2)
    client = boto.client("sso", endpoint_url=simulator.url, config=config)
    simulator.faults.add("ListAccounts", Fault.hang(600))
    assert outcome(lambda: client.list_accounts(accessToken="x")) == "ReadTimeoutError"
    client.close()


def test_a_call_that_hung_goes_on(simulator: Simulator, sdk: Sdk) -> None:
    """A client that is patient gets its answer."""
    simulator.faults.add("ListAccounts", Fault.hang(0.01))
    assert len(lists(simulator, sdk)()["accountList"]) == 8


def test_a_fault_may_be_for_one_account(simulator: Simulator, sdk: Sdk) -> None:
    """With an account id only calls that name it are struck, and only they use the fault up."""
    simulator.faults.add("ListAccountRoles", Fault.error(500), account_id="777788889999")
    token = simulator.sign_in().access_token

    def call(account_id: str) -> object:
        return outcome(lambda: sdk.portal.list_account_roles(accessToken=token, accountId=account_id))

    seen = [call(each) for each in ("888899990000", "777788889999", "888899990000", "777788889999")]
    assert seen == ["fine", "ClientError", "fine", "fine"]


def test_a_fault_may_be_for_every_operation(simulator: Simulator, sdk: Sdk) -> None:
    """The operation `*` is any of both services; pages and controls are none."""
    call = lists(simulator, sdk)
    simulator.faults.add("*", Fault.error(500), times=2)
    assert ask(simulator, "GET", "/start").status == 200
    seen = [outcome(lambda: Client.register(sdk.oidc)), outcome(call), outcome(call)]
    assert seen == ["InternalServerException", "ClientError", "fine"]


def test_the_fault_added_first_strikes_first(simulator: Simulator, sdk: Sdk) -> None:
    """Faults wait for one another."""
    call = lists(simulator, sdk)
    simulator.faults.add("ListAccounts", Fault.error(429), times=2)
    simulator.faults.add("*", Fault.dropped())
    seen = [outcome(call) for _ in range(4)]
    assert seen == ["TooManyRequestsException"] * 2 + ["ConnectionClosedError", "fine"]


def test_a_botocore_that_retries_gets_through(simulator: Simulator, boto: Any) -> None:
    """Botocore's own retries meet the faults that are planted, one after the other."""
    config = Config(retries={"total_max_attempts": 3, "mode": "standard"})
    client = boto.client("sso", endpoint_url=simulator.url, config=config)
    token = simulator.sign_in().access_token
    simulator.faults.add("ListAccounts", Fault.dropped())
    simulator.faults.add("ListAccounts", Fault.error(503))
    answer = client.list_accounts(accessToken=token)
    assert (len(answer["accountList"]), answer["ResponseMetadata"]["RetryAttempts"]) == (8, 2)
    assert simulator.counters.calls == {"ListAccounts": 3}
    client.close()


def test_what_is_planted_can_be_seen(simulator: Simulator) -> None:
    """`planted` shows each fault with the times that are left of it."""
    simulator.faults.add("ListAccounts", Fault.error(429, retry_after=3), times=2)
    simulator.faults.add("GetRoleCredentials", Fault.hang(1.5), times=None, account_id="111122223333")
    ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert [each.as_json() for each in simulator.faults.planted] == [
        {
            "operation": "ListAccounts",
            "times": 1,
            "account_id": None,
            "kind": "error",
            "status": 429,
            "code": "TooManyRequestsException",
            "retry_after": 3,
            "seconds": 0.0,
        },
        {
            "operation": "GetRoleCredentials",
            "times": None,
            "account_id": "111122223333",
            "kind": "hang",
            "status": 200,
            "code": "",
            "retry_after": None,
            "seconds": 1.5,
        },
    ]


def test_a_fault_strikes_an_operation_that_there_is(simulator: Simulator) -> None:
    """A misspelt operation is a LookupError, as its fault would never strike, and so is one that is not offered."""
    session = botocore.session.get_session()
    offered = {name for service in ("sso", "sso-oidc") for name in session.get_service_model(service).operation_names}
    for operation in offered - {"CreateTokenWithIAM"}:
        simulator.faults.add(operation, Fault.dropped())
    for operation in ("CreateTokenWithIAM", "listAccounts", ""):
        with pytest.raises(LookupError, match="no such operation"):
            simulator.faults.add(operation, Fault.dropped())
    assert len(simulator.faults.planted) == 7


@pytest.mark.parametrize("times", [0, -1])
def test_a_fault_strikes_at_least_once(simulator: Simulator, times: int) -> None:
    """Planting a fault for no call at all is a mistake, and a ValueError."""
    with pytest.raises(ValueError, match="once at least"):
        simulator.faults.add("ListAccounts", Fault.dropped(), times=times)


@pytest.mark.parametrize("status", [0, 99, 200, 204, 302, 399, 600, 10_000])
def test_only_an_error_is_an_error(status: int) -> None:
    """An error's status is 400 to 599: anything else would be no error, or no HTTP."""
    with pytest.raises(ValueError, match="400 to 599"):
        Fault.error(status)


@pytest.mark.parametrize("code", ["Two Words", "x\r\nSet-Cookie: x=y", "\N{SNOWMAN}"])
def test_a_code_is_a_word(code: str) -> None:
    """An error's code stands in a header, so it is one word of letters."""
    with pytest.raises(ValueError, match="not an error code"):
        Fault.error(400, code)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), 1e12])
def test_no_call_hangs_for_ever(seconds: float) -> None:
    """A hang lasts from nothing to a day: other numbers would break the wait, and so the answer."""
    with pytest.raises(ValueError, match="seconds"):
        Fault.hang(seconds)
