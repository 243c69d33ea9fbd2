"""The OIDC service (`sso-oidc`, 2019-06-10): registrations, device codes, and the three grants of CreateToken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssohelper.simulator.authorization_codes import AuthorizationCodes
from ssohelper.simulator.device_codes import DeviceCodes
from ssohelper.simulator.errors import invalid_request, refused
from ssohelper.simulator.messages import Answer, Request, json_answer
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
from ssohelper.simulator.tokens import Grant, Tokens


@dataclass(frozen=True, slots=True)
class Oidc:
    """The operations of the OIDC service; each takes a request and gives its answer or raises AwsError.

    `started` is told of each new user code. `url` is where the person approves.
    """

    registrations: Registrations
    device_codes: DeviceCodes
    authorization_codes: AuthorizationCodes
    tokens: Tokens
    url: str
    start_url: str
    started: Callable[[str], None]

    def register_client(self, request: Request) -> Answer:
        """RegisterClient: the times in the answer are in seconds."""
        members = _members(request)
        registration = self.registrations.add(self._application(members))
        return json_answer(
            {
                "clientId": registration.client_id,
                "clientSecret": registration.client_secret,
                "clientIdIssuedAt": registration.issued_at,
                "clientSecretExpiresAt": registration.expires_at,
            }
        )

    def start_device_authorization(self, request: Request) -> Answer:
        """StartDeviceAuthorization: a device code to poll with and a user code to approve."""
        members = _members(request)
        client_id, secret = _text(members, "clientId"), _text(members, "clientSecret")
        start_url = _text(members, "startUrl")
        registration = self.registrations.prove(client_id, secret)
        if not registration.allows(DEVICE_CODE):
            raise refused("unauthorized_client", "The client is not registered for device codes")
        self._check_start_url(start_url)
        authorization = self.device_codes.start(registration)
        self.started(authorization.user_code)
        return json_answer(
            {
                "deviceCode": authorization.device_code,
                "userCode": authorization.user_code,
                "verificationUri": f"{self.url}/device",
                "verificationUriComplete": f"{self.url}/device?user_code={authorization.user_code}",
                "expiresIn": self.device_codes.seconds,
                "interval": authorization.interval,
            }
        )

    def create_token(self, request: Request) -> Answer:
        """CreateToken: an access token for a device code, an authorization code or a refresh token."""
        members = _members(request)
        client_id, secret = _text(members, "clientId"), _text(members, "clientSecret")
        grant_type = _text(members, "grantType")
        # The service model says of `scope` that it has no effect; only its shape can be wrong.
        _texts(members, "scope")
        registration = self.registrations.prove(client_id, secret)
        if grant_type not in GRANT_TYPES:
            raise refused("unsupported_grant_type", "No such grant type")
        if not registration.allows(grant_type):
            raise refused("unauthorized_client", "The client is not registered for this grant type")
        if grant_type == REFRESH_TOKEN:
            return _token_answer(self.tokens.renew(registration, _text(members, "refreshToken")))
        user = self._approver(registration, grant_type, members)
        return _token_answer(self.tokens.begin(registration, user))

    def _approver(self, registration: Registration, grant_type: str, members: Mapping[str, object]) -> str:
        if grant_type == DEVICE_CODE:
            return self.device_codes.poll(registration, _text(members, "deviceCode"))
        code, verifier = _text(members, "code"), _text(members, "codeVerifier")
        return self.authorization_codes.redeem(registration, code, verifier, _text(members, "redirectUri"))

    def _application(self, members: Mapping[str, object]) -> Application:
        name, kind = _text(members, "clientName"), _text(members, "clientType")
        scopes, redirect_uris = _texts(members, "scopes"), _texts(members, "redirectUris")
        grant_types = frozenset(_texts(members, "grantTypes")) or GRANT_TYPES
        if kind != "public":
            raise refused("invalid_client_metadata", "clientType must be public")
        if not set(scopes) <= SCOPES:
            raise refused("invalid_scope", "A requested scope does not exist")
        if not grant_types <= GRANT_TYPES:
            raise refused("unsupported_grant_type", "A requested grant type does not exist")
        if not all(map(is_loopback, redirect_uris)):
            raise refused("invalid_redirect_uri", "A redirect URI must be http on a loopback address")
        if "grantTypes" in members and AUTHORIZATION_CODE in grant_types and not redirect_uris:
            raise refused("invalid_redirect_uri", "The authorization_code grant needs a redirect URI")
        if "issuerUrl" in members:
            self._check_start_url(_text(members, "issuerUrl"))
        return Application(name, scopes, grant_types, redirect_uris)

    def _check_start_url(self, start_url: str) -> None:
        if _same_start(start_url) != _same_start(self.start_url):
            raise invalid_request("The start URL is not that of this instance")


def _token_answer(grant: Grant) -> Answer:
    members = {"accessToken": grant.access_token, "tokenType": "Bearer", "expiresIn": grant.expires_in}
    if grant.refresh_token is not None:
        members["refreshToken"] = grant.refresh_token
    return json_answer(members)


def _same_start(url: str) -> str:
    """`/start`, `/start/` and `/start#/` are one place."""
    return url.rstrip("/").removesuffix("#").rstrip("/")


def _members(request: Request) -> dict[str, object]:
    try:
        # A member that is null is one that was left out.
        return {name: value for name, value in request.json().items() if value is not None}
    except ValueError as error:
        raise invalid_request(str(error)) from None


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_request(f"{name} must be a string that is not empty")
    return value


def _texts(members: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = members.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise invalid_request(f"{name} must be a list of strings")
    return tuple(values)
