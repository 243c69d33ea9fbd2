"""What the endpoint answers to whom."""

import asyncio
import json
import os
import socket
import ssl
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
from tests.commands.browser_logins import received, sent
from tests.components import absent
from tests.conftest import HANG_SECONDS, Home
from tests.refresher.serving import (
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


def tls_hello() -> str:
    """What a TLS client says first."""
    out = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    return out.read().decode("latin-1")


RIGHT = request()
NEARLY = TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B")

TOKENS = {
    "none": request(tokens=()),
    "empty": request(tokens=("",)),
    "wrong": request(tokens=("wrong",)),
    "wrong at its end": request(tokens=(NEARLY,)),
    "wrong at its beginning": request(tokens=("X" + TOKEN[1:],)),
    "of the right length": request(tokens=("x" * len(TOKEN),)),
    "its beginning": request(tokens=(TOKEN[:-1],)),
    "one character": request(tokens=(TOKEN[0],)),
    "its end": request(tokens=(TOKEN[1:],)),
    "longer": request(tokens=(TOKEN + "x",)),
    "doubled": request(tokens=(TOKEN + TOKEN,)),
    "upside down": request(tokens=(TOKEN.swapcase(),)),
    "and a NUL": request(tokens=(TOKEN + "\0",)),
    "and a vertical tab": request(tokens=(TOKEN + "\v",)),
    "and a hard blank": request(tokens=(TOKEN + "\xa0",)),
    "in quotes": request(tokens=(f'"{TOKEN}"',)),
    "not ASCII": request(tokens=("\xff" * len(TOKEN),)),
    "as a Bearer": request(tokens=(f"Bearer {TOKEN}",)),
    "as a Basic": request(tokens=(f"Basic {TOKEN}",)),
    "twice": request(tokens=(TOKEN, TOKEN)),
    "twice, wrong first": request(tokens=("wrong", TOKEN)),
    "twice, wrong last": request(tokens=(TOKEN, "wrong")),
    "twice on one line": request(tokens=(f"{TOKEN}, {TOKEN}",)),
    "twice, in another case": request(f"AUTHORIZATION: {TOKEN}"),
    "in the query": request(tokens=(), target=f"/credentials?Authorization={TOKEN}"),
    "in the fragment": request(tokens=(), target=f"/credentials#{TOKEN}"),
    "in a cookie": request(f"Cookie: Authorization={TOKEN}", tokens=()),
    "in another header": request(f"Proxy-Authorization: {TOKEN}", f"X-Authorization: {TOKEN}", tokens=()),
    "in the body": request("Content-Length: 0", tokens=(), body=f"Authorization: {TOKEN}\r\n\r\n"),
}

HOSTS = {
    ", ".join(hosts) or "none": request(hosts=hosts)
    for hosts in (
        (), ("",), ("127.0.0.1",), ("localhost",), ("127.0.0.1:1",), ("127.0.0.1:80",), ("localhost:1",),
        ("evil.example",), ("evil.example:PORT",), ("localhost.evil.example:PORT",), ("localtest.me:PORT",),
        ("127.0.0.1.nip.io:PORT",), ("localhost.:PORT",), ("127.0.0.1.:PORT",), ("0.0.0.0:PORT",), ("127.1:PORT",),
        ("2130706433:PORT",), ("127.0.0.2:PORT",), ("[::ffff:127.0.0.1]:PORT",), ("::1:PORT",), ("[::]:PORT",),
        ("127.0.0.1:PORT0",), ("127.0.0.1:0PORT",), ("127.0.0.1:PORT.evil.example",), ("evil@127.0.0.1:PORT",),
        ("127.0.0.1:PORT@evil.example",),
        ("http://127.0.0.1:PORT",), ("127.0.0.1:PORT/",), ("127.0.0.1:PORT, evil.example",),
        ("127.0.0.1:PORT", "127.0.0.1:PORT"), ("127.0.0.1:PORT", "evil.example"), ("evil.example", "127.0.0.1:PORT"),
    )
}  # fmt: skip
HOSTS |= {
    "forwarded": request("X-Forwarded-Host: 127.0.0.1:PORT", hosts=("evil.example:PORT",)),
    "in the target": request(target="http://127.0.0.1:PORT/credentials", hosts=("evil.example:PORT",)),
}

METHODS = {
    method or "none": request(method=method)
    for method in (
        "POST", "PUT", "OPTIONS", "HEAD", "DELETE", "CONNECT", "TRACE", "PATCH", "PROPFIND",
        "get", "Get", "GETX", "G", "", "GET\0", "\tGET", "X" * 1000,
    )
}  # fmt: skip
METHODS |= {
    "POST with a body": request("Content-Length: 3", method="POST", body="a=b"),
    "CONNECT to us": request(method="CONNECT", target="127.0.0.1:PORT"),
    "a preflight": request(
        "Origin: http://evil.example",
        "Access-Control-Request-Method: GET",
        "Access-Control-Request-Headers: authorization",
        method="OPTIONS",
        tokens=(),
    ),
    "overridden": request("X-HTTP-Method-Override: GET", method="POST"),
}

TARGETS = {
    target or "none": request(target=target)
    for target in (
        "", "/", "*", "credentials", "//credentials", "/credentials/", "/credentials?", "/credentials?x",
        "/credentials#x", "/credentials;x", "/./credentials", "/%63redentials", "/credentials/../credentials",
        "/x/../credentials", "/Credentials", "/CREDENTIALS", "/credentials\0", "/\0credentials", "/credentials%00",
        "/credentials%20", "/credentials.json", "\\credentials", "/credentials\t", "/credentials x", " /credentials",
        "/credentials ", "/token", "/../token", "/favicon.ico",
        "http://127.0.0.1:PORT/credentials", "http://localhost:PORT/credentials", "//127.0.0.1:PORT/credentials",
        "HTTP://127.0.0.1:PORT/credentials", "https://127.0.0.1:PORT/credentials",
    )
}  # fmt: skip

VERSIONS = {
    version or "none": request(version=version)
    for version in ("", "HTTP/0.9", "HTTP/1", "HTTP/1.2", "HTTP/1.10", "HTTP/1.1 ", "HTTP/2", "HTTP/2.0", "HTTP/9.9",
                    "http/1.1", "HTTP/1.1\t", "HTTP/01.1", "HTTPS/1.1", "HTTP/1,1")
}  # fmt: skip

# What one server takes for the body of a request is another's next one; here there is none of either.
SMUGGLED = {
    "a length": request("Content-Length: 5", body="12345"),
    "a request in the body": request(f"Content-Length: {len(RIGHT)}", body=RIGHT),
    "a request in the body of a wrong one": request(f"Content-Length: {len(RIGHT)}", method="POST", body=RIGHT),
    "a length and no body": request("Content-Length: 5"),
    "a negative length": request("Content-Length: -1"),
    "a length with a sign": request("Content-Length: +0"),
    "a length of minus nothing": request("Content-Length: -0"),
    "a length of two zeros": request("Content-Length: 00"),
    "a list of lengths": request("Content-Length: 0, 0"),
    "two lengths": request("Content-Length: 0", "Content-Length: 0"),
    "two different lengths": request("Content-Length: 0", f"Content-Length: {len(RIGHT)}", body=RIGHT),
    "an empty length": request("Content-Length:"),
    "a length that is none": request("Content-Length: x"),
    "chunks": request("Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "chunks and a request": request("Transfer-Encoding: chunked", body=f"0\r\n\r\n{RIGHT}"),
    "chunks in another case": request("TRANSFER-encoding: Chunked", body="0\r\n\r\n"),
    "chunks and a length": request("Transfer-Encoding: chunked", "Content-Length: 0", body="0\r\n\r\n"),
    "a length and chunks": request(
        f"Content-Length: {len(RIGHT)}", "Transfer-Encoding: chunked", body=f"0\r\n\r\n{RIGHT}"
    ),
    "chunks that are none": request("Transfer-Encoding: identity"),
    "an empty encoding": request("Transfer-Encoding:"),
    "two encodings": request("Transfer-Encoding: identity", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "chunks after a blank": request("Transfer-Encoding : chunked", body="0\r\n\r\n"),
    "chunks after a vertical tab": request("Transfer-Encoding:\vchunked", body="0\r\n\r\n"),
    "chunks in a folded line": request("X: y", " Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "a folded line": request("X: y", " z"),
    "a line folded by a tab": request("X: y", "\tz"),
    "a folded token": request("Authorization:", f" {TOKEN}", tokens=()),
    "a folded first line": RIGHT.replace("\r\nHost", "\r\n X: y\r\nHost"),
    "a blank before a colon": request("X : y"),
    "a blank before the Host's colon": request("Host : 127.0.0.1:PORT", hosts=()),
    "a blank before the token's colon": request(f"Authorization : {TOKEN}", tokens=()),
    "a tab before a colon": request("X\t: y"),
    "no colon": request("X"),
    "no name": request(": y"),
    "a name that is none": request("X(: y"),
    "a name that is not ASCII": request("X\xe9: y"),
    "a NUL in a name": request("X\0: y"),
    **{f"{ord(each):#x} in a value": request(f"X: y{each}z") for each in "\0\1\b\n\v\f\r\x1b\x1f\x7f"},
    "bare line feeds": RIGHT.replace("\r\n", "\n"),
    "one bare line feed": RIGHT.replace("\r\nAuth", "\nAuth"),
    "a bare line feed in a value": request(f"X: y\nAuthorization: {TOKEN}", tokens=()),
    "a bare carriage return": RIGHT.replace("\r\nAuth", "\rAuth"),
    "a carriage return in a value": request(f"X: y\rAuthorization: {TOKEN}", tokens=()),
    "a carriage return too many": RIGHT.replace("\r\nAuth", "\r\r\nAuth"),
    "bare carriage returns": RIGHT.replace("\r\n", "\r"),
    "an empty line before": "\r\n" + RIGHT,
    "two empty lines before": "\r\n\r\n" + RIGHT,
    "no end": RIGHT.removesuffix("\r\n"),
    "half an end": RIGHT.removesuffix("\n"),
    "a wrong one, then a right one": request(tokens=("wrong",)) + RIGHT,
    "no token, then a right one": request(tokens=()) + RIGHT,
    "a wrong Host, then a right one": request(hosts=("evil.example",)) + RIGHT,
    "many wrong ones, then a right one": request(tokens=("wrong",)) * 100 + RIGHT,
    "half a right one, then a right one": RIGHT[:40] + RIGHT,
}

NOISE = {
    "nothing": "",
    "a byte": "G",
    "lines": "\r\n" * 1000,
    "zeros": "\0" * 100_000,
    "every byte": "".join(map(chr, range(256))) * 64,
    "a header of 10 MB": request(f"X: {'x' * 10_000_000}"),
    "a token of 10 MB": request(tokens=(TOKEN + "x" * 10_000_000,)),
    "a target of 10 MB": request(target="/credentials?" + "x" * 10_000_000),
    "a first line of 10 MB": "x" * 10_000_000,
    "10 MB of headers": request(*["X: y"] * (10_000_000 // 6)),
    "a head of 17 KiB": request(f"X: {'x' * 17 * 1024}"),
    "10 MB after a wrong request": request(tokens=()) + "x" * 10_000_000,
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "HTTP/2, then a right one": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + RIGHT,
    "TLS": tls_hello(),
    "HTTP/0.9": "GET /credentials\r\n",
    "HTTP/0.9 with an empty line": "GET /credentials\r\n\r\n",
    "HTTP/0.9 with headers": request(version="").replace("credentials \r", "credentials\r"),
    "a proxy's preface": "PROXY TCP4 127.0.0.1 127.0.0.1 1 PORT\r\n" + RIGHT,
    "an answer": "HTTP/1.1 200 OK\r\n\r\n",
}

ATTACKS = {
    f"{kind}: {name}": text
    for kind, attacks in {
        "token": TOKENS,
        "host": HOSTS,
        "method": METHODS,
        "target": TARGETS,
        "version": VERSIONS,
        "smuggled": SMUGGLED,
        "noise": NOISE,
    }.items()
    for name, text in attacks.items()
}


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
