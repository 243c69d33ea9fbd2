"""A deadline on work that may hang in places where nobody asks the time: name look-ups, keyrings, slow answers."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ssohelper.errors import Unavailable

_Result = TypeVar("_Result")


def within(seconds: float, what: str, work: Callable[[], _Result]) -> _Result:
    """What `work` returns or raises, if it does so within `seconds`; raises `Unavailable` otherwise.

    Work that is too late is left to itself, so this is for a process that ends soon after: its locks end with it,
    and files are replaced whole or not at all.
    """
    import socket  # slow to load

    outcome: list[Any] = []
    done, ours = socket.socketpair()

    def run() -> None:
        with done:  # closing it is what ends the wait below
            try:
                outcome.append((True, work()))
            except BaseException as error:  # noqa: BLE001 (raised again below, in the thread that waits)
                outcome.append((False, error))

    with ours:
        # Not a timed wait for the thread: libfaketime, by which tests make time fly, knows sockets only.
        ours.settimeout(seconds)
        threading.Thread(target=run, daemon=True).start()
        try:
            ours.recv(1)
        except TimeoutError:
            hint = "check the network, then run the command again"
            raise Unavailable(f"{what} took more than {seconds:.0f} seconds", hint=hint) from None
    succeeded, result = outcome[0]
    if not succeeded:
        raise result
    answer: _Result = result
    return answer
