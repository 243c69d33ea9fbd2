"""Renewals by a process of their own, which ends: whoever waits for weeks loads no AWS SDK, and no call hangs it."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# What a renewal may take, beside what each role takes.
_SECONDS, _SECONDS_A_ROLE = 600.0, 1.0
_NOTHING = "a renewal came to nothing"
_COMMAND = (sys.executable, "-P", "-m", "ssohelper", "renew")


@dataclass(frozen=True, slots=True)
class RenewedRole:
    """How a role stands; `ends` is in Unix seconds, `answer` what a `credential_process` would print, where asked.

    A `problem` that is `lasting` does not pass by itself: the role was withdrawn, or is locked.
    """

    account_id: str
    role_name: str
    ends: float | None
    problem: str | None = None
    lasting: bool = False
    answer: Mapping[str, Any] | None = field(default=None, repr=False)


class Renewed(NamedTuple):
    """How a session stands after a renewal was tried; times are in Unix seconds, None for what is not there.

    `sign_in_ends` is there only where it is known, and the person wants to be told `notify_ahead` seconds before.
    `problem` and `hint` say what went wrong, `needs_person` that only a person can mend it.
    """

    session: str
    token_ends: float | None = None
    sign_in_ends: float | None = None
    notify_ahead: float = 0.0
    problem: str | None = None
    hint: str | None = None
    needs_person: bool = False
    roles: Sequence[RenewedRole] = ()


class CameToNothing(Exception):
    """The worker gave no answer; the message says why, as far as it said that."""


async def renew(session: str, account_id: str, role_name: str) -> Renewed:
    """Renew the token of a session and the credentials of a role, where that is due by `schedule`."""
    try:
        (renewed,) = await _run({"roles": {session: [(account_id, role_name)]}, "credentials": True}, 1)
    except CameToNothing as error:
        return Renewed(session, problem=str(error))
    except ValueError:
        return Renewed(session, problem=_NOTHING)
    return renewed


async def renew_everything(roles: int) -> list[Renewed]:
    """Renew all that is due of all sessions, and of the roles that were used lately: about so many.

    Raises `CameToNothing`.
    """
    return await _run({"roles": None, "credentials": False}, roles)


async def _run(asked: Mapping[str, Any], roles: int) -> list[Renewed]:
    try:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:  # no more processes, files or memory: perhaps the next time
        raise CameToNothing(_NOTHING) from error
    printed = complaint = b""
    try:
        async with asyncio.timeout(_SECONDS + roles * _SECONDS_A_ROLE):
            printed, complaint = await process.communicate(json.dumps(asked).encode())
        return [
            Renewed(**{**each, "roles": [RenewedRole(**role) for role in each["roles"]]})
            for each in json.loads(printed)
        ]
    except (TimeoutError, ValueError, TypeError) as error:
        first = complaint.decode("utf-8", "replace").partition("\n")[0].removeprefix("ssohelper: ")
        raise CameToNothing(first or _NOTHING) from error
    finally:
        if process.returncode is None:
            process.kill()
