"""Requests to the redirect URI of `ssohelper login` that do not come from its own sign-in."""

import resource
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import SIGNED_IN, Login, desktop_home, follow_redirects, start_login
from tests.fixtures.home import Home
from tests.fixtures.serving import may_open
from tests.fixtures.sockets import connect, get_request, response_to


@pytest.fixture
def ready(home: Home, identity_center: Simulator) -> Home:
    """A home folder with a browser; the Identity Center approves each sign-in."""
    return desktop_home(home, identity_center)


def request(
    login: Login, target: str, *, method: str = "GET", hosts: tuple[str, ...] = ("",), body: str = ""
) -> bytes:
    """The bytes of a request to the redirect URI; "" stands for the right host."""
    lines = [f"Host: {host or f'127.0.0.1:{login.port}'}" for host in hosts]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", body]).encode()


Attack = Callable[[Login], bytes]
Attacks = dict[str, Attack]


def at_path(path: str) -> Attack:
    """The right request, but for another path."""
    return lambda login: request(login, login.callback_target().replace("/oauth/callback", path))


def with_method(method: str) -> Attack:
    """The right request, but with another method."""
    return lambda login: request(login, login.callback_target(), method=method, body="a=b")


def with_hosts(*hosts: str) -> Attack:
    """The right request, but for another host: DNS rebinding."""
    return lambda login: request(
        login, login.callback_target(), hosts=tuple(host.replace("PORT", str(login.port)) for host in hosts)
    )


PATHS: Attacks = {
    path: at_path(path)
    for path in (
        "/", "/favicon.ico", "/oauth/callback/", "/oauth", "/x/../oauth/callback",
        "/oauth/%63allback", "/OAuth/Callback", "/oauth/callback;x", "oauth/callback", "*",
    )
}  # fmt: skip

STATES: Attacks = {
    "wrong": lambda login: request(login, login.callback_target(state="a-state")),
    "missing": lambda login: request(login, "/oauth/callback?code=a-code"),
    "empty": lambda login: request(login, login.callback_target(state="")),
    "truncated": lambda login: request(login, login.callback_target(state=login.query["state"][:-1])),
    "longer": lambda login: request(login, login.callback_target(state=login.query["state"] + "A")),
    "case swapped": lambda login: request(login, login.callback_target(state=login.query["state"].swapcase())),
    "not ASCII": lambda login: request(login, login.callback_target(state="%E2%82%AC%ff")),
    "for an error": lambda login: request(login, "/oauth/callback?error=access_denied&state=a-state"),
    "missing for an error": lambda login: request(login, "/oauth/callback?error=access_denied"),
    "without code or error": lambda login: request(login, f"/oauth/callback?state={login.query['state']}"),
}

# A parameter must not be repeated: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.
REPEATED: Attacks = {
    "a state, wrong first": lambda login: request(
        login, login.callback_target(state=f"a-state&state={login.query['state']}")
    ),
    "a state, wrong last": lambda login: request(
        login, login.callback_target(state=f"{login.query['state']}&state=a-state")
    ),
    "a code": lambda login: request(login, login.callback_target(code="a-code&code=another")),
}

METHODS: Attacks = {
    method: with_method(method)
    for method in ("POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "get", "X" * 1000)
}

HOSTS: Attacks = {
    ", ".join(hosts): with_hosts(*hosts)
    for hosts in (
        ("evil.example:PORT",), ("evil.example",), ("127.0.0.1",), ("127.0.0.1:1",), ("127.0.0.1:PORT.evil.example",),
        ("127.0.0.1:PORT@evil.example",), ("0.0.0.0:PORT",), ("127.0.0.1:PORT", "evil.example"), (),
    )
}  # fmt: skip


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "attacks", [PATHS, STATES, REPEATED, METHODS, HOSTS], ids=["paths", "states", "repeated", "methods", "hosts"]
)
def test_attacks(ready: Home, identity_center: Simulator, attacks: Attacks) -> None:
    """A request that does not come from this sign-in gets a 404, and the sign-in still succeeds."""
    login = start_login(ready)
    answers = {name: response_to(login.port, attack(login)).partition(b"\r\n")[0] for name, attack in attacks.items()}
    assert answers == dict.fromkeys(attacks, b"HTTP/1.0 404 Not Found")
    assert "Signed in to acme" in follow_redirects(login)
    assert login.finish() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


NOISE: Attacks = {
    "a header of 1 MB": lambda login: request(login, login.callback_target(), hosts=("x" * 2**20,)),
    "a path of 1 MB": lambda login: request(login, login.callback_target(code="x" * 2**20)),
    "a thousand headers": lambda login: request(login, login.callback_target(), hosts=("x",) * 1000),
    "nothing": lambda _: b"",
    "an empty line": lambda _: b"\r\n\r\n",
    "bytes": lambda _: bytes(range(256)) * 64,
    "zeros": lambda _: bytes(100_000),
    "TLS": lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/0.9": lambda login: f"GET {login.callback_target()}\r\n".encode(),
    "HTTP/2": lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": lambda login: request(login, login.callback_target()).replace(b"HTTP/1.1", b"HTTP/9.9"),
    "an invalid version": lambda login: request(login, login.callback_target()).replace(b"HTTP/1.1", b"HTTP/1.1.1.1"),
    "an invalid URL": lambda login: request(login, "http://[oauth/callback?x"),
}


def test_noise(ready: Home, identity_center: Simulator) -> None:
    """Invalid requests get a 404 or no response, print nothing on the terminal, and the sign-in still succeeds."""
    login = start_login(ready)
    answers = {name: response_to(login.port, noise(login)).partition(b"\r\n")[0] for name, noise in NOISE.items()}
    assert {name: each for name, each in answers.items() if each not in (b"", b"HTTP/1.0 404 Not Found")} == {}
    assert "Signed in to acme" in follow_redirects(login)
    assert login.finish() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("number", "files"), [(100, 1024), (1500, 1024), (1500, 256)])
def test_silent_connections(ready: Home, number: int, files: int) -> None:
    """Connections that are silent, or stop in the middle of a request, do not block the sign-in: not even 1,500."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, before[1]))  # the login inherits it
    try:
        login = start_login(ready)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    with may_open(number + 500), ExitStack() as stack:
        for each in range(number):
            connection = stack.enter_context(connect(login.port))
            with suppress(OSError):  # closed already
                connection.sendall(get_request(login.port, login.callback_target(state="x"))[: each % 50])
        assert "Signed in to acme" in follow_redirects(login)
        assert login.finish() == ([SIGNED_IN], 0)
