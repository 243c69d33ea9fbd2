"""The simulator's own HTTP interface, as another process uses it."""

from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.sdk import DEVICE_CODE, UNAUTHORIZED, Client, Sdk, oauth, refusal
from tests.fixtures.simulators import Start
from tests.fixtures.wire import Reply, ask, ask_portal

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


def control(simulator: Simulator, method: str, name: str, body: object = None) -> Reply:
    """The reply of a control."""
    headers = {"Content-Type": "application/json"}
    return ask(simulator, method, f"/simulator/{name}", body, headers)


def told(simulator: Simulator, method: str, name: str, body: object = None) -> tuple[int, Any]:
    """Status and JSON of a control's reply."""
    reply = control(simulator, method, name, body)
    return reply.status, reply.json()


def test_counters_are_read_and_reset(simulator: Simulator) -> None:
    """GET shows the counts, DELETE begins anew."""
    ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert [told(simulator, method, "counters") for method in ("GET", "DELETE", "GET")] == [
        (200, {"calls": {"ListAccounts": 1}, "throttled": 0, "most_at_once": 1}),
        (200, {}),
        (200, {"calls": {}, "throttled": 0, "most_at_once": 0}),
    ]


def test_faults_are_planted_seen_and_cleared(simulator: Simulator) -> None:
    """POST plants a fault, GET shows what is planted, DELETE clears it."""
    planted = {"operation": "ListAccounts", "kind": "error", "status": 429, "retry_after": 2, "times": 2}
    assert told(simulator, "POST", "faults", planted) == (200, {})
    reply = ask_portal(simulator, "GET", "/assignment/accounts", "x")
    assert (reply.status, reply.headers["retry-after"]) == (429, "2")
    left = planted | {"code": "TooManyRequestsException", "times": 1, "account_id": None, "seconds": 0.0}
    assert [told(simulator, method, "faults") for method in ("GET", "DELETE", "GET")] == [
        (200, {"faults": [left]}),
        (200, {}),
        (200, {"faults": []}),
    ]
    assert ask_portal(simulator, "GET", "/assignment/accounts", "x").status == 401


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"kind": "dropped"}, {"kind": "dropped", "times": 1}),
        ({"kind": "lost", "times": None}, {"kind": "lost", "times": None}),
        ({"kind": "truncated", "times": 3}, {"kind": "truncated", "times": 3}),
        ({"kind": "html", "account_id": "111122223333"}, {"kind": "html", "account_id": "111122223333"}),
        ({"kind": "hang", "seconds": 0.5}, {"kind": "hang", "seconds": 0.5}),
        ({"kind": "hang", "seconds": 2}, {"kind": "hang", "seconds": 2}),
        ({"kind": "error", "status": 500}, {"kind": "error", "status": 500, "code": "InternalServerException"}),
        ({"kind": "error", "status": 400, "code": "X"}, {"kind": "error", "status": 400, "code": "X"}),
    ],
)
def test_every_kind_of_fault_can_be_planted(
    simulator: Simulator, asked: dict[str, Any], seen: dict[str, Any]
) -> None:
    """Each kind with its own members; one call is struck unless told otherwise."""
    status = control(simulator, "POST", "faults", {"operation": "*"} | asked).status
    unsaid = {"times": 1, "account_id": None, "status": 200, "code": "", "retry_after": None, "seconds": 0.0}
    wanted = {"operation": "*"} | unsaid | seen
    assert (status, [each.as_json() for each in simulator.faults.planted]) == (200, [wanted])


@pytest.mark.parametrize(
    "asked",
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
        {"operation": "*", "kind": "hang"},
        {"operation": "*", "kind": "hang", "seconds": "1"},
        {"operation": "*", "kind": "hang", "seconds": True},
        {"operation": "*", "kind": "hang", "seconds": -1},
        {"operation": "*", "kind": "hang", "seconds": float("inf")},
        {"operation": "*", "kind": "dropped", "times": 0},
        {"operation": "*", "kind": "dropped", "times": 1.5},
        {"operation": "*", "kind": "dropped", "account_id": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_a_400(simulator: Simulator, asked: dict[str, Any]) -> None:
    """A missing, mistyped or impossible member plants nothing and says why."""
    status, document = told(simulator, "POST", "faults", asked)
    assert (status, list(document), simulator.faults.planted) == (400, ["message"], ())


def test_an_unknown_operation_is_a_404(simulator: Simulator) -> None:
    """A fault for an operation that there is none of is refused by its name."""
    assert told(simulator, "POST", "faults", {"operation": "ListRoles", "kind": "dropped"}) == (
        404,
        {"message": "no such operation: ListRoles"},
    )


def small_world() -> World:
    """Two accounts, two permission sets, two people."""
    accounts = [Account("000000000001", "one", "one@example.com"), Account("000000000002")]
    people = [User("alex", frozenset({("000000000001", "Admin"), ("000000000002", "Admin")})), User("robin")]
    return World(accounts, [PermissionSet("Admin"), PermissionSet("Read", 12)], people)


def test_the_world_is_shown_whole(start: Start) -> None:
    """GET shows accounts, permission sets, and people with their assignments."""
    assert told(start(small_world()), "GET", "world") == (
        200,
        {
            "accounts": [
                {"id": "000000000001", "name": "one", "email": "one@example.com"},
                {"id": "000000000002", "name": None, "email": None},
            ],
            "permission_sets": [{"name": "Admin", "session_hours": 1}, {"name": "Read", "session_hours": 12}],
            "users": [
                {"name": "alex", "assignments": [["000000000001", "Admin"], ["000000000002", "Admin"]]},
                {"name": "robin", "assignments": []},
            ],
        },
    )


def test_the_world_is_changed(start: Start) -> None:
    """POST assigns, withdraws, adds and renames, for one person or for all."""
    simulator = start(small_world())
    changes = [
        {"change": "assign", "account_id": "000000000001", "role_name": "Read"},
        {"change": "withdraw", "account_id": "000000000002", "role_name": "Admin", "user": "alex"},
        {"change": "add_account", "account_id": "000000000003", "name": "three"},
        {"change": "assign", "account_id": "000000000003", "role_name": "Admin", "user": "robin"},
        {"change": "rename_account", "account_id": "000000000002", "name": "two"},
        {"change": "rename_account", "account_id": "000000000001"},
    ]
    assert [told(simulator, "POST", "world", change) for change in changes] == [(200, {})] * 6
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
def test_a_wrong_change_changes_nothing(start: Start, change: dict[str, Any], status: int) -> None:
    """What does not exist is a 404, what makes no sense a 400, and the world stays as it was."""
    simulator = start(small_world())
    answered, document = told(simulator, "POST", "world", change)
    assert (answered, list(document)) == (status, ["message"])
    assert (simulator.world.accounts, simulator.world.users) == (small_world().accounts, small_world().users)


def test_a_device_is_approved_or_denied(simulator: Simulator, sdk: Sdk) -> None:
    """Approving lets a person in, by their name or as the first; denying does not."""
    client = Client.register(sdk.oidc)
    first, named, denied = (client.start(simulator) for _ in range(3))
    replies = [
        told(simulator, "POST", "approve", {"user_code": first["userCode"]}),
        told(simulator, "POST", "approve", {"user_code": named["userCode"], "user": "robin@example.com"}),
        told(simulator, "POST", "deny", {"user_code": denied["userCode"]}),
    ]
    assert replies == [(200, {})] * 3
    tokens = [client.token(DEVICE_CODE, deviceCode=each["deviceCode"])["accessToken"] for each in (first, named)]
    assert [len(sdk.portal.list_accounts(accessToken=token)["accountList"]) for token in tokens] == [8, 2]
    assert client.refused(DEVICE_CODE, deviceCode=denied["deviceCode"]) == oauth("access_denied")


def test_what_does_not_wait_cannot_be_decided(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown code or person is a 404, a missing code a 400; the device still waits."""
    started = Client.register(sdk.oidc).start(simulator)
    asked = [
        ("approve", {"user_code": "BCDF-GHJK"}),
        ("deny", {"user_code": "BCDF-GHJK"}),
        ("approve", {"user_code": started["userCode"], "user": "nobody"}),
        ("approve", {}),
        ("deny", {"user_code": 1}),
        ("approve", {"user_code": started["userCode"]}),
        ("deny", {"user_code": started["userCode"]}),
    ]
    statuses = [control(simulator, "POST", name, body).status for name, body in asked]
    assert statuses == [404, 404, 404, 400, 400, 200, 404]


def test_every_token_is_revoked(simulator: Simulator, sdk: Sdk) -> None:
    """Revoking signs everyone out."""
    token = simulator.sign_in().access_token
    assert told(simulator, "POST", "revoke") == (200, {})
    assert refusal(sdk.portal.list_accounts, accessToken=token) == UNAUTHORIZED


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_web_page_cannot_reach_a_control(simulator: Simulator, sdk: Sdk, kind: str | None) -> None:
    """Without `application/json`, which needs leave that we never give, every control is a 415 and does nothing."""
    simulator.faults.add("Logout", Fault.dropped())
    token = simulator.sign_in().access_token
    headers = {} if kind is None else {"Content-Type": kind}
    replies = [ask(simulator, method, f"/simulator/{name}", b"{}", headers) for method, name in ENDPOINTS]
    assert {reply.status for reply in replies} == {415}
    assert [each.fault for each in simulator.faults.planted] == [Fault.dropped()]
    assert len(sdk.portal.list_accounts(accessToken=token)["accountList"]) == 8


@pytest.mark.parametrize(("method", "name"), ENDPOINTS)
def test_nobody_elses_page_is_given_leave(simulator: Simulator, method: str, name: str) -> None:
    """The question that a browser asks before another site's request is not answered with a yes."""
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    reply = ask(simulator, "OPTIONS", f"/simulator/{name}", headers=asked)
    allowed = [header for header in reply.headers if header.startswith("access-control-")]
    assert (reply.status, allowed) == (415, [])


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_spelt_in_many_ways(simulator: Simulator, kind: str) -> None:
    """Parameters and capitals in the content type do not matter."""
    assert ask(simulator, "GET", "/simulator/counters", headers={"Content-Type": kind}).status == 200


@pytest.mark.parametrize(
    ("method", "name"), [("GET", ""), ("GET", "nothing"), ("POST", "counters"), ("GET", "approve"), ("PUT", "world")]
)
def test_what_is_no_control_is_a_404(simulator: Simulator, method: str, name: str) -> None:
    """Another method or path is told so."""
    assert told(simulator, method, name) == (404, {"message": "no such control"})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"null"])
def test_a_body_that_is_no_json_object_is_a_400(simulator: Simulator, body: bytes) -> None:
    """Every control that takes members refuses a body that has none."""
    statuses = [control(simulator, method, name, body).status for method, name in ENDPOINTS if method == "POST"]
    assert statuses == [400] * 5
