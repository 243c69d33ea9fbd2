"""Requests a second of the credential endpoint and of a static file: python -m tests.benchmarks.endpoint.

    the endpoint      at least half as many requests a second as the static file
    a static file     of the same size, read for each request, from an asyncio server that checks neither requests
                      nor connections

Each has a process of its own. Clients in four processes, which open a connection for each request as SDKs do, send
requests to both in turns, so that other load slows down both alike.
"""

import asyncio
import json
import multiprocessing
import os
import secrets
import socket
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from ssohelper import loopback
from ssohelper.credentials import answer
from ssohelper.refresher.exec_server import ExecServer, ExecServerActions, Job
from ssohelper.refresher.worker import RefreshResult
from ssohelper.roles import CredentialSource, RoleCredentials, RoleRef

ROLE = RoleRef("acme", "333344445555", "ReadOnly")
ROUNDS, REQUESTS, CLIENTS = 20, 250, 4
LIMIT = 0.5
_NEW = multiprocessing.get_context("spawn")
_SECONDS = 60


def main() -> int:
    """Measure and print; the exit code is 1 if the endpoint is slower than the limit."""
    credentials = RoleCredentials(ROLE, "ASIABENCHMARK", "s" * 40, "t" * 1200, 2e9)
    body = answer.version_1(credentials).encode()
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        file.touch(mode=0o600)
        file.write_bytes(body)
        servers = {name: _Server(name, token, file) for name in ("endpoint", "static file")}
        try:
            rates, latencies = _measure(servers, token)
        finally:
            for server in servers.values():
                server.stop()
    for name, each in rates.items():
        p99 = statistics.quantiles(latencies[name], n=100)[98]
        sys.stdout.write(f"{name:12} {statistics.median(each):8.0f} requests/s   99% within {1000 * p99:6.2f} ms\n")
    ratio = statistics.median(rates["endpoint"]) / statistics.median(rates["static file"])
    sys.stdout.write(f"{'ratio':12} {ratio:8.2f}  (limit {LIMIT})\n")
    return 0 if ratio >= LIMIT else 1


class _Server:
    """A process that serves on `port` until `stop`."""

    def __init__(self, name: str, token: str, file: Path) -> None:
        self._ours, theirs = _NEW.Pipe()
        self._process = _NEW.Process(target=_serve, args=(name, token, file, theirs), daemon=True)
        self._process.start()
        self.port: int = self._ours.recv()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(name: str, token: str, file: Path, ready: Connection) -> None:
    asyncio.run((_serve_endpoint if name == "endpoint" else _serve_file)(token, file, ready))


async def _serve_endpoint(token: str, file: Path, ready: Connection) -> None:
    # The exec server of a job, but without refreshes.
    async def refresh(_source: CredentialSource) -> RefreshResult:
        raise NotImplementedError

    actions = ExecServerActions(time.time, refresh, lambda _message, _hint: None)
    server = ExecServer(Job(ROLE, os.getpid(), file), actions, json.loads(_read(file)))
    listening = loopback.listen()
    await server.serve(token, listening)
    ready.send(listening.getsockname()[1])
    await asyncio.Event().wait()


async def _serve_file(_token: str, file: Path, ready: Connection) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            body = _read(file)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            writer.write_eof()
            await writer.drain()
            while await reader.read(4096):
                pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _read(file: Path) -> bytes:
    return file.read_bytes()


def _measure(servers: dict[str, _Server], token: str) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Requests a second in each round, and seconds of each request, by server."""
    rates: dict[str, list[float]] = {name: [] for name in servers}
    latencies: dict[str, list[float]] = {name: [] for name in servers}
    requests = {
        name: f"GET /credentials HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: {token}\r\n\r\n".encode()
        for name, server in servers.items()
    }
    with _NEW.Pool(CLIENTS) as pool:
        for number in range(ROUNDS + 1):
            for name, server in servers.items():
                started = time.perf_counter()
                durations = pool.starmap(_send, [(server.port, requests[name])] * CLIENTS, chunksize=1)
                seconds = time.perf_counter() - started
                if number:  # the first round is a warm-up
                    rates[name].append(CLIENTS * REQUESTS / seconds)
                    latencies[name].extend(each for client in durations for each in client)
    return rates, latencies


def _send(port: int, request: bytes) -> list[float]:
    """Seconds of each of a client's requests."""
    durations = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
            connection.sendall(request)
            found = b""
            while some := connection.recv(65536):
                found += some
        durations.append(time.perf_counter() - started)
        assert found.startswith(b"HTTP/1.1 200 OK\r\n"), found
        assert b"ASIABENCHMARK" in found, len(found)
    return durations


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
