"""A link on 127.0.0.1 that redirects one browser, once, to a secret URL."""

import queue
import secrets
from threading import Lock
from types import TracebackType
from typing import Self

from ssohelper import loopback
from ssohelper.sign_in.page_server import PageServer, Request, Response


class OneTimeLink:
    """A context manager whose `url` redirects the first visitor to `target`; every other request gets a 404.

    A browser is started with its URL as an argument, which every user of this machine can read. So it gets this one,
    which works only for a program of the same user, where the system tells whose a connection is (Linux).
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._used = False
        self._lock = Lock()
        self._visited: queue.Queue[bool] = queue.Queue()
        self._server = PageServer(self._respond, lambda: self._visited.put(True))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The URL for the browser."""
        return f"http://{loopback.ADDRESS}:{self._server.port}{self._path}"

    def wait(self, seconds: float) -> bool | None:
        """True once a browser was redirected, False after `no_browser`, None if neither happens within `seconds`."""
        try:
            return self._visited.get(timeout=seconds)
        except queue.Empty:
            return None

    def no_browser(self) -> None:
        """End `wait`: no browser could be started."""
        self._visited.put(False)

    def _respond(self, request: Request) -> Response | None:
        known = secrets.compare_digest(request.target.encode("utf-8", "surrogateescape"), self._path.encode())
        if not known or loopback.is_other_user(request.peer, self._server.port):
            return None
        with self._lock:
            if self._used:
                return None
            self._used = True
        return Response(location=self._target)
