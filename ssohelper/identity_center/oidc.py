"""The OIDC service: registers this client, lets people sign in, gives out tokens and renews them."""

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from ssohelper.errors import AccessDenied, BadInput, Cancelled, Failed, SignInRequired, Unavailable
from ssohelper.identity_center import clients
from ssohelper.model import Registration, Session, Token

# What is registered; the redirect itself then names whatever port is listened at (RFC 8252, 7.3).
REDIRECT_URI = "http://127.0.0.1/oauth/callback"
# How long to wait before a call that failed is made again, in seconds.
_PAUSES = (0.3, 1.0)
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

    def __init__(
        self,
        session: Session,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._session = session
        self._now = now
        self._sleep = sleep
        self._client = clients.client("sso-oidc", session)

    def register(self, *, browser: bool = False) -> Registration:
        """Register as a public client (RegisterClient), for sign-ins in this browser or for device codes."""
        session = self._session
        more: dict[str, Any] = {} if session.legacy else {"scopes": list(session.scopes)}
        if browser:
            more |= {
                "grantTypes": ["authorization_code", "refresh_token"],
                "redirectUris": [REDIRECT_URI],
                "issuerUrl": session.start_url,
            }
        name = "ssohelper" if session.legacy else f"ssohelper-{session.name}"
        answer = self._call(self._client.register_client, clientName=name, clientType="public", **more)
        return Registration(
            clients.member(answer, "clientId"),
            clients.member(answer, "clientSecret"),
            float(clients.member(answer, "clientSecretExpiresAt")),
            () if session.legacy else session.scopes,
            browser,
        )

    def authorize_url(self, registration: Registration, *, redirect_uri: str, state: str, challenge: str) -> str:
        """The page on which the person signs in, to be sent to `redirect_uri` with a code afterwards (RFC 7636)."""
        query = {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge_method": "S256",
            "scopes": " ".join(registration.scopes),
            "code_challenge": challenge,
        }
        return f"{self._client.meta.endpoint_url.rstrip('/')}/authorize?{urlencode(query, quote_via=quote)}"

    def code_token(self, registration: Registration, *, code: str, verifier: str, redirect_uri: str) -> Token:
        """The token for the code that the browser brought (CreateToken). `SignInRequired`: it is no good."""
        try:
            return self._token(
                registration,
                grantType="authorization_code",
                code=code,
                codeVerifier=verifier,
                redirectUri=redirect_uri,
            )
        except clients.Refused as error:
            raise SignInRequired(
                "Identity Center did not take the code that the browser brought", hint=self.login_command
            ) from error

    def renewed(self, token: Token) -> Token:
        """A new token for an old one (CreateToken), tried once. The refresh token stays if none comes back.

        Raises `SignInRequired` where the service does not take the refresh token or the registration, `Unavailable`.
        """
        if token.registration is None or token.refresh_token is None:
            raise SignInRequired("this sign-in cannot be renewed", hint=self.login_command)
        try:
            grant = {"grantType": "refresh_token", "refreshToken": token.refresh_token}
            new = self._token(token.registration, pauses=(), **grant)
        except (clients.Refused, InvalidClient) as error:
            raise SignInRequired("Identity Center does not renew this sign-in", hint=self.login_command) from error
        return replace(new, refresh_token=new.refresh_token or token.refresh_token)

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
            return self._token(registration, grantType=_DEVICE_GRANT, deviceCode=authorization.device_code)
        except clients.Refused as error:
            raise self._poll_error(error) from error

    def _token(self, registration: Registration, *, pauses: tuple[float, ...] = _PAUSES, **grant: str) -> Token:
        answer = self._call(
            self._client.create_token,
            pauses,
            clientId=registration.client_id,
            clientSecret=registration.client_secret,
            **grant,
        )
        return Token(
            self._session.start_url,
            self._session.region,
            clients.member(answer, "accessToken"),
            self._now() + float(clients.member(answer, "expiresIn")),
            registration,
            answer.get("refreshToken"),
        )

    @property
    def login_command(self) -> str:
        """The command that signs in to this session."""
        return f"ssohelper login --session {shlex.quote(self._session.name)}"

    def _poll_error(self, error: clients.Refused) -> Exception:
        if error.code in ("AuthorizationPendingException", "SlowDownException"):
            return Pending(slower=error.code == "SlowDownException")
        if error.code == "AccessDeniedException":
            return Cancelled("the sign-in was denied in the browser", hint=self.login_command)
        if error.code == "ExpiredTokenException":
            return SignInRequired("nobody approved the sign-in in time", hint=self.login_command)
        if error.code == "InvalidGrantException":  # used up: the answer that brought the token was lost
            return SignInRequired("Identity Center does not take the code any more", hint=self.login_command)
        return error

    def _call(
        self, operation: Callable[..., Any], pauses: tuple[float, ...] = _PAUSES, **arguments: Any
    ) -> dict[str, Any]:
        for pause in pauses:
            try:
                return self._try(operation, arguments)
            except Unavailable:
                self._sleep(pause)
        return self._try(operation, arguments)

    def _try(self, operation: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            with clients.translated():
                answer: dict[str, Any] = operation(**arguments)
        except (
            SignInRequired,
            AccessDenied,
        ) as error:  # not this service's own words
            hint = "ask your administrator whether you may sign in from here"
            raise Failed("Identity Center does not let this machine sign in", hint=hint) from error
        except clients.Refused as error:
            if error.code == "InvalidClientException":
                raise InvalidClient(
                    "Identity Center does not know this client registration", hint=self.login_command
                ) from error
            if error.code == "InvalidRequestException" and ("startUrl" in arguments or "issuerUrl" in arguments):
                raise BadInput(
                    f"Identity Center in {self._session.region} does not know {self._session.start_url}",
                    hint="ssohelper configure --help",
                ) from error
            raise
        return answer
