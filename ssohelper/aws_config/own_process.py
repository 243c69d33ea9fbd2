"""The `credential_process` lines that run ssohelper, as `sync --style credential-process` writes them. Pure."""

from pathlib import PurePath

from ssohelper.aws_config import command_line
from ssohelper.roles import RoleRef

_OPTIONS = ("--session", "--account-id", "--role-name")


def role_of(line: str) -> RoleRef | None:
    """The role for which a line runs `ssohelper credential-process` or its launcher; None for any other line.

    The program may have any name: config.toml can name another one, such as a wrapper.
    """
    try:
        program, *words = command_line.split(line)
    except ValueError:  # nothing, or an open quote
        return None
    if words[:1] == ["credential-process"]:
        words = words[1:]
    elif PurePath(program).stem != "ssohelper-credential-process":
        return None
    given = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) != len(_OPTIONS) * 2 or set(given) != set(_OPTIONS):
        return None
    return RoleRef(*(given[option] for option in _OPTIONS))
