"""The agent: when it checks, what it reports, and what it tells the user."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ssohelper.refresher import agent as agent_module
from ssohelper.refresher.agent import Agent, AgentActions
from ssohelper.refresher.worker import RefreshedRole, RefreshFailed, RefreshResult
from ssohelper.roles import RoleRef

NOW = 1767225600.0
MINUTES = 60.0
LOGIN = "ssohelper login --session acme"
VALID = RefreshResult("acme", NOW + 60 * MINUTES, notify_ahead=15 * MINUTES)
EXPIRING = VALID._replace(sign_in_expires_at=NOW + 12 * MINUTES)
EXPIRED = RefreshResult("acme", NOW - 1, problem="the sign-in to acme has expired", hint=LOGIN, needs_person=True)
UNAVAILABLE = VALID._replace(problem="Identity Center returned HTTP 503")


@dataclass(slots=True)
class Scene:
    """An agent whose clock the test sets; `results` are those of the next checks, an exception is raised."""

    folder: Path
    now: float = NOW
    results: list[Sequence[RefreshResult] | RefreshFailed] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    notifications: list[tuple[str, str | None]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def agent(self) -> Agent:
        """An agent that has just started."""
        return Agent(
            AgentActions(
                now=lambda: self.now,
                refresh_all=self.refresh_all,
                folders=lambda: [self.folder],
                notify=lambda *words: self.notifications.append(words),
                log=self.log.append,
                report=self.reports.append,
            )
        )

    async def refresh_all(self, roles: int) -> Sequence[RefreshResult]:
        """The next results."""
        self.roles.append(roles)
        found = self.results.pop(0)
        if isinstance(found, RefreshFailed):
            raise found
        return found


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene."""
    return Scene(tmp_path)


def check(scene: Scene, *results: Sequence[RefreshResult] | RefreshFailed) -> Agent:
    """An agent after checks with these results."""
    agent = scene.agent()
    scene.results = list(results)
    for _ in results:
        asyncio.run(agent.check())
    return agent


def test_report(scene: Scene) -> None:
    """Each check reports its time, its number, when the next one is due, and the state of everything."""
    role = RefreshedRole(RoleRef("acme", "111122223333", "ReadOnly"), NOW + 30 * MINUTES)
    agent = check(scene, [VALID._replace(roles=[role])], [VALID])
    assert (scene.roles, agent.next_check_at) == ([0, 1], NOW + 40 * MINUTES)
    first, second = scene.reports
    assert first == {
        "checks": 1,
        "checked_at": NOW,
        "next_check_at": NOW + 10 * MINUTES,
        "problem": None,
        "sessions": {
            "acme": {
                "token_expires_at": NOW + 60 * MINUTES,
                "sign_in_expires_at": None,
                "problem": None,
                "hint": None,
                "roles": [
                    {
                        "account_id": "111122223333",
                        "role_name": "ReadOnly",
                        "expires_at": NOW + 30 * MINUTES,
                        "problem": None,
                    }
                ],
            }
        },
    }
    assert (second["checks"], second["next_check_at"]) == (2, NOW + 40 * MINUTES)


def test_failed_checks(scene: Scene) -> None:
    """A check without a result is logged once, retried soon, and the last known state is still reported."""
    failed = RefreshFailed("the refresh failed")
    agent = check(scene, [VALID], failed, failed, RefreshFailed("out of memory"), [VALID])
    assert scene.log == ["the refresh failed", "out of memory"]
    assert [each["problem"] for each in scene.reports] == [
        None, "the refresh failed", "the refresh failed", "out of memory", None,
    ]  # fmt: skip
    assert [each["next_check_at"] - NOW for each in scene.reports] == [40 * MINUTES, 5, 10, 20, 40 * MINUTES]
    assert [list(each["sessions"]) for each in scene.reports] == [["acme"]] * 5
    assert agent.problem is None


@pytest.mark.parametrize(
    ("results", "messages"),
    [
        ([VALID, EXPIRING, EXPIRING, VALID], ["the sign-in to acme expires in 12m"]),
        ([EXPIRING, VALID, EXPIRING], ["the sign-in to acme expires in 12m"] * 2),
        ([VALID, EXPIRED, EXPIRED], ["the sign-in to acme has expired"]),
        ([VALID, EXPIRED, VALID, EXPIRED], ["the sign-in to acme has expired"] * 2),
        ([EXPIRED, EXPIRED], []),  # had expired before the agent started
        ([VALID, UNAVAILABLE, VALID], []),
        ([EXPIRING, UNAVAILABLE, EXPIRING], ["the sign-in to acme expires in 12m"]),
    ],
)
def test_notifications(scene: Scene, results: list[RefreshResult], messages: list[str]) -> None:
    """The user is notified of what only a person can fix, once each time."""
    check(scene, *([each] for each in results))
    hints = {"has expired": LOGIN, "in 12m": f"{LOGIN} --force"}
    assert scene.notifications == [
        (message, next(hint for end, hint in hints.items() if message.endswith(end))) for message in messages
    ]


def test_log(scene: Scene) -> None:
    """Other problems are only logged, when they change."""
    check(scene, [VALID], [UNAVAILABLE], [UNAVAILABLE], [VALID])
    assert scene.log == ["acme: Identity Center returned HTTP 503", "acme: no problems"]


def run_until(scene: Scene, checks: int, *, after: float = 0.0) -> float:
    """Run the agent until there were so many checks; how many seconds it took."""

    async def run() -> float:
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(scene.agent().run())
        while len(scene.reports) < 1:  # noqa: ASYNC110 (only the agent's own work to wait for)
            await asyncio.sleep(0.01)
        await asyncio.sleep(after)
        began = loop.time()
        (scene.folder / "file").write_text("new")
        while len(scene.reports) < checks:
            assert loop.time() - began < 20
            await asyncio.sleep(0.01)
        running.cancel()
        return loop.time() - began

    return asyncio.run(run())


def test_change_of_a_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes while the agent sleeps leads to a check within a second or so."""
    monkeypatch.setattr(agent_module, "_SETTLE_SECONDS", 0.1)
    scene.results = [[VALID], [VALID]]
    assert run_until(scene, 2, after=0.3) < 5


def test_change_during_a_check(scene: Scene) -> None:
    """If a file changes during a check, another check follows at once; if that repeats, after growing pauses."""
    agent = scene.agent()
    agent.next_check_at = NOW + 40 * MINUTES
    found = []
    for changed in (True, True, True, False, True):
        agent._consider_changes(changed=changed)
        found.append(agent.next_check_at - NOW)
        agent.next_check_at = NOW + 40 * MINUTES
    assert found == [0, 5, 10, 40 * MINUTES, 0]
