"""The exec server: when it refreshes next, what it serves, and what it tells the user."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ssohelper.refresher.exec_server import ExecServer, ExecServerActions, Job
from ssohelper.refresher.worker import RefreshedRole, RefreshResult
from ssohelper.roles import CredentialSource, RoleRef
from ssohelper.storage import timestamps

NOW = 1767225600.0
MINUTES = 60.0
ROLE = RoleRef("acme", "111122223333", "ReadOnly")
LOGIN = "ssohelper login --session acme"
EXPIRED = RefreshResult("acme", NOW - 1, problem="the sign-in to acme has expired", hint=LOGIN, needs_person=True)
FAILED = RefreshResult("acme", NOW + 10 * MINUTES, problem="Identity Center returned HTTP 503", hint="run it again")


def answer(left: float, key: str = "ASIANEW") -> dict[str, Any]:
    """What a `credential_process` would print for credentials that are valid for so many seconds."""
    return {
        "Version": 1,
        "AccessKeyId": key,
        "SecretAccessKey": "secret",
        "SessionToken": "session",
        "Expiration": timestamps.written(NOW + left),
        "AccountId": ROLE.account_id,
    }


def refreshed(credentials_left: float, token_left: float, sign_in_left: float | None = None) -> RefreshResult:
    """The result of a successful refresh."""
    role = RefreshedRole(ROLE, NOW + credentials_left, answer=answer(credentials_left))
    sign_in_expires_at = None if sign_in_left is None else NOW + sign_in_left
    return RefreshResult("acme", NOW + token_left, sign_in_expires_at, 20 * MINUTES, roles=[role])


@dataclass(slots=True)
class Scene:
    """An exec server whose clock the test sets, and its messages; `results` are those of the next refreshes."""

    path: Path
    now: float = NOW
    messages: list[tuple[str, str | None]] = field(default_factory=list)
    requests: list[CredentialSource] = field(default_factory=list)
    results: list[RefreshResult] = field(default_factory=list)

    def server(self, credentials_left: float = 60 * MINUTES, process_id: int = 1) -> ExecServer:
        """An exec server that has just started."""
        job = Job(ROLE, process_id, self.path / "token")
        actions = ExecServerActions(lambda: self.now, self.refresh, lambda *words: self.messages.append(words))
        return ExecServer(job, actions, answer(credentials_left, "ASIAOLD"), NOW + 60 * MINUTES)

    async def wait_for_requests(self, number: int) -> None:
        """Wait until there were so many refreshes."""
        while len(self.requests) < number:  # noqa: ASYNC110 (only the server's own work to wait for)
            await asyncio.sleep(0.01)

    async def refresh(self, source: CredentialSource) -> RefreshResult:
        """The next result."""
        self.requests.append(source)
        return self.results.pop(0)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene."""
    return Scene(tmp_path)


@pytest.mark.parametrize(("notify_in", "first_in"), [(None, 40 * MINUTES), (10 * MINUTES, 10 * MINUTES), (-60, 5)])
def test_first_notice(scene: Scene, notify_in: float | None, first_in: float) -> None:
    """The user is told in time that the sign-in will expire, also if that is long before the first refresh is due."""
    server = scene.server()
    server.notify_at = None if notify_in is None else NOW + notify_in
    assert server.first_refresh_at() - NOW == first_in
    scene.now = NOW + first_in
    next_try = server.apply(refreshed(60 * MINUTES, 60 * MINUTES, first_in + 20 * MINUTES))
    assert (len(scene.messages), next_try > scene.now) == (1, True)


@pytest.mark.parametrize(
    ("credentials_left", "token_left", "next_in"),
    [(60, 60, 40), (240, 60, 40), (60, 600, 40), (720, 480, 460)],
)
def test_successful_refresh(scene: Scene, credentials_left: int, token_left: int, next_in: int) -> None:
    """The next refresh is due 20 minutes before the first of the two expires, and there is no message."""
    server = scene.server()
    next_try = server.apply(refreshed(credentials_left * MINUTES, token_left * MINUTES))
    assert (next_try - NOW, scene.messages) == (next_in * MINUTES, [])
    served = json.loads(server.for_endpoint() or b"")
    assert served == {
        "AccessKeyId": "ASIANEW",
        "SecretAccessKey": "secret",
        "Token": "session",
        "Expiration": timestamps.written(NOW + credentials_left * MINUTES),
        "AccountId": ROLE.account_id,
    }


def test_growing_pauses(scene: Scene) -> None:
    """A failed refresh is retried after 5, 10, 20, 40, then 60 seconds, without a message: no user could fix it."""
    server = scene.server(15 * MINUTES)
    pauses = [server.apply(FAILED) - NOW for _ in range(7)]
    assert (pauses, scene.messages) == ([5, 10, 20, 40, 60, 60, 60], [])
    assert server.apply(refreshed(60 * MINUTES, 60 * MINUTES)) - NOW == 40 * MINUTES
    scene.now += 45 * MINUTES
    assert server.apply(FAILED) - scene.now == 5


def test_valid_credentials_are_served(scene: Scene) -> None:
    """Credentials that could not be refreshed are served until the second at which they expire."""
    server = scene.server(10 * MINUTES)
    server.apply(FAILED)
    server.apply(EXPIRED)
    scene.now = NOW + 10 * MINUTES - 1
    assert json.loads(server.for_endpoint() or b"")["AccessKeyId"] == "ASIAOLD"
    scene.now += 1
    assert server.for_endpoint() is None


def test_repeated_failures(scene: Scene) -> None:
    """With less than ten minutes left, the user is told once why refreshes fail, and when that is over."""
    server = scene.server(12 * MINUTES)
    server.apply(FAILED)
    assert scene.messages == []
    scene.now += 3 * MINUTES
    for _ in range(3):
        server.apply(FAILED)
    message = "Identity Center returned HTTP 503: retrying until the command has fresh credentials"
    assert scene.messages == [(message, "run it again")]
    server.apply(refreshed(60 * MINUTES, 60 * MINUTES))
    assert scene.messages[1:] == [("the command has fresh credentials again", None)]
    server.apply(refreshed(60 * MINUTES, 60 * MINUTES))
    assert len(scene.messages) == 2


def test_expired_sign_in(scene: Scene) -> None:
    """The user is told once, with the command to run, and again when the job has fresh credentials."""
    server = scene.server(24 * MINUTES + 30)
    for _ in range(3):
        server.apply(EXPIRED)
    expired = ("the sign-in to acme has expired; the command's credentials are valid for 24m", LOGIN)
    assert scene.messages == [expired]
    server.apply(refreshed(60 * MINUTES, 60 * MINUTES))
    again = ("signed in to acme: the command has fresh credentials again", None)
    assert scene.messages == [expired, again]
    server.apply(EXPIRED)
    assert len(scene.messages) == 3


def test_sign_in_expires_soon(scene: Scene) -> None:
    """A token that expires with its sign-in is not refreshed before that; the user is told ahead of time."""
    server = scene.server()
    assert server.apply(refreshed(60 * MINUTES, 19.5 * MINUTES, 19.5 * MINUTES)) - NOW == 19.5 * MINUTES
    expiring = (
        "the sign-in to acme expires in 19m: sign in before that, and the command continues",
        "ssohelper login --session acme --force",
    )
    assert scene.messages == [expiring]
    server.apply(FAILED)  # says nothing about the sign-in
    assert scene.messages == [expiring]
    scene.now += 20 * MINUTES
    server.apply(EXPIRED)
    assert [message for message, _ in scene.messages[1:]] == [
        "the sign-in to acme has expired; the command's credentials are valid for 40m"
    ]


def test_known_length_of_sign_ins(scene: Scene) -> None:
    """The user is told ahead of time, even if the token is valid for longer; a wrong length is corrected."""
    server = scene.server()
    assert server.apply(refreshed(60 * MINUTES, 60 * MINUTES, 50 * MINUTES)) - NOW == 30 * MINUTES
    assert scene.messages == []
    scene.now += 30 * MINUTES
    server.apply(refreshed(60 * MINUTES, 60 * MINUTES, 50 * MINUTES))
    assert [message for message, _ in scene.messages] == [
        "the sign-in to acme expires in 20m: sign in before that, and the command continues"
    ]
    scene.now += 20 * MINUTES
    assert server.apply(refreshed(120 * MINUTES, 120 * MINUTES)) - NOW == 100 * MINUTES


def test_new_sign_in(scene: Scene) -> None:
    """While only the user can help, a refresh follows within a second when the token file changes."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    scene.results = [EXPIRED, refreshed(60 * MINUTES, 60 * MINUTES)]
    server = scene.server(10 * MINUTES, child.pid)

    async def run() -> float:
        running = asyncio.create_task(server.run())
        await scene.wait_for_requests(1)
        await asyncio.sleep(0.7)  # it waits for five seconds before it retries
        (scene.path / "token").write_text("new")
        began = time.monotonic()
        await scene.wait_for_requests(2)
        seconds = time.monotonic() - began
        assert child.stdin is not None
        child.stdin.close()
        await asyncio.wait_for(running, 30)
        return seconds

    assert asyncio.run(run()) < 3
    assert scene.requests == [ROLE, ROLE]
    child.wait()


def test_request_after_a_suspend(scene: Scene) -> None:
    """A request that finds expired credentials wakes the refresh, and gets the new ones."""

    async def run() -> tuple[bytes | None, bytes | None]:
        server = scene.server()
        refreshing = asyncio.create_task(server._refresh_forever())
        await asyncio.sleep(0.1)
        scene.now += 8 * 60 * MINUTES
        scene.results = [refreshed(9 * 60 * MINUTES, 9 * 60 * MINUTES)]
        first = await server.refreshed_for_endpoint()
        scene.now += 10 * 60 * MINUTES
        scene.results = [FAILED] * 3
        second = await server.refreshed_for_endpoint()
        refreshing.cancel()
        return first, second

    first, second = asyncio.run(run())
    assert (first is not None, second) == (True, None)
    assert json.loads(first or b"{}")["AccessKeyId"] == "ASIANEW"
    assert len(scene.requests) == 2  # after a failure it waits


def test_end_of_the_job(scene: Scene) -> None:
    """The server stops when the job ends, and ends a refresh that hangs."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    cancelled = []

    async def hang(_source: CredentialSource) -> RefreshResult:
        scene.requests.append(_source)
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return EXPIRED

    server = scene.server(0, child.pid)
    server.actions = replace(server.actions, refresh=hang)

    async def run() -> None:
        running = asyncio.create_task(server.run())
        await scene.wait_for_requests(1)
        assert child.stdin is not None
        child.stdin.close()
        await asyncio.wait_for(running, 30)

    asyncio.run(run())
    assert cancelled == [True]
    child.wait()
