"""Injected faults, and how botocore reports them."""

import json
from collections.abc import Callable
from functools import partial
from http.client import IncompleteRead
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from ssohelper.simulator.faults import CAPTIVE_PORTAL, Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.role_clients import DEV, PROD, SERVICES, RoleClients, calls, company, instance_arn
from tests.fixtures.sdk import ApiError, Client, Sdk, api_error, without_metadata
from tests.fixtures.wire import fetch, fetch_portal


def outcome(call: Callable[[], Any]) -> object:
    """Return the name of the exception that a call raises, or `success`."""
    try:
        call()
    except (ClientError, ConnectionClosedError, ReadTimeoutError) as error:
        return type(error).__name__
    return "success"


def list_accounts_call(simulator: Simulator, sdk: Sdk, user: str = "alex@example.com") -> Callable[[], Any]:
    """Sign in, and return a ListAccounts call."""
    token = simulator.sign_in(user).access_token
    return lambda: sdk.portal.list_accounts(accessToken=token)


@pytest.mark.parametrize("times", [1, 3])
def test_fault_applies_a_number_of_times(simulator: Simulator, sdk: Sdk, times: int) -> None:
    """A fault fails the next `times` calls of its operation."""
    simulator.faults.add("ListAccounts", Fault.error(503), times=times)
    call = list_accounts_call(simulator, sdk)
    assert [outcome(call) for _ in range(times + 2)] == ["ClientError"] * times + ["success"] * 2


def test_fault_until_cleared(simulator: Simulator, sdk: Sdk) -> None:
    """With `times=None` a fault fails all calls until `clear`."""
    simulator.faults.add("ListAccounts", Fault.error(500), times=None)
    call = list_accounts_call(simulator, sdk)
    assert [outcome(call) for _ in range(5)] == ["ClientError"] * 5
    simulator.faults.clear()
    assert outcome(call) == "success"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.error(400), ApiError("InvalidRequestException", "InvalidRequestException", 400, "Injected")),
        (Fault.error(401), ApiError("UnauthorizedException", "UnauthorizedException", 401, "Injected")),
        (Fault.error(403), ApiError("ClientError", "ForbiddenException", 403, "Injected")),
        (Fault.error(404), ApiError("ResourceNotFoundException", "ResourceNotFoundException", 404, "Injected")),
        (Fault.error(429), ApiError("TooManyRequestsException", "TooManyRequestsException", 429, "Injected")),
        (Fault.error(500), ApiError("ClientError", "InternalServerException", 500, "Injected")),
        (Fault.error(503), ApiError("ClientError", "ServiceUnavailableException", 503, "Injected")),
        (Fault.error(418), ApiError("ClientError", "UnknownError", 418, "Injected")),
        (Fault.error(400, "OddException"), ApiError("ClientError", "OddException", 400, "Injected")),
    ],
)
def test_error_code(simulator: Simulator, sdk: Sdk, fault: Fault, expected: ApiError) -> None:
    """The error code follows from the status unless it is given."""
    simulator.faults.add("ListAccounts", fault)
    assert api_error(sdk.portal.list_accounts, accessToken="x") == expected


def test_error_with_retry_after(simulator: Simulator) -> None:
    """`retry_after` adds that header, in seconds."""
    simulator.faults.add("ListAccounts", Fault.error(429, retry_after=7))
    response = fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (response.status, response.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("fault", [Fault.error(500), Fault.dropped(), Fault.html()])
def test_operation_is_not_performed(simulator: Simulator, sdk: Sdk, fault: Fault) -> None:
    """With an error, a dropped connection or a captive portal the operation is not performed."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["refreshToken"]
    simulator.faults.add("CreateToken", fault)
    outcome(lambda: client.token("refresh_token", refreshToken=token))
    assert client.token("refresh_token", refreshToken=token)["tokenType"] == "Bearer"


@pytest.mark.parametrize(
    ("fault", "expected"), [(Fault.lost(), "ConnectionClosedError"), (Fault.truncated(), "success")]
)
def test_operation_is_performed_without_a_full_response(
    simulator: Simulator, sdk: Sdk, fault: Fault, expected: str
) -> None:
    """With a lost or truncated response the operation is performed: the refresh token is used up."""
    client = Client.register(sdk.oidc)
    token = client.sign_in(simulator)["refreshToken"]
    simulator.faults.add("CreateToken", fault)
    assert outcome(lambda: client.token("refresh_token", refreshToken=token)) == expected
    assert client.token_error("refresh_token", refreshToken=token).message == "invalid_grant"


def test_truncated_response(simulator: Simulator) -> None:
    """Content-Length is that of the full body, but only half of it is sent."""
    token = simulator.sign_in().access_token
    whole = fetch_portal(simulator, "GET", "/assignment/accounts", token).body
    simulator.faults.add("ListAccounts", Fault.truncated())
    with pytest.raises(IncompleteRead) as caught:
        fetch_portal(simulator, "GET", "/assignment/accounts", token)
    half = len(whole) // 2
    assert (caught.value.partial, caught.value.expected) == (whole[:half], len(whole) - half)


def test_botocore_ignores_truncation(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore does not compare a body with its Content-Length, so a truncated listing is empty."""
    simulator.faults.add("ListAccounts", Fault.truncated())
    assert without_metadata(list_accounts_call(simulator, sdk)()) == {}


def test_dropped_connection(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore raises ConnectionClosedError, and the next call succeeds."""
    simulator.faults.add("ListAccounts", Fault.dropped(), times=2)
    call = list_accounts_call(simulator, sdk)
    assert [outcome(call) for _ in range(3)] == ["ConnectionClosedError", "ConnectionClosedError", "success"]


def test_captive_portal(simulator: Simulator) -> None:
    """The response is HTML with status 200."""
    simulator.faults.add("ListAccounts", Fault.html())
    response = fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (response.status, response.headers["content-type"], response.body) == (
        200,
        "text/html; charset=utf-8",
        CAPTIVE_PORTAL,
    )


def test_botocore_ignores_a_captive_portal(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore parses a captive portal's page as an empty response, without an error."""
    simulator.faults.add("ListAccounts", Fault.html())
    assert without_metadata(list_accounts_call(simulator, sdk)()) == {}


def test_response(simulator: Simulator, sdk: Sdk) -> None:
    """A given response is sent as it is, and the operation is not performed."""
    simulator.faults.add("ListAccounts", Fault.response(b'{"accountList": [5]', 202, (("Date", "yesterday"),)))
    token = simulator.sign_in().access_token
    response = fetch_portal(simulator, "GET", "/assignment/accounts", token)
    assert (response.status, response.headers["date"], response.body) == (202, "yesterday", b'{"accountList": [5]')
    assert len(without_metadata(sdk.portal.list_accounts(accessToken=token))["accountList"]) > 1


def test_trickle(simulator: Simulator, sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole response is sent, headers included, byte by byte with a pause before each; then the usual ones."""
    pauses: list[float] = []
    monkeypatch.setattr("ssohelper.simulator.http_server.time.sleep", pauses.append)
    simulator.faults.add("ListAccounts", Fault.trickle())
    call = list_accounts_call(simulator, sdk)
    answer = without_metadata(call())
    assert (set(pauses), len(pauses) > len(json.dumps(answer)) + 100) == ({1.0}, True)
    sent = len(pauses)
    assert (without_metadata(call()), len(pauses)) == (answer, sent)


def test_hanging_call_times_out(simulator: Simulator, boto: Any) -> None:
    """A call that hangs longer than the client's timeout raises ReadTimeoutError."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.2)
    client = boto.client("sso", endpoint_url=simulator.url, config=config)
    simulator.faults.add("ListAccounts", Fault.hang(600))
    assert outcome(lambda: client.list_accounts(accessToken="x")) == "ReadTimeoutError"
    client.close()


def test_hanging_call_succeeds(simulator: Simulator, sdk: Sdk) -> None:
    """A call that hangs shorter than the client's timeout succeeds."""
    simulator.faults.add("ListAccounts", Fault.hang(0.01))
    assert len(list_accounts_call(simulator, sdk)()["accountList"]) == 8


def test_fault_for_one_account(simulator: Simulator, sdk: Sdk) -> None:
    """With an account id a fault applies only to calls for that account, and only they count."""
    simulator.faults.add("ListAccountRoles", Fault.error(500), account_id="777788889999")
    token = simulator.sign_in().access_token

    def call(account_id: str) -> object:
        return outcome(lambda: sdk.portal.list_account_roles(accessToken=token, accountId=account_id))

    outcomes = [call(each) for each in ("888899990000", "777788889999", "888899990000", "777788889999")]
    assert outcomes == ["success", "ClientError", "success", "success"]


def test_fault_for_any_operation(simulator: Simulator, sdk: Sdk) -> None:
    """`*` applies to all operations of both services, but not to pages."""
    call = list_accounts_call(simulator, sdk)
    simulator.faults.add("*", Fault.error(500), times=2)
    assert fetch(simulator, "GET", "/start").status == 200
    outcomes = [outcome(lambda: Client.register(sdk.oidc)), outcome(call), outcome(call)]
    assert outcomes == ["InternalServerException", "ClientError", "success"]


def test_faults_apply_in_order(simulator: Simulator, sdk: Sdk) -> None:
    """The next fault applies when the one before is used up."""
    call = list_accounts_call(simulator, sdk)
    simulator.faults.add("ListAccounts", Fault.error(429), times=2)
    simulator.faults.add("*", Fault.dropped())
    outcomes = [outcome(call) for _ in range(4)]
    assert outcomes == ["TooManyRequestsException"] * 2 + ["ConnectionClosedError", "success"]


def test_botocore_retries(simulator: Simulator, boto: Any) -> None:
    """Botocore's own retries get past two faults."""
    config = Config(retries={"total_max_attempts": 3, "mode": "standard"})
    client = boto.client("sso", endpoint_url=simulator.url, config=config)
    token = simulator.sign_in().access_token
    simulator.faults.add("ListAccounts", Fault.dropped())
    simulator.faults.add("ListAccounts", Fault.error(503))
    response = client.list_accounts(accessToken=token)
    assert (len(response["accountList"]), response["ResponseMetadata"]["RetryAttempts"]) == (8, 2)
    assert simulator.counters.calls == {"ListAccounts": 3}
    client.close()


def test_active_faults(simulator: Simulator) -> None:
    """`active` lists the faults with their remaining `times`."""
    simulator.faults.add("ListAccounts", Fault.error(429, retry_after=3), times=2)
    simulator.faults.add("GetRoleCredentials", Fault.hang(1.5), times=None, account_id="111122223333")
    fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert [each.as_json() for each in simulator.faults.active] == [
        {
            "operation": "ListAccounts",
            "times": 1,
            "account_id": None,
            "permission_set": None,
            "kind": "error",
            "status": 429,
            "code": "TooManyRequestsException",
            "retry_after": 3,
            "seconds": 0.0,
            "body": "",
        },
        {
            "operation": "GetRoleCredentials",
            "times": None,
            "account_id": "111122223333",
            "permission_set": None,
            "kind": "hang",
            "status": 200,
            "code": "",
            "retry_after": None,
            "seconds": 1.5,
            "body": "",
        },
    ]


def test_operation_must_exist(simulator: Simulator) -> None:
    """A fault for an unknown or unsupported operation is a LookupError."""
    session = botocore.session.get_session()
    offered = {name for service in ("sso", "sso-oidc") for name in session.get_service_model(service).operation_names}
    administration = [*calls(company()), "GetCallerIdentity", "GetRole", "SimulatePrincipalPolicy"]
    for operation in [*(offered - {"CreateTokenWithIAM"}), *administration]:
        simulator.faults.add(operation, Fault.dropped())
    for operation in ("CreateTokenWithIAM", "listAccounts", "", "ListUsers", "sso-admin:CreatePermissionSet"):
        with pytest.raises(LookupError, match="no such operation"):
            simulator.faults.add(operation, Fault.dropped())
    assert len(simulator.faults.active) == 7 + len(administration)


@pytest.mark.parametrize("times", [0, -1])
def test_times_must_be_positive(simulator: Simulator, times: int) -> None:
    """`times` below 1 is a ValueError."""
    with pytest.raises(ValueError, match="at least 1"):
        simulator.faults.add("ListAccounts", Fault.dropped(), times=times)


@pytest.mark.parametrize("status", [0, 99, 200, 204, 302, 399, 600, 10_000])
def test_status_must_be_an_error(status: int) -> None:
    """A status outside of 400 to 599 is a ValueError."""
    with pytest.raises(ValueError, match="400 to 599"):
        Fault.error(status)


@pytest.mark.parametrize("code", ["Two Words", "x\r\nSet-Cookie: x=y", "\N{SNOWMAN}"])
def test_code_must_be_a_word(code: str) -> None:
    """A code that is not one word of letters is a ValueError, because it is sent in a header."""
    with pytest.raises(ValueError, match="not a valid error code"):
        Fault.error(400, code)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), 1e12])
def test_seconds_must_be_in_range(seconds: float) -> None:
    """A hang of less than 0 seconds or more than a day is a ValueError."""
    with pytest.raises(ValueError, match="seconds"):
        Fault.hang(seconds)


def test_denied(simulator: Simulator, sdk: Sdk) -> None:
    """Each service has its own error for a caller without permission."""
    for operation in ("ListAccounts", "CreateToken"):
        simulator.faults.add(operation, Fault.denied())
    errors = [
        api_error(sdk.portal.list_accounts, accessToken="x"),
        api_error(sdk.oidc.create_token, clientId="x", clientSecret="x", grantType="x"),
    ]
    assert [(each.code, each.status) for each in errors] == [("ForbiddenException", 403), ("AccessDenied", 403)]


def test_fault_for_one_permission_set(administered: Simulator, roles: RoleClients) -> None:
    """With a permission set, an account or both, a fault applies only to calls about them."""
    admin, arns = (
        roles.client("sso-admin"),
        [administered.world.permission_set_arn(each) for each in ("Developer", "Spare")],
    )
    instance = {"InstanceArn": instance_arn()}
    pairs = [(arn, account_id) for arn in arns for account_id in (PROD, DEV)]
    about = {"permission_set": arns[0], "account_id": PROD}

    def outcomes() -> list[object]:
        return [
            *(
                outcome(
                    partial(admin.list_account_assignments, **instance, PermissionSetArn=arn, AccountId=account_id)
                )
                for arn, account_id in pairs
            ),
            outcome(partial(admin.list_tags_for_resource, ResourceArn=arns[0])),
            outcome(partial(admin.list_permission_sets, **instance)),
        ]

    found = []
    for scope in ({}, {"permission_set": arns[0]}, {"account_id": PROD}, about):
        administered.faults.add("*", Fault.denied(), times=None, **scope)
        found.append([each == "success" for each in outcomes()])
        administered.faults.clear()
    assert found == [
        [False, False, False, False, False, False],
        [False, False, True, True, False, True],
        [False, True, False, True, True, True],
        [False, True, True, True, True, True],
    ]


def test_fault_for_the_account_of_a_filter(administered: Simulator, roles: RoleClients) -> None:
    """The account may be in a filter."""
    administered.faults.add("sso-admin:ListAccountAssignmentsForPrincipal", Fault.denied(), account_id=PROD)
    asked = calls(administered.world)["sso-admin:ListAccountAssignmentsForPrincipal"]
    call = roles.client("sso-admin").list_account_assignments_for_principal
    found = [outcome(partial(call, **asked, Filter={"AccountId": each})) for each in (DEV, PROD, PROD)]
    assert found == ["success", "AccessDeniedException", "success"]


def test_empty_page(administered: Simulator, roles: RoleClients) -> None:
    """A listing begins with an empty page, or has one in between, and goes on to the real ones."""
    name = "sso-admin:ListPermissionSets"
    administered.faults.add(name, Fault.empty_page(), times=2)
    admin, instance = roles.client("sso-admin"), {"InstanceArn": instance_arn()}

    def sizes() -> list[int]:
        pages = admin.get_paginator("list_permission_sets").paginate(**instance, PaginationConfig={"PageSize": 3})
        return [len(page["PermissionSets"]) for page in pages]

    assert (sizes(), sizes()) == ([0, 0, 3, 1], [3, 1])
    token = admin.list_permission_sets(**instance, MaxResults=3)["NextToken"]
    administered.faults.add(name, Fault.empty_page())
    empty = admin.list_permission_sets(**instance, MaxResults=3, NextToken=token)
    last = admin.list_permission_sets(**instance, MaxResults=3, NextToken=empty["NextToken"])
    assert (empty["PermissionSets"], len(last["PermissionSets"]), "NextToken" in last) == ([], 1, False)


def test_empty_page_of_the_portal(simulator: Simulator, sdk: Sdk) -> None:
    """The portal's listings can have an empty page, too; what is not a listing is not changed."""
    simulator.faults.add("*", Fault.empty_page(), times=2)
    token = simulator.sign_in().access_token
    pages = sdk.portal.get_paginator("list_accounts").paginate(accessToken=token)
    assert [len(page["accountList"]) for page in pages] == [0, 0, 8]
    simulator.faults.add("GetRoleCredentials", Fault.empty_page())
    role = {"accountId": "333344445555", "roleName": "ReadOnly"}
    assert sdk.portal.get_role_credentials(accessToken=token, **role)["roleCredentials"]["accessKeyId"]


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.lost(), "ConnectionClosedError"),
        (Fault.dropped(), "ConnectionClosedError"),
        (Fault.hang(0.01), "success"),
    ],
    ids=["lost", "dropped", "hang"],
)
def test_administration_faults(administered: Simulator, roles: RoleClients, fault: Fault, expected: str) -> None:
    """The operations of the administration fail like those of the portal, and succeed again."""
    clients = {each: roles.client(SERVICES[each]) for each in SERVICES}
    for label in ("sso-admin:ListInstances", "identitystore:ListUsers", "organizations:ListRoots", "iam:GetPolicy"):
        service, _, operation = label.partition(":")
        call = partial(getattr(clients[service], xform_name(operation)), **calls(administered.world)[label])
        administered.faults.add(label, fault)
        assert [outcome(call) for _ in range(2)] == [expected, "success"]
