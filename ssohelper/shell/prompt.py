"""What a prompt shows of a sign-in, and the line in which shells find it. Pure; times are in Unix seconds.

The hooks (`hooks/`) read the line with what their shell has built in, compare it with the shell's clock, and show
what `text` would. A line is `1 WHAT UNTIL AMBER CHECK TOKEN LABEL`:

    WHAT    well: renews itself; ends: at UNTIL; dead: a sign-in is needed; none: there is nothing to show
    UNTIL   when the sign-in ends, 0 where that is not known; of `well` it is what settings say
    AMBER   from when on that is shown
    CHECK   when the line is to be made anew though no file has changed, 0 for never
    TOKEN   the name of the token file, without `.json`: 40 hexadecimal digits
    LABEL   what it is about; nothing in it means anything to a shell or a terminal
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

from ssohelper import durations

Color = Literal["", "yellow", "red"]
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._@+=,/:~-]")
_LONGEST_LABEL = 80
_LONGEST_NAME = 255


class Subject(NamedTuple):
    """What the prompt is about: a `profile`, a role under `exec`, a `session`, or the `only` one there is."""

    kind: str
    name: str = ""

    @property
    def file_name(self) -> str | None:
        """The name of its file, which every shell can find by itself; None where no file can be called so."""
        found = f"{self.kind}.{quote(self.name, safe='')}" if self.name else self.kind
        return found if len(found) <= _LONGEST_NAME else None

    @classmethod
    def of_file(cls, name: str) -> "Subject":
        """What a file of that name is about."""
        kind, _, quoted = name.partition(".")
        return cls(kind, unquote(quoted))


class State(NamedTuple):
    """What is known; the fields are those of the line."""

    what: Literal["well", "ends", "dead", "none"]
    until: float = 0.0
    amber: float = 0.0
    check: float = 0.0
    token: str = "0"  # noqa: S105 (the name of a file)
    label: str = ""

    @property
    def line(self) -> str:
        """The line for the shells, with its end."""
        times = " ".join(str(int(each)) for each in (self.until, self.amber, self.check))
        return f"1 {self.what} {times} {self.token} {label(self.label)}\n"


def token_in(line: str) -> str:
    """The name of the token file in a line; empty in one that is none of ours."""
    fields = line.split(" ", 6)
    return fields[5] if len(fields) == 7 and re.fullmatch("[0-9a-f]+", fields[5]) else ""


def label(text: str) -> str:
    """A text as it can stand in every prompt: what a shell or a terminal might take for more is `_`."""
    shown = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 2]}.."
    return _UNSAFE.sub("_", shown)


def left(state: State, now: float) -> str:
    """How long is left, as the hooks write it; empty where nobody knows."""
    return durations.shown(state.until - now).replace(" ", "") if state.until > now else ""


def text(state: State, now: float) -> tuple[str, Color]:
    """What a prompt shows, and in which color."""
    if state.what == "none":
        return "", ""
    shown = label(state.label)
    if state.what == "dead" or (state.what == "ends" and now >= state.until):
        return f"{shown}: sign in", "red"
    remaining = left(state, now)
    if remaining and now >= state.amber:
        return f"{shown} {remaining}", "yellow"
    return (f"{shown} {remaining}" if state.what == "ends" else shown), ""
