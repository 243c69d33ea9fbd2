"""The OIDC service (`sso-oidc`, 2019-06-10): RegisterClient, StartDeviceAuthorization, CreateToken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator.authorization_codes import AuthorizationCodes
from ssohelper.simulator.device_codes import DeviceCodes
from ssohelper.simulator.errors import invalid_request, oauth_error
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.registrations import (
    AUTHORIZATION_CODE,
    DEVICE_CODE,
    GRANT_TYPES,
    REFRESH_TOKEN,
    SCOPES,
    Application,
    Registration,
    Registrations,
    is_loopback,
)
from ssohelper.simulator.tokens import IssuedTokens, Tokens


@dataclass(frozen=True, slots=True)
class Oidc:
    """The operations of the OIDC service; each takes a request and returns its response or raises AwsError.

    `on_user_code` is called with each new user code. `url` is the address of the device page.
    """

    registrations: Registrations
    device_codes: DeviceCodes
    authorization_codes: AuthorizationCodes
    tokens: Tokens
    url: str
    start_url: str
    on_user_code: Callable[[str], None]

    def register_client(self, request: Request) -> Response:
        """RegisterClient; the times in the response are Unix seconds."""
        registration = self.registrations.add(self._application(_members(request)))
        return json_response(
            {
                "clientId": registration.client_id,
                "clientSecret": registration.client_secret,
                "clientIdIssuedAt": registration.issued_at,
                "clientSecretExpiresAt": registration.expires_at,
            }
        )

    def start_device_authorization(self, request: Request) -> Response:
        """StartDeviceAuthorization: a device code to poll with, and a user code to approve."""
        members = _members(request)
        client_id, secret = _string(members, "clientId"), _string(members, "clientSecret")
        start_url = _string(members, "startUrl")
        registration = self.registrations.authenticate(client_id, secret)
        if not registration.allows_grant(DEVICE_CODE):
            raise oauth_error("unauthorized_client", "The client is not registered for device codes")
        self._check_start_url(start_url)
        authorization = self.device_codes.start(registration)
        self.on_user_code(authorization.user_code)
        return json_response(
            {
                "deviceCode": authorization.device_code,
                "userCode": authorization.user_code,
                "verificationUri": f"{self.url}/device",
                "verificationUriComplete": f"{self.url}/device?user_code={authorization.user_code}",
                "expiresIn": self.device_codes.seconds,
                "interval": authorization.interval,
            }
        )

    def create_token(self, request: Request) -> Response:
        """CreateToken: tokens for a device code, an authorization code or a refresh token."""
        members = _members(request)
        client_id, secret = _string(members, "clientId"), _string(members, "clientSecret")
        grant_type = _string(members, "grantType")
        # Only the type of `scope` is checked: the service model says that it has no effect.
        _strings(members, "scope")
        registration = self.registrations.authenticate(client_id, secret)
        if grant_type not in GRANT_TYPES:
            raise oauth_error("unsupported_grant_type", "No such grant type")
        if not registration.allows_grant(grant_type):
            raise oauth_error("unauthorized_client", "The client is not registered for this grant type")
        if grant_type == REFRESH_TOKEN:
            return _token_response(self.tokens.refresh(registration, _string(members, "refreshToken")))
        user = self._approving_user(registration, grant_type, members)
        return _token_response(self.tokens.sign_in(registration, user))

    def _approving_user(self, registration: Registration, grant_type: str, members: Mapping[str, object]) -> str:
        if grant_type == DEVICE_CODE:
            return self.device_codes.poll(registration, _string(members, "deviceCode"))
        code, verifier = _string(members, "code"), _string(members, "codeVerifier")
        return self.authorization_codes.redeem(registration, code, verifier, _string(members, "redirectUri"))

    def _application(self, members: Mapping[str, object]) -> Application:
        name, client_type = _string(members, "clientName"), _string(members, "clientType")
        scopes, redirect_uris = _strings(members, "scopes"), _strings(members, "redirectUris")
        grant_types = frozenset(_strings(members, "grantTypes")) or GRANT_TYPES
        if client_type != "public":
            raise oauth_error("invalid_client_metadata", "clientType must be public")
        if not set(scopes) <= SCOPES:
            raise oauth_error("invalid_scope", "A requested scope does not exist")
        if not grant_types <= GRANT_TYPES:
            raise oauth_error("unsupported_grant_type", "A requested grant type does not exist")
        if not all(map(is_loopback, redirect_uris)):
            raise oauth_error("invalid_redirect_uri", "A redirect URI must be http on a loopback address")
        if "grantTypes" in members and AUTHORIZATION_CODE in grant_types and not redirect_uris:
            raise oauth_error("invalid_redirect_uri", "The authorization_code grant needs a redirect URI")
        if "issuerUrl" in members:
            self._check_start_url(_string(members, "issuerUrl"))
        return Application(name, scopes, grant_types, redirect_uris)

    def _check_start_url(self, start_url: str) -> None:
        if _normalized(start_url) != _normalized(self.start_url):
            raise invalid_request("The start URL is not that of this instance")


def _token_response(issued: IssuedTokens) -> Response:
    members = {"accessToken": issued.access_token, "tokenType": "Bearer", "expiresIn": issued.expires_in}
    if issued.refresh_token is not None:
        members["refreshToken"] = issued.refresh_token
    return json_response(members)


def _normalized(start_url: str) -> str:
    """`/start`, `/start/` and `/start#/` are the same start URL."""
    return start_url.rstrip("/").removesuffix("#").rstrip("/")


def _members(request: Request) -> dict[str, object]:
    try:
        # A null member is the same as a missing one.
        return {name: value for name, value in request.json().items() if value is not None}
    except ValueError as error:
        raise invalid_request(str(error)) from None


def _string(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_request(f"{name} must be a non-empty string")
    return value


def _strings(members: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = members.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise invalid_request(f"{name} must be a list of strings")
    return tuple(values)
