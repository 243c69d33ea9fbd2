"""The authorization code grant with PKCE (RFC 6749, 4.1 and RFC 7636): from /authorize to CreateToken."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlencode

from ssohelper.simulator.errors import AwsError, refused
from ssohelper.simulator.registrations import AUTHORIZATION_CODE, Registration

CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks of `GET /authorize`, checked."""

    registration: Registration
    redirect_uri: str
    state: str = field(repr=False)
    code_challenge: str = field(repr=False)

    def reply(self, **parameters: str) -> str:
        """The URL that takes the browser back to the client, with these parameters and the client's state."""
        return _back(self.redirect_uri, self.state, parameters)


class Bounced(Exception):
    """A request that is wrong, from a client that can be told so; `location` is where to send the browser."""

    def __init__(self, location: str) -> None:
        super().__init__("the request goes back to its client")
        self.location = location


def read_request(registration: Registration, query: Mapping[str, str]) -> AuthorizationRequest:
    """The request in the query of `GET /authorize`; AWS calls the list of scopes `scopes`.

    Raises `invalid_redirect_uri` where the client must not be trusted with an answer, else Bounced.
    """
    redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
    if not registration.redirects_to(redirect_uri):
        raise refused("invalid_redirect_uri", "This client did not register the address that it asks to return to")
    error = _what_is_wrong(registration, query)
    if error:
        raise Bounced(_back(redirect_uri, state, {"error": error}))
    return AuthorizationRequest(registration, redirect_uri, state, query["code_challenge"])


def _what_is_wrong(registration: Registration, query: Mapping[str, str]) -> str | None:
    if not registration.allows(AUTHORIZATION_CODE):
        return "unauthorized_client"
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if query.get("code_challenge_method") != "S256":
        return "invalid_request"
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", query.get("code_challenge", "")):
        return "invalid_request"
    if not set(query.get("scopes", "").split()) <= set(registration.application.scopes):
        return "invalid_scope"
    return None


def _back(redirect_uri: str, state: str, parameters: Mapping[str, str]) -> str:
    query = urlencode({**parameters, "state": state} if state else parameters)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


class AuthorizationCodes:
    """Codes that were handed to a browser and wait for CreateToken, for a minute and for one use."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._waiting: dict[str, tuple[AuthorizationRequest, str, float]] = {}

    def issue(self, request: AuthorizationRequest, user: str) -> str:
        """A new code: `user` approved this request."""
        code = secrets.token_hex(32)
        with self._lock:
            self._waiting[code] = (request, user, self._clock() + CODE_SECONDS)
        return code

    def redeem(self, registration: Registration, code: str, code_verifier: str, redirect_uri: str) -> str:
        """The user who approved. The code is used up, whether or not the rest is right.

        Raises `invalid_grant` where the code, its client, the verifier or the redirect URI is not the one.
        """
        with self._lock:
            found = self._waiting.pop(code, None)
        if found is None:
            raise _invalid_grant()
        request, user, expires_at = found
        right = (
            expires_at > self._clock()
            and request.registration.client_id == registration.client_id
            and request.redirect_uri == redirect_uri
            and hmac.compare_digest(challenge_of(code_verifier), request.code_challenge)
        )
        if not right:
            raise _invalid_grant()
        return user


def challenge_of(code_verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(code_verifier.encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _invalid_grant() -> AwsError:
    return refused("invalid_grant", "Invalid authorization code, verifier or redirect URI provided")
