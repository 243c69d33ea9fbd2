"""STS as moto plays it, behind a door that takes no key that has expired, as the true one does."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from ssohelper.simulator.server import Simulator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Whose account moto takes every key for that it has not made itself.
MOTO_ACCOUNT = "123456789012"
_CLIENTS = ("aws-cli", "aws-sdk-js", "Boto3")
_EXPIRED = (
    b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
    b"<Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error>"
    b"</ErrorResponse>"
)


@dataclass(slots=True)
class Sts:
    """An STS at `url`: `keys` has the id of the key that signed each call, `good` and `bad` who called with what."""

    center: Simulator
    url: str = ""
    keys: "SimpleQueue[str]" = field(default_factory=SimpleQueue)
    good: "Counter[str]" = field(default_factory=Counter)
    bad: "Counter[str]" = field(default_factory=Counter)

    def takes(self, agent: str, key: str, session_token: str) -> bool:
        """Whether it takes a key now: one that Identity Center issued, with a session token, and not expired."""
        try:
            issued = self.center.issued(key)
            fine = bool(session_token) and issued.expiration > time.time()
        except KeyError:
            fine = False
        (self.good if fine else self.bad)[next((each for each in _CLIENTS if each in agent), agent)] += 1
        self.keys.put(key)
        return fine

    def behind(self, moto: "WSGIApplication") -> "WSGIApplication":
        """The whole service."""

        def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
            key = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition("/")[0]
            session_token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
            if self.takes(environ.get("HTTP_USER_AGENT", ""), key, session_token):
                return moto(environ, start)
            start("403 Forbidden", [("Content-Type", "text/xml"), ("Content-Length", str(len(_EXPIRED)))])
            return [_EXPIRED]

        return answer


class _Silent(WSGIRequestHandler):
    """Keeps connections open, as the true service does, and says nothing of them."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object, **__: object) -> None:
        """Nothing."""


@contextmanager
def sts(center: Simulator) -> Iterator[Sts]:
    """An STS on loopback, for keys of an Identity Center."""
    running = Sts(center)
    app = running.behind(DomainDispatcherApplication(create_backend_app))
    with make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent) as server:
        running.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
