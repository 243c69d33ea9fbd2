"""Role credentials over HTTP on 127.0.0.1, in the format of container credentials, which every AWS SDK reads.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

One kind of request is answered: `GET /credentials` with this endpoint's own Host and the token that stands in a
private file. Everything else is 403 without a word, and whoever has a connection open but sends nothing makes room
for the next one: a hostile page in a browser cannot send the header, a hostile user cannot know the token.
"""

import asyncio
import hmac
import json
import re
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus

PATH = "/credentials"
# SDKs send some hundred bytes at once, and wait for one or two seconds.
_LONGEST_HEAD = 16 * 1024
_SECONDS = 10.0
_CONNECTIONS = 512
# How many connections are accepted before those from before are looked at.
_AT_ONCE = 16
_REQUEST_LINES = (f"GET {PATH} HTTP/1.1".encode(), f"GET {PATH} HTTP/1.0".encode())
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
# The answer that SDKs take for a passing fault: they ask again, and hand the work on once it is over.
_UNAVAILABLE = json.dumps({"code": "Unavailable", "message": "there are no credentials at the moment"}).encode()


def container_format(version_1: Mapping[str, object]) -> bytes:
    """What a `credential_process` prints, as a container's endpoint says it."""
    renamed = {"SessionToken": "Token"}
    return json.dumps({renamed.get(key, key): value for key, value in version_1.items() if key != "Version"}).encode()


class Endpoint:
    """Answers with whatever `answer` has at that moment; None while nothing valid can be had."""

    def __init__(self, token: str, answer: Callable[[], bytes | None]) -> None:
        self._token = token.encode()
        self._answer = answer
        self._open: dict[asyncio.StreamWriter, None] = {}  # in the order in which they came
        self._hosts: tuple[bytes, ...] = ()
        self._most = _most_connections()

    async def serve(self) -> str:
        """Begin to listen; the URL."""
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        self._hosts = tuple(f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost", "[::1]"))
        self._server = await asyncio.start_server(
            self._connected, sock=listening, limit=_LONGEST_HEAD, backlog=_AT_ONCE
        )
        listening.listen(_CONNECTIONS)  # the queue may be longer than what is taken from it at once
        return f"http://127.0.0.1:{port}{PATH}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(self._open) >= self._most:
            oldest = next(iter(self._open))  # a true client is done in no time: this one only holds a place
            del self._open[oldest]
            oldest.transport.abort()
        self._open[writer] = None
        try:
            async with asyncio.timeout(_SECONDS):
                writer.write(await self._reply(reader))
                writer.write_eof()
                await writer.drain()
                while await reader.read(4096):  # until the client has it: to close before would take it away again
                    pass
        except (TimeoutError, OSError):
            pass
        finally:
            self._open.pop(writer, None)
            writer.transport.abort()

    async def _reply(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            return _response(HTTPStatus.FORBIDDEN)
        if not self._allowed(head):
            return _response(HTTPStatus.FORBIDDEN)
        answer = self._answer()
        if answer is None:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, _UNAVAILABLE)
        return _response(HTTPStatus.OK, answer)

    def _allowed(self, head: bytes) -> bool:
        line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        fields = [_FIELD.fullmatch(each) for each in lines]
        found: dict[bytes, list[bytes]] = {}
        for field in fields:
            if field is None:
                return False
            found.setdefault(field[1].lower(), []).append(field[2].rstrip(b" \t"))
        no_body = b"transfer-encoding" not in found and found.get(b"content-length") in (None, [b"0"])
        ours = len(found.get(b"host", ())) == 1 and found[b"host"][0].lower() in self._hosts
        tokens = found.get(b"authorization", [b""])
        right = hmac.compare_digest(tokens[0], self._token) and len(tokens) == 1
        return line in _REQUEST_LINES and no_body and ours and right


def _most_connections() -> int:
    """How many connections may be open: some of the files that a process may open are left for renewals."""
    try:
        import resource
    except ImportError:  # Windows
        return _CONNECTIONS
    return min(_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)


def _response(status: HTTPStatus, body: bytes = b"") -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
