"""Waiting for the signal that ends a running simulator."""

import signal
from threading import Event


def wait_for_signal() -> None:
    """Block until SIGINT (Ctrl-C) or SIGTERM. Call it on the main thread; it replaces the handlers of both."""
    received = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: received.set())
    signal.signal(signal.SIGINT, lambda _number, _frame: received.set())
    while not received.wait(3600):
        pass
