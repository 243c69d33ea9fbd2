"""Which way to sign in: in a browser on this machine, or with a code that is approved on any other. Pure."""

from collections.abc import Callable, Mapping

_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")


def why_no_browser(environment: Mapping[str, str], platform: str, exists: Callable[[str], bool]) -> str | None:
    """Why a browser that opens here would not come back to this process; None where it would.

    `platform` is `sys.platform`, `exists` tells whether there is such a file. Whoever sets BROWSER says that there is
    one, which even a container may reach; but over SSH it would run elsewhere, and in CI nobody sits before it.
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
