"""When a browser is opened, and when it can return to this process."""

from collections.abc import Mapping

import pytest

from ssohelper.sign_in.grant import why_browser_cannot_return, why_no_browser

SSH, CI, TEXT, WSL, CONTAINER, DISPLAY = (
    "this is an SSH session",
    "this runs in CI",
    "BROWSER is a text browser",
    "this is WSL, and BROWSER is not set",
    "this is a container",
    "there is no display",
)
X11 = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environment", "platform", "files", "reason"),
    [
        # A desktop.
        (X11, "linux", (), None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", (), None),
        ({}, "darwin", (), None),
        ({}, "win32", (), None),
        ({"BROWSER": "firefox"}, "linux", (), None),
        # No display.
        ({}, "linux", (), DISPLAY),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}, "linux", (), DISPLAY),
        ({}, "freebsd14", (), DISPLAY),
        # Over SSH a browser would run on the remote machine, even with a display or BROWSER.
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"} | X11, "linux", (), SSH),
        ({"SSH_TTY": "/dev/pts/0"} | X11, "linux", (), SSH),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "BROWSER": "firefox"}, "linux", (), SSH),
        ({"SSH_TTY": "/dev/ttys000"}, "darwin", (), SSH),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "win32", (), SSH),
        # In CI there is no person.
        ({"CI": "true"} | X11, "linux", (), CI),
        ({"CI": "1", "BROWSER": "firefox"}, "linux", (), CI),
        ({"CI": "true"}, "darwin", (), CI),
        ({"CI": ""} | X11, "linux", (), None),
        # WSL may have a display, but the usual browser is that of Windows, unless BROWSER names a way to it.
        ({"WSL_DISTRO_NAME": "Debian"} | X11, "linux", (), WSL),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", (), WSL),
        ({"WSL_DISTRO_NAME": "Debian", "BROWSER": "wslview"}, "linux", (), None),
        # A browser cannot reach a container's ports, unless BROWSER is set for that.
        (X11, "linux", ("/.dockerenv",), CONTAINER),
        ({}, "linux", ("/run/.containerenv",), CONTAINER),
        ({"container": "podman"} | X11, "linux", (), CONTAINER),
        ({"BROWSER": "/vscode/helper.sh"}, "linux", ("/.dockerenv",), None),
        ({"BROWSER": "firefox", "container": "flatpak"}, "linux", (), None),
        (X11, "linux", ("/etc/passwd",), None),
        # A text browser is of no use, even where there is another one: BROWSER overrides it.
        ({"BROWSER": "w3m"} | X11, "linux", (), TEXT),
        ({"BROWSER": "/usr/bin/lynx %s"}, "linux", (), TEXT),
        ({"BROWSER": "links2:firefox", "container": "podman"}, "linux", (), TEXT),
        ({"BROWSER": "firefox:w3m"}, "linux", (), None),
        ({"BROWSER": "/opt/lynx-desktop/browser"}, "linux", (), None),
        # Several reasons: the first one counts.
        ({"SSH_TTY": "/dev/pts/0", "CI": "true", "WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), SSH),
        ({"CI": "true", "WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), CI),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ("/.dockerenv",), WSL),
    ],
)
def test_why_no_browser(
    environment: Mapping[str, str], platform: str, files: tuple[str, ...], reason: str | None
) -> None:
    """The reason depends on the environment, the system, and the files of containers."""
    assert why_no_browser(environment, platform, files.__contains__) == reason


CODESPACE, GITPOD, REMOTE = (
    "this is a GitHub codespace",
    "this is a Gitpod workspace",
    "the browser of this terminal is on another machine",
)
VS_CODE = "/home/a/.vscode-server/cli/servers/Stable-63715ffc/server/bin/helpers/browser.sh"


@pytest.mark.parametrize(
    ("environment", "platform", "files", "reason"),
    [
        # BROWSER as a remote VS Code sets it: on a server without SSH (a tunnel), in WSL, in a container, on a Mac.
        ({"BROWSER": VS_CODE}, "linux", (), REMOTE),
        ({"BROWSER": VS_CODE} | X11, "linux", (), REMOTE),
        ({"BROWSER": VS_CODE, "WSL_DISTRO_NAME": "Debian"}, "linux", (), REMOTE),
        ({"BROWSER": VS_CODE}, "linux", ("/.dockerenv",), REMOTE),
        ({"BROWSER": VS_CODE}, "darwin", (), REMOTE),
        ({"BROWSER": "/usr/lib/code-server/lib/vscode/bin/helpers/browser.sh"}, "linux", (), REMOTE),
        # Workspaces in the cloud, also in terminals without BROWSER.
        ({"CODESPACES": "true", "BROWSER": VS_CODE}, "linux", (), CODESPACE),
        ({"CODESPACES": "true"} | X11, "linux", (), CODESPACE),
        ({"CODESPACES": "false"} | X11, "linux", (), None),
        ({"BROWSER": f"{VS_CODE} %s"} | X11, "linux", (), REMOTE),
        ({"GITPOD_WORKSPACE_ID": "acme-x-1", "BROWSER": "/.supervisor/browser.sh"}, "linux", (), GITPOD),
        # A BROWSER that the person has set.
        ({"BROWSER": "firefox"}, "linux", (), None),
        ({"BROWSER": "wslview", "WSL_DISTRO_NAME": "Debian"}, "linux", (), None),
        ({"BROWSER": "/home/a/bin/browser.sh"}, "linux", ("/.dockerenv",), None),
        # As for any browser.
        ({"SSH_TTY": "/dev/pts/0"} | X11, "linux", (), SSH),
        ({"WSL_DISTRO_NAME": "Debian"} | X11, "linux", (), WSL),
        (X11, "linux", (), None),
    ],
)
def test_why_browser_cannot_return(
    environment: Mapping[str, str], platform: str, files: tuple[str, ...], reason: str | None
) -> None:
    """BROWSER counts if the person has set it, not if the editor or workspace has."""
    assert why_browser_cannot_return(environment, platform, files.__contains__) == reason
