"""A deadline for work that may hang where no timeout applies: name look-ups, keyrings, slow responses."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ssohelper.errors import Unavailable

_Result = TypeVar("_Result")
_NETWORK = "check the network, then run the command again"


class _Work(threading.local):
    """The work of the current thread: the lock that its deadline waits for, and whether that has passed."""

    lock: "threading.Lock | None" = None
    expired: list[bool]


_current = _Work()


def within(seconds: float, what: str, work: Callable[[], _Result], *, hint: str = _NETWORK) -> _Result:
    """What `work` returns or raises, within `seconds`; else `Unavailable`, whose message starts with `what`.

    Work that is late goes on in its thread, so this is for a process that exits soon after: its locks are released
    then, and files are replaced whole or not at all.
    """
    import socket  # slow to load

    outcome: list[Any] = []
    lock, expired = threading.Lock(), [False]
    done, waiting = socket.socketpair()

    def run() -> None:
        _current.lock, _current.expired = lock, expired
        with done:  # closing it ends the wait below
            try:
                outcome.append((True, work()))
            except BaseException as error:  # noqa: BLE001 (raised again below, in the thread that waits)
                outcome.append((False, error))

    with waiting:
        # Not a timed wait for the thread: libfaketime, which tests use to speed up time, only knows sockets.
        waiting.settimeout(seconds)
        threading.Thread(target=run, daemon=True).start()
        try:
            waiting.recv(1)
        except BaseException as error:  # the timeout; or Ctrl-C, or another signal that ends the process
            with lock:
                expired[0] = True
            if not isinstance(error, TimeoutError):
                raise
        if not outcome:
            raise Unavailable(f"{what} timed out after {seconds:.0f} seconds", hint=hint)
    succeeded, result = outcome[0]
    if not succeeded:
        raise result
    answer: _Result = result
    return answer


@contextmanager
def shielded() -> Iterator[None]:
    """A block that a deadline does not interrupt: it waits for its end.

    Raises `Unavailable` if the deadline has passed before it starts. The block needs timeouts of its own.
    """
    if _current.lock is None:
        yield
        return
    with _current.lock:
        if _current.expired[0]:
            raise Unavailable("the deadline has passed")
        yield
