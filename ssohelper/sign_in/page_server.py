"""Serves pages on 127.0.0.1 to a browser on this machine.

Every request that is not the expected one gets a 404 without a body, and changes nothing.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread
from types import TracebackType
from typing import Self

from ssohelper import loopback

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A GET with the right Host: its path and query as received, and the address and port it came from."""

    target: str = field(repr=False)
    peer: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Response:
    """A page, or a redirect to `location`."""

    body: bytes = field(default=b"", repr=False)
    location: str | None = field(default=None, repr=False)


class PageServer:
    """A server on a free port of 127.0.0.1, a context manager.

    `respond` is called for each GET, and None is a 404; `sent` is called after any other response was sent. Both are
    called by several threads.
    """

    def __init__(self, respond: Callable[[Request], Response | None], sent: Callable[[], None]) -> None:
        self._respond = respond
        self._sent = sent

    def __enter__(self) -> Self:
        self._server = _Server(self._respond, self._sent)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.port


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, respond: Callable[[Request], Response | None], sent: Callable[[], None]) -> None:
        super().__init__((loopback.ADDRESS, 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = loopback.listen()
        self.port: int = self.socket.getsockname()[1]
        self.respond = respond
        self.sent = sent
        # Those that wait for a request; `shutdown` ends the wait of the thread that reads.
        self.waiting = loopback.OpenConnections[socket.socket](_shutdown)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: connections break all the time, and a traceback would show what was requested."""


def _shutdown(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = loopback.CONNECTION_SECONDS
    server_version = "ssohelper"
    sys_version = ""

    def handle(self) -> None:
        """Read one request and respond to it."""
        self.server.waiting.add(self.connection)
        try:
            super().handle()
        finally:
            self.server.waiting.remove(self.connection)

    def do_GET(self) -> None:
        """Ask `respond` for the response."""
        self.server.waiting.remove(self.connection)
        response = None
        if loopback.is_own_host(self.headers.get_all("Host", []), self.server.port):
            response = self.server.respond(Request(self.path, self.client_address[:2]))
        self._send(response)
        if response is not None:
            self.server.sent()

    def send_error(self, *_: object) -> None:
        """Invalid requests get a 404 as well."""
        self._send(None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name for it)
        """Log nothing: requests contain authorization codes."""

    def _send(self, response: Response | None) -> None:
        self.close_connection = True
        body = response.body if response else b""
        self.send_response(404 if response is None else 303 if response.location else 200)
        if response and response.location:
            self.send_header("Location", response.location)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
