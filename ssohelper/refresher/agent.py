"""The background refresher: keeps every sign-in and every role that was used lately fresh, for whatever tool comes.

It does nothing itself. A look is a worker that renews what is due, and tells how everything stands; the agent sleeps
until the next look is due, or until a file changes that it depends on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssohelper.refresher import agenda, schedule, trouble, watch
from ssohelper.refresher.agenda import Agenda
from ssohelper.refresher.trouble import Trouble
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
    troubles: dict[str, Trouble] = field(default_factory=dict)
    looks: int = 0
    unsettled: int = 0
    next_look: float = 0.0
    problem: str | None = None

    async def run(self) -> None:
        """Look, and look again, until cancelled."""
        while True:
            folders = tuple(self.doors.folders())
            async with watch.over(folders) as changes:
                before = watch.state(folders)
                await self.look()
                seen = watch.state(folders)
                self._mind_changes(changed=seen != before)
                await self._until(changes, folders, seen)

    async def look(self) -> None:
        """Renew what is due; tell what only a person can mend; settle when to look again."""
        roles = sum(len(each.roles) for each in self.stands.values())
        try:
            found = await self.doors.look(roles)
        except CameToNothing as error:
            if str(error) != self.problem:
                self.doors.log(str(error))
            self.problem = str(error)
            self.next_look = self.agenda.after_nothing(self.doors.now())
        else:
            self.problem = None
            self.next_look = self.agenda.next_look(found, self.doors.now())
            self._tell(found)
            self.stands = {each.session: each for each in found}
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

    def _mind_changes(self, *, changed: bool) -> None:
        """What changed during a look was most likely its own doing; what was not is found by another look."""
        self.unsettled = self.unsettled + 1 if changed else 0
        now = self.doors.now()
        if self.unsettled == 1:
            self.next_look = now
        elif self.unsettled:  # somebody goes on and on
            self.next_look = min(self.next_look, schedule.again(now, self.unsettled - 1))

    def _tell(self, found: Iterable[Renewed]) -> None:
        now = self.doors.now()
        for each in found:
            known = self.stands.get(each.session)
            before = self.troubles.get(each.session, Trouble.NONE)
            stands = self.troubles[each.session] = trouble.after(before, each, now)
            if stands is Trouble.ENDING and before is Trouble.NONE:
                self.doors.tell(*trouble.ending(each, now))
            elif stands is Trouble.ENDED and before is not Trouble.ENDED and known is not None:  # at a start: no news
                self.doors.tell(each.problem or f"the sign-in to {each.session} has ended", each.hint)
            elif known is not None and each.problem != known.problem:
                self.doors.log(f"{each.session}: {each.problem or 'all is well'}")

    async def _until(self, changes: watch.Watch, folders: tuple[Path, ...], seen: set[tuple[str, int, int]]) -> None:
        """Sleep until the next look is due, or something is not as it was `seen`."""
        while (left := self.next_look - self.doors.now()) > 0:
            if await changes.wait(min(left, _LONGEST_SLEEP_SECONDS)):
                await asyncio.sleep(_SETTLES_SECONDS)
                if watch.state(folders) != seen:
                    return
