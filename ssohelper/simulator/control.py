"""HTTP interface to control a simulator from another process; request and response bodies are JSON.

    GET, DELETE /simulator/counters
    GET, POST, DELETE /simulator/faults  {"operation", "kind": "dropped" | "lost" | "truncated" | "html", ...}
                                         {"operation", "kind": "trickle" | "denied" | "empty page", ...}
                                         {"operation", "kind": "error", "status", "code"?, "retry_after"?, ...}
                                         {"operation", "kind": "hang", "seconds", ...}
                                         {"operation", "kind": "response", "body", "status"? (200), ...}
                                         ...: "times"? (1; null: until cleared), "account_id"?, "permission_set"?
    GET, POST /simulator/world           {"change": "assign", "account_id", "role_name", "user"? | "group"?}
                                         {"change": "withdraw", ... the same, "keep_role"? (false)}
                                         {"change": "add_account", "account_id", "name"?, "email"?, "ou"?}
                                         {"change": "rename_account", "account_id", "name"?}
                                         {"change": "add_group", "group", "members"?, "description"?}
                                         {"change": "delete_group", "group"}
                                         {"change": "add_member" | "remove_member", "group", "user"}
                                         {"change": "enable_user" | "disable_user" | "delete_user", "user"}
                                         {"change": "change_permission_set", "role_name", "provision"? (false),
                                          "session_hours"?, "policy"?, "boundary"?, "description"?, "relay_state"?,
                                          "managed_policies"?, "customer_managed_policies"?}
                                         {"change": "provision", "role_name", "account_id"?}
    POST /simulator/approve              {"user_code", "user"?}
    POST /simulator/deny                 {"user_code"}
    POST /simulator/revoke               {}

Every request needs `Content-Type: application/json`. A web page can send that to another origin only after a CORS
preflight, which is never allowed. The status is 200, or 400, 404 or 415 with `{"message"}`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ssohelper.simulator import world_changes
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.faults import Fault, FaultKind, Faults
from ssohelper.simulator.json_members import Members, number, optional, positive, string
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.world import World


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
            ("GET", "/simulator/world"): lambda _: world_changes.as_json(self.world),
            ("POST", "/simulator/world"): lambda m: world_changes.change(self.world, m),
            ("POST", "/simulator/approve"): lambda m: self.approve(string(m, "user_code"), optional(m, "user")),
            ("POST", "/simulator/deny"): lambda m: self.deny(string(m, "user_code")),
            ("POST", "/simulator/revoke"): lambda _: self.revoke_all_tokens(),
        }

    def _add_fault(self, members: Members) -> None:
        kind = _kind(string(members, "kind"))
        if kind is FaultKind.ERROR:
            retry_after = None if members.get("retry_after") is None else positive(members, "retry_after")
            fault = Fault.error(positive(members, "status"), optional(members, "code"), retry_after)
        elif kind is FaultKind.HANG:
            fault = Fault.hang(number(members, "seconds"))
        elif kind is FaultKind.RESPONSE:
            fault = Fault.response(string(members, "body").encode(), positive(members, "status", 200))
        else:
            fault = Fault(kind)
        times = None if members.get("times", 1) is None else positive(members, "times", 1)
        account_id, permission_set = (optional(members, each) for each in ("account_id", "permission_set"))
        operation = string(members, "operation")
        self.faults.add(operation, fault, times, account_id=account_id, permission_set=permission_set)


def _kind(name: str) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError:
        raise ValueError(f"kind must be one of {', '.join(each.value for each in FaultKind)}") from None
