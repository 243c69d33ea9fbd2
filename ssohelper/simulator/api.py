"""Dispatch of API calls: each call is counted, delayed, failed by an active fault or throttled, then performed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator import access_analyzer, query_api
from ssohelper.simulator.access_analyzer import AccessAnalyzer
from ssohelper.simulator.console import Console
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.errors import AwsError, Service, throttled, too_many_requests, unknown_operation
from ssohelper.simulator.faults import Faults, Subject
from ssohelper.simulator.json_api import JsonApi
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

    `limiters` are those of the services that have a quota. `retry_after` adds that header to the portal's throttled
    responses.
    """

    limiters: Mapping[Service, Limiter]
    counters: Counters
    faults: Faults
    pause: Callable[[float], object]
    latency: float = 0.0
    retry_after: bool = False

    def set_rate(self, rate: float | None) -> None:
        """Change the quota of each service, in calls per second; None means no limit."""
        for limiter in self.limiters.values():
            limiter.rate = rate


@dataclass(frozen=True, slots=True)
class Services:
    """What performs the operations."""

    portal: Portal
    oidc: Oidc
    console: Console
    query_api: QueryApi
    access_analyzer: AccessAnalyzer
    json_apis: tuple[JsonApi, ...]


# Operations by method and path; those of other services are named by a header or by the body of POST /.
_ROUTES: Mapping[tuple[str, str], tuple[str, Service]] = {
    ("GET", "/assignment/accounts"): ("ListAccounts", Service.PORTAL),
    ("GET", "/assignment/roles"): ("ListAccountRoles", Service.PORTAL),
    ("GET", "/federation/credentials"): ("GetRoleCredentials", Service.PORTAL),
    ("POST", "/logout"): ("Logout", Service.PORTAL),
    ("POST", "/client/register"): ("RegisterClient", Service.OIDC),
    ("POST", "/device_authorization"): ("StartDeviceAuthorization", Service.OIDC),
    ("POST", "/token"): ("CreateToken", Service.OIDC),
    ("POST", "/federation"): ("GetSigninToken", Service.SIGN_IN),
    ("POST", access_analyzer.PATH): (access_analyzer.LABEL, Service.ACCESS_ANALYZER),
}


def operation_names(json_apis: tuple[JsonApi, ...]) -> frozenset[str]:
    """The names of all operations, in counters and faults."""
    return frozenset(
        (
            *(name for name, _ in _ROUTES.values()),
            *(each.label for each in query_api.OPERATIONS.values()),
            *(label for each in json_apis for label in each.labels),
        )
    )


class Api:
    """All services at one address, which `AWS_ENDPOINT_URL_…` allows."""

    def __init__(self, services: Services, conditions: Conditions) -> None:
        self._services = services
        self._performers: Mapping[str, Callable[[Request], Response]] = {
            "ListAccounts": services.portal.list_accounts,
            "ListAccountRoles": services.portal.list_account_roles,
            "GetRoleCredentials": services.portal.get_role_credentials,
            "Logout": services.portal.logout,
            "RegisterClient": services.oidc.register_client,
            "StartDeviceAuthorization": services.oidc.start_device_authorization,
            "CreateToken": services.oidc.create_token,
            "GetSigninToken": services.console.get_signin_token,
            access_analyzer.LABEL: services.access_analyzer.validate_policy,
        }
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
        if response.status == 429 or ("x-amzn-ErrorType", "ThrottlingException") in response.headers:
            self._conditions.counters.count_throttled()
        return response

    def _operation(self, request: Request) -> Operation | None:
        if (request.method, request.path) in _ROUTES:
            name, service = _ROUTES[request.method, request.path]
            return Operation(name, service, self._performers[name])
        if (request.method, request.path) != ("POST", "/"):
            return None
        for each in self._services.json_apis:
            label = each.label(request)
            if label is not None:
                return Operation(label, each.service.service, each.handle)
        action = self._services.query_api.operation_name(request)
        return None if action is None else Operation(action, Service.QUERY, self._services.query_api.handle)

    def _perform_under_conditions(self, operation: Operation, request: Request) -> Response:
        conditions = self._conditions
        conditions.pause(conditions.latency)
        fault = conditions.faults.next_for(operation.name, _subject(request))
        if fault is None:
            return self._perform(operation, request)
        conditions.pause(fault.seconds)
        replacement = fault.replacement(operation.service)
        return replacement or fault.modify(self._perform(operation, fault.prepare(request)))

    def _perform(self, operation: Operation, request: Request) -> Response:
        try:
            self._throttle(operation.service)
            return operation.perform(request)
        except AwsError as error:
            return error.response(operation.service)

    def _throttle(self, service: Service) -> None:
        limiter = self._conditions.limiters.get(service)
        wait = limiter.acquire() if limiter else None
        if wait is None:
            return
        if service is Service.PORTAL:
            raise too_many_requests(wait if self._conditions.retry_after else None)
        raise throttled(wait if service is Service.IDENTITY_STORE else None)


def _subject(request: Request) -> Subject:
    """The account and the permission set that a call is about."""
    if "x-amz-target" not in request.headers:
        return Subject(request.query.get("account_id"))
    try:
        members = request.json()
    except ValueError:
        return Subject()
    only = members.get("Filter")
    account_id = members.get("AccountId") or (only.get("AccountId") if isinstance(only, dict) else None)
    permission_set = members.get("PermissionSetArn") or members.get("ResourceArn")
    return Subject(*(each if isinstance(each, str) else None for each in (account_id, permission_set)))
