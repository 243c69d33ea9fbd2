"""Every API call goes through here: found, counted, slowed, broken, throttled, then performed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator.console import Console
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.errors import AwsError, Service, too_many_requests, unknown_operation
from ssohelper.simulator.faults import Faults
from ssohelper.simulator.limiter import Limiter
from ssohelper.simulator.messages import Answer, Request
from ssohelper.simulator.oidc import Oidc
from ssohelper.simulator.portal import Portal


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of AWS's service models."""

    name: str
    service: Service
    perform: Callable[[Request], Answer]


@dataclass(slots=True)
class Weather:
    """What the network and the service's limits do to calls; `pause` waits for so many seconds."""

    limiter: Limiter
    counters: Counters
    faults: Faults
    pause: Callable[[float], object]
    latency: float = 0.0
    retry_after: bool = False


class Api:
    """The services behind one address, as `AWS_ENDPOINT_URL_…` allows."""

    def __init__(self, portal: Portal, oidc: Oidc, console: Console, weather: Weather) -> None:
        self._operations = _operations(portal, oidc, console)
        self._weather = weather

    def answer(self, request: Request) -> Answer:
        """The answer to an API call, right or wrong; a path or method that is none is UnknownOperationException."""
        operation = self._operations.get((request.method, request.path))
        # CreateTokenWithIAM is CreateToken's path with this query; it takes a signed call, and is not offered.
        if operation is None or "aws_iam" in request.query:
            return unknown_operation().answer(Service.PORTAL)
        # The call is over before its answer is sent: else a client that has read it and asks on would overlap itself.
        with self._weather.counters.call(operation.name):
            answer = self._through_the_weather(operation, request)
        if answer.status == 429:
            self._weather.counters.throttle()
        return answer

    def _through_the_weather(self, operation: Operation, request: Request) -> Answer:
        weather = self._weather
        weather.pause(weather.latency)
        fault = weather.faults.take(operation.name, request.query.get("account_id"))
        if fault is None:
            return self._perform(operation, request)
        weather.pause(fault.seconds)
        return fault.instead(operation.service) or fault.spoil(self._perform(operation, request))

    def _perform(self, operation: Operation, request: Request) -> Answer:
        try:
            if operation.service is Service.PORTAL:
                self._throttle()
            return operation.perform(request)
        except AwsError as error:
            return error.answer(operation.service)

    def _throttle(self) -> None:
        wait = self._weather.limiter.admit()
        if wait is not None:
            raise too_many_requests(wait if self._weather.retry_after else None)


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
