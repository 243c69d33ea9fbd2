"""A notification on the desktop, where there is one; without one, nothing happens."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress

_SECONDS = 10
_APPLESCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def notify(title: str, text: str) -> None:
    """Show a notification; a desktop that does not answer is not waited for."""
    words = _command(title, text)
    if words is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )


def _command(title: str, text: str) -> list[str] | None:
    if sys.platform == "darwin":
        return ["osascript", "-e", _APPLESCRIPT, title, text]
    found = shutil.which("notify-send")
    desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return [found, "--app-name=ssohelper", "--", title, text] if found and desktop else None
