"""`ssohelper login` on a terminal, with a BROWSER that hands the page to the test instead of opening it."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import ProxyHandler, build_opener

import pexpect

from ssohelper.simulator.server import Simulator
from tests.components import need
from tests.conftest import HANG_SECONDS, Home

SIGNED_IN = "ssohelper: signed in to acme, 59m left, renews itself"

# A login answers at once; who waits for so long waits for ever.
_SECONDS = 30

# What is listening when the browser starts is noted first.
_BROWSER = """\
#!/bin/sh
cat /proc/net/tcp /proc/net/tcp6 >"$HOME/listening" 2>/dev/null
printf %s "$1" >"$HOME/url.new"
mv "$HOME/url.new" "$HOME/url"
"""


def at_a_desk(home: Home, simulator: Simulator, name: str = "acme", header: str = "sso-session acme") -> Home:
    """The home folder of a person who sits at this machine, with a session in their config file."""
    home.config.parent.mkdir()
    home.config.write_text(f"[{header}]\nsso_start_url = {simulator.start_url}\nsso_region = us-east-1\n")
    # Where there is nobody before the screen no browser would be opened; and none but ours shall be found.
    for variable in ("CI", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        home.environment.pop(variable, None)
    programs = home.path / "bin"
    programs.mkdir()
    for program in ("cat", "mv", "sh"):
        (programs / program).symlink_to(need(program))
    home.environment.update(
        PATH=str(programs), BROWSER=browser_of(home, _BROWSER), NO_COLOR="1", SSOHELPER_SESSION=name
    )
    return home


def browser_of(home: Home, script: str) -> str:
    """The path of a BROWSER that does this."""
    path = home.path / "bin" / "browser"
    path.write_text(script)
    path.chmod(0o700)
    return str(path)


@dataclass(frozen=True, slots=True)
class Login:
    """A login that waits for the browser to come back, and the page that it wants to be opened."""

    home: Home
    terminal: "pexpect.spawn[str]" = field(repr=False)
    url: str

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the page's address."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True, strict_parsing=True))

    @property
    def port(self) -> int:
        """Where the login listens."""
        return urlsplit(self.asked["redirect_uri"]).port or 0

    def way_back(self, **changes: str) -> str:
        """The path and query by which a browser comes back, percent-encoded already."""
        query = {"code": "a-code", "state": self.asked["state"], **changes}
        return f"/oauth/callback?{'&'.join(f'{name}={value}' for name, value in query.items())}"

    def ends(self) -> tuple[list[str], int | None]:
        """What the login says from then on until its end, and its exit code."""
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        said = self.terminal.before or ""
        lines = said.replace("\r", "").rpartition(self.url)[2].splitlines()
        return [line for line in lines if line], self.terminal.exitstatus


def started(home: Home, *words: str) -> Login:
    """`ssohelper login`, as far as the browser."""
    address = home.path / "url"
    address.unlink(missing_ok=True)
    terminal = home.terminal("login", *words)
    deadline = time.monotonic() + HANG_SECONDS
    while not address.exists():
        assert time.monotonic() < deadline, terminal.read_nonblocking(10_000, 1)
        assert terminal.isalive(), terminal.read()
        time.sleep(0.02)
    return Login(home, terminal, address.read_text())


def come_back(login: Login) -> str:
    """Go where a browser would be led by a service that approves by itself; the page at the end."""
    # Without the proxies that the environment may name.
    with build_opener(ProxyHandler({})).open(login.url, timeout=_SECONDS) as answer:
        page: bytes = answer.read()
    return page.decode()


def redirected(login: Login) -> str:
    """The path and query to which a service that approves by itself sends the browser back."""
    parts = urlsplit(login.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return f"{location.path}?{location.query}"


def connected(port: int) -> socket.socket:
    """A connection to whoever listens on a port of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)


def received(connection: socket.socket) -> bytes:
    """Everything that comes until the other side hangs up, however it does that."""
    found = b""
    with suppress(ConnectionError):
        while some := connection.recv(65536):
            found += some
    return found


def sent(port: int, request: bytes) -> bytes:
    """Everything that comes back for these bytes, after which we say no more; `nobody` where nobody listens."""
    try:
        connection = connected(port)
    except ConnectionError:
        return b"nobody"
    with connection:
        with suppress(OSError):  # it may have heard enough
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        return received(connection)


def get(port: int, target: str) -> bytes:
    """A browser's request for a page of the login, in bytes."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def is_open(port: int) -> bool:
    """Whether anybody listens on a port of this machine."""
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def cached(home: Home) -> list[tuple[Path, dict[str, object]]]:
    """The files of the token cache, tokens first."""
    paths = (home.path / ".aws" / "sso" / "cache").iterdir()
    found = [(path, json.loads(path.read_bytes())) for path in paths]
    return sorted(found, key=lambda each: "accessToken" not in each[1])
