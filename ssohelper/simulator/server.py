"""The simulator as a whole: creates its parts, and starts and stops the HTTP server."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Self

from ssohelper.simulator import (
    administration,
    api,
    assignment_administration,
    directory,
    organization,
    organization_policies,
)
from ssohelper.simulator.access_analyzer import AccessAnalyzer
from ssohelper.simulator.api import Api, Conditions, Services
from ssohelper.simulator.approval import Approval
from ssohelper.simulator.authorization_codes import AuthorizationCodes
from ssohelper.simulator.callers import Callers
from ssohelper.simulator.console import Console
from ssohelper.simulator.control import Control
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.device_codes import DeviceCodes
from ssohelper.simulator.errors import AwsError, Service
from ssohelper.simulator.faults import Faults
from ssohelper.simulator.http_server import HttpServer
from ssohelper.simulator.json_api import JsonApi, Operations
from ssohelper.simulator.limiter import Limiter
from ssohelper.simulator.messages import Request, Response
from ssohelper.simulator.oidc import Oidc
from ssohelper.simulator.portal import IssuedCredentials, Portal
from ssohelper.simulator.query_api import QueryApi
from ssohelper.simulator.registrations import PORTAL_SCOPE, Application, Registrations
from ssohelper.simulator.tokens import IssuedTokens, Tokens, TokenSettings
from ssohelper.simulator.world import World

# By the names that botocore and others use in `AWS_ENDPOINT_URL_…`.
_SERVICES = (
    *("SSO", "SSO_OIDC", "SIGNIN", "STS", "IAM"),
    *("SSO_ADMIN", "IDENTITYSTORE", "ORGANIZATIONS", "ACCESSANALYZER"),
)
_LIMITED = (Service.PORTAL, Service.SSO_ADMIN, Service.IDENTITY_STORE)


@dataclass(repr=False, eq=False)
class Simulator:
    """An IAM Identity Center on `http://127.0.0.1:PORT`, running inside `with` or from `start` to `close`.

    `rate` is the limit in calls per second (None: no limit) of the portal, of the administration and of the identity
    store, of each for itself; `retry_after` adds that header to the portal's 429 responses. `latency` is in real
    seconds; all other times come from `clock` (Unix seconds). Without `rotate_refresh_tokens` a refresh token stays
    valid, and `repeat_refresh_token` says whether the response to a refresh includes it again. `interval` is the
    minimum time between two polls of a device code, in seconds. With `assignments_at_sign_in`, roles that were
    assigned after a sign-in began are hidden from it.

    `world`, `faults`, `counters`, `conditions.latency`, `conditions.retry_after` and, by `conditions.set_rate`, the
    rate may be changed while it runs.
    """

    world: World
    rate: float | None = 20.0
    latency: float = 0.0
    clock: Callable[[], float] = time.time
    port: int = 0
    auto_approve: bool = False
    token_seconds: int = 3600
    sign_in_seconds: int = 8 * 3600
    rotate_refresh_tokens: bool = True
    repeat_refresh_token: bool = True
    retry_after: bool = False
    registration_seconds: int = 90 * 24 * 3600
    device_code_seconds: int = 600
    interval: int = 1
    assignments_at_sign_in: bool = False

    def __post_init__(self) -> None:
        self.world.clock = self.clock
        self.counters = Counters()
        self._closing = Event()
        self._server: HttpServer | None = None
        settings = TokenSettings(
            self.token_seconds, self.sign_in_seconds, self.rotate_refresh_tokens, self.repeat_refresh_token
        )
        self._tokens = Tokens(self.clock, settings, self.world.assignments_of)
        self._registrations = Registrations(self.clock, self.registration_seconds)
        self._device_codes = DeviceCodes(self.clock, self.device_code_seconds, self.interval)
        self._authorization_codes = AuthorizationCodes(self.clock)
        self._portal = Portal(
            self.world, self._tokens, self.clock, assignments_at_sign_in=self.assignments_at_sign_in
        )
        callers = Callers(self.world, self._portal, self.clock)
        self._query_api = QueryApi(callers)
        self._access_analyzer = AccessAnalyzer(callers)
        self._json_apis = _json_apis(callers)
        self._console = Console(self.world, self._portal, self.clock)
        self.faults = Faults(api.operation_names(self._json_apis))
        self.conditions = Conditions(
            {service: Limiter(self.rate, self.clock) for service in _LIMITED},
            self.counters,
            self.faults,
            pause=self._closing.wait,
            latency=self.latency,
            retry_after=self.retry_after,
        )

    def __repr__(self) -> str:
        return f"<Simulator of {self.world}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> Self:
        """Start listening. Raises OSError if the port is in use.

        After `close` it may be started again, with the same port and state.
        """
        server = self._server = HttpServer(self.port, self._respond)
        self.port = server.port
        self._closing.clear()
        self._build_services()
        self._thread = Thread(target=server.serve, name="simulator", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, cut all delays short and close all connections. Does nothing if it is not running."""
        self._closing.set()
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        self._thread.join()
        server.server_close()
        server.close_connections()

    @property
    def url(self) -> str:
        """The address of all services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def start_url(self) -> str:
        """The start URL: that of the world, else our own page."""
        return self.world.start_url or f"{self.url}/start"

    @property
    def region(self) -> str:
        """The region to configure."""
        return self.world.region

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make AWS SDKs and the AWS CLI use this simulator."""
        return {f"AWS_ENDPOINT_URL_{service}": self.url for service in _SERVICES}

    def approve(self, user_code: str, user: str | None = None) -> None:
        """Approve a user code, as on the device page.

        Raises LookupError for an unknown user, and its subclass UnknownUserCode if the code is not pending.
        """
        self._device_codes.approve(user_code, self.world.user_name(user))

    def deny(self, user_code: str) -> None:
        """Deny a user code. Raises UnknownUserCode if it is not pending."""
        self._device_codes.deny(user_code)

    def sign_in(self, user: str | None = None, *, seconds: int | None = None) -> IssuedTokens:
        """Sign in without a browser, through a new client, for `seconds` or the usual lifetime of a sign-in."""
        application = Application("simulator", scopes=(PORTAL_SCOPE,))
        return self._tokens.sign_in(self._registrations.add(application), self.world.user_name(user), seconds)

    def revoke_all_tokens(self) -> None:
        """End all sign-ins: the portal answers 401, and a refresh fails with `invalid_grant`."""
        self._tokens.revoke_all()

    def issued(self, access_key_id: str) -> IssuedCredentials:
        """Return the user and role of issued role credentials. Raises KeyError if they were not issued here."""
        return self._portal.issued(access_key_id)

    def denied_message(self, access_key_id: str, action: str, resource: str) -> str:
        """The message of an AccessDenied error for what the role of issued credentials may not do.

        Raises ValueError if it may do that.
        """
        return self._query_api.denied_message(access_key_id, action, resource)

    def add_assumed_role(self, issued: IssuedCredentials, secret: str, token: str) -> None:
        """Let the console accept credentials that an STS issued to a role, which assumed another one."""
        self._portal.add_assumed_role(issued, secret, token)

    def _build_services(self) -> None:
        # Not in __post_init__, because the port must be known.
        oidc = Oidc(
            registrations=self._registrations,
            device_codes=self._device_codes,
            authorization_codes=self._authorization_codes,
            tokens=self._tokens,
            url=self.url,
            start_url=self.start_url,
            on_user_code=self.approve if self.auto_approve else lambda _user_code: None,
        )
        services = Services(
            self._portal, oidc, self._console, self._query_api, self._access_analyzer, self._json_apis
        )
        self._api = Api(services, self.conditions)
        self._approval = Approval(
            self.world,
            self._registrations,
            self._device_codes,
            self._authorization_codes,
            self._console,
            self.auto_approve,
        )
        self._control = Control(
            self.world, self.counters, self.faults, self.approve, self.deny, self.revoke_all_tokens
        )

    def _respond(self, request: Request) -> Response:
        try:
            if request.path.startswith("/simulator/"):
                return self._control.handle(request)
            page = self._approval.handle(request) or self._console.handle_login(request)
            return page or self._api.handle(request)
        except Exception as error:  # noqa: BLE001 - any bug becomes a 500 response, without a traceback
            internal = AwsError(500, "InternalServerException", f"The simulator failed: {type(error).__name__}")
            return internal.response(Service.PORTAL)


def _json_apis(callers: Callers) -> tuple[JsonApi, ...]:
    sso_admin = Operations(administration.OPERATIONS | assignment_administration.OPERATIONS)
    return (
        JsonApi(administration.SERVICE, sso_admin, callers),
        JsonApi(directory.SERVICE, directory.OPERATIONS, callers),
        JsonApi(
            organization.SERVICE, Operations(organization.OPERATIONS | organization_policies.OPERATIONS), callers
        ),
    )
