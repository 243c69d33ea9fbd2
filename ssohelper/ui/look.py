"""How text looks on a stream: in color or not, and how wide its lines and columns may be."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple, Self, TextIO

_CODES = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
_CONTINUED = "  "
# Of a cell: accents, and other characters that take no cell, are cut, too.
_MOST_CHARACTERS = 8
# Between columns.
GAP = "  "
# The width of an account id, so that a table never cuts one.
_NARROWEST = 12


class Look(NamedTuple):
    """Whether to write color to a stream, and the width of its lines in cells; None if nothing limits it."""

    color: bool = False
    width: int | None = None

    @classmethod
    def of(cls, stream: TextIO | None) -> Self:
        """The look of a stream, by the usual rules (https://no-color.org)."""
        if stream is None:
            return cls()
        is_terminal = stream.isatty()
        colored = bool(os.environ.get("FORCE_COLOR")) or (is_terminal and os.environ.get("TERM") != "dumb")
        return cls(colored and not os.environ.get("NO_COLOR"), _columns(stream) if is_terminal else None)

    def paint(self, text: str, style: str) -> str:
        """The text in a color, if there is color."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.color else text

    def wrap(self, text: str, indent: str = _CONTINUED, *, before: int = 0) -> str:
        """The text, broken at spaces; further lines are indented. A word, such as a URL, is never broken.

        The first line begins after `before` cells.
        """
        if self.width is None or before + cells(text) <= self.width:
            return text
        lines, used = [""], before
        for number, word in enumerate(text.split(" ")):
            if number and used + 1 + cells(word) > self.width:
                lines.append(f"{indent}{word}")
                used = cells(lines[-1])
            else:
                lines[-1] += f" {word}" if number else word
                used += cells(word) + (1 if number else 0)
        return "\n".join(lines)


class Row(NamedTuple):
    """The cells of a row, and the color of the first one, if it has one."""

    cells: Sequence[str]
    color: str | None = None


def _columns(stream: TextIO) -> int | None:
    """The width of a terminal, which COLUMNS overrides; None if it is not known."""
    given = os.environ.get("COLUMNS", "")
    if re.fullmatch("[1-9][0-9]{0,4}", given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def cells(text: str) -> int:
    """How many cells a text takes on a terminal: a wide character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # slow to load

    return cell_len(text)


def cut(text: str, most: int) -> str:
    """The text, in at most so many cells; if it is cut, it ends in `…`."""
    if cells(text[: most + 1]) <= most and len(text) <= most:
        return text
    if cells(text[: _MOST_CHARACTERS * most]) <= most and len(text) <= _MOST_CHARACTERS * most:
        return text
    kept, used = "", 0
    for character in text:
        used += cells(character)
        if used >= max(most, 1) or len(kept) >= _MOST_CHARACTERS * most:
            break
        kept += character
    return f"{kept}…"


def padded(text: str, width: int) -> str:
    """The text in exactly so many cells."""
    text = cut(text, width)
    return text + " " * (width - cells(text))


def fitted(widths: Sequence[int], most: int | None, narrowest: int = _NARROWEST, whole: int = 0) -> list[int]:
    """The widths of the columns that fit in `most` cells.

    The widest are cut, but to no less than `narrowest`; the first `whole` columns are not cut, if possible. If that
    does not suffice, the last columns are left out.
    """
    kept = list(widths)
    if most is None:
        return kept
    least = [width if number < whole else min(width, narrowest) for number, width in enumerate(kept)]
    while len(kept) > 1 and _total(least[: len(kept)]) > most:
        kept.pop()
    while (excess := _total(kept) - most) > 0 and max(kept) > 1:
        free = range(whole if len(kept) > whole and max(kept[whole:]) > narrowest else 0, len(kept))
        widest = max(free, key=kept.__getitem__)
        others = [kept[number] for number in free if number != widest]
        kept[widest] -= max(1, min(excess, kept[widest] - max(others, default=1)))
    return kept


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)
