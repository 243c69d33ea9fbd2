"""Which grant to use: an authorization code where a browser on this machine can return to us, else a device code."""

from collections.abc import Callable, Mapping

_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")


def no_browser_reason(environment: Mapping[str, str], platform: str, exists: Callable[[str], bool]) -> str | None:
    """Why a browser that is opened here could not return to this process; None if it could.

    `platform` is `sys.platform`, `exists` tells whether a file exists. BROWSER may name one that even a container can
    reach; but over SSH it would open on another machine, and in CI there is no person to use it.
    """
    has = environment.get
    here = has("BROWSER") or platform in ("darwin", "win32")
    reasons = (
        (has("SSH_CONNECTION") or has("SSH_TTY"), "this is an SSH session"),
        (has("CI"), "this runs in CI"),
        (not here and has("WSL_DISTRO_NAME"), "this is WSL"),
        (not here and (has("container") or any(map(exists, _CONTAINER_FILES))), "this is a container"),
        (not here and not has("DISPLAY") and not has("WAYLAND_DISPLAY"), "there is no display"),
    )
    return next((reason for holds, reason in reasons if holds), None)
