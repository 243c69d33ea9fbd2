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

from ssohelper.simulator.errors import AwsError, oauth_error
from ssohelper.simulator.registrations import AUTHORIZATION_CODE, Registration

CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid `GET /authorize` request."""

    registration: Registration
    redirect_uri: str
    state: str = field(repr=False)
    code_challenge: str = field(repr=False)

    def redirect_url(self, **parameters: str) -> str:
        """Return the client's redirect URI with these parameters and the client's state."""
        return _redirect_url(self.redirect_uri, self.state, parameters)


class RedirectError(Exception):
    """An error that is returned to the client by redirect (RFC 6749, 4.1.2.1), to `location`."""

    def __init__(self, location: str) -> None:
        super().__init__("the error is returned to the client")
        self.location = location


def parse_request(registration: Registration, query: Mapping[str, str]) -> AuthorizationRequest:
    """Parse the query of `GET /authorize`, in which AWS calls the scopes `scopes`.

    Raises `invalid_redirect_uri` if the redirect URI is not the client's, RedirectError for any other error.
    """
    redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
    if not registration.allows_redirect_to(redirect_uri):
        raise oauth_error("invalid_redirect_uri", "The redirect_uri is not registered for this client")
    error = _request_error(registration, query)
    if error:
        raise RedirectError(_redirect_url(redirect_uri, state, {"error": error}))
    return AuthorizationRequest(registration, redirect_uri, state, query["code_challenge"])


def _request_error(registration: Registration, query: Mapping[str, str]) -> str | None:
    if not registration.allows_grant(AUTHORIZATION_CODE):
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


def _redirect_url(redirect_uri: str, state: str, parameters: Mapping[str, str]) -> str:
    query = urlencode({**parameters, "state": state} if state else parameters)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


class AuthorizationCodes:
    """Issued authorization codes; each is valid for `CODE_SECONDS` and for one use."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._codes: dict[str, tuple[AuthorizationRequest, str, float]] = {}

    def issue(self, request: AuthorizationRequest, user: str) -> str:
        """Return a new code for a request that `user` approved."""
        code = secrets.token_hex(32)
        with self._lock:
            self._codes[code] = (request, user, self._clock() + CODE_SECONDS)
        return code

    def redeem(self, registration: Registration, code: str, code_verifier: str, redirect_uri: str) -> str:
        """Return the user who approved. The code is used up even if the rest is invalid.

        Raises `invalid_grant` if the code, client, verifier or redirect URI does not match.
        """
        with self._lock:
            found = self._codes.pop(code, None)
        if found is None:
            raise _invalid_grant()
        request, user, expires_at = found
        valid = (
            expires_at > self._clock()
            and request.registration.client_id == registration.client_id
            and request.redirect_uri == redirect_uri
            and hmac.compare_digest(s256_challenge(code_verifier), request.code_challenge)
        )
        if not valid:
            raise _invalid_grant()
        return user


def s256_challenge(code_verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(code_verifier.encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _invalid_grant() -> AwsError:
    return oauth_error("invalid_grant", "Invalid authorization code, verifier or redirect URI provided")
