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
from contextlib import suppress
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
_NO_CREDENTIALS = json.dumps({"code": "Unavailable", "message": "no valid credentials at the moment"}).encode()


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
        self.connections = loopback.OpenConnections[_Connection](lambda connection: connection.abort())
        self._port = 0

    async def serve(self, listening: socket.socket) -> None:
        """Answer on a socket of `loopback.listen`."""
        self._port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=listening, backlog=_ACCEPT_BATCH)
        listening.listen(loopback.MAX_CONNECTIONS)  # asyncio has set the queue's length to its batch size

    def reply(self, head: bytes) -> bytes | None:
        """The answer to a request, of which only the head counts; None if it is that of `refreshed_reply`."""
        if not self._is_allowed(head):
            return _FORBIDDEN
        credentials = self._credentials()
        if credentials is None:
            return None if self._refreshed else _UNAVAILABLE
        return _response(HTTPStatus.OK, credentials)

    async def refreshed_reply(self) -> bytes:
        """The answer to a valid request after a refresh."""
        credentials = await self._refreshed() if self._refreshed else None
        return _UNAVAILABLE if credentials is None else _response(HTTPStatus.OK, credentials)

    def _is_allowed(self, head: bytes) -> bool:
        line, *lines = head.split(b"\r\n")
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


class _Connection(asyncio.Protocol):
    """A connection, for one request. asyncio's streams are slower."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._received = b""
        self._done_reading = self._answered = self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._endpoint.connections.add(self)
        self._timeout = asyncio.get_running_loop().call_later(loopback.CONNECTION_SECONDS, self.abort)

    def data_received(self, data: bytes) -> None:
        if self._done_reading:
            return  # it is read, since closing with unread data would discard the answer on its way
        self._received += data
        head, ended, _ = self._received.partition(b"\r\n\r\n")
        if len(head) > _MAX_HEAD_BYTES:
            self._answer(_FORBIDDEN)
        elif ended:
            self._done_reading = True
            reply = self._endpoint.reply(head)
            if reply is None:
                self._waiting = asyncio.ensure_future(self._answer_later())  # the loop keeps only a weak reference
            else:
                self._answer(reply)

    def eof_received(self) -> bool:
        """The client sends no more. Returns whether the connection stays open, for an answer that is waited for."""
        self._ended = True
        if not self._done_reading:
            self._answer(_FORBIDDEN)
        return not self._answered

    def connection_lost(self, _error: Exception | None) -> None:
        self._timeout.cancel()
        self._endpoint.connections.remove(self)

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()

    async def _answer_later(self) -> None:
        self._answer(await self._endpoint.refreshed_reply())

    def _answer(self, reply: bytes) -> None:
        self._done_reading = self._answered = True
        if self._transport.is_closing():
            return
        self._transport.write(reply)
        if self._ended:
            self._transport.close()
        else:
            with suppress(OSError):  # it has just been reset
                self._transport.write_eof()


def _response(status: HTTPStatus, body: bytes = b"") -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_FORBIDDEN = _response(HTTPStatus.FORBIDDEN)
_UNAVAILABLE = _response(HTTPStatus.SERVICE_UNAVAILABLE, _NO_CREDENTIALS)
