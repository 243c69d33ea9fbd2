"""Which grant to use: an authorization code where a browser on this machine can return to us, else a device code."""

from collections.abc import Callable, Mapping

_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
# They need the terminal, which they would cover; most cannot run the sign-in page's scripts.
_TEXT_BROWSERS = {"w3m", "lynx", "links", "links2", "elinks", "browsh", "www-browser"}


def why_browser_cannot_return(
    environment: Mapping[str, str], platform: str, exists: Callable[[str], bool]
) -> str | None:
    """Why a browser could not return to this process, if one can be opened at all; None if it could.

    Takes what `why_no_browser` takes. The terminals of a remote VS Code and editors based on it (Codespaces,
    Gitpod, tunnels, Cursor, code-server) have a BROWSER that opens pages on the person's machine; only some of them
    also forward its ports: https://code.visualstudio.com/api/advanced-topics/remote-extensions
    """
    has = environment.get
    reasons = (
        (has("CODESPACES") == "true", "this is a GitHub codespace"),
        (has("GITPOD_WORKSPACE_ID"), "this is a Gitpod workspace"),
        ("/helpers/browser.sh" in has("BROWSER", ""), "the browser of this terminal is on another machine"),
    )
    found = next((reason for holds, reason in reasons if holds), None)
    return found or why_no_browser(environment, platform, exists)


def why_no_browser(environment: Mapping[str, str], platform: str, exists: Callable[[str], bool]) -> str | None:
    """Why no browser can be opened from here; None if one can.

    `platform` is `sys.platform`, `exists` tells whether a file exists. BROWSER may name one that even a container can
    reach; but over SSH it would open on another machine, and in CI there is no person to use it.
    """
    has = environment.get
    here = has("BROWSER") or platform in ("darwin", "win32")
    reasons = (
        (has("SSH_CONNECTION") or has("SSH_TTY"), "this is an SSH session"),
        (has("CI"), "this runs in CI"),
        (_is_text_browser(has("BROWSER", "")), "BROWSER is a text browser"),
        (not here and has("WSL_DISTRO_NAME"), "this is WSL, and BROWSER is not set"),
        (not here and (has("container") or any(map(exists, _CONTAINER_FILES))), "this is a container"),
        (not here and not has("DISPLAY") and not has("WAYLAND_DISPLAY"), "there is no display"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _is_text_browser(browser: str) -> bool:
    """Whether the first command of a BROWSER, a list with colons, is a text browser."""
    words = browser.split(":", maxsplit=1)[0].split()
    return bool(words) and words[0].rpartition("/")[2] in _TEXT_BROWSERS
