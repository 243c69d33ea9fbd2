"""HTTP without an SDK in between: what was sent is what the test says, what came is what the simulator wrote."""

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

from ssohelper.simulator.server import Simulator


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `headers` are named in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes

    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


def ask(
    simulator: Simulator,
    method: str,
    target: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """The answer to one request on a connection of its own; a `body` that is not bytes goes out as JSON."""
    sent = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body, sent = json.dumps(body).encode(), {"Content-Type": "application/json"} | sent
    with closing(HTTPConnection("127.0.0.1", simulator.port, timeout=30)) as connection:
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def ask_portal(simulator: Simulator, method: str, target: str, access_token: str) -> Reply:
    """The answer to a call of the portal under this token."""
    return ask(simulator, method, target, headers={"x-amz-sso_bearer_token": access_token})


def send(simulator: Simulator, request: bytes) -> bytes:
    """Everything that comes back for these bytes until the simulator hangs up, which they must make it do."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while some := connection.recv(65536):
            received += some
    return received


def status_line(answer: bytes) -> str:
    """The first line of an answer's bytes."""
    return answer.split(b"\r\n", 1)[0].decode()
