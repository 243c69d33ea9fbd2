"""Client registrations of the OIDC service (RegisterClient)."""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from ssohelper.simulator.errors import oauth_error

AUTHORIZATION_CODE = "authorization_code"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
GRANT_TYPES = frozenset({AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN})

PORTAL_SCOPE = "sso:account:access"
SCOPES = frozenset(
    {
        PORTAL_SCOPE,
        "codewhisperer:analysis",
        "codewhisperer:completions",
        "codewhisperer:conversations",
        "codewhisperer:taskassist",
        "codewhisperer:transformations",
    }
)


@dataclass(frozen=True, slots=True)
class Application:
    """The client metadata of RegisterClient."""

    name: str
    scopes: tuple[str, ...] = ()
    grant_types: frozenset[str] = GRANT_TYPES
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered client; times are Unix seconds."""

    client_id: str
    client_secret: str = field(repr=False)
    application: Application
    issued_at: int
    expires_at: int

    @property
    def gets_refresh_tokens(self) -> bool:
        """Whether its sign-ins have a refresh token: only if it registered for a scope and for that grant."""
        return bool(self.application.scopes) and REFRESH_TOKEN in self.application.grant_types

    @property
    def has_portal_access(self) -> bool:
        """Whether the portal accepts its tokens: not if all its scopes are Amazon Q's."""
        return not self.application.scopes or PORTAL_SCOPE in self.application.scopes

    def allows_grant(self, grant_type: str) -> bool:
        """Whether the client registered for this grant type."""
        return grant_type in self.application.grant_types

    def allows_redirect_to(self, uri: str) -> bool:
        """Whether the client registered this redirect URI; the port may differ (RFC 8252, 7.3)."""
        return is_loopback(uri) and any(
            _without_port(uri) == _without_port(known) for known in self.application.redirect_uris
        )


class Registrations:
    """The registered clients; each registration is valid for `seconds`."""

    def __init__(self, clock: Callable[[], float], seconds: int) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._registrations: dict[str, Registration] = {}

    def add(self, application: Application) -> Registration:
        """Register a client."""
        now = int(self._clock())
        # Hexadecimal, because base64 may begin with a hyphen, which the AWS CLI would parse as an option.
        registration = Registration(
            secrets.token_hex(16), secrets.token_hex(48), application, now, now + self.seconds
        )
        with self._lock:
            self._registrations[registration.client_id] = registration
        return registration

    def find(self, client_id: str) -> Registration | None:
        """Return a client's registration; None if it is unknown or expired."""
        with self._lock:
            registration = self._registrations.get(client_id)
        return registration if registration and registration.expires_at > self._clock() else None

    def authenticate(self, client_id: str, client_secret: str) -> Registration:
        """Return the client's registration. Raises `invalid_client` if the id or secret is wrong or expired."""
        registration = self.find(client_id)
        expected = registration.client_secret if registration else ""
        if registration is None or not hmac.compare_digest(expected.encode(), _bytes(client_secret)):
            raise oauth_error("invalid_client", "Invalid client credentials, or the registration has expired")
        return registration


def is_loopback(uri: str) -> bool:
    """Whether `uri` is plain HTTP to a loopback address, the only redirect URI that a public client may register."""
    # urlsplit ignores line breaks and other characters, which would end up in the header `Location`.
    if not re.fullmatch(r"[!-~]+", uri):
        return False
    try:
        parts = urlsplit(uri)
        plain = not (parts.fragment or parts.username or parts.password) and (parts.port or 80) > 0
    except ValueError:
        return False
    return plain and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")


def _bytes(text: str) -> bytes:
    # A JSON string may hold a lone surrogate, which UTF-8 cannot encode.
    return text.encode(errors="surrogatepass")


def _without_port(uri: str) -> tuple[str | None, str, str]:
    parts = urlsplit(uri)
    return parts.hostname, parts.path, parts.query
