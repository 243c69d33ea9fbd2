"""HTTP interface to control a simulator from another process; request and response bodies are JSON.

    GET, DELETE /simulator/counters
    GET, POST, DELETE /simulator/faults  {"operation", "kind": "dropped" | "lost" | "truncated" | "html", ...}
                                         {"operation", "kind": "trickle", ...}
                                         {"operation", "kind": "error", "status", "code"?, "retry_after"?, ...}
                                         {"operation", "kind": "hang", "seconds", ...}
                                         {"operation", "kind": "response", "body", "status"? (200), ...}
                                         ...: "times"? (1; null: until cleared), "account_id"?
    GET, POST /simulator/world           {"change": "assign" | "withdraw", "account_id", "role_name", "user"?}
                                         {"change": "add_account", "account_id", "name"?, "email"?}
                                         {"change": "rename_account", "account_id", "name"?}
    POST /simulator/approve              {"user_code", "user"?}
    POST /simulator/deny                 {"user_code"}
    POST /simulator/revoke               {}

Every request needs `Content-Type: application/json`. A web page can send that to another origin only after a CORS
preflight, which is never allowed. The status is 200, or 400, 404 or 415 with `{"message"}`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator.counters import Counters
from ssohelper.simulator.faults import Fault, FaultKind, Faults
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.world import Account, World

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Control:
    """The endpoints under `/simulator/`."""

    world: World
    counters: Counters
    faults: Faults
    approve: Callable[[str, str | None], None]
    deny: Callable[[str], None]
    revoke_all_tokens: Callable[[], None]

    def handle(self, request: Request) -> Response:
        """Return the response to a request for a path under `/simulator/`."""
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return json_response({"message": "Content-Type must be application/json"}, 415)
        endpoint = self._endpoints().get((request.method, request.path))
        if endpoint is None:
            return json_response({"message": "no such endpoint"}, 404)
        try:
            return json_response(endpoint(request.json()) or {})
        except LookupError as error:
            return json_response({"message": str(error)}, 404)
        except ValueError as error:
            return json_response({"message": str(error)}, 400)

    def _endpoints(self) -> dict[tuple[str, str], Callable[[Members], dict[str, object] | None]]:
        return {
            ("GET", "/simulator/counters"): lambda _: self.counters.as_json(),
            ("DELETE", "/simulator/counters"): lambda _: self.counters.reset(),
            ("GET", "/simulator/faults"): lambda _: {"faults": [each.as_json() for each in self.faults.active]},
            ("POST", "/simulator/faults"): self._add_fault,
            ("DELETE", "/simulator/faults"): lambda _: self.faults.clear(),
            ("GET", "/simulator/world"): lambda _: _world_as_json(self.world),
            ("POST", "/simulator/world"): self._change_world,
            ("POST", "/simulator/approve"): lambda m: self.approve(_string(m, "user_code"), _optional(m, "user")),
            ("POST", "/simulator/deny"): lambda m: self.deny(_string(m, "user_code")),
            ("POST", "/simulator/revoke"): lambda _: self.revoke_all_tokens(),
        }

    def _add_fault(self, members: Members) -> None:
        kind = _kind(_string(members, "kind"))
        if kind is FaultKind.ERROR:
            retry_after = None if members.get("retry_after") is None else _positive(members, "retry_after")
            fault = Fault.error(_positive(members, "status"), _optional(members, "code"), retry_after)
        elif kind is FaultKind.HANG:
            fault = Fault.hang(_number(members, "seconds"))
        elif kind is FaultKind.RESPONSE:
            fault = Fault.response(_string(members, "body").encode(), _positive(members, "status", 200))
        else:
            fault = Fault(kind)
        times = None if members.get("times", 1) is None else _positive(members, "times", 1)
        self.faults.add(_string(members, "operation"), fault, times, account_id=_optional(members, "account_id"))

    def _change_world(self, members: Members) -> None:
        account_id = _string(members, "account_id")
        match _string(members, "change"):
            case "assign":
                self.world.assign(account_id, _string(members, "role_name"), _optional(members, "user"))
            case "withdraw":
                self.world.withdraw(account_id, _string(members, "role_name"), _optional(members, "user"))
            case "add_account":
                self.world.add_account(Account(account_id, _optional(members, "name"), _optional(members, "email")))
            case "rename_account":
                self.world.rename_account(account_id, _optional(members, "name"))
            case _:
                raise ValueError("change must be assign, withdraw, add_account or rename_account")


def _kind(name: str) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError:
        raise ValueError(f"kind must be one of {', '.join(each.value for each in FaultKind)}") from None


def _world_as_json(world: World) -> dict[str, object]:
    return {
        "accounts": [{"id": each.id, "name": each.name, "email": each.email} for each in world.accounts],
        "permission_sets": [
            {"name": each.name, "session_hours": each.session_hours} for each in world.permission_sets
        ],
        "users": [{"name": each.name, "assignments": sorted(each.assignments)} for each in world.users],
    }


def _string(members: Members, name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string")  # noqa: TRY004 - invalid input, not a bug
    return value


def _optional(members: Members, name: str) -> str | None:
    return None if members.get(name) is None else _string(members, name)


def _number(members: Members, name: str) -> float:
    value = members.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number")  # noqa: TRY004 - invalid input, not a bug
    return value


def _positive(members: Members, name: str, default: int | None = None) -> int:
    value = members.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1")
    return value
