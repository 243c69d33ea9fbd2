"""A deadline on work that may hang in places where nobody asks the time: name look-ups, keyrings, slow answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ssohelper.errors import Unavailable

_Result = TypeVar("_Result")
_NETWORK = "check the network, then run the command again"


class _Work(threading.local):
    """What the present thread works on: the lock that its deadline waits for, and whether that has passed."""

    lock: "threading.Lock | None" = None
    over: list[bool]


_present = _Work()


def within(seconds: float, what: str, work: Callable[[], _Result], *, hint: str = _NETWORK) -> _Result:
    """What `work` returns or raises, if it does so within `seconds`; raises `Unavailable` otherwise.

    Work that is too late is left to itself, so this is for a process that ends soon after: its locks end with it,
    and files are replaced whole or not at all.
    """
    import socket  # slow to load

    outcome: list[Any] = []
    lock, over = threading.Lock(), [False]
    done, ours = socket.socketpair()

    def run() -> None:
        _present.lock, _present.over = lock, over
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
        except BaseException as ended:  # time is up; or Ctrl-C, or another signal that ends the process
            with lock:
                over[0] = True
            if not isinstance(ended, TimeoutError):
                raise
        if not outcome:
            raise Unavailable(f"{what} took more than {seconds:.0f} seconds", hint=hint)
    succeeded, result = outcome[0]
    if not succeeded:
        raise result
    answer: _Result = result
    return answer


@contextmanager
def seen_through() -> Iterator[None]:
    """What is done inside is not given up half-way: a deadline waits for its end, or has passed before it begins.

    Raises `Unavailable` then. Time-outs of its own have to see to it that it does end.
    """
    if _present.lock is None:
        yield
        return
    with _present.lock:
        if _present.over[0]:
            raise Unavailable("the deadline has passed")
        yield
