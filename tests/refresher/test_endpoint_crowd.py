"""Nobody keeps the endpoint from answering: not by many connections, slow ones, or ones that never end."""

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

from tests.fixtures.browser_logins import received, sent
from tests.fixtures.components import absent
from tests.fixtures.endpoint_attacks import ATTACKS
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.serving import (
    BODY,
    FORBIDDEN,
    Serving,
    connected,
    may_open,
    ok,
    request,
    right_answer,
    serving,
    wait_for,
    with_port,
)

RIGHT = request()


# How many connections the endpoint has open at the most, and some for what is going away just then.
MOST = 512 + 40


def silent(stack: ExitStack, port: int, number: int, said: bytes = b"") -> list[socket.socket]:
    """So many connections that say this and nothing more."""
    made = []
    for _ in range(number):
        connection = stack.enter_context(connected(port))
        with suppress(OSError):  # hung up on already
            connection.sendall(said)
        made.append(connection)
    return made


@pytest.mark.parametrize(("number", "said"), [(2000, b""), (600, b"G"), (2000, RIGHT[:60].encode())])
def test_silent_connections(served: Serving, number: int, said: bytes) -> None:
    """However many connections say nothing or stop in the middle, right ones are answered; few are kept open."""
    before = sorted(served.sockets)
    with may_open(number), ExitStack() as stack:
        silent(stack, served.port, number, said)
        answers = Counter(right_answer(served.port) for _ in range(20))
        held = len(served.sockets)
        assert (answers, held <= MOST) == ({ok(BODY): 20}, True), held
    wait_for(lambda: sorted(served.sockets) == before)


def test_many_at_one_moment(served: Serving) -> None:
    """Connections that come while the endpoint is busy wait in line, all 500; silent ones of them make room."""
    if int(Path("/proc/sys/net/core/somaxconn").read_text()) < 512:
        absent("no line is that long here")
    with may_open(2000), ExitStack() as stack:
        for _ in range(3):
            os.kill(served.process.pid, signal.SIGSTOP)  # as busy as can be
            stack.callback(os.kill, served.process.pid, signal.SIGCONT)
            for _ in range(500):
                connection = stack.enter_context(socket.socket())
                connection.settimeout(10)  # at the end of the line nobody answers at all
                connection.connect(("127.0.0.1", served.port))
            os.kill(served.process.pid, signal.SIGCONT)
            assert right_answer(served.port) == ok(BODY)
            assert len(served.sockets) <= MOST


def test_few_files(tmp_path: Path) -> None:
    """Where a process may have no more than 256 files open (macOS), silent connections do not lock anybody out."""
    with serving(tmp_path, BODY, files=256) as served, may_open(1000), ExitStack() as stack:
        silent(stack, served.port, 1000)
        assert Counter(right_answer(served.port) for _ in range(20)) == {ok(BODY): 20}


def test_the_oldest_makes_room(served: Serving) -> None:
    """Who came first goes first: whoever is in the middle of a request can end it while others crowd in."""
    data = with_port(RIGHT, served.port)
    with may_open(1500), ExitStack() as stack:
        silent(stack, served.port, 700)
        true = stack.enter_context(connected(served.port))
        true.sendall(data[:30])
        silent(stack, served.port, 400)
        true.sendall(data[30:])
        assert received(true) == ok(BODY)


def test_a_slow_client(served: Serving) -> None:
    """A client whose request comes byte by byte, and one that reads so, get what others get."""
    data = with_port(RIGHT, served.port)
    with connected(served.port) as connection:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            time.sleep(0.01)
        found = b""
        while some := connection.recv(1):
            found += some
    assert found == ok(BODY)


def test_a_slow_reader(tmp_path: Path) -> None:
    """An answer that finds no room on its way is not cut off, and keeps nobody waiting."""
    body = b"x" * 8_000_000
    with serving(tmp_path, body) as served, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(HANG_SECONDS)
        slow.connect(("127.0.0.1", served.port))
        slow.sendall(with_port(RIGHT, served.port))
        time.sleep(0.5)
        others = Counter(right_answer(served.port) for _ in range(5))
        assert (others, received(slow)) == ({ok(body): 5}, ok(body))


def test_those_who_never_end(tmp_path: Path) -> None:
    """Who never says a word, never ends a request, never reads or never hangs up, is hung up on after a while."""
    body = b"x" * 8_000_000
    with serving(tmp_path, body) as served, ExitStack() as stack:
        before = sorted(served.sockets)
        data = with_port(RIGHT, served.port)
        for said in (b"", data[:1], data[:-1], data.replace(b"\r\n", b"\n"), data):
            silent(stack, served.port, 4, said)
        wrong = stack.enter_context(connected(served.port))
        wrong.sendall(with_port(request(tokens=()), served.port))
        wait_for(lambda: len(served.sockets) == len(before) + 21)
        wait_for(lambda: sorted(served.sockets) == before)
        assert received(wrong) == FORBIDDEN
        dripping = stack.enter_context(connected(served.port))
        with suppress(OSError):
            for _ in range(HANG_SECONDS * 10):
                dripping.sendall(b"x")
                time.sleep(0.1)
        assert sorted(served.sockets) == before


def test_a_flood(served: Serving) -> None:
    """5,000 wrong requests as fast as they go get their 403 each, and whoever asks rightly is answered meanwhile."""
    wrong = with_port(request(tokens=("wrong",)), served.port)
    before = sorted(served.sockets)
    over = Event()
    right: Counter[bytes] = Counter()

    def ask() -> None:
        while not over.is_set():
            right[right_answer(served.port)] += 1

    client = Thread(target=ask)
    client.start()
    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(lambda _: sent(served.port, wrong), range(5000)))
    over.set()
    client.join(HANG_SECONDS)
    assert (answers, set(right)) == ({FORBIDDEN: 5000}, {ok(BODY)})
    wait_for(lambda: sorted(served.sockets) == before)


def hang_up(port: int, data: bytes) -> None:
    """Send this and hang up in the rudest way, without a look at what comes."""
    with suppress(OSError), connected(port) as connection:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_nothing_is_left(served: Serving) -> None:
    """After every kind of abuse the endpoint holds no socket and no memory more than after the first time."""
    before = sorted(served.sockets)
    data = with_port(RIGHT, served.port)

    def abuse() -> int:
        with ExitStack() as stack:
            silent(stack, served.port, 700)
            silent(stack, served.port, 300, data[:50])
            silent(stack, served.port, 100, b"x" * 15_000)
        for piece in (b"", data[:20], data, with_port(request(tokens=()), served.port)):
            for _ in range(200):
                hang_up(served.port, piece)
        for name in ("noise: a header of 10 MB", "noise: 10 MB after a wrong request"):
            for _ in range(3):
                sent(served.port, with_port(ATTACKS[name], served.port))
        assert right_answer(served.port) == ok(BODY)
        wait_for(lambda: sorted(served.sockets) == before)
        return served.memory

    with may_open(1200):
        abuse()
        first = abuse()
        for _ in range(4):
            last = abuse()
    # What one round leaves behind, were it left, would be several megabytes.
    assert last - first < 4 * 1024, (first, last)


# Runs inside of `ssohelper exec`, and leaves behind somebody who is connected and does not stop to connect.
CROWDING_IN = """\
import os, socket, sys, urllib.parse
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])

def connect():
    connection = socket.socket()
    connection.connect((url.hostname, url.port))
    connection.sendall(b"GET")
    return connection

crowd = [connect() for _ in range(100)]
if os.fork():
    os._exit(7)
os.setsid()
for handle in range(3):
    os.close(handle)
try:
    for _ in range(5000):
        crowd = [*crowd[-100:], connect()]
except OSError:
    pass
"""


def test_the_end_of_the_job(signed_in: Home) -> None:
    """When the job ends the endpoint does, without a word, whoever is connected or just about to be."""
    role = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    done = signed_in.ssohelper("exec", *role, "--", sys.executable, "-c", CROWDING_IN)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 7)
    wait_for(lambda: list((signed_in.state / "jobs").iterdir()) == [])
