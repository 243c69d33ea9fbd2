"""The AWS console as far as its door: sign-in tokens for role credentials, and one page that says who came in.

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
from ssohelper.simulator.messages import Answer, Request, json_answer
from ssohelper.simulator.portal import Issued, Portal
from ssohelper.simulator.world import World

TOKEN_SECONDS = 15 * 60
SESSION_SECONDS = range(900, 43200 + 1)
_HOST = re.compile(
    r"(?:([a-z0-9-]+)\.)?console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|amazonaws-eusc\.eu)"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A person who wants to see the console as a role; `destination` is the page's address, or nothing."""

    account_id: str
    role_name: str
    destination: str = ""


class Console:
    """The federation endpoint, and the page to which it and the access portal lead.

    Stricter than AWS where that catches a client's carelessness: credentials count in the body of a POST alone, and a
    token is good once.
    """

    def __init__(self, world: World, portal: Portal, clock: Callable[[], float]) -> None:
        self._world = world
        self._portal = portal
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[bytes, tuple[Issued, int, float]] = {}

    def get_signin_token(self, request: Request) -> Answer:
        """GetSigninToken: a token for credentials that are good, as a form that is sent by POST."""
        form = _form(request)
        if request.query or form.get("Action") != "getSigninToken":
            raise _refused("Invalid action parameter")
        issued = self._proven(form.get("Session", ""))
        seconds = int(issued.expiration - self._clock())
        if "SessionDuration" in form:
            said = form["SessionDuration"]
            if not (said.isascii() and said.isdigit() and len(said) < 9 and int(said) in SESSION_SECONDS):
                raise _refused("Invalid session duration parameter")
            seconds = int(said)
        token = "VCQgs5qZ" + secrets.token_urlsafe(300)
        with self._lock:
            now = self._clock()
            self._tokens = {key: each for key, each in self._tokens.items() if each[2] > now}
            self._tokens[_fingerprint(token)] = (issued, seconds, now + TOKEN_SECONDS)
        return json_answer({"SigninToken": token})

    def log_in(self, request: Request) -> Answer | None:
        """The page at `/federation`; None for any other."""
        if (request.method, request.path) != ("GET", "/federation"):
            return None
        query = request.query
        if query.get("Action") != "login":
            return pages.message("That did not work", "Invalid action parameter.", 400)
        if place_of(query.get("Destination", "")) is None:
            return pages.message("That did not work", "The destination is no page of the AWS console.", 400)
        with self._lock:
            issued, seconds, ends = self._tokens.pop(_fingerprint(query.get("SigninToken", "")), (None, 0, 0.0))
        if issued is None or ends <= self._clock():
            return pages.message("That did not work", "The sign-in token is unknown, expired or used.", 400)
        return self._page(issued.user, Visit(issued.account_id, issued.role_name, query["Destination"]), seconds)

    def enter(self, user: str, visit: Visit) -> Answer:
        """The console for somebody who comes by the access portal."""
        if visit.role_name not in self._world.roles_of(user, visit.account_id):
            text = f"{user} has no role {visit.role_name} in the account {visit.account_id}."
            return pages.message("You do not have access", text, 403)
        return self._page(user, visit, self._world.session_hours(visit.role_name) * 3600)

    def _proven(self, session: str) -> Issued:
        try:
            told = json.loads(session)
            parts = [told[name] for name in ("sessionId", "sessionKey", "sessionToken")]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _refused("Invalid credentials parameter") from None  # the cause carries the credentials
        issued = (
            self._portal.proven(*parts) if len(told) == 3 and all(isinstance(each, str) for each in parts) else None
        )
        if issued is None:
            raise _refused("Invalid credentials parameter")
        return issued

    def _page(self, user: str, visit: Visit, seconds: int) -> Answer:
        names = {account.id: account.name for account in self._world.accounts}
        name = names.get(visit.account_id)
        service, region = place_of(visit.destination) or ("", "")
        return pages.facts(
            "AWS console",
            {
                "User": user,
                "Account": f"{name} ({visit.account_id})" if name else visit.account_id,
                "Role": visit.role_name,
                "Service": service or "home",
                "Region": region or "as last time",
                "Session": f"{seconds} seconds",
            },
        )


def place_of(destination: str) -> tuple[str, str] | None:
    """The service and the region, or nothing, that a page of the console is about; None for any other address."""
    try:
        parts = urlsplit(destination)
    except ValueError:
        return None
    found = _HOST.fullmatch(parts.netloc)
    if parts.scheme != "https" or found is None:
        return None
    regions: Mapping[str, list[str]] = parse_qs(parts.query)
    service = parts.path.strip("/").removesuffix("/home")
    return "" if service == "console" else service, found[1] or regions.get("region", [""])[0]


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise _refused("Invalid content type")
    try:
        return request.form()
    except ValueError:
        raise _refused("Invalid form") from None  # the cause carries the credentials


def _refused(text: str) -> AwsError:
    return AwsError(400, "BadRequest", text)


def _fingerprint(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
