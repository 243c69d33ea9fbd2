"""What our servers on 127.0.0.1 have in common: the address, the Host check, the client's user, connection limits.

Any page in a browser can send requests to such a server, also under a host name of its own (DNS rebinding), and so
can every user of this machine.
"""

import os
import socket
import sys
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

ADDRESS = "127.0.0.1"
# A client sends its request at once. Browsers also open connections in advance and may never use them.
CONNECTION_SECONDS = 10.0
MAX_CONNECTIONS = 512
# Where a request may be sent without TLS.
HOSTS = (ADDRESS, "localhost", "::1")
_NAMES = frozenset({ADDRESS, "localhost", "[::1]"})

_Connection = TypeVar("_Connection", bound=Hashable)


def listen() -> socket.socket:
    """A socket that listens on a free port of 127.0.0.1."""
    # A full queue would keep the real client waiting.
    return socket.create_server((ADDRESS, 0), backlog=MAX_CONNECTIONS)


def is_own_host(values: Sequence[str], port: int) -> bool:
    """Whether a request's Host headers are one, and name this machine's loopback interface and `port`."""
    if len(values) != 1:
        return False
    name, _, number = values[0].rpartition(":")
    return name.lower() in _NAMES and number == str(port)


def is_other_user(peer: tuple[str, int], port: int) -> bool:
    """Whether a program of a user other than root and us connected to `port` from `peer`; False if unknown.

    Known on Linux alone, from /proc/net/tcp, and tcp6 for sockets of both families:
    https://docs.kernel.org/networking/proc_net_tcp.html
    """
    if sys.platform != "linux":
        return False
    ends = [_kernel_address(*peer), _kernel_address(ADDRESS, port)]
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:]]
        except OSError:
            continue
        for row in rows:
            # An IPv4 address in tcp6 is the end of an IPv6 address.
            if [each[-13:] for each in row[1:3]] == ends:
                return int(row[7]) not in (0, os.getuid())  # root can read our memory anyway
    return False


def _kernel_address(address: str, port: int) -> str:
    """An address as the kernel prints it, `0100007F:1F90`: in this machine's byte order."""
    return f"{int.from_bytes(socket.inet_aton(address), sys.byteorder):08X}:{port:04X}"


class OpenConnections(Generic[_Connection]):
    """The open connections of a server, oldest first. Where there are too many, the oldest is closed by `close`.

    A real client is done within milliseconds, so the oldest is the least likely to be one. Thread-safe.
    """

    def __init__(self, close: Callable[[_Connection], None]) -> None:
        self._close = close
        self._open: dict[_Connection, None] = {}
        self._lock = Lock()
        self._limit = _connection_limit()

    def add(self, connection: _Connection) -> None:
        """Count a new connection, and close the oldest ones that exceed the limit."""
        with self._lock:
            while len(self._open) >= self._limit:
                oldest = next(iter(self._open))
                del self._open[oldest]
                self._close(oldest)
            self._open[connection] = None

    def remove(self, connection: _Connection) -> None:
        """Stop counting a connection."""
        with self._lock:
            self._open.pop(connection, None)


def _connection_limit() -> int:
    """How many connections may be open: half of the files that the process may open are left for other work."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    try:
        import resource
    except ImportError:
        return MAX_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // 2)
