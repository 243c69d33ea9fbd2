"""The redirect URI of a sign-in: a page on 127.0.0.1 to which the browser returns with a code (RFC 8252, 7.3).

Only a GET of `/oauth/callback` with the state of this sign-in counts, with a code or an error. Every other request
gets a 404: a hostile page in the same browser can guess the port, but not the state.
"""

import hmac
import queue
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from ssohelper import loopback
from ssohelper.identity_center.oidc import REDIRECT_URI
from ssohelper.sign_in.page_server import PageServer, Request, Response

_PATH = urlsplit(REDIRECT_URI).path
# How long the browser waits for the page at most, and how long we wait until the page is sent.
_EXCHANGE_SECONDS = 60
_DELIVERY_SECONDS = 3


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What the browser returns with: a code, or the name of an error (RFC 6749, 4.1.2)."""

    code: str | None = field(repr=False)
    error: str | None


# What `wait` returns if no browser could be started.
NO_BROWSER = AuthorizationResponse(None, None)


class Callback:
    """Serves the redirect URI, as a context manager, to the one authorization response."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._received: queue.Queue[AuthorizationResponse] = queue.Queue()
        self._page: bytes | None = None
        self._finished = Event()
        self._delivered = Event()
        self._server = PageServer(self._respond, self._delivered.set)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._page is not None:
            self._delivered.wait(_DELIVERY_SECONDS)
        self._finished.set()
        self._server.__exit__(kind, error, trace)

    @property
    def redirect_uri(self) -> str:
        """The redirect URI, with the port."""
        return f"http://{loopback.ADDRESS}:{self._server.port}{_PATH}"

    def wait(self, seconds: float) -> AuthorizationResponse | None:
        """The authorization response; None if there is none within `seconds`."""
        try:
            return self._received.get(timeout=seconds)
        except queue.Empty:
            return None

    def no_browser(self) -> None:
        """End `wait`: no browser could be started."""
        self._received.put(NO_BROWSER)

    def show(self, page: str) -> None:
        """Show a page in the browser, which has been waiting since it returned."""
        self._page = page.encode()
        self._finished.set()

    def _respond(self, request: Request) -> Response | None:
        """The page, once `show` was called; None for any other request than the authorization response."""
        parts = urlsplit(request.target)
        query = parse_qs(parts.query)
        values = [query.get(name, [""]) for name in ("state", "code", "error")]
        state, code, error = (each[0] for each in values)
        once = all(len(each) == 1 for each in values)  # RFC 6749, 3.1
        known = hmac.compare_digest(state.encode("utf-8", "surrogateescape"), self._state.encode())
        if parts.path != _PATH or not once or not known or not (code or error):
            return None
        self._received.put(AuthorizationResponse(code or None, error or None))
        self._finished.wait(_EXCHANGE_SECONDS)
        return None if self._page is None else Response(self._page)
