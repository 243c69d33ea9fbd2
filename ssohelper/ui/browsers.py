"""Browsers that keep roles and sign-ins apart: Firefox with containers, Chrome and its derivatives with profiles.

The AWS console's cookies are for one role, those of the access portal for one sign-in; to use two side by side takes
two sets of cookies.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from ssohelper import digests
from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.roles import CredentialSource

_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
# A browser that cannot start ends within this time; one that is still running has opened the page.
_STARTING_SECONDS = 3
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
    """A separate set of cookies, in a container or a browser profile.

    `label` is the name that is shown, `name` a part of the profile's folder, `digest` unique hexadecimal
    digits.
    """

    name: str
    digest: str
    label: str

    @classmethod
    def of_role(cls, role: CredentialSource, label: str) -> Self:
        """The container of a role, for the AWS console."""
        return cls(f"{role.account_id}-{role.role_name}", role.file_name, label)

    @classmethod
    def of_session(cls, session: Session) -> Self:
        """The container of a session, for the sign-in."""
        return cls(session.name, digests.sha256(f"sign-in {session.name}".encode()), session.name)


def _which(name: str) -> str | None:
    import shutil  # slow to load, and not needed for the default browser

    return shutil.which(name)


def program_of(
    kind: str, chosen: str | None, setting: str, which: Callable[[str], str | None] = _which
) -> str | None:
    """The browser to start: the `chosen` one, else one that is installed; None for the user's default browser.

    Raises `Failed` if it is not found; `setting` is the one in config.toml that asks for this kind.
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
            f"browser not found: {_NAMES[kind]} ({setting} is {kind})", hint='in config.toml: browser = "/..."'
        )
    return found


def words(kind: str, program: str, container: Container, url: str) -> list[str]:
    """The command that opens a page in a container."""
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
    color = _COLORS[int(container.digest[:2], 16) % len(_COLORS)]
    return f"ext+container:name={quote(name, safe='')}&color={color}&url={quote(url, safe='')}"


def profile_folder(container: Container) -> str:
    """The folder of a Chrome profile: one per container, also on case-insensitive file systems."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", container.name)
    return f"ssohelper-{plain[:60]}-{container.digest[:8]}"


def open_page(url: str, *, failed: Callable[[], None], words: Sequence[str] | None = None) -> Callable[[], object]:
    """Start to open a page in the user's browser; `failed` is called if that fails, perhaps later.

    `words` is the command that opens it, instead of the default browser. Every user of this machine can read it, and
    `url`. Some browsers (given by a path) run until the user closes them; the function that is returned waits for
    that. A browser gets no terminal, so that a text browser (lynx, w3m) fails instead of covering what is shown.
    """
    import threading
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        failed()
        return lambda: None

    def run() -> None:
        # -P: do not import modules from the current folder.
        opened = _runs(words, _STARTING_SECONDS) if words else _runs([sys.executable, "-P", "-c", _OPEN, url])
        if not opened:
            failed()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread.join


def _runs(words: Sequence[str], seconds: float | None = None) -> bool:
    """Whether a command succeeds, or is still running after some seconds; it is detached from this terminal."""
    import subprocess

    nothing = subprocess.DEVNULL
    # Without TERM, Python's webbrowser tries no text browser.
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    try:
        browser = subprocess.Popen(
            words, env=environment, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        return browser.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False
