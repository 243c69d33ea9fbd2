"""Which sign-in is chosen: a browser is opened only where it would come back to this process."""

from collections.abc import Mapping

import pytest

from ssohelper.sign_in.grant import why_no_browser

SSH, CI, WSL, CONTAINER, DISPLAY = (
    "this is an SSH session",
    "this runs in CI",
    "this is WSL",
    "this is a container",
    "there is no display",
)
X11 = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environment", "platform", "files", "why"),
    [
        # A desk.
        (X11, "linux", (), None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", (), None),
        ({}, "darwin", (), None),
        ({}, "win32", (), None),
        ({"BROWSER": "firefox"}, "linux", (), None),
        # No desk.
        ({}, "linux", (), DISPLAY),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}, "linux", (), DISPLAY),
        ({}, "freebsd14", (), DISPLAY),
        # Over SSH a browser would run there, with a display and a BROWSER too, and the person sits here.
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"} | X11, "linux", (), SSH),
        ({"SSH_TTY": "/dev/pts/0"} | X11, "linux", (), SSH),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "BROWSER": "firefox"}, "linux", (), SSH),
        ({"SSH_TTY": "/dev/ttys000"}, "darwin", (), SSH),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "win32", (), SSH),
        # Nobody sits before a CI runner.
        ({"CI": "true"} | X11, "linux", (), CI),
        ({"CI": "1", "BROWSER": "firefox"}, "linux", (), CI),
        ({"CI": "true"}, "darwin", (), CI),
        ({"CI": ""} | X11, "linux", (), None),
        # WSL may have a display, but its usual browser is that of Windows, unless BROWSER says how to reach it.
        ({"WSL_DISTRO_NAME": "Debian"} | X11, "linux", (), WSL),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", (), WSL),
        ({"WSL_DISTRO_NAME": "Debian", "BROWSER": "wslview"}, "linux", (), None),
        # A container's ports are not this machine's, unless BROWSER says that somebody has thought of that.
        (X11, "linux", ("/.dockerenv",), CONTAINER),
        ({}, "linux", ("/run/.containerenv",), CONTAINER),
        ({"container": "podman"} | X11, "linux", (), CONTAINER),
        ({"BROWSER": "/vscode/helper.sh"}, "linux", ("/.dockerenv",), None),
        ({"BROWSER": "firefox", "container": "flatpak"}, "linux", (), None),
        (X11, "linux", ("/etc/passwd",), None),
        # Of several reasons the one that explains most is told.
        ({"SSH_TTY": "/dev/pts/0", "CI": "true", "WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), SSH),
        ({"CI": "true", "WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), CI),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), WSL),
    ],
)
def test_why_no_browser(
    environment: Mapping[str, str], platform: str, files: tuple[str, ...], why: str | None
) -> None:
    """The reason follows from the environment, the system, and the files that containers have."""
    assert why_no_browser(environment, platform, files.__contains__) == why
