"""Many, slow or endless connections do not keep the endpoint from answering."""

import os
import signal
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.fixtures.components import absent
from tests.fixtures.endpoint_attacks import ATTACKS
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.serving import (
    BODY,
    FORBIDDEN,
    Serving,
    may_open,
    ok,
    request,
    serving,
    valid_response,
    wait_for,
    with_port,
)
from tests.fixtures.sockets import connect, receive, response_to

pytestmark = pytest.mark.full

VALID = request()


# How many connections the endpoint has open at most, with some that are being closed.
MOST = 512 + 40


def silent(stack: ExitStack, port: int, number: int, data: bytes = b"") -> list[socket.socket]:
    """So many connections that send this and nothing more."""
    opened = []
    for _ in range(number):
        connection = stack.enter_context(connect(port))
        with suppress(OSError):  # closed already
            connection.sendall(data)
        opened.append(connection)
    return opened


@pytest.mark.parametrize(("number", "data"), [(2000, b""), (600, b"G"), (2000, VALID[:60].encode())])
def test_silent_connections(served: Serving, number: int, data: bytes) -> None:
    """However many connections send nothing or half a request, valid ones are answered; few are kept open."""
    before = sorted(served.sockets)
    with may_open(number), ExitStack() as stack:
        silent(stack, served.port, number, data)
        responses = Counter(valid_response(served.port) for _ in range(20))
        open_sockets = len(served.sockets)
        assert (responses, open_sockets <= MOST) == ({ok(BODY): 20}, True), open_sockets
    wait_for(lambda: sorted(served.sockets) == before)


def test_many_at_one_moment(served: Serving) -> None:
    """500 connections fit into the queue of a busy endpoint; after that, silent ones are closed for a new one."""
    if int(Path("/proc/sys/net/core/somaxconn").read_text()) < 512:
        absent("the system limits the queue to fewer connections")
    with may_open(2000), ExitStack() as stack:
        for _ in range(3):
            os.kill(served.process.pid, signal.SIGSTOP)  # too busy to accept any
            stack.callback(os.kill, served.process.pid, signal.SIGCONT)
            for _ in range(500):
                connection = stack.enter_context(socket.socket())
                connection.settimeout(10)  # with a full queue the kernel does not answer
                connection.connect(("127.0.0.1", served.port))
            os.kill(served.process.pid, signal.SIGCONT)
            assert valid_response(served.port) == ok(BODY)
            assert len(served.sockets) <= MOST


def test_few_files(tmp_path: Path) -> None:
    """If a process may have only 256 files open (macOS), silent connections do not keep it from answering."""
    with serving(tmp_path, BODY, files=256) as served, may_open(1000), ExitStack() as stack:
        silent(stack, served.port, 1000)
        assert Counter(valid_response(served.port) for _ in range(20)) == {ok(BODY): 20}


def test_oldest_is_closed_first(served: Serving) -> None:
    """The oldest connections are closed first: a client in the middle of a request can finish it."""
    data = with_port(VALID, served.port)
    with may_open(1500), ExitStack() as stack:
        silent(stack, served.port, 700)
        client = stack.enter_context(connect(served.port))
        client.sendall(data[:30])
        silent(stack, served.port, 400)
        client.sendall(data[30:])
        assert receive(client) == ok(BODY)


def test_a_slow_client(served: Serving) -> None:
    """A client that sends its request byte by byte and reads the response so gets all of it."""
    data = with_port(VALID, served.port)
    with connect(served.port) as connection:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            time.sleep(0.01)
        found = b""
        while some := connection.recv(1):
            found += some
    assert found == ok(BODY)


def test_a_slow_reader(tmp_path: Path) -> None:
    """A response that does not fit into the socket buffers is not truncated and does not delay others."""
    body = b"x" * 8_000_000
    with serving(tmp_path, body) as served, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(HANG_SECONDS)
        slow.connect(("127.0.0.1", served.port))
        slow.sendall(with_port(VALID, served.port))
        time.sleep(0.5)
        others = Counter(valid_response(served.port) for _ in range(5))
        assert (others, receive(slow)) == ({ok(body): 5}, ok(body))


def test_endless_connections(tmp_path: Path) -> None:
    """A client that never sends, finishes its request, reads or closes is disconnected after some time."""
    body = b"x" * 8_000_000
    with serving(tmp_path, body) as served, ExitStack() as stack:
        before = sorted(served.sockets)
        data = with_port(VALID, served.port)
        for part in (b"", data[:1], data[:-1], data.replace(b"\r\n", b"\n"), data):
            silent(stack, served.port, 4, part)
        invalid = stack.enter_context(connect(served.port))
        invalid.sendall(with_port(request(tokens=()), served.port))
        wait_for(lambda: len(served.sockets) == len(before) + 21)
        wait_for(lambda: sorted(served.sockets) == before)
        assert receive(invalid) == FORBIDDEN
        dripping = stack.enter_context(connect(served.port))
        with suppress(OSError):
            for _ in range(HANG_SECONDS * 10):
                dripping.sendall(b"x")
                time.sleep(0.1)
        assert sorted(served.sockets) == before


def test_a_flood(served: Serving) -> None:
    """5,000 invalid requests in a row get a 403 each, and valid ones are answered meanwhile."""
    invalid = with_port(request(tokens=("wrong",)), served.port)
    before = sorted(served.sockets)
    done = Event()
    valid: Counter[bytes] = Counter()

    def request_credentials() -> None:
        while not done.is_set():
            valid[valid_response(served.port)] += 1

    client = Thread(target=request_credentials)
    client.start()
    with ThreadPoolExecutor(8) as pool:
        responses = Counter(pool.map(lambda _: response_to(served.port, invalid), range(5000)))
    done.set()
    client.join(HANG_SECONDS)
    assert (responses, set(valid)) == ({FORBIDDEN: 5000}, {ok(BODY)})
    wait_for(lambda: sorted(served.sockets) == before)


def reset(port: int, data: bytes) -> None:
    """Send this and reset the connection without reading."""
    with suppress(OSError), connect(port) as connection:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_no_leaks(served: Serving) -> None:
    """After every kind of abuse the endpoint has no more sockets and memory than after the first time."""
    before = sorted(served.sockets)
    data = with_port(VALID, served.port)

    def abuse() -> int:
        with ExitStack() as stack:
            silent(stack, served.port, 700)
            silent(stack, served.port, 300, data[:50])
            silent(stack, served.port, 100, b"x" * 15_000)
        for piece in (b"", data[:20], data, with_port(request(tokens=()), served.port)):
            for _ in range(200):
                reset(served.port, piece)
        for name in ("noise: a header of 10 MB", "noise: 10 MB after an invalid request"):
            for _ in range(3):
                response_to(served.port, with_port(ATTACKS[name], served.port))
        assert valid_response(served.port) == ok(BODY)
        wait_for(lambda: sorted(served.sockets) == before)
        return served.memory

    with may_open(1200):
        abuse()
        first = abuse()
        for _ in range(4):
            last = abuse()
    # A leak would be several megabytes a round.
    assert last - first < 4 * 1024, (first, last)


# Runs inside of `ssohelper exec`: a child that outlives it keeps connecting.
KEEPS_CONNECTING = """\
import os, socket, sys, urllib.parse
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])

def connect():
    connection = socket.socket()
    connection.connect((url.hostname, url.port))
    connection.sendall(b"GET")
    return connection

connections = [connect() for _ in range(100)]
if os.fork():
    os._exit(7)
os.setsid()
for handle in range(3):
    os.close(handle)
try:
    for _ in range(5000):
        connections = [*connections[-100:], connect()]
except OSError:
    pass
"""


def test_job_exits(signed_in: Home) -> None:
    """The endpoint exits with the job and prints nothing, even while clients are connected and connecting."""
    role = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    done = signed_in.ssohelper("exec", *role, "--", sys.executable, "-c", KEEPS_CONNECTING)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 7)
    wait_for(lambda: list((signed_in.state / "exec").iterdir()) == [])
