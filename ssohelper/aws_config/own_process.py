"""The `credential_process` lines that run ssohelper, as `sync --style credential-process` writes them. Pure."""

import re
import shlex
import sys
from pathlib import PurePath

from ssohelper.model import RoleRef

# Backslashes and what follows them: a character, or the end of the line.
_WINDOWS_PARTS = re.compile(r"(\\*)([^\\]|$)", re.DOTALL)
_WINDOWS_BLANKS = (" ", "\t", "")
_OPTIONS = ("--session", "--account-id", "--role-name")


def words_of(line: str, platform: str = sys.platform) -> list[str]:
    """The words of a `credential_process` line, as botocore splits it on a platform. Raises `ValueError`."""
    return _windows_words(line) if platform == "win32" else shlex.split(line)


def _windows_words(line: str) -> list[str]:
    """The words of a command line by the rules of the Windows C runtime.

    A backslash is an escape only if a double quote follows it or a row of them:
    https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    """
    words: list[str] = []
    word: str | None = None
    quoted = False
    for slashes, character in _WINDOWS_PARTS.findall(line):
        if character == '"':
            word = (word or "") + slashes[: len(slashes) // 2]
            if len(slashes) % 2:
                word += '"'
            else:
                quoted = not quoted
        elif character in _WINDOWS_BLANKS and not quoted:
            word = word + slashes if word is not None else slashes or None
            words, word = ([*words, word], None) if word is not None else (words, None)
        else:
            word = (word or "") + slashes + character
    if quoted:
        raise ValueError("no closing quotation")
    return words


def role_of(line: str) -> RoleRef | None:
    """The role for which a line runs `ssohelper credential-process` or its launcher; None for any other line.

    The program may have any name: config.toml can name another one, such as a wrapper.
    """
    try:
        program, *words = words_of(line)
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
