"""What the keeper of a job does next, and what it tells the person, by what came of a renewal."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ssohelper.credentials import provider
from ssohelper.refresher import lifeline, schedule
from ssohelper.refresher.exec_server import Doors, Job, Keeper
from ssohelper.refresher.worker import Renewed, RenewedRole
from ssohelper.sign_in import access_tokens
from ssohelper.storage import timestamps

NOW = 1767225600.0
MINUTES = 60.0
ROLE = ("111122223333", "ReadOnly")
LOGIN = "ssohelper login --session acme"
ENDED = Renewed("acme", NOW - 1, problem="the sign-in to acme has ended", hint=LOGIN, needs_person=True)
FAILED = Renewed("acme", NOW + 10 * MINUTES, problem="Identity Center answered HTTP 503", hint="run it again")


def answer(left: float, key: str = "ASIANEW") -> dict[str, Any]:
    """What a `credential_process` would print of credentials that last so many seconds."""
    return {
        "Version": 1,
        "AccessKeyId": key,
        "SecretAccessKey": "secret",
        "SessionToken": "session",
        "Expiration": timestamps.written(NOW + left),
        "AccountId": ROLE[0],
    }


def renewed(credentials_left: float, token_left: float, sign_in_left: float | None = None) -> Renewed:
    """A renewal that went well."""
    role = RenewedRole(*ROLE, NOW + credentials_left, answer=answer(credentials_left))
    ends = None if sign_in_left is None else NOW + sign_in_left
    return Renewed("acme", NOW + token_left, ends, 20 * MINUTES, roles=[role])


@dataclass(slots=True)
class Scene:
    """A keeper whose clock the test sets, and what it told."""

    path: Path
    now: float = NOW
    told: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    comes: list[Renewed] = field(default_factory=list)

    def keeper(self, credentials_left: float = 60 * MINUTES, process_id: int = 1) -> Keeper:
        """A keeper that has just begun."""
        job = Job("acme", *ROLE, process_id, self.path / "token")
        doors = Doors(lambda: self.now, self.renew, lambda *words: self.told.append(words))
        return Keeper(job, doors, answer(credentials_left, "ASIAOLD"), NOW + 60 * MINUTES)

    async def has_asked(self, times: int) -> None:
        """Wait until it has asked for so many renewals."""
        while len(self.asked) < times:  # noqa: ASYNC110 (nothing but the keeper's own work to wait for)
            await asyncio.sleep(0.01)

    async def renew(self, *role: str) -> Renewed:
        """What comes next."""
        session, account_id, role_name = role
        self.asked.append((session, account_id, role_name))
        return self.comes.pop(0)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """The scene of a test."""
    return Scene(tmp_path)


def test_one_figure() -> None:
    """The rooms that renew do it when the schedule says that it is due."""
    assert schedule.AHEAD_SECONDS == access_tokens.RENEW_SECONDS == provider.BEFOREHAND.ahead


@pytest.mark.parametrize(
    ("credentials_left", "token_left", "next_in"),
    [(60, 60, 40), (240, 60, 40), (60, 600, 40), (720, 480, 460)],
)
def test_when_all_is_well(scene: Scene, credentials_left: int, token_left: int, next_in: int) -> None:
    """The next renewal is due 20 minutes before the first of the two ends, and nobody is told anything."""
    keeper = scene.keeper()
    next_try = keeper.took(renewed(credentials_left * MINUTES, token_left * MINUTES))
    assert (next_try - NOW, scene.told) == (next_in * MINUTES, [])
    served = json.loads(keeper.for_endpoint() or b"")
    assert served == {
        "AccessKeyId": "ASIANEW",
        "SecretAccessKey": "secret",
        "Token": "session",
        "Expiration": timestamps.written(NOW + credentials_left * MINUTES),
        "AccountId": ROLE[0],
    }


def test_growing_pauses(scene: Scene) -> None:
    """What fails is tried again after 5, 10, 20, 40, then 60 seconds, without a word: no person could mend it."""
    keeper = scene.keeper(15 * MINUTES)
    pauses = [keeper.took(FAILED) - NOW for _ in range(7)]
    assert (pauses, scene.told) == ([5, 10, 20, 40, 60, 60, 60], [])
    assert keeper.took(renewed(60 * MINUTES, 60 * MINUTES)) - NOW == 40 * MINUTES
    scene.now += 45 * MINUTES
    assert keeper.took(FAILED) - scene.now == 5


def test_what_still_works_is_served(scene: Scene) -> None:
    """Credentials that could not be renewed are served to their end, and not a second longer."""
    keeper = scene.keeper(10 * MINUTES)
    keeper.took(FAILED)
    keeper.took(ENDED)
    scene.now = NOW + 10 * MINUTES - 1
    assert json.loads(keeper.for_endpoint() or b"")["AccessKeyId"] == "ASIAOLD"
    scene.now += 1
    assert keeper.for_endpoint() is None


def test_failures_that_go_on(scene: Scene) -> None:
    """With ten minutes left the person is told why nothing can be renewed, once, and when that is over."""
    keeper = scene.keeper(12 * MINUTES)
    keeper.took(FAILED)
    assert scene.told == []
    scene.now += 3 * MINUTES
    for _ in range(3):
        keeper.took(FAILED)
    why = "Identity Center answered HTTP 503: the job's credentials are tried again until it works"
    assert scene.told == [(why, "run it again")]
    keeper.took(renewed(60 * MINUTES, 60 * MINUTES))
    assert scene.told[1:] == [("the job has fresh credentials again", None)]
    keeper.took(renewed(60 * MINUTES, 60 * MINUTES))
    assert len(scene.told) == 2


def test_the_sign_in_ends(scene: Scene) -> None:
    """The person is told once, with the command that helps, and once more when the job has what it needs."""
    keeper = scene.keeper(24 * MINUTES + 30)
    for _ in range(3):
        keeper.took(ENDED)
    ended = ("the sign-in to acme has ended; the job's credentials last 24m more", LOGIN)
    assert scene.told == [ended]
    keeper.took(renewed(60 * MINUTES, 60 * MINUTES))
    again = ("signed in to acme: the job has fresh credentials again", None)
    assert scene.told == [ended, again]
    keeper.took(ENDED)
    assert len(scene.told) == 3


def test_the_sign_in_will_end(scene: Scene) -> None:
    """A token that comes with less than usual ends with its sign-in: told before, and not renewed over and over."""
    keeper = scene.keeper()
    assert keeper.took(renewed(60 * MINUTES, 19.5 * MINUTES, 19.5 * MINUTES)) - NOW == 19.5 * MINUTES
    ending = (
        "the sign-in to acme ends in 19m: sign in before, and the job goes on",
        "ssohelper login --session acme --force",
    )
    assert scene.told == [ending]
    keeper.took(FAILED)  # which tells nothing of the sign-in
    assert scene.told == [ending]
    scene.now += 20 * MINUTES
    keeper.took(ENDED)
    assert [message for message, _ in scene.told[1:]] == [
        "the sign-in to acme has ended; the job's credentials last 40m more"
    ]


def test_a_sign_in_whose_length_is_known(scene: Scene) -> None:
    """The person is told ahead of its end, also where the token lasts longer; a wrong guess is not held on to."""
    keeper = scene.keeper()
    assert keeper.took(renewed(60 * MINUTES, 60 * MINUTES, 50 * MINUTES)) - NOW == 30 * MINUTES
    assert scene.told == []
    scene.now += 30 * MINUTES
    keeper.took(renewed(60 * MINUTES, 60 * MINUTES, 50 * MINUTES))
    assert [message for message, _ in scene.told] == [
        "the sign-in to acme ends in 20m: sign in before, and the job goes on"
    ]
    scene.now += 20 * MINUTES
    assert keeper.took(renewed(120 * MINUTES, 120 * MINUTES)) - NOW == 100 * MINUTES


def test_a_new_sign_in_is_seen_at_once(scene: Scene) -> None:
    """While only a person can help, the token file is watched: a renewal follows its change within a second."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    scene.comes = [ENDED, renewed(60 * MINUTES, 60 * MINUTES)]
    keeper = scene.keeper(10 * MINUTES, child.pid)

    async def live() -> float:
        keeping = asyncio.create_task(keeper.keep())
        await scene.has_asked(1)
        await asyncio.sleep(0.7)  # it waits five seconds before it tries again by itself
        (scene.path / "token").write_text("new")
        began = time.monotonic()
        await scene.has_asked(2)
        took = time.monotonic() - began
        assert child.stdin is not None
        child.stdin.close()
        await asyncio.wait_for(keeping, 30)
        return took

    assert asyncio.run(live()) < 3
    assert scene.asked == [("acme", *ROLE)] * 2
    child.wait()


@pytest.mark.parametrize("late", [False, True], ids=["lives", "has ended"])
def test_lifeline(late: bool) -> None:
    """The end of a process is seen when it comes, also if it came before anybody looked."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    async def live() -> bool:
        waiting = asyncio.create_task(lifeline.ended(child.pid))
        await asyncio.sleep(0.2)
        before = waiting.done()
        assert child.stdin is not None
        child.stdin.close()
        await asyncio.wait_for(waiting, 30)
        return before

    if late:
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    assert asyncio.run(live()) is late
    child.wait()
