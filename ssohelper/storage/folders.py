"""Where our own files live. A module of its own, and without imports: the quick way to an answer begins here."""

import os


def folder() -> str:
    """The folder of our state: locks, prepared answers, backups.

    The launcher has to find it with what every sh offers, so there is one rule for all systems that have one:
    `$XDG_STATE_HOME/ssohelper`, else `~/.local/state/ssohelper`.
    """
    return _folder("XDG_STATE_HOME", "~/.local/state", "LOCALAPPDATA")


def settings_folder() -> str:
    """The folder of our settings: `$XDG_CONFIG_HOME/ssohelper`, else `~/.config/ssohelper`."""
    return _folder("XDG_CONFIG_HOME", "~/.config", "APPDATA")


def _folder(variable: str, default: str, on_windows: str) -> str:
    given = os.environ.get(variable if os.name == "posix" else on_windows, "")
    base = given if os.path.isabs(given) else os.path.expanduser(default)  # noqa: PTH111, PTH117 (pathlib is slow)
    return os.path.join(base, "ssohelper")  # noqa: PTH118
