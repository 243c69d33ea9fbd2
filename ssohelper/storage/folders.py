"""The paths of our folders and of the AWS files, as text. The fast paths load it: only built-in imports."""

import os
import sys

# Nothing can exist below it.
UNTRUSTED = os.path.join(os.devnull, "ssohelper")  # noqa: PTH118 (pathlib is slow)


def folder() -> str:
    """Our state folder: `$XDG_STATE_HOME/ssohelper`, else `~/.local/state/ssohelper`.

    All POSIX systems share this rule, so that the sh launcher can apply it too.
    """
    return _folder("XDG_STATE_HOME", "~/.local/state", "LOCALAPPDATA")


def settings_folder() -> str:
    """The folder of our settings: `$XDG_CONFIG_HOME/ssohelper`, else `~/.config/ssohelper`."""
    return _folder("XDG_CONFIG_HOME", "~/.config", "APPDATA")


def aws_config_file() -> str:
    """The AWS config file: `AWS_CONFIG_FILE`, else `~/.aws/config`. Inside `ssohelper exec`, the user's own file.

    If the variable is set, but empty, it is a file without content, as for botocore.
    """
    return _aws_file("AWS_CONFIG_FILE", "~/.aws/config")


def aws_credentials_file() -> str:
    """The shared credentials file: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`; in `exec` as above."""
    return _aws_file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")


def state_problem() -> str | None:
    """Why our state folder cannot be trusted; None if it can, or does not exist."""
    try:
        found = os.stat(folder())  # noqa: PTH116 (pathlib is slow)
    except OSError:
        return None
    if not is_own(found):
        return "it belongs to another user"
    return "other users can change it" if sys.platform != "win32" and found.st_mode & 0o022 else None


def is_untrusted(path: str) -> bool:
    """Whether a path is in `UNTRUSTED`: it stands for one in a state folder that cannot be trusted."""
    return path == UNTRUSTED or path.startswith(UNTRUSTED + os.sep)


def is_dangling(path: str) -> bool:
    """Whether a path leads through a symlink to nothing, such as one to a drive that is not mounted."""
    while not os.path.lexists(path):
        path, child = os.path.dirname(path), path  # noqa: PTH120
        if path == child:
            return False
    return not os.path.exists(path)  # noqa: PTH110


def is_own(found: os.stat_result) -> bool:
    """Whether a file belongs to this user, or, for root, to the owner of the home folder, as with sudo."""
    if sys.platform == "win32" or found.st_uid == os.geteuid():
        return True
    try:
        return os.geteuid() == 0 and found.st_uid == os.stat(os.path.expanduser("~")).st_uid  # noqa: PTH111, PTH116
    except OSError:
        return False


def _folder(variable: str, default: str, on_windows: str) -> str:
    value = os.environ.get(variable if sys.platform != "win32" else on_windows, "")
    base = value if os.path.isabs(value) else os.path.expanduser(default)  # noqa: PTH111, PTH117 (pathlib is slow)
    return os.path.join(base, "ssohelper")  # noqa: PTH118


def _aws_file(variable: str, default: str) -> str:
    # bin/ssohelper-credential-process and shell/hooks apply the same rule; tests/shell/test_config_rule.py compares.
    # botocore.configloader.raw_config_parse expands variables first, then `~`.
    path = os.path.expanduser(os.path.expandvars(os.environ.get(variable, default) or os.devnull))  # noqa: PTH111
    _, found, rest = path.replace(os.sep, "/").partition("/ssohelper/exec/")
    if found and rest.endswith(f"/{variable}"):  # a copy that `ssohelper exec` made
        return os.environ.get(f"SSOHELPER_{variable}") or path
    return path
