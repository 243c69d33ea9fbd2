"""The server of pages for a browser on this machine."""

import socket
import time
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from ssohelper.sign_in.page_server import PageServer, Request, Response
from tests.fixtures.home import HANG_SECONDS
from tests.fixtures.serving import may_open
from tests.fixtures.sockets import receive

NOT_FOUND = (404, None, b"")
PAGE = b"<!doctype html><p>hello"
NUMBER = 600  # of connections, more than the server keeps open


def respond(request: Request) -> Response | None:
    """A page at /page, a redirect at /redirect."""
    return {"/page": Response(PAGE), "/redirect": Response(location="https://example.com")}.get(request.target)


def ask(
    server: PageServer, path: str, method: str = "GET", host: str = "127.0.0.1:PORT"
) -> tuple[int, str | None, bytes]:
    """Status, location and body of the response to a request."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_SECONDS)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host.replace("PORT", str(server.port)))
    connection.endheaders()
    response = connection.getresponse()
    found = response.status, response.getheader("Location"), response.read()
    connection.close()
    return found


def test_responses() -> None:
    """A page, a redirect or a 404, as `respond` says; `sent` is called unless it was a 404."""
    sent: list[bool] = []
    with PageServer(respond, lambda: sent.append(True)) as server:
        responses = [ask(server, path) for path in ("/page", "/redirect", "/other")]
        deadline = time.monotonic() + HANG_SECONDS
        while len(sent) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert responses == [(200, None, PAGE), (303, "https://example.com", b""), NOT_FOUND]
    assert sent == [True, True]


def test_request() -> None:
    """`respond` gets path and query as sent, and the client's address; the repr shows neither path nor query."""
    requests: list[Request] = []
    with PageServer(requests.append, lambda: None) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_SECONDS)
        connection.connect()
        peer = connection.sock.getsockname()
        connection.request("GET", "/a/../b?code=x%20y")
        assert connection.getresponse().status == 404
        connection.close()
    assert requests == [Request("/a/../b?code=x%20y", peer)]
    assert "code" not in repr(requests)


def test_headers() -> None:
    """Nothing is cached, framed, sniffed or sent on as a referrer."""
    with PageServer(respond, lambda: None) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_SECONDS)
        connection.request("GET", "/page")
        headers = dict(connection.getresponse().getheaders())
        connection.close()
    del headers["Date"]
    assert headers == {
        "Server": "ssohelper ",
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Length": str(len(PAGE)),
        "Connection": "close",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "evil.example:PORT"},
        {"host": "evil.example"},
        {"host": "127.0.0.1:1"},
        {"host": ""},
        {"method": "POST"},
        {"method": "HEAD"},
    ],
    ids=str,
)
def test_wrong_requests(wrong: dict[str, str]) -> None:
    """Another Host or method gets a 404, and `respond` is not called."""
    requests: list[Request] = []
    with PageServer(requests.append, lambda: None) as server:
        assert ask(server, "/page", **wrong) == NOT_FOUND
    assert requests == []


def test_silent_connections() -> None:
    """However many connections say nothing, the oldest of them are closed, and a request gets its response."""
    with may_open(2 * NUMBER), PageServer(respond, lambda: None) as server, ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=HANG_SECONDS))
            for _ in range(NUMBER)
        ]
        assert ask(server, "/page") == (200, None, PAGE)
        assert receive(silent[0]) == b""


def test_waiting_response() -> None:
    """A request whose response takes time keeps its connection, whatever connects after it."""
    with may_open(2 * NUMBER), ExitStack() as stack:

        def slow(request: Request) -> Response | None:
            for _ in range(NUMBER):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=HANG_SECONDS))
            return respond(request)

        with PageServer(slow, lambda: None) as server:
            assert ask(server, "/page") == (200, None, PAGE)
