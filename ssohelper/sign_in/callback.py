"""The page on this machine to which the browser comes back with the code of a sign-in (RFC 8252).

It listens on 127.0.0.1 alone. Only a GET of `/oauth/callback` with the state of this sign-in counts, whether it
brings a code or an error; everything else is answered 404 and changes nothing: a hostile page that is open in the
same browser can guess the port, but not the state.
"""

import hmac
import queue
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

PATH = "/oauth/callback"
# A browser opens connections ahead of need, and may never use them.
_IDLE_SECONDS = 30
# How long the browser may wait for the page, and we for the browser to have read it.
_EXCHANGE_SECONDS = 60
_DELIVERY_SECONDS = 3
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought back: a code, or the name of an error."""

    code: str | None = field(repr=False)
    error: str | None


# What `wait` returns where no browser was sent on its way.
NOBODY = Returned(None, None)


class Callback:
    """Listens from `with` to its end for the one return of the browser."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._returned: queue.Queue[Returned] = queue.Queue()
        self._page: bytes | None = None
        self._decided = Event()
        self._delivered = Event()

    def __enter__(self) -> Self:
        # A private class each, so that the handler finds its way back here.
        handler = type("_Handler", (_Handler,), {"callback": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._page is not None:
            self._delivered.wait(_DELIVERY_SECONDS)
        self._decided.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the browser is to be sent."""
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def wait(self, seconds: float) -> Returned | None:
        """What the browser brings back within `seconds`; None where it does not come."""
        try:
            return self._returned.get(timeout=seconds)
        except queue.Empty:
            return None

    def nobody_comes(self) -> None:
        """No browser could be sent on its way."""
        self._returned.put(NOBODY)

    def show(self, page: str) -> None:
        """Show this page in the browser, now that it is known how the sign-in ended."""
        self._page = page.encode()
        self._decided.set()

    def visited(self, target: str) -> bytes | None:
        """The page for a request, once it is known; None where the request is not the one that is waited for."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        values = [query.get(name, [""]) for name in ("state", "code", "error")]
        state, code, error = (each[0] for each in values)
        once = all(len(each) == 1 for each in values)  # RFC 6749, 3.1
        ours = hmac.compare_digest(state.encode("utf-8", "surrogateescape"), self._state.encode())
        if parts.path != PATH or not once or not ours or not (code or error):
            return None
        self._returned.put(Returned(code or None, error or None))
        self._decided.wait(_EXCHANGE_SECONDS)
        return self._page

    def delivered(self) -> None:
        """The browser has the page."""
        self._delivered.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # whoever fills it keeps the browser waiting

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is nobody's business; a traceback here would show the code."""


class _Handler(BaseHTTPRequestHandler):
    callback: Callback
    timeout = _IDLE_SECONDS
    server_version = "ssohelper"
    sys_version = ""

    def do_GET(self) -> None:
        """Only the way back from this sign-in is anything but 404."""
        port = self.connection.getsockname()[1]
        ours = self.headers.get_all("Host") in ([f"127.0.0.1:{port}"], [f"localhost:{port}"])
        page = self.callback.visited(self.path) if ours else None
        self._send(page)
        if page is not None:
            self.callback.delivered()

    def send_error(self, *_: object) -> None:
        """Whatever is wrong with a request, there is nothing here."""
        self._send(None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name for it)
        """Requests hold codes: none is logged."""

    def _send(self, page: bytes | None) -> None:
        self.close_connection = True
        body = page or b""
        self.send_response(200 if page is not None else 404)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
