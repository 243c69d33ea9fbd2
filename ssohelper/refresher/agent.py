"""The background refresher: keeps every sign-in and every role that was used lately fresh, for whatever tool comes.

It does nothing itself. A look is a worker that renews what is due, and tells how everything stands; the agent sleeps
until the next look is due, or until a file changes that it depends on.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssohelper.refresher import agenda, watch
from ssohelper.refresher.agenda import Agenda
from ssohelper.refresher.worker import CameToNothing, Renewed

# A clock that is set, or a machine that slept, is noticed after this time at the latest: two wake-ups a minute.
_LONGEST_SLEEP_SECONDS = 30.0
# Who writes one file often writes another: both are seen by one look.
_SETTLES_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Doors:
    """The outside. `now` is in Unix seconds; `look` renews, given about how many roles there are.

    `tell` brings the person a message and a hint, `log` writes a line for those who want to know, `report` leaves
    plain data for `ssohelper agent status`.
    """

    now: Callable[[], float]
    look: Callable[[int], Awaitable[Sequence[Renewed]]]
    folders: Callable[[], Iterable[Path]]
    tell: Callable[[str, str | None], None]
    log: Callable[[str], None]
    report: Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Agent:
    """What the agent knows of everything, as of its last look."""

    doors: Doors
    agenda: Agenda = field(default_factory=Agenda)
    stands: dict[str, Renewed] = field(default_factory=dict)
    ending: frozenset[str] = frozenset()
    looks: int = 0
    next_look: float = 0.0
    problem: str | None = None

    async def run(self) -> None:
        """Look, and look again, until cancelled."""
        while True:
            folders = tuple(self.doors.folders())
            async with watch.over(folders) as changes:
                await self.look()
                # What changed meanwhile was our own doing: it is no reason to look again.
                await self._until(changes, folders, watch.state(folders))

    async def look(self) -> None:
        """Renew what is due; tell what only a person can mend; settle when to look again."""
        roles = sum(len(each.roles) for each in self.stands.values())
        try:
            found = await self.doors.look(roles)
        except CameToNothing:
            self.problem = "a look came to nothing"
            self.next_look = self.agenda.after_nothing(self.doors.now())
        else:
            self.problem = None
            self.next_look = self.agenda.next_look(found, self.doors.now())
            self._tell(found)
            self.stands = {each.session: each for each in found}
            now = self.doors.now()
            self.ending = frozenset(each.session for each in found if agenda.ends_with_sign_in(each, now))
        self.looks += 1
        self.doors.report(
            {
                "looks": self.looks,
                "looked_at": self.doors.now(),
                "next_look": self.next_look,
                "problem": self.problem,
                "sessions": agenda.summary(self.stands.values()),
            }
        )

    def _tell(self, found: Iterable[Renewed]) -> None:
        for each in found:
            before = self.stands.get(each.session)
            if before is not None and each.problem != before.problem:
                self.doors.log(f"{each.session}: {each.problem or 'all is well'}")
            if before is None or (
                before.needs_person and each.needs_person
            ):  # whoever has not signed in for days is not told at each start
                continue
            now = self.doors.now()
            if each.needs_person:
                self.doors.tell(each.problem or f"the sign-in to {each.session} has ended", each.hint)
            elif agenda.ends_with_sign_in(each, now) and each.session not in self.ending:
                left = int((each.token_ends or now) - now) // 60
                login = f"ssohelper login --session {shlex.quote(each.session)} --force"
                self.doors.tell(f"the sign-in to {each.session} ends in {left}m", login)

    async def _until(self, changes: watch.Watch, folders: tuple[Path, ...], seen: set[tuple[str, int, int]]) -> None:
        """Sleep until the next look is due, or something is not as it was `seen`."""
        while (left := self.next_look - self.doors.now()) > 0:
            if await changes.wait(min(left, _LONGEST_SLEEP_SECONDS)):
                await asyncio.sleep(_SETTLES_SECONDS)
                if watch.state(folders) != seen:
                    return
