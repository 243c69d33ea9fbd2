"""The socket: who is let in, how much is read, what happens to requests that are none."""

import json
import re
import socket
from contextlib import closing
from http import HTTPStatus  # its phrases differ from one Python to the next
from http.client import HTTPConnection

import pytest

from ssohelper.simulator.door import BODY_LIMIT
from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import Sdk, refusal
from tests.fixtures.wire import ask, send, status_line


def request(simulator: Simulator, first: str, *headers: str, body: bytes = b"", host: str | None = None) -> bytes:
    """What comes back for a request that is written by hand; `host` in place of the right one."""
    lines = [first, f"Host: {host or f'127.0.0.1:{simulator.port}'}", *headers, "", ""]
    return send(simulator, "\r\n".join(lines).encode() + body)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_a_loopback_name_is_let_in(simulator: Simulator, name: str) -> None:
    """Each name of this computer's loopback, with our port, is us."""
    assert ask(simulator, "GET", "/start", headers={"Host": f"{name}:{simulator.port}"}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1.evil.example:{port}",
        "localhost.:{port}",
        "x@127.0.0.1:{port}",
        "0.0.0.0:{port}",
        "",
    ],
)
@pytest.mark.parametrize("target", ["/start", "/device", "/assignment/accounts", "/simulator/world"])
def test_another_name_is_not(simulator: Simulator, target: str, host: str) -> None:
    """A request under any other name, as after DNS rebinding, is a bare 403: no page, no error of a service."""
    headers = {"Host": host.format(port=simulator.port), "Content-Type": "application/json"}
    reply = ask(simulator, "GET", target, headers=headers)
    assert (reply.status, reply.body, simulator.counters.calls) == (403, b"", {})


@pytest.mark.parametrize("lines", ["", "Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"])
def test_a_request_has_one_host(simulator: Simulator, lines: str) -> None:
    """No Host at all is a 403, and so are two of them, the right one first."""
    answer = send(simulator, f"GET /start HTTP/1.1\r\n{lines.format(port=simulator.port)}\r\n".encode())
    assert status_line(answer) == "HTTP/1.1 403 Forbidden"


def test_only_loopback_can_connect(simulator: Simulator) -> None:
    """Nobody listens on another address of this computer, so no other computer can reach us."""
    for family, address in [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")]:
        with closing(socket.socket(family)) as other:
            other.settimeout(5)
            with pytest.raises(OSError, match=r"."):
                other.connect((address, simulator.port))


def test_a_body_of_the_limit_is_read(simulator: Simulator) -> None:
    """A body of exactly 64 KiB is a request like any other."""
    body = json.dumps({"clientName": "a test", "clientType": "public", "padding": ""}).encode()
    body = body.replace(b'""', b'"' + b"x" * (BODY_LIMIT - len(body)) + b'"')
    assert (len(body), ask(simulator, "POST", "/client/register", body).status) == (64 * 1024, 200)


def test_a_body_above_the_limit_is_not(sdk: Sdk) -> None:
    """An SDK that sends more, up to many times as much, still gets its answer: a 413."""
    statuses = [
        refusal(sdk.oidc.register_client, clientName="x" * size, clientType="public").status
        for size in (BODY_LIMIT, 10 * BODY_LIMIT, 50 * BODY_LIMIT)
    ]
    assert statuses == [413] * 3


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Content-Length: {BODY_LIMIT + 1}", f"413 {HTTPStatus(413).phrase}"),
        ("Content-Length: " + "9" * 5000, f"413 {HTTPStatus(413).phrase}"),
        ("Content-Length: -1", "400 Bad Request"),
        ("Content-Length: +5", "400 Bad Request"),
        ("Content-Length: ten", "400 Bad Request"),
        ("Content-Length:", "400 Bad Request"),
        ("Content-Length: \N{SUPERSCRIPT TWO}", "400 Bad Request"),
        ("Transfer-Encoding: chunked", "411 Length Required"),
        ("Transfer-Encoding: identity\r\nContent-Length: 2", "411 Length Required"),
    ],
)
def test_a_body_must_say_its_length(simulator: Simulator, header: str, expected: str) -> None:
    """Too long, of unknown or of no length: refused unread, and the connection ends."""
    answer = request(simulator, "POST /client/register HTTP/1.1", header)
    assert status_line(answer) == f"HTTP/1.1 {expected}"
    assert b"\r\nConnection: close\r\n" in answer


def test_a_body_that_ends_early_is_refused(simulator: Simulator, sdk: Sdk) -> None:
    """A body that is shorter than it said is not acted upon, even where what came makes sense."""
    body = b'{"clientName": "a test", "clientType": "public"}'
    answer = request(simulator, "POST /client/register HTTP/1.1", f"Content-Length: {len(body) + 1}", body=body)
    assert status_line(answer) == "HTTP/1.1 400 Bad Request"
    assert simulator.counters.calls == {}


@pytest.mark.parametrize("target", ["http://[/start", "http://x:port]/", "http://[v1]/"])
def test_a_target_that_is_no_url_is_refused(
    simulator: Simulator, capfd: pytest.CaptureFixture[str], target: str
) -> None:
    """What cannot be read as a URL gets an answer, and nothing is written to stderr."""
    answer = request(simulator, f"GET {target} HTTP/1.1", "Connection: close")
    assert status_line(answer) == "HTTP/1.1 400 Bad Request"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("BREW /start HTTP/1.1", "HTTP/1.1 501 Unsupported method ('BREW')"),
        ("GET /start HTTP/9.9", "HTTP/1.1 505 Invalid HTTP version (9.9)"),
        ("JUNK", "HTTP/1.1 400 Bad request syntax ('JUNK')"),
        ("POST /logout", "HTTP/1.1 400 Bad HTTP/0.9 request type ('POST')"),
        ("GET /" + "x" * 70_000 + " HTTP/1.1", f"HTTP/1.1 414 {HTTPStatus(414).phrase}"),
    ],
)
def test_what_is_no_http_is_refused(
    simulator: Simulator, capfd: pytest.CaptureFixture[str], first: str, expected: str
) -> None:
    """A broken request gets an answer that says so, and nothing is written to stderr."""
    answer = request(simulator, first)
    assert status_line(answer) == expected
    assert capfd.readouterr() == ("", "")


def test_a_connection_is_kept_alive(simulator: Simulator) -> None:
    """Many requests, right and wrong, go over one connection."""
    statuses = []
    with closing(HTTPConnection("127.0.0.1", simulator.port, timeout=30)) as connection:
        connection.connect()
        first = connection.sock
        for target in ("/start", "/nowhere", "/assignment/accounts", "/device"):
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
            statuses.append((answer.status, connection.sock is first))
    assert statuses == [(200, True), (404, True), (401, True), (200, True)]


def test_requests_may_follow_one_another_at_once(simulator: Simulator) -> None:
    """Requests that are sent before the first answer came are answered in their order."""
    one = f"GET {{}} HTTP/1.1\r\nHost: 127.0.0.1:{simulator.port}\r\n\r\n"
    answer = send(simulator, "".join(one.format(target) for target in ("/start", "/nowhere", "/device")).encode())
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"404", b"200"]


def test_head_has_no_body(simulator: Simulator) -> None:
    """An answer to HEAD has the headers of one with a body, and none."""
    answer = request(simulator, "HEAD /nowhere HTTP/1.1", "Connection: close")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (status_line(head), body, b"Content-Length: 0" in head) == ("HTTP/1.1 404 Not Found", b"", False)


def test_a_client_that_goes_away_is_no_event(simulator: Simulator, capfd: pytest.CaptureFixture[str]) -> None:
    """Connections that are closed at any point of a request leave the simulator as it was, and stderr empty."""
    whole = f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{simulator.port}\r\nContent-Length: 10\r\n\r\n0123456789"
    for end in range(0, len(whole), 7):
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as connection:
            connection.sendall(whole[:end].encode())
    assert ask(simulator, "GET", "/start").status == 200
    simulator.close()
    assert capfd.readouterr() == ("", "")
