"""Browsers that keep several accounts apart: Firefox with containers, Chrome and its kin with profiles.

The console's cookies are those of one role; who wants two side by side needs two cookie jars.
"""

import hashlib
import re
import shutil
from collections.abc import Callable
from typing import NamedTuple

from ssohelper.errors import Failed

# By their names on Linux and, with a path, on macOS, the likeliest first.
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
# What the extension has, in its order.
_COLOURS = ("blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple")


class Jar(NamedTuple):
    """Whose cookies are to be kept apart; `label` is what a person calls it."""

    session: str
    account_id: str
    role_name: str
    label: str

    @property
    def digest(self) -> str:
        """The same for the same role, another for any other."""
        return hashlib.sha256(f"{self.session}\n{self.account_id}\n{self.role_name}".encode()).hexdigest()


def program_of(kind: str, chosen: str | None, which: Callable[[str], str | None] = shutil.which) -> str | None:
    """The browser to start: the `chosen` one, else one that is installed; None for the person's usual one.

    Raises `Failed` where it is not there.
    """
    if chosen is not None:
        if which(chosen) is None:
            raise Failed(
                f"{chosen}, which is to show the console, is not there", hint='in config.toml: browser = "/..."'
            )
        return chosen
    if kind == "default":
        return None
    found = next(filter(None, map(which, _PROGRAMS[kind])), None)
    if found is None:
        raise Failed(
            f"console_browser is {kind}, and {_NAMES[kind]} is not found", hint='in config.toml: browser = "/..."'
        )
    return found


def words(kind: str, program: str, jar: Jar, url: str) -> list[str]:
    """The command that opens a page in the cookie jar of a role."""
    if kind == "firefox-containers":
        return [program, container_url(jar, url)]
    if kind == "chrome-profiles":
        return [program, f"--profile-directory={profile_folder(jar)}", "--no-first-run", url]
    return [program, url]


def container_url(jar: Jar, url: str) -> str:
    """The address by which the extension "Open external links in a container" opens a page.

    It takes parameters as in a query, and makes the container where there is none of that name:
    https://github.com/honsiorovskyi/open-url-in-container
    """
    from urllib.parse import quote

    name = re.sub(r"[^\w .@/-]+", "-", jar.label)
    colour = _COLOURS[int(jar.digest[:2], 16) % len(_COLOURS)]
    return f"ext+container:name={quote(name, safe='')}&color={colour}&url={quote(url, safe='')}"


def profile_folder(jar: Jar) -> str:
    """The folder of a Chrome profile: one for each role of each session, also where case does not count."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{jar.account_id}-{jar.role_name}")
    return f"ssohelper-{plain[:60]}-{jar.digest[:8]}"
