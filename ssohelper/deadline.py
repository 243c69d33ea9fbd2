"""A deadline for work that may hang where no timeout applies: name look-ups, keyrings, slow responses."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ssohelper.errors import Unavailable

_Result = TypeVar("_Result")
_NETWORK = "check the network, then run the command again"


def within(seconds: float, what: str, work: Callable[[], _Result], *, hint: str = _NETWORK) -> _Result:
    """What `work` returns or raises, within `seconds`; else `Unavailable`, whose message starts with `what`.

    If the work raises `Unavailable` after the deadline, this error replaces it, so that of two nested deadlines that
    expire together the outer one is reported.

    Work that is late goes on in its thread, so this is for a process that exits soon after: its locks are released
    then, and files are replaced whole or not at all.
    """
    import socket  # slow to load

    expires_at = time.monotonic() + seconds
    outcome: list[tuple[bool, Any]] = []
    done, waiting = socket.socketpair()

    def run() -> None:
        with done:  # closing it ends the wait below
            try:
                outcome.append((True, work()))
            except BaseException as error:  # noqa: BLE001 (raised again below, in the thread that waits)
                outcome.append((False, error))

    with waiting:
        # Not a timed wait for the thread: libfaketime, which tests use to speed up time, only knows sockets.
        waiting.settimeout(seconds)
        threading.Thread(target=run, daemon=True).start()
        with suppress(TimeoutError):
            waiting.recv(1)
    late = Unavailable(f"{what} timed out after {seconds:.0f} seconds", hint=hint)
    if not outcome:
        raise late
    succeeded, result = outcome[0]
    if not succeeded:
        raise late if isinstance(result, Unavailable) and time.monotonic() >= expires_at else result
    answer: _Result = result
    return answer
