"""The prompt text for a sign-in state, and the state file that shell hooks read. Pure; times are in Unix seconds.

The hooks in `hooks/` read the file with shell builtins, compare its times with the shell's clock, and show the same
text as `text`. The file has one line, `5 STATE EXPIRES_AT WARN_AT RECHECK_AT TOKEN FILE SOURCES COLOR LABEL`:

    STATE       valid: refreshed automatically; expiring: valid until EXPIRES_AT, without refresh;
                expired: sign-in needed; none: nothing to show;
                plain: a profile that is not for Identity Center; missing: one that does not exist
    EXPIRES_AT  when the sign-in expires, 0 if unknown; for `valid` as configured (sign_in_hours)
    WARN_AT     when the hooks start to show the time left as a warning
    RECHECK_AT  when the state has to be updated even if no file has changed, 0 for never
    TOKEN       the name of the token file without `.json`: 40 hexadecimal digits
    FILE        the name of the file, for file systems without case
    SOURCES     whether the AWS config file and config.toml existed, a digit each: 10 if only the first did
    COLOR       the color that a rule gives the role: 31 to 36 as in ANSI's escape sequences, 0 for none
    LABEL       the label of a rule, if any, and the profile, exec role or session; has no character that is special
                to a shell or terminal

A state is used until one of the files that it was made from is as new as it is, or has come or gone, or until
RECHECK_AT. One whose own time is in the future would hide changes: it is used for a minute at most.
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from ssohelper import durations

# In the order of ANSI's escape sequences, from 30 on; black is none.
_COLORS = ("", "red", "green", "yellow", "blue", "magenta", "cyan")
Color = Literal["", "red", "green", "yellow", "blue", "magenta", "cyan"]
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._@+=,/:~-]")
_MAX_LABEL = 80
_MAX_FILE_NAME = 255


class Subject(NamedTuple):
    """What the prompt is about: a `profile`, an `exec` role, a `session`, or the `only` configured session."""

    kind: str
    name: str = ""

    @property
    def file_name(self) -> str | None:
        """The name of its state file, which every hook can compute; None if it is too long for a file name."""
        found = f"{self.kind}.{quote(self.name, safe='', errors='surrogateescape')}" if self.name else self.kind
        return found if len(found) <= _MAX_FILE_NAME else None

    @classmethod
    def of_file(cls, name: str) -> "Subject":
        """The subject of a state file, by the file's name."""
        kind, _, quoted = name.partition(".")
        return cls(kind, unquote(quoted, errors="surrogateescape"))


class State(NamedTuple):
    """The fields of a state file, without its version."""

    state: Literal["valid", "expiring", "expired", "none", "plain", "missing"]
    expires_at: float = 0.0
    warn_at: float = 0.0
    recheck_at: float = 0.0
    token: str = "0"  # noqa: S105 (the name of a file)
    label: str = ""
    color: Color = ""
    sources: str = "10"

    def line(self, subject: Subject) -> str:
        """The line of a subject's state file, with a newline.

        It contains the file name: on a case-insensitive file system, several subjects share one file.
        """
        times = " ".join(str(int(each)) for each in (self.expires_at, self.warn_at, self.recheck_at))
        color = 30 + _COLORS.index(self.color) if self.color else 0
        return f"5 {self.state} {times} {self.token} {subject.file_name} {self.sources} {color} {label(self.label)}\n"


class Written(NamedTuple):
    """The fields of a line that say whether it is outdated."""

    state: str
    token: str
    sources: str

    @classmethod
    def of(cls, line: str) -> "Written | None":
        """The fields of a line; None if it is invalid."""
        fields = line.split(" ", 9)
        valid = len(fields) == 10 and fields[0] == "5" and re.fullmatch("[0-9a-f]+", fields[5])
        return cls(fields[1], fields[5], fields[7]) if valid else None


def label(text: str) -> str:
    """A text that is safe in every prompt: at most 80 characters, `_` for those special to a shell or terminal."""
    shown = text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 2]}.."
    return _UNSAFE.sub("_", shown)


def left(state: State, now: float) -> str:
    """The time left as the hooks write it, such as 2h05m; empty if it is unknown or over."""
    seconds = int(state.expires_at - now)
    if seconds >= 3600:
        return f"{seconds // 3600}h{seconds % 3600 // 60:02}m"
    return durations.shown(seconds) if state.expires_at > now else ""


def text(state: State, now: float) -> tuple[str, Color]:
    """The text in the prompt, and its color: red if something has to be done, else that of a rule, else a warning."""
    if state.state == "none":
        return "", ""
    shown = label(state.label)
    if state.state == "expired" or (state.state == "expiring" and now >= state.expires_at):
        return f"{shown}: sign in", "red"
    if state.state == "missing":
        return f"{shown}: not found", "red"
    remaining = left(state, now)
    if remaining and now >= state.warn_at:
        return f"{shown} {remaining}", state.color or "yellow"
    return (f"{shown} {remaining}" if state.state == "expiring" else shown), state.color
