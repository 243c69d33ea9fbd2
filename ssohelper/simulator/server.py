"""The simulator as a whole: builds its parts, listens, and is what tests and the demo hold in hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Self

from ssohelper.simulator.api import Api, Weather
from ssohelper.simulator.approval import Approval
from ssohelper.simulator.authorization_codes import AuthorizationCodes
from ssohelper.simulator.console import Console
from ssohelper.simulator.control import Control
from ssohelper.simulator.counters import Counters
from ssohelper.simulator.device_codes import DeviceCodes
from ssohelper.simulator.door import Door
from ssohelper.simulator.errors import AwsError, Service
from ssohelper.simulator.faults import Faults
from ssohelper.simulator.limiter import Limiter
from ssohelper.simulator.messages import Answer, Request
from ssohelper.simulator.oidc import Oidc
from ssohelper.simulator.portal import Issued, Portal
from ssohelper.simulator.registrations import PORTAL_SCOPE, Application, Registrations
from ssohelper.simulator.tokens import Grant, Lifetimes, Tokens
from ssohelper.simulator.world import World


@dataclass(repr=False, eq=False)
class Simulator:
    """Identity Center on `http://127.0.0.1:PORT`, from `with` to its end (or `start` to `close`).

    `rate` is the portal's calls a second before 429 (None: no limit); `retry_after` adds that header to them.
    `latency` is in seconds and real; all other times are read off `clock` (Unix seconds). With
    `rotate_refresh_tokens` off a refresh token stays good, and `repeat_refresh_token` says whether answers to
    refreshes show it again. `interval` is how often a device may poll, in seconds.

    While it runs, `world`, `faults` and `counters` are live, and `weather.latency`, `weather.retry_after` and
    `weather.limiter.rate` may be set.
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

    def __post_init__(self) -> None:
        self.faults = Faults()
        self.counters = Counters()
        self._closing = Event()
        self._door: Door | None = None
        lifetimes = Lifetimes(
            self.token_seconds, self.sign_in_seconds, self.rotate_refresh_tokens, self.repeat_refresh_token
        )
        self._tokens = Tokens(self.clock, lifetimes)
        self._registrations = Registrations(self.clock, self.registration_seconds)
        self._device_codes = DeviceCodes(self.clock, self.device_code_seconds, self.interval)
        self._authorization_codes = AuthorizationCodes(self.clock)
        self._portal = Portal(self.world, self._tokens, self.clock)
        self._console = Console(self.world, self._portal, self.clock)
        self.weather = Weather(
            Limiter(self.rate, self.clock),
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
        """Listen. Raises OSError where the port is taken.

        After `close` it may start again, at the same port and with everything that it knew.
        """
        door = self._door = Door(self.port, self._respond)
        self.port = door.port
        self._closing.clear()
        self._build_services()
        self._thread = Thread(target=door.serve, name="simulator", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening and hang up; calls that wait come to an end. What is closed already stays so."""
        self._closing.set()
        door, self._door = self._door, None
        if door is None:
            return
        door.stop()
        self._thread.join()
        door.server_close()
        door.hang_up()

    @property
    def url(self) -> str:
        """Where every service answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def start_url(self) -> str:
        """The start URL that clients are to give: the world's, else our own page."""
        return self.world.start_url or f"{self.url}/start"

    @property
    def region(self) -> str:
        """The region to configure."""
        return self.world.region

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make every AWS SDK and the AWS CLI come here."""
        return {f"AWS_ENDPOINT_URL_{service}": self.url for service in ("SSO", "SSO_OIDC", "SIGNIN")}

    def approve(self, user_code: str, user: str | None = None) -> None:
        """Approve what waits for a user code, as the person would on the device page.

        Raises LookupError for an unknown user, UnknownUserCode (one of those too) where nothing waits.
        """
        self._device_codes.approve(user_code, self.world.user_name(user))

    def deny(self, user_code: str) -> None:
        """Deny what waits for a user code; raises UnknownUserCode where nothing does."""
        self._device_codes.deny(user_code)

    def sign_in(self, user: str | None = None, *, seconds: int | None = None) -> Grant:
        """A finished sign-in through a new client, for `seconds` or as long as sign-ins last."""
        application = Application("simulator", scopes=(PORTAL_SCOPE,))
        return self._tokens.begin(self._registrations.add(application), self.world.user_name(user), seconds)

    def revoke_all_tokens(self) -> None:
        """End every sign-in: the portal answers 401, refreshes are `invalid_grant`."""
        self._tokens.end_all()

    def issued(self, access_key_id: str) -> Issued:
        """To whom role credentials were issued; KeyError where they were not issued here."""
        return self._portal.issued(access_key_id)

    def _build_services(self) -> None:
        # Now that the port is known.
        oidc = Oidc(
            registrations=self._registrations,
            device_codes=self._device_codes,
            authorization_codes=self._authorization_codes,
            tokens=self._tokens,
            url=self.url,
            start_url=self.start_url,
            started=self.approve if self.auto_approve else lambda _user_code: None,
        )
        self._api = Api(self._portal, oidc, self._console, self.weather)
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

    def _respond(self, request: Request) -> Answer:
        try:
            if request.path.startswith("/simulator/"):
                return self._control.answer(request)
            page = self._approval.answer(request) or self._console.log_in(request)
            return page or self._api.answer(request)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the client gets an answer and nobody a traceback
            internal = AwsError(500, "InternalServerException", f"The simulator failed: {type(error).__name__}")
            return internal.answer(Service.PORTAL)
