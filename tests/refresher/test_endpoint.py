"""What the endpoint answers to whom."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest

from ssohelper.refresher.endpoint import Endpoint
from tests.fixtures.browser_logins import received, sent
from tests.fixtures.components import absent
from tests.fixtures.endpoint_attacks import ATTACKS, HOSTS, METHODS, RIGHT, SMUGGLED, TARGETS, TOKENS
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.serving import (
    BODY,
    FORBIDDEN,
    TOKEN,
    Serving,
    connected,
    ok,
    request,
    right_answer,
    with_port,
)


@contextmanager
def in_a_thread(of: Callable[[], bytes | None]) -> Iterator[int]:
    """An endpoint that runs in a thread; its port. Nothing goes wrong in its event loop.

    It is served until its process ends and so has nothing to close it: that is done here, from inside.
    """
    loop = asyncio.new_event_loop()
    faults: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, fault: faults.append(fault))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    endpoint = Endpoint(TOKEN, of)

    async def close() -> None:
        endpoint._server.close()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})  # every client has hung up

    url = asyncio.run_coroutine_threadsafe(endpoint.serve(), loop).result(HANG_SECONDS)
    try:
        yield int(url.removeprefix("http://127.0.0.1:").removesuffix("/credentials"))
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(HANG_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(HANG_SECONDS)
        loop.close()
    assert faults == []


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of an endpoint that has credentials."""
    with in_a_thread(lambda: BODY) as port:
        yield port


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(port: int, name: str) -> None:
    """Whatever is not the one right request gets a bare 403, once, and not a byte beyond; the next one is served."""
    assert (sent(port, with_port(ATTACKS[name], port)), right_answer(port)) == (FORBIDDEN, ok(BODY))


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_in_pieces(port: int, name: str) -> None:
    """The same holds for what comes in two pieces, and from someone who does not say that it was all."""
    data = with_port(ATTACKS[name], port)
    with connected(port) as connection:
        for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
            with suppress(OSError):  # it may have heard enough
                connection.sendall(piece)
            time.sleep(0.005)
        if b"\r\n\r\n" not in data and len(data) < 20 * 1024:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        assert received(connection) == FORBIDDEN


GOOD = {
    "as it is": RIGHT,
    "localhost": request(hosts=("localhost:PORT",)),
    "LocalHost": request(hosts=("LocalHost:PORT",)),
    "[::1]": request(hosts=("[::1]:PORT",)),
    "HTTP/1.0": request(version="HTTP/1.0"),
    "Content-Length: 0": request("Content-Length: 0"),
    "small names": request(f"host: 127.0.0.1:PORT\r\nauthorization: {TOKEN}", hosts=(), tokens=()),
    "big names": request(f"HOST: 127.0.0.1:PORT\r\nAUTHORIZATION: {TOKEN}", hosts=(), tokens=()),
    "odd names": request(f"hOsT: 127.0.0.1:PORT\r\naUTHORIZATIOn: {TOKEN}", hosts=(), tokens=()),
    "no blanks": request(f"Host:127.0.0.1:PORT\r\nAuthorization:{TOKEN}", hosts=(), tokens=()),
    "more blanks": request(hosts=("\t 127.0.0.1:PORT \t",), tokens=(f" \t{TOKEN}\t ",)),
    "the token first": request("Host: 127.0.0.1:PORT", hosts=()),
    "as botocore sends it": request(
        "Accept-Encoding: identity", "Accept: application/json", "User-Agent: Botocore/1.40 md/x#y ua/2.1"
    ),
    "as the SDK for JavaScript sends it": request("Connection: close"),
    "as curl sends it": request("User-Agent: curl/8", "Accept: */*"),
    "not ASCII elsewhere": request("User-Agent: \xe9"),
    "15 KiB": request(f"X: {'x' * 15 * 1024}"),
    "more after it": RIGHT + "x" * 100,
    "another one after it": RIGHT + RIGHT,
    "a wrong one after it": RIGHT + request(tokens=("wrong",)),
}


@pytest.mark.parametrize("name", GOOD)
def test_right_requests(port: int, name: str) -> None:
    """The right request is answered with the credentials, once, whatever way an SDK writes it."""
    assert sent(port, with_port(GOOD[name], port)) == ok(BODY)


def test_the_body(port: int) -> None:
    """The body is what the SDKs' reference guide says that it is, and nothing says more than that."""
    body = right_answer(port).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {
        "AccessKeyId": "ASIAPLANTED",
        "SecretAccessKey": "planted-secret",
        "Token": "planted-token" * 60,
        "Expiration": "2033-05-18T03:33:20Z",
        "AccountId": "333344445555",
    }


UNAVAILABLE = b'{"code": "Unavailable", "message": "there are no credentials at the moment"}'


def test_no_credentials() -> None:
    """While there are no credentials the right request gets a 503 that says so in JSON, and any other still a 403."""
    now: list[bytes | None] = [None, BODY, None]
    with in_a_thread(lambda: now.pop(0)) as port:
        wrong = sent(port, with_port(request(tokens=("wrong",)), port))
        answers = [right_answer(port) for _ in range(3)]
    unavailable = ok(UNAVAILABLE).replace(b"200 OK", b"503 Service Unavailable")
    assert (wrong, answers) == (FORBIDDEN, [unavailable, ok(BODY), unavailable])


def test_nobody_asks_for_the_wrong_ones() -> None:
    """A wrong request does not even come as far as the question whether there are credentials."""
    asked: list[None] = []
    with in_a_thread(lambda: asked.append(None)) as port:
        for text in (*TOKENS.values(), *HOSTS.values(), *METHODS.values(), *TARGETS.values(), *SMUGGLED.values()):
            assert sent(port, with_port(text, port)) == FORBIDDEN
    assert asked == []


def listening(sockets: list[str]) -> list[tuple[str, int]]:
    """Where these sockets listen: the address as the kernel writes it, and the port."""
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if f"socket:[{inode}]" in sockets and (state == "0A" or table.startswith("udp")):
                address, _, port = local.rpartition(":")
                found.append((address, int(port, 16)))
    return found


def test_where_it_listens(served: Serving) -> None:
    """It listens on 127.0.0.1 and nowhere else: this machine's other addresses refuse."""
    expected = socket.inet_aton("127.0.0.1")[:: 1 if sys.byteorder == "big" else -1].hex().upper()
    assert listening(served.sockets) == [(expected, served.port)]
    for address in ("127.0.0.2", "127.1.2.3", "::1"):
        with pytest.raises(
            OSError, match=r"refused|Cannot assign|unreachable"
        ):  # the last two: there is no IPv6 here
            socket.create_connection((address, served.port), timeout=10)


# Runs inside of `ssohelper exec`; what somebody else sees while the folders around are open to them step by step.
SOMEBODY_ELSE = """\
import json, os, socket, sys, urllib.parse
from pathlib import Path
token = Path(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
folder, jobs = token.parent, token.parent.parent
url = urllib.parse.urlsplit(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
job = os.getpid()
modes = [oct(each.stat().st_mode & 0o7777) for each in (jobs, folder, token)]

def attempt(do):
    try:
        return do()
    except OSError as error:
        return type(error).__name__

def ask():
    with socket.socket() as connection:
        connection.settimeout(30)
        connection.connect((url.hostname, url.port))
        connection.sendall(f"GET {url.path} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\n\\r\\n".encode())
        answer = b""
        while some := connection.recv(65536):
            answer += some
        return answer.decode()

def seen_by_somebody_else():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        found = {
            "beside": attempt((jobs.parents[1] / "note").read_text),
            "jobs": attempt(lambda: len(os.listdir(jobs))),
            "folder": attempt(lambda: sorted(os.listdir(folder))),
            "token": attempt(token.read_text),
            "environment": attempt(Path(f"/proc/{job}/environ").read_bytes),
            "answer": ask(),
        }
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        found = json.load(pipe)
    os.waitpid(child, 0)
    return found

seen = [seen_by_somebody_else()]
for each in (jobs.parent, jobs):
    each.chmod(0o755)
seen.append(seen_by_somebody_else())
folder.chmod(0o755)
seen.append(seen_by_somebody_else())
print(json.dumps([modes, *seen]))
"""


def test_somebody_else(signed_in: Home) -> None:
    """Another user cannot read the token, by whatever folder they come in, nor list the folder, and gets a 403.

    Each of the folders and the file alone keeps them out: the others are opened to them one after the other.
    """
    if os.geteuid() != 0:
        absent("only root can be somebody else")
    role = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
    with TemporaryDirectory(dir="/tmp") as state:  # the folders above a test's own are closed to others altogether
        Path(state).chmod(0o755)
        (Path(state) / "note").write_text("read by all")
        (Path(state) / "note").chmod(0o644)
        words = ("exec", *role, "--", sys.executable, "-c", SOMEBODY_ELSE)
        done = signed_in.ssohelper(*words, XDG_STATE_HOME=state)
    assert (done.stderr, done.returncode) == ("", 0)
    denied = "PermissionError"
    always = {"beside": "read by all", "token": denied, "environment": denied, "answer": FORBIDDEN.decode()}
    files = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "lock", "token"]
    assert json.loads(done.stdout) == [
        ["0o700", "0o700", "0o600"],
        {**always, "jobs": denied, "folder": denied},
        {**always, "jobs": 1, "folder": denied},
        {**always, "jobs": 1, "folder": files},
    ]
