"""Waiting for the end of another process."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ssohelper.refresher import process_exit


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends when its stdin is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


async def end_while_waiting(child: "subprocess.Popen[bytes]") -> bool:
    """End the process while it is waited for; whether the wait ended before that."""
    waiting = asyncio.create_task(process_exit.wait_for_exit(child.pid))
    await asyncio.sleep(0.2)
    before = waiting.done()
    assert child.stdin is not None
    child.stdin.close()
    await asyncio.to_thread(child.wait)  # until it is reaped, polling finds it
    await asyncio.wait_for(waiting, 30)
    return before


def test_running_process(child: "subprocess.Popen[bytes]") -> None:
    """The wait ends with the process, and not before."""
    assert asyncio.run(end_while_waiting(child)) is False


def test_ended_process(child: "subprocess.Popen[bytes]") -> None:
    """The wait ends at once if the process has ended."""
    assert child.stdin is not None
    child.stdin.close()
    child.wait()
    assert asyncio.run(end_while_waiting(child)) is True


def test_polling(child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch) -> None:
    """On a kernel without pidfd_open(2), the process is polled."""
    monkeypatch.setattr(process_exit, "_handle", lambda _process_id: None)
    monkeypatch.setattr(process_exit, "_POLL_SECONDS", 0.05)
    assert asyncio.run(end_while_waiting(child)) is False
