"""What else may call at the address to which the browser comes back, while `ssohelper login` waits for it."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import SIGNED_IN, Login, at_a_desk, come_back, connected, get, sent, started
from tests.fixtures.home import Home


@pytest.fixture
def desk(home: Home, identity_center: Simulator) -> Home:
    """The home folder of a person whose Identity Center approves by itself."""
    return at_a_desk(home, identity_center)


def request(
    login: Login, target: str, *, method: str = "GET", hosts: tuple[str, ...] = ("",), body: str = ""
) -> bytes:
    """A request to the login in bytes; a host of "" is the right one."""
    lines = [f"Host: {host or f'127.0.0.1:{login.port}'}" for host in hosts]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", body]).encode()


Attack = Callable[[Login], bytes]
Attacks = dict[str, Attack]


def at(path: str) -> Attack:
    """All that is right, but at another path."""
    return lambda login: request(login, login.way_back().replace("/oauth/callback", path))


def by(method: str) -> Attack:
    """All that is right, but by another method."""
    return lambda login: request(login, login.way_back(), method=method, body="a=b")


def to(*hosts: str) -> Attack:
    """All that is right, but to another host, as a page sends it whose own name leads to 127.0.0.1."""
    return lambda login: request(
        login, login.way_back(), hosts=tuple(host.replace("PORT", str(login.port)) for host in hosts)
    )


PATHS: Attacks = {
    path: at(path)
    for path in (
        "/", "/favicon.ico", "/oauth/callback/", "/oauth", "/x/../oauth/callback",
        "/oauth/%63allback", "/OAuth/Callback", "/oauth/callback;x", "oauth/callback", "*",
    )
}  # fmt: skip

STATES: Attacks = {
    "wrong": lambda login: request(login, login.way_back(state="a-state")),
    "missing": lambda login: request(login, "/oauth/callback?code=a-code"),
    "empty": lambda login: request(login, login.way_back(state="")),
    "cut short": lambda login: request(login, login.way_back(state=login.asked["state"][:-1])),
    "longer": lambda login: request(login, login.way_back(state=login.asked["state"] + "A")),
    "upside down": lambda login: request(login, login.way_back(state=login.asked["state"].swapcase())),
    "not ASCII": lambda login: request(login, login.way_back(state="%E2%82%AC%ff")),
    "for an error": lambda login: request(login, "/oauth/callback?error=access_denied&state=a-state"),
    "missing for an error": lambda login: request(login, "/oauth/callback?error=access_denied"),
    "without code or error": lambda login: request(login, f"/oauth/callback?state={login.asked['state']}"),
}

# A parameter may not come twice: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.
TWICE: Attacks = {
    "a state, wrong first": lambda login: request(
        login, login.way_back(state=f"a-state&state={login.asked['state']}")
    ),
    "a state, wrong last": lambda login: request(
        login, login.way_back(state=f"{login.asked['state']}&state=a-state")
    ),
    "a code": lambda login: request(login, login.way_back(code="a-code&code=another")),
}

METHODS: Attacks = {
    method: by(method) for method in ("POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "get", "X" * 1000)
}

HOSTS: Attacks = {
    ", ".join(hosts): to(*hosts)
    for hosts in (
        ("evil.example:PORT",), ("evil.example",), ("127.0.0.1",), ("127.0.0.1:1",), ("127.0.0.1:PORT.evil.example",),
        ("127.0.0.1:PORT@evil.example",), ("0.0.0.0:PORT",), ("127.0.0.1:PORT", "evil.example"), (),
    )
}  # fmt: skip


@pytest.mark.parametrize(
    "attacks", [PATHS, STATES, TWICE, METHODS, HOSTS], ids=["paths", "states", "twice", "methods", "hosts"]
)
def test_attacks(desk: Home, identity_center: Simulator, attacks: Attacks) -> None:
    """Whatever is not the way back from this very sign-in finds nothing, changes nothing, and the sign-in goes on."""
    login = started(desk)
    answers = {name: sent(login.port, attack(login)).partition(b"\r\n")[0] for name, attack in attacks.items()}
    assert answers == dict.fromkeys(attacks, b"HTTP/1.0 404 Not Found")
    assert "Signed in to acme" in come_back(login)
    assert login.ends() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


NOISE: Attacks = {
    "a header of 1 MB": lambda login: request(login, login.way_back(), hosts=("x" * 2**20,)),
    "an address of 1 MB": lambda login: request(login, login.way_back(code="x" * 2**20)),
    "a thousand headers": lambda login: request(login, login.way_back(), hosts=("x",) * 1000),
    "no request": lambda _: b"",
    "an empty line": lambda _: b"\r\n\r\n",
    "bytes": lambda _: bytes(range(256)) * 64,
    "zeros": lambda _: bytes(100_000),
    "TLS": lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/0.9": lambda login: f"GET {login.way_back()}\r\n".encode(),
    "HTTP/2": lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": lambda login: request(login, login.way_back()).replace(b"HTTP/1.1", b"HTTP/9.9"),
    "a bad version": lambda login: request(login, login.way_back()).replace(b"HTTP/1.1", b"HTTP/1.1.1.1"),
    "a bad address": lambda login: request(login, "http://[oauth/callback?x"),
}


def test_noise(desk: Home, identity_center: Simulator) -> None:
    """What is no request gets 404 at most; nothing of it reaches the terminal, and the sign-in goes on."""
    login = started(desk)
    answers = {name: sent(login.port, noise(login)).partition(b"\r\n")[0] for name, noise in NOISE.items()}
    assert {name: each for name, each in answers.items() if each not in (b"", b"HTTP/1.0 404 Not Found")} == {}
    assert "Signed in to acme" in come_back(login)
    assert login.ends() == ([SIGNED_IN], 0)
    assert identity_center.counters.calls["CreateToken"] == 1


def test_connections_that_say_nothing(desk: Home) -> None:
    """A hundred connections that stay silent, or stop in the middle, keep nobody from coming back."""
    login = started(desk)
    with ExitStack() as stack:
        for number in range(100):
            connection = stack.enter_context(connected(login.port))
            connection.sendall(get(login.port, login.way_back(state="x"))[: number % 50])
        assert "Signed in to acme" in come_back(login)
        assert login.ends() == ([SIGNED_IN], 0)
