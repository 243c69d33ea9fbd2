"""Client registrations of the OIDC service: RegisterClient's side of the state."""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from ssohelper.simulator.errors import refused

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
    """What a client says of itself in RegisterClient."""

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
    def renewable(self) -> bool:
        """Whether its tokens can be refreshed: only a client that asked for a scope gets refresh tokens."""
        return bool(self.application.scopes) and REFRESH_TOKEN in self.application.grant_types

    @property
    def reaches_portal(self) -> bool:
        """Whether the portal takes its tokens: those of Amazon Q's scopes alone are for another service."""
        return not self.application.scopes or PORTAL_SCOPE in self.application.scopes

    def allows(self, grant_type: str) -> bool:
        """Whether the client registered for this grant."""
        return grant_type in self.application.grant_types

    def redirects_to(self, uri: str) -> bool:
        """Whether a redirect URI was registered; the port of a loopback one may differ (RFC 8252, 7.3)."""
        return is_loopback(uri) and any(
            _without_port(uri) == _without_port(known) for known in self.application.redirect_uris
        )


class Registrations:
    """The clients that registered; each lasts `seconds`."""

    def __init__(self, clock: Callable[[], float], seconds: int) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Registration] = {}

    def add(self, application: Application) -> Registration:
        """Register a client."""
        now = int(self._clock())
        # In hexadecimal: a command line would take a word that begins with a hyphen for an option.
        registration = Registration(
            secrets.token_hex(16), secrets.token_hex(48), application, now, now + self.seconds
        )
        with self._lock:
            self._known[registration.client_id] = registration
        return registration

    def find(self, client_id: str) -> Registration | None:
        """The registration of a client that has not expired."""
        with self._lock:
            registration = self._known.get(client_id)
        return registration if registration and registration.expires_at > self._clock() else None

    def prove(self, client_id: str, client_secret: str) -> Registration:
        """The client whose secret this is; raises `invalid_client` for a wrong secret, an expired or unknown one."""
        registration = self.find(client_id)
        known = registration.client_secret if registration else ""
        if registration is None or not hmac.compare_digest(known.encode(), _bytes(client_secret)):
            raise refused("invalid_client", "Invalid client credentials, or the registration has expired")
        return registration


def is_loopback(uri: str) -> bool:
    """Whether `uri` is plain HTTP to this computer, the only kind of redirect that a public client may have."""
    # urlsplit overlooks line breaks and more, and what it overlooks would stand in the header `Location`.
    if not re.fullmatch(r"[!-~]+", uri):
        return False
    try:
        parts = urlsplit(uri)
        plain = not (parts.fragment or parts.username or parts.password) and (parts.port or 80) > 0
    except ValueError:
        return False
    return plain and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")


def _bytes(text: str) -> bytes:
    # JSON can hold half of a surrogate pair, which has no UTF-8.
    return text.encode(errors="surrogatepass")


def _without_port(uri: str) -> tuple[str | None, str, str]:
    parts = urlsplit(uri)
    return parts.hostname, parts.path, parts.query
