"""The socket: reads a request, hands it on, writes the answer or, where a fault says so, only a part of it.

Built on http.server because a dropped connection and a truncated body need the socket itself, which WSGI hides.
Any page in the user's browser can send requests to 127.0.0.1, under a name of its own too (DNS rebinding): whoever
does not call us by a loopback name and our port gets a bare 403.
"""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from ssohelper.simulator.messages import Answer, Delivery, Request

BODY_LIMIT = 64 * 1024


_AN_HOUR = 3600.0


class Door(ThreadingHTTPServer):
    """Listens on 127.0.0.1; `respond` must not raise."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, respond: Callable[[Request], Answer]) -> None:
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", port), Visit)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self.server_port

    def server_bind(self) -> None:
        """Bind, without the look-up of our own name that http.server makes and that may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own, and remember the connection for `hang_up`."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The connection is over."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Answer until `stop`; where nobody comes, nothing happens."""
        self.serve_forever(_AN_HOUR)

    def stop(self) -> None:
        """End `serve`, which waits for connections: so it gets one."""
        ending = Thread(target=self.shutdown)
        ending.start()
        while ending.is_alive():
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            ending.join(0.01)

    def hang_up(self) -> None:
        """Close every connection that clients keep alive; their threads end."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        """A client that went away is no event; whatever else went wrong is told without what it was about."""
        error = sys.exc_info()[0]
        if error and not issubclass(error, OSError):
            sys.stderr.write(f"simulator: a connection failed: {error.__name__}\n")


class Visit(BaseHTTPRequestHandler):
    """One connection, kept alive for as long as the client likes."""

    server: Door
    protocol_version = "HTTP/1.1"
    # For requests that do not come as far as naming theirs: as HTTP/0.9 their answers would have no status.
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout: ClassVar[int] = 120

    def answer_request(self) -> None:
        """Read the request and write its answer."""
        request = self._read_request()
        if isinstance(request, Answer):
            self._write(request, last=True)
        else:
            self._write(self.server.respond(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer_request  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing: a request line may hold codes."""

    def _host_is_ours(self) -> bool:
        names = ("127.0.0.1", "localhost", "[::1]")
        hosts = self.headers.get_all("Host", [])
        return len(hosts) == 1 and hosts[0] in [f"{name}:{self.server.port}" for name in names]

    def _read_request(self) -> Request | Answer:
        """The request, or the answer to one that is none; then it is unclear where the next would begin."""
        if not self._host_is_ours():
            return Answer(403)
        body = self._read_body()
        if isinstance(body, Answer):
            return body
        try:
            parts = urlsplit(self.path)
        except ValueError:
            return Answer(400)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, body)

    def _read_body(self) -> bytes | Answer:
        if "Transfer-Encoding" in self.headers:
            return Answer(411)
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            return Answer(400)
        if len(length) > 9 or int(length) > BODY_LIMIT:
            return Answer(413)
        body = self.rfile.read(int(length))
        # The client hung up before it had said everything: what it did say must not be acted upon.
        return body if len(body) == int(length) else Answer(400)

    def _write(self, answer: Answer, *, last: bool = False) -> None:
        if answer.delivery is not Delivery.WHOLE or last:
            self.close_connection = True
        if answer.delivery is Delivery.NONE:
            return
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        self.send_header("x-amzn-RequestId", str(uuid4()))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection and answer.delivery is Delivery.WHOLE:
            self.send_header("Connection", "close")
        self.end_headers()
        body = answer.body if answer.delivery is Delivery.WHOLE else answer.body[: len(answer.body) // 2]
        if self.command != "HEAD":
            self.wfile.write(body)
