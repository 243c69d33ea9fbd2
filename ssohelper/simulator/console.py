"""Signing in to the AWS console: the federation endpoint, and a placeholder page for the console.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from ssohelper.simulator import pages
from ssohelper.simulator.errors import AwsError
from ssohelper.simulator.messages import Request, Response, json_response
from ssohelper.simulator.portal import IssuedCredentials, Portal
from ssohelper.simulator.world import World

TOKEN_SECONDS = 15 * 60
SESSION_SECONDS = range(900, 43200 + 1)
_HOST = re.compile(
    r"(?:([a-z0-9-]+)\.)?console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|amazonaws-eusc\.eu)"
)


@dataclass(frozen=True, slots=True)
class ConsoleSignIn:
    """A sign-in to the console with a role; `destination` is the URL of a console page, or empty."""

    account_id: str
    role_name: str
    destination: str = ""


class Console:
    """The federation endpoint and the console page.

    Stricter than AWS to catch careless clients: credentials are accepted only in the body of a POST, and a sign-in
    token only once.
    """

    def __init__(self, world: World, portal: Portal, clock: Callable[[], float]) -> None:
        self._world = world
        self._portal = portal
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[bytes, tuple[IssuedCredentials, int, float]] = {}

    def get_signin_token(self, request: Request) -> Response:
        """GetSigninToken: a sign-in token for valid role credentials."""
        form = _form(request)
        if request.query or form.get("Action") != "getSigninToken":
            raise _bad_request("Invalid action parameter")
        issued = self._verify_credentials(form.get("Session", ""))
        seconds = int(issued.expiration - self._clock())
        if "SessionDuration" in form:
            if issued.assumed:  # role chaining: AWS allows no duration
                raise _invalid_duration()
            duration = form["SessionDuration"]
            if not (duration.isascii() and duration.isdigit() and len(duration) < 9):
                raise _invalid_duration()
            seconds = int(duration)
            if seconds not in SESSION_SECONDS:
                raise _invalid_duration()
        token = "VCQgs5qZ" + secrets.token_urlsafe(300)
        with self._lock:
            now = self._clock()
            self._tokens = {key: each for key, each in self._tokens.items() if each[2] > now}
            self._tokens[_fingerprint(token)] = (issued, seconds, now + TOKEN_SECONDS)
        return json_response({"SigninToken": token})

    def handle_login(self, request: Request) -> Response | None:
        """Return the page of `GET /federation` with `Action=login`; None for any other path."""
        if (request.method, request.path) != ("GET", "/federation"):
            return None
        query = request.query
        if query.get("Action") != "login":
            return pages.message("Invalid request", "Invalid action parameter.", 400)
        if parse_destination(query.get("Destination", "")) is None:
            return pages.message("Invalid request", "The destination is not a page of the AWS console.", 400)
        with self._lock:
            issued, seconds, expires_at = self._tokens.pop(_fingerprint(query.get("SigninToken", "")), (None, 0, 0.0))
        if issued is None or expires_at <= self._clock():
            return pages.message("Invalid request", "The sign-in token is unknown, expired or already used.", 400)
        sign_in = ConsoleSignIn(issued.account_id, issued.role_name, query["Destination"])
        return self._console_page(issued.user, sign_in, seconds)

    def open(self, user: str, sign_in: ConsoleSignIn) -> Response:
        """Return the console page for a user who comes from the access portal."""
        role = self._world.role(sign_in.account_id, sign_in.role_name)
        if role is None or sign_in.role_name not in self._world.roles_of(user, sign_in.account_id):
            text = f"{user} is not assigned the role {sign_in.role_name} in the account {sign_in.account_id}."
            return pages.message("You do not have access", text, 403)
        return self._console_page(user, sign_in, role.permission_set.session_hours * 3600)

    def _verify_credentials(self, session: str) -> IssuedCredentials:
        try:
            document = json.loads(session)
            parts = [document[name] for name in ("sessionId", "sessionKey", "sessionToken")]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _invalid_credentials() from None  # the cause carries the credentials
        if len(document) != 3 or not all(isinstance(part, str) for part in parts):
            raise _invalid_credentials()
        issued = self._portal.verify_credentials(*parts)
        if issued is None:
            raise _invalid_credentials()
        return issued

    def _console_page(self, user: str, sign_in: ConsoleSignIn, seconds: int) -> Response:
        names = {account.id: account.name for account in self._world.accounts}
        name = names.get(sign_in.account_id)
        service, region = parse_destination(sign_in.destination) or ("", "")
        return pages.details(
            "AWS console",
            {
                "User": user,
                "Account": f"{name} ({sign_in.account_id})" if name else sign_in.account_id,
                "Role": sign_in.role_name,
                "Service": service or "home",
                "Region": region or "last used",
                "Session": f"{seconds} seconds",
            },
        )


def parse_destination(destination: str) -> tuple[str, str] | None:
    """Return the service and region of a console URL, each possibly empty; None for any other URL."""
    try:
        parts = urlsplit(destination)
    except ValueError:
        return None
    found = _HOST.fullmatch(parts.netloc)
    if parts.scheme != "https" or found is None:
        return None
    query: Mapping[str, list[str]] = parse_qs(parts.query)
    service = parts.path.strip("/").removesuffix("/home")
    return "" if service == "console" else service, found[1] or query.get("region", [""])[0]


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise _bad_request("Invalid content type")
    try:
        return request.form()
    except ValueError:
        raise _bad_request("Invalid form") from None  # the cause carries the credentials


def _bad_request(message: str) -> AwsError:
    return AwsError(400, "BadRequest", message)


def _invalid_credentials() -> AwsError:
    return _bad_request("Invalid credentials parameter")


def _invalid_duration() -> AwsError:
    return _bad_request("Invalid session duration parameter")


def _fingerprint(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
