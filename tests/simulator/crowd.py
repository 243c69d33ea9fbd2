"""Many calls that are in the simulator at the same time."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from botocore.exceptions import BotoCoreError, ClientError

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.simulator.sdk import Sdk


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; a minute is the end of patience."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def calls_at_once(simulator: Simulator, sdk: Sdk, number: int) -> list[Thread]:
    """Threads whose calls all hang in the simulator at the same time."""
    simulator.faults.add("ListAccounts", Fault.hang(600), times=number)

    def call() -> None:
        with suppress(BotoCoreError, ClientError):
            sdk.portal.list_accounts(accessToken="x")

    threads = [Thread(target=call) for _ in range(number)]
    for thread in threads:
        thread.start()
    until(lambda: simulator.counters.calls["ListAccounts"] == number)
    return threads


def join(threads: list[Thread]) -> None:
    """Wait for threads that are about to end; one that does not is a failure."""
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
