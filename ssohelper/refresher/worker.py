"""Refreshes in a process of their own, which ends: what runs for weeks loads no AWS SDK, and no call can hang it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ssohelper.model import Session
from ssohelper.roles import CredentialSource, parse_source

# How long a refresh may take, beside the time for each role.
_SECONDS, _SECONDS_PER_ROLE = 600.0, 1.0
# How long a killed worker may take to exit.
_END_SECONDS = 1.0
_FAILED = "the refresh failed"


@dataclass(frozen=True, slots=True)
class RefreshedRole:
    """The state of a role; `expires_at` is in Unix seconds.

    `answer` is what a `credential_process` would print, if it was asked for. A `permanent` problem is not
    solved by a retry: the role is no longer assigned, or is locked.
    """

    source: CredentialSource
    expires_at: float | None
    problem: str | None = None
    permanent: bool = False
    answer: Mapping[str, Any] | None = field(default=None, repr=False)


class RefreshResult(NamedTuple):
    """The state of a session after a refresh; times are in Unix seconds, None if there is none.

    `sign_in_expires_at` is None if it is not known; the user wants to be notified `notify_ahead` seconds before.
    `problem` and `hint` say what went wrong; `needs_person` that only a person can fix it, by signing in or with an
    MFA code.
    """

    session: str
    token_expires_at: float | None = None
    sign_in_expires_at: float | None = None
    notify_ahead: float = 0.0
    problem: str | None = None
    hint: str | None = None
    needs_person: bool = False
    roles: Sequence[RefreshedRole] = ()


class RefreshFailed(Exception):
    """The worker gave no result; the message is the reason, if it printed one."""


def to_json(result: RefreshResult) -> dict[str, Any]:
    """A result as the worker prints it."""
    return {
        **result._asdict(),
        "roles": [
            {
                "source": each.source.text,
                "expires_at": each.expires_at,
                "problem": each.problem,
                "permanent": each.permanent,
                "answer": each.answer,
            }
            for each in result.roles
        ],
    }


def _from_json(data: Mapping[str, Any]) -> RefreshResult:
    """The result that `to_json` wrote. Raises `KeyError`, `TypeError`, `ValueError`."""
    return RefreshResult(**{**data, "roles": [_refreshed_role(**each) for each in data["roles"]]})


def _refreshed_role(source: str, **fields: Any) -> RefreshedRole:
    role = parse_source(source)
    if role is None:
        raise ValueError(source)
    return RefreshedRole(role, **fields)


@dataclass(frozen=True, slots=True)
class Worker:
    """Starts the `command` that refreshes: `ssohelper/processes/refresh.py`.

    `session` is the one to refresh if the config file, which may have been deleted, has none of that name.
    """

    command: Sequence[str]
    session: Session | None = None

    async def refresh(self, source: CredentialSource) -> RefreshResult:
        """Refresh the token of a session and the credentials of a role, if that is due by `schedule`."""
        try:
            (result,) = await self._run({"role": source.text, "session": self.session and self.session._asdict()}, 1)
        except RefreshFailed as error:
            return RefreshResult(source.session, problem=str(error))
        except ValueError:  # the session is no longer configured
            return RefreshResult(source.session, problem=_FAILED)
        return result

    async def refresh_all(self, roles: int) -> list[RefreshResult]:
        """Refresh all that is due, of all sessions and of the recently used roles: about so many.

        Raises `RefreshFailed`.
        """
        return await self._run({"role": None, "session": None}, roles)

    async def _run(self, request: Mapping[str, Any], roles: int) -> list[RefreshResult]:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:  # out of processes, files or memory: the next attempt may succeed
            raise RefreshFailed(_FAILED) from error
        printed = errors = b""
        try:
            async with asyncio.timeout(_SECONDS + roles * _SECONDS_PER_ROLE):
                printed, errors = await process.communicate(json.dumps(request).encode())
            return [_from_json(each) for each in json.loads(printed)]
        except (TimeoutError, ValueError, TypeError, KeyError) as error:
            first = errors.decode("utf-8", "replace").partition("\n")[0].removeprefix("ssohelper: ")
            raise RefreshFailed(first or _FAILED) from error
        finally:
            if process.returncode is None:
                process.kill()
                # Wait until its pipes are closed: otherwise asyncio prints an error if this process exits first.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_END_SECONDS):
                        await process.communicate()
