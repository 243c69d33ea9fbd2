"""The endpoint as a process of its own, and who calls at it: python -m tests.refresher.serving TOKEN ANSWER FILES.

In a process of its own it can be seen what the endpoint holds open, and how much memory it takes.
"""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ssohelper.credentials import answer
from ssohelper.model import RoleCredentials
from ssohelper.refresher.endpoint import Endpoint, container_format
from tests.commands.browser_logins import received
from tests.components import absent
from tests.conftest import HANG_SECONDS

# 43 characters, as secrets.token_urlsafe(32) has them.
TOKEN = "tOkEn-planted_0123456789-abcdefghijklmnopqr"
CREDENTIALS = RoleCredentials("333344445555", "ReadOnly", "ASIAPLANTED", "planted-secret", "planted-token" * 60, 2e9)
BODY = container_format(answer.facts(CREDENTIALS))
FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 0\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
)
# An endpoint answers at once, and hangs up on whoever is slow after some seconds.
_SECONDS = 30
_OWN_FILES = 64  # what a test process has open beside the connections that it makes


def ok(body: bytes) -> bytes:
    """The whole answer that has this body."""
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    ).encode() + body


def request(
    *lines: str,
    method: str = "GET",
    target: str = "/credentials",
    version: str = "HTTP/1.1",
    hosts: tuple[str, ...] = ("127.0.0.1:PORT",),
    tokens: tuple[str, ...] = (TOKEN,),
    body: str = "",
) -> str:
    """A request, right as it stands; PORT is put in when it is sent. `lines` are more header lines."""
    head = [
        f"{method} {target} {version}",
        *(f"Host: {host}" for host in hosts),
        *(f"Authorization: {token}" for token in tokens),
        *lines,
    ]
    return "\r\n".join([*head, "", body])


def with_port(text: str, port: int) -> bytes:
    """A request as it is sent to this port; each character of it is one byte."""
    return text.replace("PORT", str(port)).encode("latin-1")


def connected(port: int) -> socket.socket:
    """A connection to the endpoint."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def right_answer(port: int) -> bytes:
    """What the endpoint answers to a right request of a client that keeps its side open, as SDKs do."""
    with connected(port) as connection:
        connection.sendall(with_port(request(), port))
        return received(connection)


def wait_for(fact: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + HANG_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that serves the endpoint on a port."""

    process: "subprocess.Popen[str]"
    port: int

    @property
    def sockets(self) -> list[str]:
        """The inodes of the sockets that it has open: `socket:[12345]`."""
        found = []
        for each in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                target = str(each.readlink())
            except FileNotFoundError:  # closed just now
                continue
            if target.startswith("socket:"):
                found.append(target)
        return found

    @property
    def memory(self) -> int:
        """The kilobytes of memory that it takes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def serving(folder: Path, body: bytes, files: int = 1024) -> Iterator[Serving]:
    """The endpoint with this answer in a process that may have so many files open; it must print nothing."""
    if not Path("/proc/self/fd").exists():
        absent("there is no /proc here")
    for name, data in (("token", TOKEN.encode()), ("answer", body)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(data)
    words = (
        sys.executable,
        "-m",
        "tests.refresher.serving",
        str(folder / "token"),
        str(folder / "answer"),
        str(files),
    )
    pipe = subprocess.PIPE
    root = Path(__file__).parents[2]
    with subprocess.Popen(words, cwd=root, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline()
        port = urlsplit(url.strip()).port
        assert port is not None, process.communicate(timeout=HANG_SECONDS)
        try:
            yield Serving(process, port)
        finally:
            said = process.communicate(timeout=HANG_SECONDS)  # closes its stdin: it ends
    assert (said, process.returncode) == (("", ""), 0), (said, process.returncode)


@contextmanager
def may_open(number: int) -> Iterator[None]:
    """This process may have so many connections; skips the test where the system does not let it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = before
    wanted = number + _OWN_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        absent(f"a process may have {hard} files open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def main(token: str, answer: str, files: str) -> None:
    """Serve what stands in the files until stdin is closed."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
    asyncio.run(_serve(Path(token).read_text(), Path(answer).read_bytes()))


async def _serve(token: str, answer: bytes) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, over.set)
    sys.stdout.write(await Endpoint(token, lambda: answer).serve() + "\n")
    sys.stdout.flush()
    await over.wait()
    os._exit(0)  # right away, whoever is connected


if __name__ == "__main__":
    main(*sys.argv[1:])
