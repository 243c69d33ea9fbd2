"""What the modules of a sign-in need of the process that they run in."""

from collections.abc import Callable
from typing import NamedTuple


class Runtime(NamedTuple):
    """The clock, and the callbacks for waits and warnings; `now` is in Unix seconds, `sleep` takes seconds.

    `waiting(purpose)` returns a callback, which is called with the process that holds the lock.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    waiting: Callable[[str], Callable[[str], None]]
    warn: Callable[[str], None]
