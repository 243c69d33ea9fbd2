"""What both servers on 127.0.0.1 check."""

import socket
from collections.abc import Iterator

import pytest

from ssohelper import loopback
from ssohelper.loopback import OpenConnections
from tests.fixtures.components import absent


def test_listen() -> None:
    """The socket is bound to 127.0.0.1 and has a port of its own."""
    with loopback.listen() as one, loopback.listen() as other:
        addresses = [each.getsockname() for each in (one, other)]
    assert [address for address, _ in addresses] == ["127.0.0.1", "127.0.0.1"]
    assert len({port for _, port in addresses} - {0}) == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["127.0.0.1:8080"], True),
        (["localhost:8080"], True),
        (["LocalHost:8080"], True),
        (["[::1]:8080"], True),
        ([], False),
        ([""], False),
        (["127.0.0.1:8080", "127.0.0.1:8080"], False),
        (["127.0.0.1:8080", "evil.example:8080"], False),
        (["127.0.0.1"], False),
        (["127.0.0.1:80"], False),
        (["127.0.0.1:80801"], False),
        (["127.0.0.1:8080 "], False),
        (["localhost.:8080"], False),
        (["localhost.evil.example:8080"], False),
        (["0.0.0.0:8080"], False),
        (["evil.example:8080"], False),
        (["evil@127.0.0.1:8080"], False),
    ],
)
def test_is_own_host(values: list[str], expected: bool) -> None:
    """One Host header with a loopback name and the server's port is accepted."""
    assert loopback.is_own_host(values, 8080) == expected


def test_own_connection() -> None:
    """A connection of this user is not another user's. For another one see `tests/ui/test_one_time_link.py`."""
    with loopback.listen() as server, socket.create_connection(server.getsockname()) as client:
        connection, peer = server.accept()
        connection.close()
        assert client.getsockname() == peer
        assert loopback.is_other_user(peer, server.getsockname()[1]) is False


def test_unknown_connection() -> None:
    """A connection that the kernel's tables do not have is not another user's."""
    assert loopback.is_other_user(("127.0.0.1", 1), 2) is False


@pytest.fixture
def six_files() -> Iterator[None]:
    """A soft limit of six open files for this process; that does not close the files that it has."""
    try:
        import resource
    except ImportError:
        absent("no limit of open files on this system")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (6, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_open_connections(six_files: None) -> None:
    """Half as many connections as files may be open; beyond that the oldest is closed, but none that was removed."""
    closed: list[str] = []
    connections = OpenConnections[str](closed.append)
    for name in "abcd":
        connections.add(name)
    assert closed == ["a"]
    connections.remove("c")
    connections.remove("gone already")
    for name in "efg":
        connections.add(name)
    assert closed == ["a", "b", "d"]


def test_most_connections() -> None:
    """However many files may be open, 512 connections are the most."""
    closed: list[int] = []
    connections = OpenConnections[int](closed.append)
    for number in range(600):
        connections.add(number)
    assert len(closed) >= 600 - 512
    assert closed == list(range(len(closed)))
