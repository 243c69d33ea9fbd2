"""The exec server: keeps the role and the sign-in of one job fresh while it runs, and serves it the credentials.

The job is not a child process but the process that `ssohelper exec` was: it has the terminal, the signals and
the exit code to itself. The exec server runs beside it, in a session of its own, and ends when the job does.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ssohelper import durations
from ssohelper.refresher import container_credentials, process_exit, schedule, sign_in_state
from ssohelper.refresher.endpoint import Endpoint
from ssohelper.refresher.sign_in_state import SignInState
from ssohelper.refresher.worker import RefreshResult
from ssohelper.roles import CredentialSource

# A clock that was set, or a machine that slept, is noticed after this time at the latest: sooner than by the agent,
# since a job is running, and may need the credentials.
_LONGEST_SLEEP_SECONDS = 30.0
# A failed refresh is retried; if less than this is left, the user is notified.
_WARN_SECONDS = 10 * 60.0
# A request without valid credentials wakes the refresh, and waits that long for it: botocore waits for two seconds.
_HOLD_SECONDS, _HOLD_STEPS = 1.5, 15
# How soon a new sign-in is noticed while the job waits for one.
_POLL_SECONDS = 0.5
# The earliest notice that the sign-in will expire, after the start: most commands have ended by then, and need none.
_FIRST_CHECK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is kept fresh until a process ends. `watched_path` is the file that changes when a person signs in, or
    enters an MFA code: then the job refreshes at once.

    `process_handle` is the process's `own_exit_handle`, if it has one.
    """

    source: CredentialSource
    process_id: int
    watched_path: Path
    process_handle: int | None = None


@dataclass(frozen=True, slots=True)
class ExecServerActions:
    """What the exec server does outside itself. `now` is in Unix seconds; `notify` shows a message and a hint."""

    now: Callable[[], float]
    refresh: Callable[[CredentialSource], Awaitable[RefreshResult]]
    notify: Callable[[str, str | None], None]


@dataclass(slots=True)
class ExecServer:
    """The state of one job. `answer` is what a `credential_process` would print; times are in Unix seconds.

    `notify_at` is when the user has to be told that the sign-in will expire, None if that is not known.
    """

    job: Job
    actions: ExecServerActions
    answer: Mapping[str, Any] | None = field(default=None, repr=False)
    token_expires_at: float | None = None
    notify_at: float | None = None
    sign_in_expires_at: float | None = None
    failures: int = 0
    state: SignInState = SignInState.VALID
    warned: bool = False
    requested: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def credentials_expire_at(self) -> float | None:
        """When the credentials expire, in Unix seconds; None if there are none."""
        return datetime.fromisoformat(self.answer["Expiration"]).timestamp() if self.answer else None

    def for_endpoint(self) -> bytes | None:
        """The credentials in the format of the endpoint; None if they have expired."""
        expires_at = self.credentials_expire_at
        if self.answer is None or expires_at is None or expires_at <= self.actions.now():
            return None
        return container_credentials.from_version_1(self.answer)

    async def serve(self, token: str, listening: socket.socket) -> None:
        """Start to serve the credentials to clients that send the token."""
        await Endpoint(token, self.for_endpoint, self.refreshed_for_endpoint).serve(listening)

    async def refreshed_for_endpoint(self) -> bytes | None:
        """The credentials after a refresh that begins now, as after a suspend; None if that takes too long."""
        self.requested.set()
        for _ in range(_HOLD_STEPS):
            await asyncio.sleep(_HOLD_SECONDS / _HOLD_STEPS)
            found = self.for_endpoint()
            if found is not None:
                return found
        return None

    async def run(self) -> None:
        """Refresh what is due, until the job ends."""
        refreshing = asyncio.create_task(self._refresh_forever())
        await process_exit.wait_for_exit(self.job.process_id, self.job.process_handle)
        refreshing.cancel()
        await asyncio.wait((refreshing,))  # its worker ends with it

    async def _refresh_forever(self) -> None:
        next_try = self.first_refresh_at()
        while True:
            await self._sleep_until(next_try)
            self.requested.clear()
            next_try = self.apply(await self.actions.refresh(self.job.source))

    def first_refresh_at(self) -> float:
        """When to refresh first: when credentials or token are due, or when the user must be notified."""
        due = self._due(schedule.due(self.credentials_expire_at))
        if self.notify_at is None:
            return due
        return min(due, max(self.notify_at, self.actions.now() + _FIRST_CHECK_SECONDS))

    def _due(self, credentials_due: float) -> float:
        return min(credentials_due, schedule.token_due(self.token_expires_at, self.sign_in_expires_at))

    def apply(self, result: RefreshResult) -> float:
        """Apply the result of a refresh. Returns when to try the next one."""
        now = self.actions.now()
        self.answer = next((each.answer for each in result.roles if each.answer), self.answer)
        self.token_expires_at = result.token_expires_at
        if result.problem is None:
            self.sign_in_expires_at = result.sign_in_expires_at
        self._notify(result)
        expires_at = self.credentials_expire_at
        refreshed = result.problem is None
        due = self._due(schedule.due_after_refresh(expires_at, now) if refreshed else schedule.due(expires_at))
        if due > now:
            self.failures = 0
            notification = (result.sign_in_expires_at or 0.0) - result.notify_ahead
            return min(due, notification) if notification > now else due
        self.failures += 1
        return schedule.retry(now, self.failures)

    def _notify(self, result: RefreshResult) -> None:
        """Notify the user of what only a person can fix, once each, and when it is fixed."""
        now = self.actions.now()
        state = sign_in_state.next_state(self.state, result, now)
        if state is SignInState.VALID and self.state is not SignInState.VALID:
            to = self.job.source.session
            signed_in = f"signed in to {to}: " if to else ""
            self.actions.notify(f"{signed_in}the command has fresh credentials again", None)
        elif state is SignInState.EXPIRING and self.state is SignInState.VALID:
            message, login = sign_in_state.expiry_message(result, now)
            self.actions.notify(f"{message}: sign in before that, and the command continues", login)
        elif state is SignInState.EXPIRED and self.state is not SignInState.EXPIRED:
            left = durations.shown((self.credentials_expire_at or now) - now)
            self.actions.notify(f"{result.problem}; the command's credentials are valid for {left}", result.hint)
        self.state = state
        self._notify_of_failures(result, now)

    def _notify_of_failures(self, result: RefreshResult, now: float) -> None:
        """Notify the user if refreshes still fail shortly before the credentials expire, and when one succeeds."""
        left = (self.credentials_expire_at or now) - now
        failing = result.problem is not None and not result.needs_person and left < _WARN_SECONDS
        if failing and not self.warned:
            self.actions.notify(f"{result.problem}: retrying until the command has fresh credentials", result.hint)
        elif self.warned and result.problem is None:
            self.actions.notify("the command has fresh credentials again", None)
        self.warned = failing or (self.warned and result.problem is not None)

    async def _sleep_until(self, moment: float) -> None:
        """Sleep until a Unix second, or until credentials are requested and there are none that are valid.

        If a new sign-in or an MFA code would help, sleep at most until its file changes.
        """
        seen, waits = _state(self.job.watched_path), self.failures > 0 or self.state is not SignInState.VALID
        while (left := moment - self.actions.now()) > 0:
            if waits and _state(self.job.watched_path) != seen:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self.requested.wait(), min(left, _POLL_SECONDS if waits else _LONGEST_SLEEP_SECONDS)
                )
            if self.requested.is_set() and not self.failures:  # after a failure, the pauses grow
                return
            self.requested.clear()


def _state(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
