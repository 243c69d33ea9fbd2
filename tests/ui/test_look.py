"""Colour, line breaks, and the widths of columns."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ssohelper.ui import look
from ssohelper.ui.look import GAP, Look
from tests.fixtures.streams import Terminal

TEXTS = some.text(some.sampled_from("abc\u6771\u00e9-:/ "), max_size=60)


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable about colour is set."""
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("environment", "on_terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
@pytest.mark.usefixtures("no_color")
def test_color(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], on_terminal: bool, expected: bool
) -> None:
    """Colour on a terminal, by the rules of no-color.org."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Look.of(Terminal() if on_terminal else io.StringIO()).color is expected
    assert Look.of(None) == Look()


@pytest.mark.parametrize(
    ("columns", "expected"), [("", None), ("0", None), ("40", 40), ("x", None), ("\u0664", None)]
)
def test_width(monkeypatch: pytest.MonkeyPatch, columns: str, expected: int | None) -> None:
    """The width is that of the terminal, or of COLUMNS; other streams have none."""
    monkeypatch.setenv("COLUMNS", columns)
    assert Look.of(Terminal()).width == expected
    assert Look.of(io.StringIO()).width is None


@given(TEXTS, some.integers(1, 40), some.integers(0, 10))
def test_wrap(text: str, width: int, before: int) -> None:
    """Lines break at spaces only, and fit, unless they are a single word; nothing is lost."""
    lines = Look(width=width).wrap(text, before=before).split("\n")
    assert " ".join([lines[0], *(line.removeprefix("  ") for line in lines[1:])]) == text
    assert all(line.startswith("  ") for line in lines[1:])
    for number, line in enumerate(lines):
        used = look.cells(line) + (0 if number else before)
        assert used <= width or " " not in line.removeprefix("  " if number else "")


def test_no_wrap() -> None:
    """Where no terminal limits lines, none is broken."""
    assert Look().wrap("a " * 500) == "a " * 500


@given(TEXTS, some.integers(1, 20))
def test_padded(text: str, width: int) -> None:
    """A cell has exactly the width of its column; one that was cut ends in an ellipsis."""
    padded = look.padded(text, width)
    assert look.cells(padded) == width
    assert padded.rstrip() == text.rstrip() or padded.rstrip().endswith("\u2026")


WIDTHS = some.lists(some.integers(0, 60), min_size=1, max_size=6)


@given(WIDTHS, some.integers(1, 120))
def test_fitted(widths: list[int], most: int) -> None:
    """Columns fit; none is cut to less than an account id while another is wider, and none is left out needlessly."""
    found = look.fitted(widths, most)
    total = sum(found) + len(GAP) * (len(found) - 1)
    assert total <= most
    assert all(new <= old for new, old in zip(found, widths, strict=False))
    if len(found) > 1:
        assert all(new == old or new >= min(12, max(found)) for new, old in zip(found, widths, strict=False))
    if len(found) < len(widths):
        left_out = [min(each, 12) for each in widths[: len(found) + 1]]
        assert sum(left_out) + len(GAP) * len(found) > most


@given(WIDTHS)
def test_unlimited(widths: list[int]) -> None:
    """Where no terminal limits lines, columns are as wide as they need to be."""
    assert look.fitted(widths, None) == widths
