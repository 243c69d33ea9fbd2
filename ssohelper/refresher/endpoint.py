"""Serves container credentials, see `container_credentials`.

Only one kind of request is answered: `GET /credentials` with this endpoint's own Host and the token from a private
file. Anything else gets an empty 403: a hostile page in a browser cannot send the header, another user cannot know
the token.
"""

import asyncio
import hmac
import json
import re
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from ssohelper import loopback
from ssohelper.refresher.container_credentials import PATH

# SDKs send some hundred bytes at once, and wait for one or two seconds.
_MAX_HEAD_BYTES = 16 * 1024
# How many connections are accepted before open ones get their turn.
_ACCEPT_BATCH = 16
_REQUEST_LINES = (f"GET {PATH} HTTP/1.1".encode(), f"GET {PATH} HTTP/1.0".encode())
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
# SDKs retry a 5xx answer, and show this message if that does not help.
_UNAVAILABLE = json.dumps({"code": "Unavailable", "message": "no valid credentials at the moment"}).encode()


class Endpoint:
    """Serves what `credentials` returns, called for each request: the container format, None without valid ones.

    Without valid ones, a request waits for what `refreshed` returns.
    """

    def __init__(
        self,
        token: str,
        credentials: Callable[[], bytes | None],
        refreshed: Callable[[], Awaitable[bytes | None]] | None = None,
    ) -> None:
        self._token = token.encode()
        self._credentials = credentials
        self._refreshed = refreshed
        self._connections = loopback.OpenConnections[asyncio.StreamWriter](lambda writer: writer.transport.abort())
        self._port = 0

    async def serve(self, listening: socket.socket) -> None:
        """Answer on a socket of `loopback.listen`."""
        self._port = listening.getsockname()[1]
        self._server = await asyncio.start_server(
            self._connected, sock=listening, limit=_MAX_HEAD_BYTES, backlog=_ACCEPT_BATCH
        )
        listening.listen(loopback.MAX_CONNECTIONS)  # asyncio has set the queue's length to its batch size

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            async with asyncio.timeout(loopback.CONNECTION_SECONDS):
                writer.write(await self._reply(reader))
                writer.write_eof()
                await writer.drain()
                while await reader.read(4096):  # closing with unread data would discard the answer on its way
                    pass
        except (TimeoutError, OSError):
            pass
        finally:
            self._connections.remove(writer)
            writer.transport.abort()

    async def _reply(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            return _response(HTTPStatus.FORBIDDEN)
        if not self._is_allowed(head):
            return _response(HTTPStatus.FORBIDDEN)
        credentials = self._credentials()
        if credentials is None and self._refreshed:
            credentials = await self._refreshed()
        if credentials is None:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, _UNAVAILABLE)
        return _response(HTTPStatus.OK, credentials)

    def _is_allowed(self, head: bytes) -> bool:
        line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        fields = [_FIELD.fullmatch(each) for each in lines]
        found: dict[bytes, list[bytes]] = {}
        for field in fields:
            if field is None:
                return False
            found.setdefault(field[1].lower(), []).append(field[2].rstrip(b" \t"))
        no_body = b"transfer-encoding" not in found and found.get(b"content-length") in (None, [b"0"])
        own_host = loopback.is_own_host([each.decode("latin-1") for each in found.get(b"host", ())], self._port)
        tokens = found.get(b"authorization", [b""])
        authorized = hmac.compare_digest(tokens[0], self._token) and len(tokens) == 1
        return line in _REQUEST_LINES and no_body and own_host and authorized


def _response(status: HTTPStatus, body: bytes = b"") -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
