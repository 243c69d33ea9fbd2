"""Which requests the credential endpoint answers, and who can reach it."""

import asyncio
import gc
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest

from ssohelper import loopback
from ssohelper.refresher.endpoint import Endpoint
from tests.fixtures.components import absent
from tests.fixtures.endpoint_attacks import ATTACKS, HOSTS, METHODS, SMUGGLED, TARGETS, TOKENS, VALID
from tests.fixtures.home import HANG_SECONDS, Home, wait_for
from tests.fixtures.serving import BODY, FORBIDDEN, TOKEN, Serving, ok, request, valid_response, with_port
from tests.fixtures.sockets import connect, receive, response_to


@contextmanager
def endpoint_in_a_thread(
    credentials: Callable[[], bytes | None], refreshed: Callable[[], Awaitable[bytes | None]] | None = None
) -> Iterator[int]:
    """The port of an endpoint that runs in a thread, without an error in its event loop.

    An endpoint serves until its process exits and has no way to close it, so its server is closed here.
    """
    loop = asyncio.new_event_loop()
    errors: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, error: errors.append(error))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    endpoint = Endpoint(TOKEN, credentials, refreshed)

    async def close() -> None:
        endpoint._server.close()
        while endpoint.connections._open:  # every connection is closed  # noqa: ASYNC110 (there is no event)
            await asyncio.sleep(0.01)

    listening = loopback.listen()
    asyncio.run_coroutine_threadsafe(endpoint.serve(listening), loop).result(HANG_SECONDS)
    try:
        yield listening.getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(HANG_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(HANG_SECONDS)
        loop.close()
    gc.collect()  # a task that failed complains when it is deleted
    assert errors == []


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of an endpoint with credentials."""
    with endpoint_in_a_thread(lambda: BODY) as port:
        yield port


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(port: int, name: str) -> None:
    """Any other request gets one empty 403 and nothing more; the next valid request is answered."""
    assert (response_to(port, with_port(ATTACKS[name], port)), valid_response(port)) == (FORBIDDEN, ok(BODY))


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.first_is_quick
def test_attacks_in_pieces(port: int, name: str) -> None:
    """The same if the request comes in two pieces, from a client that does not close its side."""
    data = with_port(ATTACKS[name], port)
    with connect(port) as connection:
        for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
            with suppress(OSError):  # it may have closed the connection already
                connection.sendall(piece)
            time.sleep(0.005)
        if b"\r\n\r\n" not in data and len(data) < 20 * 1024:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        assert receive(connection) == FORBIDDEN


VARIANTS = {
    "by default": VALID,
    "localhost": request(hosts=("localhost:PORT",)),
    "LocalHost": request(hosts=("LocalHost:PORT",)),
    "[::1]": request(hosts=("[::1]:PORT",)),
    "HTTP/1.0": request(version="HTTP/1.0"),
    "Content-Length: 0": request("Content-Length: 0"),
    "lower-case names": request(f"host: 127.0.0.1:PORT\r\nauthorization: {TOKEN}", hosts=(), tokens=()),
    "upper-case names": request(f"HOST: 127.0.0.1:PORT\r\nAUTHORIZATION: {TOKEN}", hosts=(), tokens=()),
    "mixed-case names": request(f"hOsT: 127.0.0.1:PORT\r\naUTHORIZATIOn: {TOKEN}", hosts=(), tokens=()),
    "no blanks": request(f"Host:127.0.0.1:PORT\r\nAuthorization:{TOKEN}", hosts=(), tokens=()),
    "more blanks": request(hosts=("\t 127.0.0.1:PORT \t",), tokens=(f" \t{TOKEN}\t ",)),
    "the token before the Host": request("Host: 127.0.0.1:PORT", hosts=()),
    "as botocore sends it": request(
        "Accept-Encoding: identity", "Accept: application/json", "User-Agent: Botocore/1.40 md/x#y ua/2.1"
    ),
    "as the SDK for JavaScript sends it": request("Connection: close"),
    "as curl sends it": request("User-Agent: curl/8", "Accept: */*"),
    "another header that is not ASCII": request("User-Agent: \xe9"),
    "15 KiB": request(f"X: {'x' * 15 * 1024}"),
    "more data after it": VALID + "x" * 100,
    "another request after it": VALID + VALID,
    "an invalid request after it": VALID + request(tokens=("wrong",)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_valid_requests(port: int, name: str) -> None:
    """A valid request gets the credentials, once, in every form that SDKs send."""
    assert response_to(port, with_port(VARIANTS[name], port)) == ok(BODY)


def test_the_body(port: int) -> None:
    """The body has the members that the SDKs' reference guide documents, and no others."""
    body = valid_response(port).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {
        "AccessKeyId": "ASIAPLANTED",
        "SecretAccessKey": "planted-secret",
        "Token": "planted-token" * 60,
        "Expiration": "2033-05-18T03:33:20Z",
        "AccountId": "333344445555",
    }


UNAVAILABLE = b'{"code": "Unavailable", "message": "no valid credentials at the moment"}'


def test_no_credentials() -> None:
    """Without credentials, a valid request gets a 503 with a JSON error, and any other still a 403."""
    now: list[bytes | None] = [None, BODY, None]
    with endpoint_in_a_thread(lambda: now.pop(0)) as port:
        forbidden = response_to(port, with_port(request(tokens=("wrong",)), port))
        responses = [valid_response(port) for _ in range(3)]
    unavailable = ok(UNAVAILABLE).replace(b"200 OK", b"503 Service Unavailable")
    assert (forbidden, responses) == (FORBIDDEN, [unavailable, ok(BODY), unavailable])


def test_invalid_requests_read_no_credentials() -> None:
    """An invalid request is rejected before the credentials are read."""
    reads: list[None] = []
    with endpoint_in_a_thread(lambda: reads.append(None)) as port:
        for text in (*TOKENS.values(), *HOSTS.values(), *METHODS.values(), *TARGETS.values(), *SMUGGLED.values()):
            assert response_to(port, with_port(text, port)) == FORBIDDEN
    assert reads == []


def test_clients_that_give_up() -> None:
    """A client that does not wait for a refresh leaves no error behind."""
    begun = list[None]()

    async def refreshed() -> bytes | None:
        begun.append(None)
        await asyncio.sleep(0.2)
        return BODY

    with endpoint_in_a_thread(lambda: None, refreshed) as port:
        for linger in (False, True):
            with connect(port) as connection:
                connection.sendall(with_port(VALID, port))
                wait_for(lambda: len(begun) == 1 + linger)  # noqa: B023
                if linger:  # closing resets the connection
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.5)


def listening(sockets: list[str]) -> list[tuple[str, int]]:
    """The addresses, as the kernel prints them, and ports on which these sockets listen."""
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if f"socket:[{inode}]" in sockets and (state == "0A" or table.startswith("udp")):
                address, _, port = local.rpartition(":")
                found.append((address, int(port, 16)))
    return found


def test_listens_on_loopback_only(served: Serving) -> None:
    """It listens on 127.0.0.1 only: other addresses of this machine refuse connections."""
    expected = socket.inet_aton("127.0.0.1")[:: 1 if sys.byteorder == "big" else -1].hex().upper()
    assert listening(served.sockets) == [(expected, served.port)]
    for address in ("127.0.0.2", "127.1.2.3", "::1"):
        with pytest.raises(
            OSError, match=r"refused|Cannot assign|unreachable"
        ):  # the last two: no IPv6 on this system
            socket.create_connection((address, served.port), timeout=10)


# Runs inside of `ssohelper exec`: what another user can see, while the folders are made readable one by one.
ANOTHER_USER = """\
import json, os, socket, sys, urllib.parse
from pathlib import Path
token = Path(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
folder, parent = token.parent, token.parent.parent
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
job = os.getpid()
modes = [oct(each.stat().st_mode & 0o7777) for each in (parent, folder, token)]

def attempt(do):
    try:
        return do()
    except OSError as error:
        return type(error).__name__

def request():
    with socket.socket() as connection:
        connection.settimeout(30)
        connection.connect((url.hostname, url.port))
        connection.sendall(f"GET {url.path} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\n\\r\\n".encode())
        response = b""
        while some := connection.recv(65536):
            response += some
        return response.decode()

def seen_by_another_user():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        found = {
            "other file": attempt((parent.parents[1] / "note").read_text),
            "parent": attempt(lambda: len(os.listdir(parent))),
            "folder": attempt(lambda: sorted(os.listdir(folder))),
            "token": attempt(token.read_text),
            "environment": attempt(Path(f"/proc/{job}/environ").read_bytes),
            "response": request(),
        }
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        found = json.load(pipe)
    os.waitpid(child, 0)
    return found

seen = [seen_by_another_user()]
for each in (parent.parent, parent):
    each.chmod(0o755)
seen.append(seen_by_another_user())
folder.chmod(0o755)
seen.append(seen_by_another_user())
print(json.dumps([modes, *seen]))
"""


def test_another_user(signed_in: Home) -> None:
    """Another user can neither read the token nor list its folder, and gets a 403.

    Each folder and the file is enough to keep them out: the others are made readable one by one.
    """
    if os.geteuid() != 0:
        absent("only root can run a program as another user")
    role = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    with TemporaryDirectory(dir="/tmp") as state:  # other users cannot reach the folders of tests
        Path(state).chmod(0o755)
        (Path(state) / "note").write_text("read by all")
        (Path(state) / "note").chmod(0o644)
        words = ("exec", *role, "--", sys.executable, "-c", ANOTHER_USER)
        done = signed_in.ssohelper(*words, XDG_STATE_HOME=state)
    assert (done.stderr, done.returncode) == ("", 0)
    denied = "PermissionError"
    always = {"other file": "read by all", "token": denied, "environment": denied, "response": FORBIDDEN.decode()}
    files = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "lock", "token"]
    assert json.loads(done.stdout) == [
        ["0o700", "0o700", "0o600"],
        {**always, "parent": denied, "folder": denied},
        {**always, "parent": 1, "folder": denied},
        {**always, "parent": 1, "folder": files},
    ]
