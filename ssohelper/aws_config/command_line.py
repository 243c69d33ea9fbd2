"""The command lines of `credential_process`, split into words as botocore does it on each platform. Pure.

Not by botocore itself (`botocore.compat`): only `identity_center` imports it, and it is slow to load.
"""

import re
import sys
from collections.abc import Sequence

# Backslashes and what follows them: a character, or the end of the line.
_BACKSLASHES_AND_NEXT = re.compile(r"(\\*)([^\\]|$)", re.DOTALL)
_WORD_ENDS = (" ", "\t", "")


def split(line: str, platform: str = sys.platform) -> list[str]:
    """The words of a line. Raises `ValueError` if a quote is not closed."""
    import shlex  # slow to load

    return _split_on_windows(line) if platform == "win32" else shlex.split(line)


def join(words: Sequence[str], platform: str = sys.platform) -> str:
    """A line with these words."""
    if platform != "win32":
        import shlex

        return shlex.join(words)
    import subprocess  # slow to load

    return subprocess.list2cmdline(words)


def _split_on_windows(line: str) -> list[str]:
    """The words of a line by the rules of the Windows C runtime.

    Backslashes are escapes only directly before a double quote:
    https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    """
    words: list[str] = []
    word: str | None = None
    quoted = False
    for slashes, character in _BACKSLASHES_AND_NEXT.findall(line):
        if character == '"':
            word = (word or "") + slashes[: len(slashes) // 2]
            if len(slashes) % 2:
                word += '"'
            else:
                quoted = not quoted
        elif character in _WORD_ENDS and not quoted:
            if word is not None or slashes:
                words.append((word or "") + slashes)
            word = None
        else:
            word = (word or "") + slashes + character
    if quoted:
        raise ValueError("no closing quotation")
    return words
