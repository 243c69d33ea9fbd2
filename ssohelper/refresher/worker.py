"""Renewals by a process of their own, which ends: whoever waits for weeks loads no AWS SDK, and no call hangs it."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Longer than every deadline of the renewals inside.
_SECONDS = 150.0
_COMMAND = (sys.executable, "-P", "-m", "ssohelper", "renew")


@dataclass(frozen=True, slots=True)
class Renewed:
    """How a session stands after a renewal was tried; times are Unix seconds, None for what is not there.

    `problem` and `hint` say what went wrong, `needs_person` that only a person can mend it. `answers` has, by account
    and role name, what a `credential_process` would print.
    """

    token_ends: float | None = None
    problem: str | None = None
    hint: str | None = None
    needs_person: bool = False
    answers: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict, repr=False)


async def renew(session: str, roles: Sequence[tuple[str, str]]) -> Renewed:
    """Renew the token of a session and the credentials of roles, those that are due by `schedule`."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    asked = json.dumps({"session": session, "roles": roles}).encode()
    try:
        async with asyncio.timeout(_SECONDS):
            printed, _ = await process.communicate(asked)
        return _read(json.loads(printed))
    except (TimeoutError, ValueError, KeyError, TypeError):
        return Renewed(problem="a renewal came to no end")
    finally:
        if process.returncode is None:
            process.kill()


def _read(facts: dict[str, Any]) -> Renewed:
    answers = {(each["AccountId"], role): each for role, each in facts["answers"]}
    return Renewed(facts["token_ends"], facts["problem"], facts["hint"], facts["needs_person"], answers)
