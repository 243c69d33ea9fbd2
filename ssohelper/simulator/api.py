"""Dispatch of API calls: each call is counted, delayed, failed by an active fault or throttled, then performed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator.console import Console
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.errors import AwsError, Service, too_many_requests, unknown_operation
from ssohelper.simulator.faults import Faults
from ssohelper.simulator.limiter import Limiter
from ssohelper.simulator.messages import Request, Response
from ssohelper.simulator.oidc import Oidc
from ssohelper.simulator.portal import Portal
from ssohelper.simulator.query_api import QueryApi


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of AWS's service models."""

    name: str
    service: Service
    perform: Callable[[Request], Response]


@dataclass(slots=True)
class Conditions:
    """Network and quota conditions of API calls; `latency` is in seconds, `pause` waits for the given seconds.

    `retry_after` adds that header to throttled responses.
    """

    limiter: Limiter
    counters: Counters
    faults: Faults
    pause: Callable[[float], object]
    latency: float = 0.0
    retry_after: bool = False


class Api:
    """All services at one address, which `AWS_ENDPOINT_URL_…` allows."""

    def __init__(
        self, portal: Portal, oidc: Oidc, console: Console, query_api: QueryApi, conditions: Conditions
    ) -> None:
        self._operations = _operations(portal, oidc, console)
        self._query_api = query_api
        self._conditions = conditions

    def handle(self, request: Request) -> Response:
        """Return the response to an API call; UnknownOperationException for any other path or method."""
        operation = self._operation(request)
        # CreateTokenWithIAM is CreateToken's path with this query. It is a signed call, which is not implemented.
        if operation is None or "aws_iam" in request.query:
            return unknown_operation().response(Service.PORTAL)
        # Count the call as ended before its response is sent, or it could overlap with the client's next call.
        with self._conditions.counters.call(operation.name):
            response = self._perform_under_conditions(operation, request)
        if response.status == 429:
            self._conditions.counters.count_throttled()
        return response

    def _operation(self, request: Request) -> Operation | None:
        if (request.method, request.path) != ("POST", "/"):
            return self._operations.get((request.method, request.path))
        name = self._query_api.operation_name(request)
        return None if name is None else Operation(name, Service.QUERY, self._query_api.handle)

    def _perform_under_conditions(self, operation: Operation, request: Request) -> Response:
        conditions = self._conditions
        conditions.pause(conditions.latency)
        fault = conditions.faults.next_for(operation.name, request.query.get("account_id"))
        if fault is None:
            return self._perform(operation, request)
        conditions.pause(fault.seconds)
        return fault.replacement(operation.service) or fault.modify(self._perform(operation, request))

    def _perform(self, operation: Operation, request: Request) -> Response:
        try:
            if operation.service is Service.PORTAL:
                self._throttle()
            return operation.perform(request)
        except AwsError as error:
            return error.response(operation.service)

    def _throttle(self) -> None:
        wait = self._conditions.limiter.acquire()
        if wait is not None:
            raise too_many_requests(wait if self._conditions.retry_after else None)


def _operations(portal: Portal, oidc: Oidc, console: Console) -> Mapping[tuple[str, str], Operation]:
    return {
        ("GET", "/assignment/accounts"): Operation("ListAccounts", Service.PORTAL, portal.list_accounts),
        ("GET", "/assignment/roles"): Operation("ListAccountRoles", Service.PORTAL, portal.list_account_roles),
        ("GET", "/federation/credentials"): Operation(
            "GetRoleCredentials", Service.PORTAL, portal.get_role_credentials
        ),
        ("POST", "/logout"): Operation("Logout", Service.PORTAL, portal.logout),
        ("POST", "/client/register"): Operation("RegisterClient", Service.OIDC, oidc.register_client),
        ("POST", "/device_authorization"): Operation(
            "StartDeviceAuthorization", Service.OIDC, oidc.start_device_authorization
        ),
        ("POST", "/token"): Operation("CreateToken", Service.OIDC, oidc.create_token),
        ("POST", "/federation"): Operation("GetSigninToken", Service.SIGN_IN, console.get_signin_token),
    }
