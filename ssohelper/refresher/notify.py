"""Desktop notifications, if there is a desktop."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

_SECONDS = 10
_APPLESCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def notify(title: str, text: str) -> None:
    """Show a notification, without waiting for the desktop; gives up after some seconds if it does not answer."""
    words = _command(title, text)
    if words is not None:
        with suppress(RuntimeError):  # out of threads
            threading.Thread(target=_run, args=(words,), daemon=True).start()


def _run(words: Sequence[str]) -> None:
    nothing = subprocess.DEVNULL
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(words, stdin=nothing, stdout=nothing, stderr=nothing, timeout=_SECONDS, check=False)


def _command(title: str, text: str) -> list[str] | None:
    if sys.platform == "darwin":
        return ["osascript", "-e", _APPLESCRIPT, title, text]
    found = shutil.which("notify-send")
    desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return [found, "--app-name=ssohelper", "--", title, text] if found and desktop else None
