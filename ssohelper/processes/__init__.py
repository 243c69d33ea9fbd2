"""Processes that ssohelper starts for itself."""

import sys


def refresh_worker_command() -> tuple[str, ...]:
    """The command that refreshes once and ends: `refresh.py`."""
    return (sys.executable, "-P", "-m", "ssohelper", "refresh")
