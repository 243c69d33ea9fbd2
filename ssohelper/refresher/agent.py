"""The agent: keeps every sign-in and every recently used role fresh, for all tools.

It refreshes nothing itself. A check is a worker process that refreshes what is due and prints the state of
everything; the agent sleeps until the next check is due, or until a file changes that it depends on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssohelper.refresher import agenda, schedule, sign_in_state, watch
from ssohelper.refresher.agenda import Agenda
from ssohelper.refresher.sign_in_state import SignInState
from ssohelper.refresher.worker import RefreshFailed, RefreshResult

# A clock that was set, or a machine that slept, is noticed after this time at the latest: one wake-up a minute.
_LONGEST_SLEEP_SECONDS = 60.0
# A program that writes one file often writes another: one check sees both.
_SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class AgentActions:
    """What the agent does outside itself. `now` is in Unix seconds.

    `refresh_all` refreshes what is due, given about how many roles there are. `notify` shows the user a message and
    a hint, `log` writes a line to the log, `report` saves JSON data for `ssohelper agent status`.
    """

    now: Callable[[], float]
    refresh_all: Callable[[int], Awaitable[Sequence[RefreshResult]]]
    folders: Callable[[], Iterable[Path]]
    notify: Callable[[str, str | None], None]
    log: Callable[[str], None]
    report: Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Agent:
    """What the agent knows, as of its last check."""

    actions: AgentActions
    agenda: Agenda = field(default_factory=Agenda)
    results: dict[str, RefreshResult] = field(default_factory=dict)
    states: dict[str, SignInState] = field(default_factory=dict)
    checks: int = 0
    unsettled: int = 0
    next_check_at: float = 0.0
    problem: str | None = None

    async def run(self) -> None:
        """Check again and again, until cancelled."""
        while True:
            folders = tuple(self.actions.folders())
            async with watch.changes_in(folders) as changes:
                before = watch.state(folders)
                await self.check()
                seen = watch.state(folders)
                self._consider_changes(changed=seen != before)
                await self._sleep(changes, folders, seen)

    async def check(self) -> None:
        """Refresh what is due; notify the user of what only a person can fix; decide when to check again."""
        roles = sum(len(each.roles) for each in self.results.values())
        try:
            found = await self.actions.refresh_all(roles)
        except RefreshFailed as error:
            if str(error) != self.problem:
                self.actions.log(str(error))
            self.problem = str(error)
            self.next_check_at = self.agenda.after_failure(self.actions.now())
        else:
            self.problem = None
            self.next_check_at = self.agenda.next_check(found, self.actions.now())
            self._notify(found)
            self.results = {each.session: each for each in found}
        self.checks += 1
        self.actions.report(
            {
                "checks": self.checks,
                "checked_at": self.actions.now(),
                "next_check_at": self.next_check_at,
                "problem": self.problem,
                "sessions": agenda.summary(self.results.values()),
            }
        )

    def _consider_changes(self, *, changed: bool) -> None:
        """What changed during a check was most likely written by it; another check finds what was not."""
        self.unsettled = self.unsettled + 1 if changed else 0
        now = self.actions.now()
        if self.unsettled == 1:
            self.next_check_at = now
        elif self.unsettled:  # some program writes again and again
            self.next_check_at = min(self.next_check_at, schedule.retry(now, self.unsettled - 1))

    def _notify(self, found: Iterable[RefreshResult]) -> None:
        now = self.actions.now()
        for each in found:
            known = self.results.get(each.session)
            before = self.states.get(each.session, SignInState.VALID)
            state = self.states[each.session] = sign_in_state.next_state(before, each, now)
            # A sign-in that had expired before the agent started is no news.
            expired_now = before is not SignInState.EXPIRED and known is not None
            if state is SignInState.EXPIRING and before is SignInState.VALID:
                self.actions.notify(*sign_in_state.expiry_message(each, now))
            elif state is SignInState.EXPIRED and expired_now:
                self.actions.notify(each.problem or f"the sign-in to {each.session} has expired", each.hint)
            elif known is not None and each.problem != known.problem:
                self.actions.log(f"{each.session}: {each.problem or 'no problems'}")

    async def _sleep(self, changes: watch.Watch, folders: tuple[Path, ...], seen: set[tuple[str, int, int]]) -> None:
        """Sleep until the next check is due, or a file differs from what was `seen`."""
        while (left := self.next_check_at - self.actions.now()) > 0:
            if await changes.wait(min(left, _LONGEST_SLEEP_SECONDS)):
                await asyncio.sleep(_SETTLE_SECONDS)
                if watch.state(folders) != seen:
                    return
