"""The HTTP server: allowed hosts, body limits, malformed requests."""

import json
import re
import socket
from contextlib import closing
from http import HTTPStatus  # the phrases depend on the Python version
from http.client import HTTPConnection

import pytest

from ssohelper.simulator.http_server import MAX_BODY_BYTES
from ssohelper.simulator.server import Simulator
from tests.fixtures.sdk import Sdk, api_error
from tests.fixtures.wire import fetch, send_raw, status_line


def request(simulator: Simulator, first: str, *headers: str, body: bytes = b"", host: str | None = None) -> bytes:
    """Send a hand-written request, and return the raw response; `host` replaces the valid one."""
    lines = [first, f"Host: {host or f'127.0.0.1:{simulator.port}'}", *headers, "", ""]
    return send_raw(simulator, "\r\n".join(lines).encode() + body)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_hosts_are_accepted(simulator: Simulator, name: str) -> None:
    """Each name of the loopback address, with our port, is accepted as `Host`."""
    assert fetch(simulator, "GET", "/start", headers={"Host": f"{name}:{simulator.port}"}).status == 200


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
def test_other_hosts_are_refused(simulator: Simulator, target: str, host: str) -> None:
    """Any other `Host`, as after DNS rebinding, gets an empty 403."""
    headers = {"Host": host.format(port=simulator.port), "Content-Type": "application/json"}
    response = fetch(simulator, "GET", target, headers=headers)
    assert (response.status, response.body, simulator.counters.calls) == (403, b"", {})


@pytest.mark.parametrize("lines", ["", "Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"])
def test_host_must_occur_once(simulator: Simulator, lines: str) -> None:
    """A request without `Host`, or with two, gets a 403."""
    response = send_raw(simulator, f"GET /start HTTP/1.1\r\n{lines.format(port=simulator.port)}\r\n".encode())
    assert status_line(response) == "HTTP/1.1 403 Forbidden"


def test_listens_only_on_127_0_0_1(simulator: Simulator) -> None:
    """No other address of this machine accepts connections."""
    for family, address in [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")]:
        with closing(socket.socket(family)) as other:
            other.settimeout(5)
            with pytest.raises(OSError, match=r"."):
                other.connect((address, simulator.port))


def test_body_at_the_limit(simulator: Simulator) -> None:
    """A body of exactly 512 KiB is accepted."""
    body = json.dumps({"clientName": "a test", "clientType": "public", "padding": ""}).encode()
    body = body.replace(b'""', b'"' + b"x" * (MAX_BODY_BYTES - len(body)) + b'"')
    assert (len(body), fetch(simulator, "POST", "/client/register", body).status) == (512 * 1024, 200)


def test_body_above_the_limit(sdk: Sdk) -> None:
    """An SDK that sends a larger body gets a 413."""
    statuses = [
        api_error(sdk.oidc.register_client, clientName="x" * size, clientType="public").status
        for size in (MAX_BODY_BYTES, 10 * MAX_BODY_BYTES, 50 * MAX_BODY_BYTES)
    ]
    assert statuses == [413] * 3


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Content-Length: {MAX_BODY_BYTES + 1}", f"413 {HTTPStatus(413).phrase}"),
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
def test_invalid_body_length(simulator: Simulator, header: str, expected: str) -> None:
    """A body with an invalid, missing or too large length is not read, and the connection is closed."""
    response = request(simulator, "POST /client/register HTTP/1.1", header)
    assert status_line(response) == f"HTTP/1.1 {expected}"
    assert b"\r\nConnection: close\r\n" in response


def test_incomplete_body(simulator: Simulator, sdk: Sdk) -> None:
    """A body that is shorter than its Content-Length has no effect, even if it is valid JSON."""
    body = b'{"clientName": "a test", "clientType": "public"}'
    response = request(simulator, "POST /client/register HTTP/1.1", f"Content-Length: {len(body) + 1}", body=body)
    assert status_line(response) == "HTTP/1.1 400 Bad Request"
    assert simulator.counters.calls == {}


@pytest.mark.parametrize("target", ["http://[/start", "http://x:port]/", "http://[v1]/"])
def test_invalid_target(simulator: Simulator, capfd: pytest.CaptureFixture[str], target: str) -> None:
    """A target that is not a valid URL gets a 400, and nothing is written to stderr."""
    response = request(simulator, f"GET {target} HTTP/1.1", "Connection: close")
    assert status_line(response) == "HTTP/1.1 400 Bad Request"
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
def test_malformed_request(
    simulator: Simulator, capfd: pytest.CaptureFixture[str], first: str, expected: str
) -> None:
    """A malformed request gets an error response, and nothing is written to stderr."""
    response = request(simulator, first)
    assert status_line(response) == expected
    assert capfd.readouterr() == ("", "")


def test_keep_alive(simulator: Simulator) -> None:
    """A connection is used for several requests, valid or not."""
    statuses = []
    with closing(HTTPConnection("127.0.0.1", simulator.port, timeout=30)) as connection:
        connection.connect()
        first = connection.sock
        for target in ("/start", "/nowhere", "/assignment/accounts", "/device"):
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            statuses.append((response.status, connection.sock is first))
    assert statuses == [(200, True), (404, True), (401, True), (200, True)]


def test_pipelining(simulator: Simulator) -> None:
    """Pipelined requests are responseed in order."""
    one = f"GET {{}} HTTP/1.1\r\nHost: 127.0.0.1:{simulator.port}\r\n\r\n"
    response = send_raw(
        simulator, "".join(one.format(target) for target in ("/start", "/nowhere", "/device")).encode()
    )
    assert re.findall(rb"HTTP/1\.1 (\d+) ", response) == [b"200", b"404", b"200"]


def test_head(simulator: Simulator) -> None:
    """A response to HEAD has the headers of a response with a body, but no body."""
    response = request(simulator, "HEAD /nowhere HTTP/1.1", "Connection: close")
    head, _, body = response.partition(b"\r\n\r\n")
    assert (status_line(head), body, b"Content-Length: 0" in head) == ("HTTP/1.1 404 Not Found", b"", False)


def test_client_disconnects(simulator: Simulator, capfd: pytest.CaptureFixture[str]) -> None:
    """A client may disconnect at any point of a request; nothing is written to stderr."""
    whole = f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{simulator.port}\r\nContent-Length: 10\r\n\r\n0123456789"
    for end in range(0, len(whole), 7):
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as connection:
            connection.sendall(whole[:end].encode())
    assert fetch(simulator, "GET", "/start").status == 200
    simulator.close()
    assert capfd.readouterr() == ("", "")
