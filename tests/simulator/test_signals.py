"""Waiting for a signal, in a process of its own."""

import subprocess
import sys

import pytest

# The signal is sent when the handler is installed, or it would end the process.
SCRIPT = """
import os, signal, sys, threading, time
from ssohelper.simulator.signals import wait_for_signal

number = signal.Signals[sys.argv[1]]
default = signal.getsignal(number)

def send():
    while signal.getsignal(number) == default:
        time.sleep(0.01)
    os.kill(os.getpid(), number)

threading.Thread(target=send).start()
wait_for_signal()
print("returned")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_wait_for_signal(name: str) -> None:
    """SIGINT and SIGTERM end the wait, without an exception."""
    command = [sys.executable, "-c", SCRIPT, name]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("returned\n", "", 0)
