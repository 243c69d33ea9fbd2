"""QR codes in half blocks, as a phone sees them on a dark and on a light terminal."""

import io
import sys

import pytest
import segno

from ssohelper.ui import qr_code
from tests.fixtures.streams import Terminal

URL = "https://device.sso.eu-central-1.amazonaws.com/?user_code=BCDF-GHJK"
_ON_WHITE = "\x1b[38;5;16;48;5;231m"


def dark(line: str, blocks: str) -> tuple[list[int], list[int]]:
    """The upper and the lower modules of a line, 1 for dark; `blocks` are by which halves are dark."""
    halves = [divmod(blocks.index(each), 2) for each in line]
    return [upper for upper, _ in halves], [lower for _, lower in halves]


@pytest.mark.parametrize("colored", [True, False])
def test_modules(monkeypatch: pytest.MonkeyPatch, colored: bool) -> None:
    """Every module is drawn, within a light border: black on white with color, else in the terminal's own colors."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if not colored:
        monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    qr_code.show(URL)
    lines = stream.getvalue().splitlines()
    if colored:
        assert {(line.startswith(_ON_WHITE), line.endswith("\x1b[0m")) for line in lines} == {(True, True)}
        lines = [line.removeprefix(_ON_WHITE).removesuffix("\x1b[0m") for line in lines]
    rows = [row for line in lines for row in dark(line, " \u2584\u2580\u2588" if colored else "\u2588\u2580\u2584 ")]
    expected = [list(row) for row in segno.make(URL, error="l", micro=False).matrix]
    size = len(expected)
    assert [row[2:-2] for row in rows[2 : size + 2]] == expected
    border = [*rows[:2], *rows[size + 2 :], *(row[:2] + row[-2:] for row in rows)]
    assert {module for row in border for module in row} == {0}


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_nothing_drawn(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    """On a dumb terminal, and where there is none, no code is drawn."""
    stream = Terminal() if term == "dumb" else io.StringIO()
    monkeypatch.setenv("TERM", term)
    for each in (stream, None):
        monkeypatch.setattr(sys, "stderr", each)
        qr_code.show(URL)
    assert stream.getvalue() == ""
