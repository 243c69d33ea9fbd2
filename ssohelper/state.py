"""Where our own state lives. A module of its own, and without imports: the quick way to an answer begins here."""

import os


def folder() -> str:
    """The state folder: `$XDG_STATE_HOME/ssohelper`, else `~/.local/state/ssohelper`, on macOS too.

    The launcher has to find it with what every sh offers, so there is one rule for all systems that have one.
    """
    if os.name == "posix":
        given = os.environ.get("XDG_STATE_HOME", "")
        base = given if given.startswith("/") else os.path.expanduser("~/.local/state")  # noqa: PTH111 (pathlib is slow)
        return base + "/ssohelper"
    import platformdirs

    return platformdirs.user_state_dir("ssohelper", appauthor=False)
