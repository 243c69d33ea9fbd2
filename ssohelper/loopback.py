"""Pages on 127.0.0.1 for a browser on this machine.

Whatever is not the page that is waited for is answered 404 without a body and changes nothing: any page in the same
browser can send requests here, under a name of its own too (DNS rebinding).
"""

import queue
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Self

# A browser opens connections ahead of need, and may never use them.
_IDLE_SECONDS = 30
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET with the right Host: its path and query as they came, and from which address and port."""

    target: str = field(repr=False)
    peer: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser gets; a `location` sends it on."""

    body: bytes = field(default=b"", repr=False)
    location: str | None = field(default=None, repr=False)


class Listener:
    """Answers on a port of 127.0.0.1, from `with` to its end: `answer` is asked for each GET, and None is 404.

    `answered` is called when something else than 404 was sent. Both may be called by several threads.
    """

    def __init__(self, answer: Callable[[Asked], Answer | None], answered: Callable[[], None]) -> None:
        self._answer = answer
        self._answered = answered

    def __enter__(self) -> Self:
        # A private class each, so that the handler finds its way back here.
        handler = type("_Handler", (_Handler,), {"answer": self._answer, "answered": self._answered})
        self._server = _Server(("127.0.0.1", 0), handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port


class OneTimeLink:
    """An address on 127.0.0.1 that leads one browser, once, to where nobody else is to go.

    Every user of this machine can read the arguments by which a browser is started. So there stands this address, and
    it knows nobody but a program of the same user, where the system tells whose a connection is (Linux).
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._used = False
        self._lock = Lock()
        self._ended: queue.Queue[bool] = queue.Queue()
        self._listener = Listener(self._answer, lambda: self._ended.put(True))

    def __enter__(self) -> Self:
        self._listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._listener.port}{self._path}"

    def wait(self, seconds: float) -> bool | None:
        """Whether a browser came and was led on; None where nothing is known of it after so many seconds."""
        try:
            return self._ended.get(timeout=seconds)
        except queue.Empty:
            return None

    def nobody_comes(self) -> None:
        """No browser could be sent on its way."""
        self._ended.put(False)

    def _answer(self, asked: Asked) -> Answer | None:
        ours = secrets.compare_digest(asked.target.encode("utf-8", "surrogateescape"), self._path.encode())
        if not ours or is_somebody_elses(asked.peer, self._listener.port):
            return None
        with self._lock:
            if self._used:
                return None
            self._used = True
        return Answer(location=self._target)


def is_somebody_elses(peer: tuple[str, int], port: int) -> bool:
    """Whether another user's program is at the other end of a connection to our port; False where nobody tells.

    Linux tells it in /proc/net/tcp, and in tcp6 for sockets that can do both:
    https://docs.kernel.org/networking/proc_net_tcp.html
    """
    ends = [_in_hexadecimal(*peer), _in_hexadecimal("127.0.0.1", port)]
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:]]
        except OSError:
            continue
        for row in rows:
            # Of an address of IPv6 only the end, where one of IPv4 stands in it.
            if [each[-13:] for each in row[1:3]] == ends:
                import os

                return int(row[7]) not in (0, os.getuid())  # root could look at all that we know
    return False


def _in_hexadecimal(address: str, port: int) -> str:
    """An address as the kernel writes it: `0100007F:1F90`, in the order of bytes of this machine."""
    return f"{int.from_bytes(socket.inet_aton(address), sys.byteorder):08X}:{port:04X}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # whoever fills it keeps the browser waiting

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is nobody's business; a traceback here would show what was asked for."""


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[Asked], Answer | None]
    answered: Callable[[], None]
    timeout = _IDLE_SECONDS
    server_version = "ssohelper"
    sys_version = ""

    def do_GET(self) -> None:
        """Only what is waited for is anything but 404."""
        port = self.connection.getsockname()[1]
        ours = self.headers.get_all("Host") in ([f"127.0.0.1:{port}"], [f"localhost:{port}"])
        answer = type(self).answer(Asked(self.path, self.client_address[:2])) if ours else None
        self._send(answer)
        if answer is not None:
            type(self).answered()

    def send_error(self, *_: object) -> None:
        """Whatever is wrong with a request, there is nothing here."""
        self._send(None)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name for it)
        """Requests hold codes: none is logged."""

    def _send(self, answer: Answer | None) -> None:
        self.close_connection = True
        body = answer.body if answer else b""
        self.send_response(404 if answer is None else 303 if answer.location else 200)
        if answer and answer.location:
            self.send_header("Location", answer.location)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
