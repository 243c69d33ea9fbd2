"""The command lines that are run without click; click reads any other:

    status | profiles | list | roles | whoami
    whoami PROFILE | env PROFILE | console --print PROFILE
    exec PROFILE -- COMMAND...
    credential-process --session NAME --account-id ID --role-name ROLE

Both ways do the same (tests/actions/test_exact_forms.py).
"""

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ssohelper import reporting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import SsohelperError
from ssohelper.ui import terminal

_WITHOUT_ARGUMENTS = frozenset({"status", "profiles", "list", "roles", "whoami"})
_OF_A_PROFILE: Mapping[str, tuple[str, ...]] = {"whoami": (), "env": (), "console": ("--print",)}
_ROLE_OPTIONS = ("--session", "--account-id", "--role-name")


def run(command: str, words: Sequence[str]) -> int | None:
    """Run one of COMMANDS with these words. Returns the exit code; None if click has to read them."""
    # click reads these variables; on Windows this was not tried.
    if sys.platform == "win32" or any(map(os.environ.get, ("SSOHELPER_SESSION", "SSOHELPER_VERBOSE"))):
        return None
    role_options = _role_options(command, words)
    if role_options is None:
        return None
    action = functools.partial(_exec, words[2:]) if command == "exec" else _ACTIONS[command]
    return reporting.run(lambda: _run(action, role_options))


def _run(action: Callable[[RoleOptions], int], role_options: RoleOptions) -> int:
    try:
        return action(role_options)
    except KeyboardInterrupt:
        terminal.show("")  # as click does: a terminal shows ^C on the line
        raise


def _role_options(command: str, words: Sequence[str]) -> RoleOptions | None:
    """The role that the words name, if they have the exact form."""
    if not words:
        return RoleOptions() if command in _WITHOUT_ARGUMENTS else None
    if command == "credential-process":
        exact = tuple(words[0::2]) == _ROLE_OPTIONS and len(words) == 2 * len(_ROLE_OPTIONS)
        return RoleOptions(words[1], words[3], words[5]) if exact else None
    if command == "exec":
        named, rest = words[0], words[1:]
        exact = rest[:1] == ["--"] and len(rest) > 1
    else:
        named = words[-1]
        exact = _OF_A_PROFILE.get(command) == tuple(words[:-1])
    return RoleOptions(profile=named) if exact and named and not named.startswith("-") else None


def _status(_role_options: RoleOptions) -> int:
    from ssohelper.actions import status

    return status.run(status.Options(), _echo)


def _profiles(_role_options: RoleOptions) -> int:
    from ssohelper.actions import profiles

    return profiles.run(profiles.Options(), _echo)


def _roles(_role_options: RoleOptions) -> int:
    from ssohelper.actions import roles

    return roles.run(roles.Options(), _echo)


def _whoami(role_options: RoleOptions) -> int:
    from ssohelper.actions import whoami

    return whoami.run(whoami.Options(role_options), _echo)


def _env(role_options: RoleOptions) -> int:
    from ssohelper.actions import env

    try:
        env.run(role_options, _echo)
    except SsohelperError:
        env.print_nothing(_echo)
        raise
    return 0


def _console(role_options: RoleOptions) -> int:
    from ssohelper.actions import console

    return console.run(role_options, console.Options(only_print=True), _echo)


def _exec(command: Sequence[str], role_options: RoleOptions) -> int:
    from ssohelper.actions import exec as execution

    return execution.run(role_options, execution.Options(), tuple(command))


def _credential_process(role_options: RoleOptions) -> int:
    from ssohelper.actions import credential_process

    credential_process.run(role_options, _echo)
    return 0


def _echo(text: str) -> None:
    if sys.stdout is None:  # it was closed at the start
        return
    if sys.stdout.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968"):  # as click does
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


_ACTIONS: Mapping[str, Callable[[RoleOptions], int]] = {
    "status": _status,
    "profiles": _profiles,
    "list": _profiles,
    "roles": _roles,
    "whoami": _whoami,
    "env": _env,
    "console": _console,
    "credential-process": _credential_process,
}
COMMANDS = frozenset({*_ACTIONS, "exec"})
