"""The HTTP interface under `/simulator/`."""

from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.sdk import DEVICE_CODE, UNAUTHORIZED, Client, Sdk, api_error, oauth_error
from tests.fixtures.simulators import StartSimulator
from tests.fixtures.wire import HttpResponse, fetch, fetch_portal

ENDPOINTS = [
    ("GET", "counters"),
    ("DELETE", "counters"),
    ("GET", "faults"),
    ("POST", "faults"),
    ("DELETE", "faults"),
    ("GET", "world"),
    ("POST", "world"),
    ("POST", "approve"),
    ("POST", "deny"),
    ("POST", "revoke"),
]


def control(simulator: Simulator, method: str, name: str, body: object = None) -> HttpResponse:
    """Send a request to an endpoint."""
    headers = {"Content-Type": "application/json"}
    return fetch(simulator, method, f"/simulator/{name}", body, headers)


def control_json(simulator: Simulator, method: str, name: str, body: object = None) -> tuple[int, Any]:
    """Send a request to an endpoint, and return the status and JSON."""
    response = control(simulator, method, name, body)
    return response.status, response.json()


def test_counters(simulator: Simulator) -> None:
    """GET returns the counts, DELETE resets them."""
    fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert [control_json(simulator, method, "counters") for method in ("GET", "DELETE", "GET")] == [
        (200, {"calls": {"ListAccounts": 1}, "throttled": 0, "max_concurrent": 1}),
        (200, {}),
        (200, {"calls": {}, "throttled": 0, "max_concurrent": 0}),
    ]


def test_faults(simulator: Simulator) -> None:
    """POST adds a fault, GET lists the active ones, DELETE clears them."""
    added = {"operation": "ListAccounts", "kind": "error", "status": 429, "retry_after": 2, "times": 2}
    assert control_json(simulator, "POST", "faults", added) == (200, {})
    response = fetch_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (response.status, response.headers["retry-after"]) == (429, "2")
    remaining = added | {
        "code": "TooManyRequestsException",
        "times": 1,
        "account_id": None,
        "permission_set": None,
        "seconds": 0.0,
        "body": "",
    }
    assert [control_json(simulator, method, "faults") for method in ("GET", "DELETE", "GET")] == [
        (200, {"faults": [remaining]}),
        (200, {}),
        (200, {"faults": []}),
    ]
    assert fetch_portal(simulator, "GET", "/assignment/accounts", "x").status == 401


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "dropped"}, {"kind": "dropped", "times": 1}),
        ({"kind": "lost", "times": None}, {"kind": "lost", "times": None}),
        ({"kind": "truncated", "times": 3}, {"kind": "truncated", "times": 3}),
        ({"kind": "html", "account_id": "111122223333"}, {"kind": "html", "account_id": "111122223333"}),
        ({"kind": "trickle"}, {"kind": "trickle"}),
        ({"kind": "denied", "permission_set": "arn:x"}, {"kind": "denied", "permission_set": "arn:x"}),
        ({"kind": "empty page"}, {"kind": "empty page"}),
        ({"kind": "response", "body": "[1]"}, {"kind": "response", "body": "[1]", "status": 200}),
        ({"kind": "response", "body": "", "status": 404}, {"kind": "response", "body": "", "status": 404}),
        ({"kind": "hang", "seconds": 0.5}, {"kind": "hang", "seconds": 0.5}),
        ({"kind": "hang", "seconds": 2}, {"kind": "hang", "seconds": 2}),
        ({"kind": "error", "status": 500}, {"kind": "error", "status": 500, "code": "InternalServerException"}),
        ({"kind": "error", "status": 400, "code": "X"}, {"kind": "error", "status": 400, "code": "X"}),
    ],
)
def test_every_kind_of_fault(simulator: Simulator, body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each kind of fault with its own members; `times` defaults to 1."""
    status = control(simulator, "POST", "faults", {"operation": "*"} | body).status
    defaults = {
        "times": 1,
        "account_id": None,
        "permission_set": None,
        "status": 200,
        "code": "",
        "retry_after": None,
        "seconds": 0.0,
        "body": "",
    }
    active = {"operation": "*"} | defaults | expected
    assert (status, [each.as_json() for each in simulator.faults.active]) == (200, [active])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operation": "*"},
        {"kind": "dropped"},
        {"operation": 1, "kind": "dropped"},
        {"operation": "*", "kind": "exploded"},
        {"operation": "*", "kind": "error"},
        {"operation": "*", "kind": "error", "status": "500"},
        {"operation": "*", "kind": "error", "status": True},
        {"operation": "*", "kind": "error", "status": 200},
        {"operation": "*", "kind": "error", "status": 500, "code": "a\r\nb: c"},
        {"operation": "*", "kind": "error", "status": 500, "code": 7},
        {"operation": "*", "kind": "error", "status": 429, "retry_after": 0},
        {"operation": "*", "kind": "response"},
        {"operation": "*", "kind": "response", "body": "", "status": 100},
        {"operation": "*", "kind": "response", "body": "\udc80"},
        {"operation": "*", "kind": "hang"},
        {"operation": "*", "kind": "hang", "seconds": "1"},
        {"operation": "*", "kind": "hang", "seconds": True},
        {"operation": "*", "kind": "hang", "seconds": -1},
        {"operation": "*", "kind": "hang", "seconds": float("inf")},
        {"operation": "*", "kind": "dropped", "times": 0},
        {"operation": "*", "kind": "dropped", "times": 1.5},
        {"operation": "*", "kind": "dropped", "account_id": 1},
        {"operation": "*", "kind": "dropped", "permission_set": 1},
    ],
)
def test_invalid_fault(simulator: Simulator, body: dict[str, Any]) -> None:
    """A missing or invalid member is a 400 with a message, and adds no fault."""
    status, document = control_json(simulator, "POST", "faults", body)
    assert (status, list(document), simulator.faults.active) == (400, ["message"], ())


def test_fault_for_unknown_operation(simulator: Simulator) -> None:
    """A fault for an unknown operation is a 404 that names it."""
    assert control_json(simulator, "POST", "faults", {"operation": "ListRoles", "kind": "dropped"}) == (
        404,
        {"message": "no such operation: ListRoles"},
    )


def small_world() -> World:
    """Return a world of two accounts, two permission sets and two users."""
    accounts = [Account("000000000001", "one", "one@example.com"), Account("000000000002")]
    users = [User("alex", frozenset({("000000000001", "Admin"), ("000000000002", "Admin")})), User("robin")]
    return World(accounts, [PermissionSet("Admin"), PermissionSet("Read", 12)], users)


def test_get_world(start: StartSimulator) -> None:
    """GET returns accounts, permission sets, users and groups with their assignments."""
    status, document = control_json(start(small_world()), "GET", "world")
    assert (status, list(document)) == (200, ["accounts", "permission_sets", "users", "groups"])
    assert document["users"] == [
        {"name": "alex", "enabled": True, "assignments": [["000000000001", "Admin"], ["000000000002", "Admin"]]},
        {"name": "robin", "enabled": True, "assignments": []},
    ]


def test_change_world(start: StartSimulator) -> None:
    """POST assigns, withdraws, adds and renames, for one user or all users."""
    simulator = start(small_world())
    changes = [
        {"change": "assign", "account_id": "000000000001", "role_name": "Read"},
        {"change": "withdraw", "account_id": "000000000002", "role_name": "Admin", "user": "alex"},
        {"change": "add_account", "account_id": "000000000003", "name": "three"},
        {"change": "assign", "account_id": "000000000003", "role_name": "Admin", "user": "robin"},
        {"change": "rename_account", "account_id": "000000000002", "name": "two"},
        {"change": "rename_account", "account_id": "000000000001"},
        {"change": "add_group", "group": "operations", "members": ["robin"]},
        {"change": "assign", "account_id": "000000000002", "role_name": "Read", "group": "operations"},
        {"change": "provision", "role_name": "Read"},
    ]
    assert [control_json(simulator, "POST", "world", change) for change in changes] == [(200, {})] * 9
    assert simulator.world.roles_of("robin", "000000000002") == ["Read"]
    assert (simulator.world.accounts, simulator.world.users) == (
        (
            Account("000000000001", None, "one@example.com"),
            Account("000000000002", "two"),
            Account("000000000003", "three"),
        ),
        (
            User("alex", frozenset({("000000000001", "Admin"), ("000000000001", "Read")})),
            User("robin", frozenset({("000000000001", "Read"), ("000000000003", "Admin")})),
        ),
    )


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"change": "assign", "account_id": "000000000009", "role_name": "Read"}, 404),
        ({"change": "assign", "account_id": "000000000001", "role_name": "Nothing"}, 404),
        ({"change": "assign", "account_id": "000000000001", "role_name": "Read", "user": "nobody"}, 404),
        ({"change": "withdraw", "account_id": "000000000009", "role_name": "Read"}, 404),
        ({"change": "withdraw", "account_id": "000000000001", "role_name": "Nothing"}, 404),
        ({"change": "withdraw", "account_id": "000000000001", "role_name": "Read", "user": "nobody"}, 404),
        ({"change": "rename_account", "account_id": "000000000009", "name": "x"}, 404),
        ({"change": "assign", "account_id": "000000000001"}, 400),
        ({"change": "assign", "role_name": "Read"}, 400),
        ({"change": "destroy", "account_id": "000000000001"}, 400),
        ({"account_id": "000000000001"}, 400),
        ({"change": "add_account", "account_id": "1"}, 400),
        ({"change": "add_account", "account_id": "000000000003", "name": 3}, 400),
    ],
)
def test_invalid_change(start: StartSimulator, change: dict[str, Any], status: int) -> None:
    """An unknown name is a 404, an invalid request a 400, and the world does not change."""
    simulator = start(small_world())
    actual, document = control_json(simulator, "POST", "world", change)
    assert (actual, list(document)) == (status, ["message"])
    assert (simulator.world.accounts, simulator.world.users) == (small_world().accounts, small_world().users)


def test_approve_and_deny(simulator: Simulator, sdk: Sdk) -> None:
    """A user code can be approved, for the first or a named user, or denied."""
    client = Client.register(sdk.oidc)
    default, named, denied = (client.start(simulator) for _ in range(3))
    responses = [
        control_json(simulator, "POST", "approve", {"user_code": default["userCode"]}),
        control_json(simulator, "POST", "approve", {"user_code": named["userCode"], "user": "robin@example.com"}),
        control_json(simulator, "POST", "deny", {"user_code": denied["userCode"]}),
    ]
    assert responses == [(200, {})] * 3
    tokens = [client.token(DEVICE_CODE, deviceCode=each["deviceCode"])["accessToken"] for each in (default, named)]
    assert [len(sdk.portal.list_accounts(accessToken=token)["accountList"]) for token in tokens] == [8, 2]
    assert client.token_error(DEVICE_CODE, deviceCode=denied["deviceCode"]) == oauth_error("access_denied")


def test_invalid_decision(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown code or user is a 404, a missing code a 400, and the user code stays pending."""
    started = Client.register(sdk.oidc).start(simulator)
    requests = [
        ("approve", {"user_code": "BCDF-GHJK"}),
        ("deny", {"user_code": "BCDF-GHJK"}),
        ("approve", {"user_code": started["userCode"], "user": "nobody"}),
        ("approve", {}),
        ("deny", {"user_code": 1}),
        ("approve", {"user_code": started["userCode"]}),
        ("deny", {"user_code": started["userCode"]}),
    ]
    statuses = [control(simulator, "POST", name, body).status for name, body in requests]
    assert statuses == [404, 404, 404, 400, 400, 200, 404]


def test_revoke(simulator: Simulator, sdk: Sdk) -> None:
    """Revoking signs all users out."""
    token = simulator.sign_in().access_token
    assert control_json(simulator, "POST", "revoke") == (200, {})
    assert api_error(sdk.portal.list_accounts, accessToken=token) == UNAUTHORIZED


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_content_types_are_refused(simulator: Simulator, sdk: Sdk, kind: str | None) -> None:
    """Without `application/json`, which needs a CORS preflight, each endpoint is a 415 and has no effect."""
    simulator.faults.add("Logout", Fault.dropped())
    token = simulator.sign_in().access_token
    headers = {} if kind is None else {"Content-Type": kind}
    responses = [fetch(simulator, method, f"/simulator/{name}", b"{}", headers) for method, name in ENDPOINTS]
    assert {response.status for response in responses} == {415}
    assert [each.fault for each in simulator.faults.active] == [Fault.dropped()]
    assert len(sdk.portal.list_accounts(accessToken=token)["accountList"]) == 8


@pytest.mark.parametrize(("method", "name"), ENDPOINTS)
def test_cors_preflight_is_refused(simulator: Simulator, method: str, name: str) -> None:
    """A CORS preflight of another site is not allowed."""
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    response = fetch(simulator, "OPTIONS", f"/simulator/{name}", headers=headers)
    allowed = [header for header in response.headers if header.startswith("access-control-")]
    assert (response.status, allowed) == (415, [])


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_content_type_variants(simulator: Simulator, kind: str) -> None:
    """Parameters and upper case in the content type do not matter."""
    assert fetch(simulator, "GET", "/simulator/counters", headers={"Content-Type": kind}).status == 200


@pytest.mark.parametrize(
    ("method", "name"), [("GET", ""), ("GET", "nothing"), ("POST", "counters"), ("GET", "approve"), ("PUT", "world")]
)
def test_unknown_endpoint(simulator: Simulator, method: str, name: str) -> None:
    """Any other method or path is a 404."""
    assert control_json(simulator, method, name) == (404, {"message": "no such endpoint"})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"null"])
def test_body_must_be_a_json_object(simulator: Simulator, body: bytes) -> None:
    """A POST whose body is not a JSON object is a 400."""
    statuses = [control(simulator, method, name, body).status for method, name in ENDPOINTS if method == "POST"]
    assert statuses == [400] * 5
