"""The OIDC service: registers this client, signs in with an authorization code or a device code, refreshes tokens."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from ssohelper import hints
from ssohelper.aws_config import start_url
from ssohelper.errors import AccessDenied, BadInput, Cancelled, Failed, SignInRequired, Unavailable
from ssohelper.identity_center import clients, vanity_url
from ssohelper.identity_center.errors import IDENTITY_CENTER, RequestRejected, translate_errors
from ssohelper.identity_center.network import Network
from ssohelper.identity_center.responses import Response
from ssohelper.model import Registration, Session, Token

# The registered URI has no port; the one of a sign-in may have any (RFC 8252, 7.3).
REDIRECT_URI = "http://127.0.0.1/oauth/callback"
# How long to wait before each retry, in seconds.
_PAUSES = (0.3, 1.0)
# How long to wait between polls, if the service does not say it (RFC 8628, 3.2).
_INTERVAL_SECONDS = 5.0
_LONGEST_INTERVAL_SECONDS = 60.0
# What says that a refresh token will never be accepted again (RFC 6749, 5.2).
_FINAL_CODES = ("InvalidGrantException", "UnauthorizedClientException")
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """What the person approves, and what we poll with (RFC 8628, 3.2).

    `interval` is in seconds, `expires_at` in Unix seconds.
    """

    device_code: str = field(repr=False)
    user_code: str
    verification_uri_complete: str
    interval: float
    expires_at: float


class AuthorizationPending(Unavailable):
    """The person has not approved yet. With `slow_down`, polls must be less frequent from now on."""

    def __init__(self, *, slow_down: bool) -> None:
        super().__init__("the sign-in is not approved yet")
        self.slow_down = slow_down


class InvalidClient(Failed):
    """The client registration is unknown or has expired: register again."""


class Oidc:
    """The OIDC service of one session. Times are in Unix seconds of `now`."""

    def __init__(
        self,
        session: Session,
        network: Network | None = None,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._session = session
        self._network = network
        self._now = now
        self._sleep = sleep
        self._client = clients.client("sso-oidc", session, network)

    def register(self, *, browser: bool = False) -> Registration:
        """Register as a public client (RegisterClient), for device codes or authorization codes (`browser`)."""
        session = self._session
        more: dict[str, Any] = {} if session.legacy else {"scopes": list(session.scopes)}
        if browser:
            more |= {
                "grantTypes": ["authorization_code", "refresh_token"],
                "redirectUris": [REDIRECT_URI],
                "issuerUrl": self._portal_url,
            }
        name = "ssohelper" if session.legacy else f"ssohelper-{session.name}"
        response = self._call(self._client.register_client, clientName=name, clientType="public", **more)
        return Registration(
            response.text("clientId"),
            response.text("clientSecret"),
            response.expiry("clientSecretExpiresAt", self._now()),
            () if session.legacy else session.scopes,
            browser,
        )

    def authorize_url(self, registration: Registration, *, redirect_uri: str, state: str, code_challenge: str) -> str:
        """The page where the person signs in; it redirects to `redirect_uri` with a code (RFC 7636)."""
        query = {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge_method": "S256",
            "scopes": " ".join(registration.scopes),
            "code_challenge": code_challenge,
        }
        return f"{self._client.meta.endpoint_url.rstrip('/')}/authorize?{urlencode(query, quote_via=quote)}"

    def exchange_code(self, registration: Registration, *, code: str, code_verifier: str, redirect_uri: str) -> Token:
        """The token for an authorization code (CreateToken). Raises `SignInRequired` if it is rejected."""
        try:
            return self._token(
                registration,
                grantType="authorization_code",
                code=code,
                codeVerifier=code_verifier,
                redirectUri=redirect_uri,
            )
        except RequestRejected as error:
            raise SignInRequired(
                "Identity Center rejected the authorization code", hint=self._session.login_command
            ) from error

    def refresh(self, token: Token) -> Token:
        """A new token for an old one (CreateToken), not retried; keeps the refresh token if there is no new one.

        Raises `SignInRequired` if the service rejects the refresh token or the registration for good, `Unavailable`
        for any other response: the refresh token may still be valid.
        """
        if token.registration is None or token.refresh_token is None:
            raise SignInRequired("this sign-in cannot be refreshed", hint=self._session.login_command)
        try:
            grant = {"grantType": "refresh_token", "refreshToken": token.refresh_token}
            new = self._token(token.registration, pauses=(), **grant)
        except Failed as error:
            if isinstance(error, InvalidClient) or (
                isinstance(error, RequestRejected) and error.code in _FINAL_CODES
            ):
                raise SignInRequired(
                    "Identity Center rejected the refresh token", hint=self._session.login_command
                ) from error
            raise Unavailable(str(error), hint="run the command again in a minute") from error
        return new._replace(refresh_token=new.refresh_token or token.refresh_token)

    def start_device_authorization(self, registration: Registration) -> DeviceAuthorization:
        """Start a sign-in that the person approves in any browser (StartDeviceAuthorization).

        Raises `InvalidClient` if the service rejects the registration.
        """
        response = self._call(
            self._client.start_device_authorization,
            clientId=registration.client_id,
            clientSecret=registration.client_secret,
            startUrl=self._portal_url,
        )
        return DeviceAuthorization(
            response.text("deviceCode"),
            response.text("userCode"),
            response.url("verificationUriComplete" if response.has("verificationUriComplete") else "verificationUri"),
            min(response.seconds("interval", default=_INTERVAL_SECONDS), _LONGEST_INTERVAL_SECONDS),
            self._now() + response.seconds("expiresIn"),
        )

    def exchange_device_code(self, registration: Registration, authorization: DeviceAuthorization) -> Token:
        """The token, once the person has approved (CreateToken).

        Raises `AuthorizationPending` until then, `Cancelled` if they denied it, `SignInRequired` if the code expired.
        """
        try:
            return self._token(registration, grantType=_DEVICE_GRANT, deviceCode=authorization.device_code)
        except RequestRejected as error:
            raise self._poll_error(error) from error

    @cached_property
    def _portal_url(self) -> str:
        """The access portal's start URL: the configured one, or where that redirects to. Raises as `resolve` does."""
        configured = self._session.start_url
        if not start_url.is_vanity(configured):
            return configured
        found = vanity_url.resolve(configured, self._network)
        start_url.check_region(found, self._session.region, hint=self._change_session())
        return found.url

    def _change_session(self) -> str:
        if self._session.legacy:
            return "correct sso_start_url and sso_region in the AWS config file"
        return hints.command("configure", "--session", self._session.name, "--replace")

    def _token(self, registration: Registration, *, pauses: tuple[float, ...] = _PAUSES, **grant: str) -> Token:
        response = self._call(
            self._client.create_token,
            pauses,
            clientId=registration.client_id,
            clientSecret=registration.client_secret,
            **grant,
        )
        return Token(
            self._session.start_url,
            self._session.region,
            response.text("accessToken"),
            self._now() + response.seconds("expiresIn"),
            registration,
            response.optional_text("refreshToken"),
        )

    def _poll_error(self, error: RequestRejected) -> Exception:
        hint = self._session.login_command
        if error.code in ("AuthorizationPendingException", "SlowDownException"):
            return AuthorizationPending(slow_down=error.code == "SlowDownException")
        if error.code == "AccessDeniedException":
            return Cancelled("the sign-in was denied in the browser", hint=hint)
        if error.code == "ExpiredTokenException":
            return SignInRequired("the sign-in was not approved in time", hint=hint)
        if error.code == "InvalidGrantException":  # already used: the response with the token was lost
            return SignInRequired("Identity Center rejected the device code", hint=hint)
        return error

    def _call(self, operation: Callable[..., Any], pauses: tuple[float, ...] = _PAUSES, **arguments: Any) -> Response:
        """The response to a request. After a successful one that cannot be read, none is sent: a code works once."""
        for pause in pauses:
            try:
                return self._try(operation, arguments)
            except Unavailable:
                self._sleep(pause)
        return self._try(operation, arguments)

    def _try(self, operation: Callable[..., Any], arguments: Mapping[str, Any]) -> Response:
        try:
            with translate_errors(), clients.explain_unreachable_host("sso-oidc", self._session):
                if arguments.get("grantType") == "refresh_token":  # never cut off: the new token would be lost
                    response: dict[str, Any] = operation(**arguments)
                else:
                    response = clients.whole_response(operation, IDENTITY_CENTER, **arguments)
        except (SignInRequired, AccessDenied) as error:  # these are not errors of this service
            hint = "ask your administrator whether sign-ins from this network are allowed"
            raise Failed("Identity Center does not allow sign-ins from this machine", hint=hint) from error
        except RequestRejected as error:
            if error.code == "InvalidClientException":
                raise InvalidClient(
                    "Identity Center rejected the client registration", hint=self._session.login_command
                ) from error
            if error.code == "InvalidRequestException" and ("startUrl" in arguments or "issuerUrl" in arguments):
                raise BadInput(
                    f"start URL not found in {self._session.region}: {self._session.start_url}",
                    hint=self._change_session(),
                ) from error
            raise
        return Response.of(response)
