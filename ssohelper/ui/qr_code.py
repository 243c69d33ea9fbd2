"""QR codes for phones, in half blocks on a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence

from ssohelper.ui import terminal
from ssohelper.ui.look import Look

_BORDER = 2


def show(text: str) -> None:
    """Print a text as a QR code, on a terminal."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return
    import segno

    terminal.show(
        "\n".join(_lines(segno.make(text, error="l", micro=False).matrix, colored=Look.of(sys.stderr).color))
    )


def _lines(matrix: Sequence[Sequence[int]], *, colored: bool) -> Iterator[str]:
    """A QR code in half blocks: two rows in a line.

    Phones need dark on light, so with color it is black on white, whatever the terminal's colors are; without, it
    is right on dark terminals.
    """
    side = [0] * _BORDER
    width = len(matrix) + 2 * _BORDER
    empty = [[0] * width] * _BORDER
    rows = [*empty, *([*side, *row, *side] for row in matrix), *empty, [0] * width]
    blocks = " \u2584\u2580\u2588" if colored else "\u2588\u2580\u2584 "  # by which halves are dark
    for upper, lower in zip(rows[::2], rows[1::2], strict=False):
        line = "".join(blocks[2 * above + below] for above, below in zip(upper, lower, strict=True))
        yield f"\x1b[38;5;16;48;5;231m{line}\x1b[0m" if colored else line
