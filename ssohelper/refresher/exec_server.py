"""Keeps one job's role and its sign-in fresh while the job runs, and serves the credentials to it.

The job is not our child but the process that `ssohelper exec` was: it has the terminal, the signals and the exit code
without our help. The keeper stands beside it, in a session of its own, and ends when the job does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ssohelper import durations
from ssohelper.refresher import lifeline, schedule, trouble
from ssohelper.refresher.endpoint import Endpoint, container_format
from ssohelper.refresher.trouble import Trouble
from ssohelper.refresher.worker import Renewed

# A clock that is set, or a machine that slept, is noticed after this time at the latest.
_LONGEST_SLEEP_SECONDS = 30.0
# Renewals that fail are tried again and again; with so little left the person is told.
_WORRY_SECONDS = 10 * 60.0
# How soon a new sign-in is noticed while the job waits for one.
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """What is kept, and for whom: until the process `process_id` ends. `token_path` is the session's token file."""

    session: str
    account_id: str
    role_name: str
    process_id: int
    token_path: Path


@dataclass(frozen=True, slots=True)
class Doors:
    """The outside. `now` is in Unix seconds; `tell` brings the person a message and a hint, wherever they are."""

    now: Callable[[], float]
    renew: Callable[[str, str, str], Awaitable[Renewed]]
    tell: Callable[[str, str | None], None]


@dataclass(slots=True)
class Keeper:
    """The state of one job: its credentials as a `credential_process` would print them, and until when they last."""

    job: Job
    doors: Doors
    answer: Mapping[str, Any] | None = field(default=None, repr=False)
    token_ends: float | None = None
    sign_in_ends: float | None = None
    failures: int = 0
    trouble: Trouble = Trouble.NONE
    worried: bool = False

    @property
    def credentials_end(self) -> float | None:
        """When the credentials end, in Unix seconds; None without any."""
        return datetime.fromisoformat(self.answer["Expiration"]).timestamp() if self.answer else None

    def for_endpoint(self) -> bytes | None:
        """The credentials in the format of the endpoint; None when they have ended."""
        ends = self.credentials_end
        if self.answer is None or ends is None or ends <= self.doors.now():
            return None
        return container_format(self.answer)

    async def serve(self, token: str) -> str:
        """Begin to serve the credentials to whoever knows the token; the URL."""
        return await Endpoint(token, self.for_endpoint).serve()

    async def keep(self) -> None:
        """Renew what is due, until the job ends."""
        renewing = asyncio.create_task(self._renew_for_ever())
        await lifeline.ended(self.job.process_id)
        renewing.cancel()
        await asyncio.wait((renewing,))  # its worker ends with it

    async def _renew_for_ever(self) -> None:
        next_try = self._due()
        while True:
            await self._until(next_try)
            renewed = await self.doors.renew(self.job.session, self.job.account_id, self.job.role_name)
            next_try = self.took(renewed)

    def _due(self) -> float:
        return min(schedule.due(self.credentials_end), schedule.token_due(self.token_ends, self.sign_in_ends))

    def took(self, renewed: Renewed) -> float:
        """Take over what came of a renewal; when the next one is to be tried."""
        now = self.doors.now()
        self.answer = next((each.answer for each in renewed.roles if each.answer), self.answer)
        self.token_ends = renewed.token_ends
        if renewed.problem is None:
            self.sign_in_ends = renewed.sign_in_ends
        self._tell(renewed)
        due = self._due()
        if due > now:
            self.failures = 0
            notification = (renewed.sign_in_ends or 0.0) - renewed.notify_ahead
            return min(due, notification) if notification > now else due
        self.failures += 1
        return schedule.again(now, self.failures)

    def _tell(self, renewed: Renewed) -> None:
        """Tell the person what only they can mend, once each; and that it is mended."""
        now = self.doors.now()
        stands = trouble.after(self.trouble, renewed, now)
        if stands is Trouble.NONE and self.trouble is not Trouble.NONE:
            self.doors.tell(f"signed in to {self.job.session}: the job has fresh credentials again", None)
        elif stands is Trouble.ENDING and self.trouble is Trouble.NONE:
            message, login = trouble.ending(renewed, now)
            self.doors.tell(f"{message}: sign in before, and the job goes on", login)
        elif stands is Trouble.ENDED and self.trouble is not Trouble.ENDED:
            left = durations.shown((self.credentials_end or now) - now)
            self.doors.tell(f"{renewed.problem}; the job's credentials last {left} more", renewed.hint)
        self.trouble = stands
        self._tell_of_failures(renewed, now)

    def _tell_of_failures(self, renewed: Renewed, now: float) -> None:
        """Tell of renewals that go on failing without anybody's fault, once it may hurt, and when that is over."""
        left = (self.credentials_end or now) - now
        fails = renewed.problem is not None and not renewed.needs_person and left < _WORRY_SECONDS
        if fails and not self.worried:
            self.doors.tell(f"{renewed.problem}: the job's credentials are tried again until it works", renewed.hint)
        elif self.worried and renewed.problem is None:
            self.doors.tell("the job has fresh credentials again", None)
        self.worried = fails or (self.worried and renewed.problem is not None)

    async def _until(self, moment: float) -> None:
        """Sleep until a Unix second; while a new sign-in would help, until the token file changes at the latest."""
        seen, waits = _state(self.job.token_path), self.failures > 0 or self.trouble is not Trouble.NONE
        while (left := moment - self.doors.now()) > 0:
            if waits and _state(self.job.token_path) != seen:
                return
            await asyncio.sleep(min(left, _LOOK_SECONDS if waits else _LONGEST_SLEEP_SECONDS))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns
