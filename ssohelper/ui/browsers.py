"""Browsers that keep several roles apart: Firefox with containers, Chrome and its derivatives with profiles.

The AWS console's cookies are for one role; to use two side by side takes two sets of cookies.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ssohelper.errors import Failed
from ssohelper.model import CredentialSource

# Names on Linux and paths on macOS, the most common first.
_PROGRAMS = {
    "firefox-containers": (
        "firefox",
        "firefox-esr",
        "firefox-developer-edition",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox",
    ),
    "chrome-profiles": (
        "google-chrome",
        "google-chrome-stable",
        "chromium",
        "chromium-browser",
        "brave-browser",
        "microsoft-edge",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
}
_NAMES = {"firefox-containers": "Firefox", "chrome-profiles": "Chrome or Chromium"}
# The colors of the extension, in its order.
_COLORS = ("blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple")


class Container(NamedTuple):
    """A role with its own cookies, in a container or a browser profile; `label` is the name that is shown."""

    role: CredentialSource
    label: str


def program_of(kind: str, chosen: str | None, which: Callable[[str], str | None] = shutil.which) -> str | None:
    """The browser to start: the `chosen` one, else one that is installed; None for the user's default browser.

    Raises `Failed` if it is not found.
    """
    if chosen is not None:
        if which(chosen) is None and not (_is_application(chosen) and Path(chosen).is_dir()):
            raise Failed(f"browser not found: {chosen}", hint='in config.toml: browser = "/..."')
        return chosen
    if kind == "default":
        return None
    found = next(filter(None, map(which, _PROGRAMS[kind])), None)
    if found is None:
        raise Failed(
            f"browser not found: {_NAMES[kind]} (console_browser is {kind})", hint='in config.toml: browser = "/..."'
        )
    return found


def words(kind: str, program: str, container: Container, url: str) -> list[str]:
    """The command that opens a page in a role's container."""
    if kind == "chrome-profiles":
        options = [f"--profile-directory={profile_folder(container)}", "--no-first-run", url]
        # Without -n, macOS passes options only to a browser that is not running yet.
        return ["open", "-n", "-a", program, "--args", *options] if _is_application(program) else [program, *options]
    start = ["open", "-a", program] if _is_application(program) else [program]
    return [*start, container_url(container, url) if kind == "firefox-containers" else url]


def _is_application(program: str) -> bool:
    """Whether it is an application of macOS: a folder, which `open` starts."""
    return program.endswith(".app")


def container_url(container: Container, url: str) -> str:
    """The address by which the extension "Open external links in a container" opens a page.

    It takes parameters as in a query, and creates a container that does not exist:
    https://github.com/honsiorovskyi/open-url-in-container
    """
    from urllib.parse import quote

    name = re.sub(r"[^\w .@/-]+", "-", container.label)
    color = _COLORS[int(container.role.file_name[:2], 16) % len(_COLORS)]
    return f"ext+container:name={quote(name, safe='')}&color={color}&url={quote(url, safe='')}"


def profile_folder(container: Container) -> str:
    """The folder of a Chrome profile: one per role of each session, also on case-insensitive file systems."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{container.role.account_id}-{container.role.role_name}")
    return f"ssohelper-{plain[:60]}-{container.role.file_name[:8]}"
