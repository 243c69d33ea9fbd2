"""What a command shows without options, if files alone are enough."""

import os
import sys

from ssohelper.views import Echo


def show(command: str) -> int | None:
    """Show it. Returns the exit code; None if more is needed, or something is wrong: the command itself says what."""
    if sys.platform == "win32" or any(map(os.environ.get, ("SSOHELPER_SESSION", "SSOHELPER_VERBOSE"))):
        return None
    try:
        return _show(command, _echo)
    except Exception:  # noqa: BLE001 (reported by the command, which does the same)
        return None


def _show(command: str, echo: Echo) -> int | None:
    if command == "status":
        from ssohelper.views import status

        return status.run(status.Options(), echo)
    if command == "whoami":
        from ssohelper.views import whoami

        return whoami.run(whoami.Options(), echo)
    if command == "roles":
        from ssohelper.views import roles

        return roles.show_recent(echo)
    from ssohelper.views import profiles

    return profiles.run(profiles.Options(), echo)


def _echo(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
