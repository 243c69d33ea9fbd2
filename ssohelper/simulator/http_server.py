"""The HTTP server: reads a request, passes it on, and sends the response or, for some faults, only a part of it.

It uses http.server, because to drop a connection or truncate a body it needs the socket, which WSGI hides.
Any web page in the user's browser can send requests to 127.0.0.1, also under a host name of its own (DNS rebinding).
So a request whose `Host` is not a loopback name with our port gets an empty 403.
"""

import io
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from ssohelper.simulator.messages import Delivery, Request, Response

MAX_BODY_BYTES = 512 * 1024
_POLL_SECONDS = 3600.0
_TRICKLE_SECONDS = 1.0


class HttpServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1; `respond` must not raise."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, respond: Callable[[Request], Response]) -> None:
        self.respond = respond
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", port), RequestHandler)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.server_port

    def server_bind(self) -> None:
        """Bind without http.server's reverse look-up of the host name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle the connection on its own thread, and keep track of it for `close_connections`."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Serve until `stop`, which wakes it; so it need not poll for the shutdown."""
        self.serve_forever(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop `serve`. It waits for a connection, so connect to it."""
        shutdown = Thread(target=self.shutdown)
        shutdown.start()
        while shutdown.is_alive():
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            shutdown.join(0.01)

    def close_connections(self) -> None:
        """Close all keep-alive connections, which ends their threads."""
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        """Ignore a client that disconnects; report any other error by its class only, as its text may be secret."""
        error = sys.exc_info()[0]
        if error and not issubclass(error, OSError):
            sys.stderr.write(f"simulator: connection failed: {error.__name__}\n")


class _Trickle(io.BufferedIOBase):
    """Sends a byte per second."""

    def __init__(self, to: io.BufferedIOBase) -> None:
        self._to = to

    def write(self, data: Any) -> int:
        """Send the bytes, each after a pause. Raises OSError once the connection is closed."""
        for byte in bytes(data):
            time.sleep(_TRICKLE_SECONDS)
            self._to.write(bytes((byte,)))
            self._to.flush()
        return len(data)


class RequestHandler(BaseHTTPRequestHandler):
    """One keep-alive connection."""

    server: HttpServer
    protocol_version = "HTTP/1.1"
    # For request lines without a version: a response in HTTP/0.9 would have no status.
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout: ClassVar[int] = 120

    def respond(self) -> None:
        """Read one request and send its response."""
        request = self._read_request()
        if isinstance(request, Response):
            self._send(request, last=True)
        else:
            self._send(self.server.respond(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing: a request line may hold authorization codes."""

    def _has_valid_host(self) -> bool:
        names = ("127.0.0.1", "localhost", "[::1]")
        hosts = self.headers.get_all("Host", [])
        return len(hosts) == 1 and hosts[0] in [f"{name}:{self.server.port}" for name in names]

    def _read_request(self) -> Request | Response:
        """Return the request, or the response to an invalid one, after which the connection cannot be used again."""
        if not self._has_valid_host():
            return Response(403)
        body = self._read_body()
        if isinstance(body, Response):
            return body
        try:
            parts = urlsplit(self.path)
        except ValueError:
            return Response(400)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, body)

    def _read_body(self) -> bytes | Response:
        if "Transfer-Encoding" in self.headers:
            return Response(411)
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            return Response(400)
        if len(length) > 9 or int(length) > MAX_BODY_BYTES:
            return Response(413)
        body = self.rfile.read(int(length))
        # The client disconnected too early: an incomplete request must have no effect.
        return body if len(body) == int(length) else Response(400)

    def _send(self, response: Response, *, last: bool = False) -> None:
        if response.delivery is not Delivery.COMPLETE or last:
            self.close_connection = True
        if response.delivery is Delivery.NONE:
            return
        if response.delivery is Delivery.TRICKLE:
            self.wfile = _Trickle(self.wfile)
        self.send_response_only(response.status)
        if not any(name.lower() == "date" for name, _ in response.headers):
            self.send_header("Date", self.date_time_string())
        self.send_header("x-amzn-RequestId", str(uuid4()))
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        half = len(response.body) // 2
        if self.command != "HEAD":
            self.wfile.write(response.body[:half] if response.delivery is Delivery.HALF else response.body)
