"""The OIDC service: registers this client, starts a device authorization, and gives out tokens."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ssohelper.errors import BadInput, Cancelled, Failed, SignInRequired, Unavailable
from ssohelper.identity_center import clients
from ssohelper.model import Registration, Session, Token

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """What the person approves, and what we poll with. `interval` is in seconds, `expires_at` in Unix seconds."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri_complete: str
    interval: float
    expires_at: float


class Pending(Unavailable):
    """The person has not approved yet. `slower` tells that the service wants to be polled less often."""

    def __init__(self, *, slower: bool) -> None:
        super().__init__("the sign-in is not approved yet")
        self.slower = slower


class InvalidClient(Failed):
    """The client registration has expired, or was made elsewhere: register again."""


class Oidc:
    """The OIDC service of one session. Times are in Unix seconds, by `now`."""

    def __init__(self, session: Session, *, now: Callable[[], float] = time.time) -> None:
        self._session = session
        self._now = now
        self._client = clients.client("sso-oidc", session)

    def register(self) -> Registration:
        """Register this machine as a public client (RegisterClient)."""
        answer = self._call(
            self._client.register_client,
            clientName=f"ssohelper-{self._session.name}",
            clientType="public",
            scopes=list(self._session.scopes),
        )
        return Registration(
            clients.member(answer, "clientId"),
            clients.member(answer, "clientSecret"),
            float(clients.member(answer, "clientSecretExpiresAt")),
            self._session.scopes,
        )

    def start_device_authorization(self, registration: Registration) -> DeviceAuthorization:
        """Begin a sign-in that the person approves in any browser (StartDeviceAuthorization).

        Raises `InvalidClient` where the service does not know the registration any more.
        """
        answer = self._call(
            self._client.start_device_authorization,
            clientId=registration.client_id,
            clientSecret=registration.client_secret,
            startUrl=self._session.start_url,
        )
        return DeviceAuthorization(
            clients.member(answer, "deviceCode"),
            clients.member(answer, "userCode"),
            answer.get("verificationUriComplete") or clients.member(answer, "verificationUri"),
            float(answer.get("interval") or 5),
            self._now() + float(clients.member(answer, "expiresIn")),
        )

    def device_token(self, registration: Registration, authorization: DeviceAuthorization) -> Token:
        """The token, once the person has approved (CreateToken).

        Raises `Pending` until then, `Cancelled` where they denied it, `SignInRequired` where the code has expired.
        """
        try:
            answer = self._call(
                self._client.create_token,
                clientId=registration.client_id,
                clientSecret=registration.client_secret,
                grantType=_DEVICE_GRANT,
                deviceCode=authorization.device_code,
            )
        except clients.Refused as error:
            raise self._poll_error(error) from error
        return Token(
            self._session.start_url,
            self._session.region,
            clients.member(answer, "accessToken"),
            self._now() + float(clients.member(answer, "expiresIn")),
            registration,
            answer.get("refreshToken"),
        )

    def _poll_error(self, error: clients.Refused) -> Exception:
        again = f"ssohelper login --session {shlex.quote(self._session.name)}"
        if error.code in ("AuthorizationPendingException", "SlowDownException"):
            return Pending(slower=error.code == "SlowDownException")
        if error.code == "AccessDeniedException":
            return Cancelled("the sign-in was denied in the browser", hint=again)
        if error.code == "ExpiredTokenException":
            return SignInRequired("nobody approved the sign-in in time", hint=again)
        return error

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        try:
            with clients.translated():
                answer: dict[str, Any] = operation(**arguments)
        except clients.Refused as error:
            if error.code == "InvalidClientException":
                raise InvalidClient("Identity Center does not know this client registration") from error
            if error.code == "InvalidRequestException" and "startUrl" in arguments:
                raise BadInput(
                    f"Identity Center in {self._session.region} does not know {self._session.start_url}",
                    hint="ssohelper configure --help",
                ) from error
            raise
        return answer
