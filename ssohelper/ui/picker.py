"""The picker: choose one of many rows on a terminal by typing part of it."""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import BufferControl, FormattedTextControl, HSplit, Layout, VSplit, Window
from prompt_toolkit.output import ColorDepth, create_output

from ssohelper.errors import Cancelled
from ssohelper.ui import terminal
from ssohelper.ui.look import GAP, Look, Row, cells, cut, fitted

# The lines above and below the rows: the input line, and the keys.
_HEAD = _FOOT = 1
_KEYS = "Enter selects, arrow keys move, Esc cancels"
_NO_MATCH = "  no match; Backspace or Ctrl-U widens the search"
# The position of the cursor before a row is chosen.
_NOWHERE = -1
# A column that is cut keeps this width; else the last columns are left out.
_READABLE = 32


class Choices(NamedTuple):
    """Rows, and what matches a typed text: the numbers of rows, the best first, and the positions in one's text.

    The text of a row are its cells, with two spaces between them. `note` is shown after the keys.
    """

    rows: Sequence[Row]
    matching: Callable[[str], Sequence[int]]
    matched: Callable[[str, str], Collection[int]]
    note: str = ""


def pick(question: str, choices: Choices, typed: str = "", *, selected: bool = True) -> int:
    """The number of the row that the user chooses; `typed` stands in the input line at first.

    Unless `selected`, Enter does nothing before a key has chosen a row. Everything is drawn on stderr.
    Raises `Cancelled`.
    """
    return _Picker(question, choices, typed, selected=selected).run()


class _Picker:
    """The list, and the input line above it; `_at` is the position of the cursor among the matching rows."""

    def __init__(self, question: str, choices: Choices, typed: str, *, selected: bool) -> None:
        self._choices = choices
        self._matching = list(choices.matching(typed))
        self._at, self._top = (0 if selected else _NOWHERE), 0
        document = Document(typed)  # with the cursor at its end
        self._typed = Buffer(multiline=False, document=document, on_text_changed=self._narrow)
        head = VSplit(
            [
                Window(FormattedTextControl([("bold", f"{question}: ")]), dont_extend_width=True, height=_HEAD),
                Window(BufferControl(self._typed), height=_HEAD),
                Window(FormattedTextControl(self._count), dont_extend_width=True, height=_HEAD),
            ]
        )
        rows = Window(FormattedTextControl(self._list), wrap_lines=False)
        foot = Window(FormattedTextControl([("dim", f"{_KEYS}{choices.note}")]), height=_FOOT)
        self._application: Application[int | None] = Application(
            Layout(HSplit([head, rows, foot])),
            key_bindings=self._keys(),
            full_screen=True,
            color_depth=None if Look.of(sys.stderr).color else ColorDepth.DEPTH_1_BIT,
            # stdout is for the result, and often not a terminal.
            output=create_output(stdout=sys.stderr),
            input=create_input(sys.stdin),
        )

    def run(self) -> int:
        terminal.discard_typed()
        chosen = self._application.run()
        if chosen is None:
            raise Cancelled("nothing changed")
        return chosen

    def _narrow(self, _buffer: Buffer) -> None:
        self._matching = list(self._choices.matching(self._typed.text))
        self._at = self._top = 0

    def _move(self, by: int) -> None:
        self._at = 0 if self._at == _NOWHERE else max(0, min(len(self._matching) - 1, self._at + by))

    def _page(self) -> int:
        """How many rows fit on the screen."""
        return max(1, self._application.output.get_size().rows - _HEAD - _FOOT)

    def _count(self) -> StyleAndTextTuples:
        return [("", f"{len(self._matching)} of {len(self._choices.rows)} ")]

    def _list(self) -> StyleAndTextTuples:
        """The rows that fit on the screen, with the one at the cursor among them."""
        page = self._page()
        self._top = max(0, self._at - page + 1, min(self._top, self._at))
        shown = [self._choices.rows[each] for each in self._matching[self._top : self._top + page]]
        if not shown:
            return [("", _NO_MATCH)]
        most = self._application.output.get_size().columns - len("> ")
        widths = fitted([max(map(cells, column)) for column in _columns(shown)], most, _READABLE)
        drawn: StyleAndTextTuples = []
        for position, row in enumerate(shown, self._top):
            selected = position == self._at
            drawn += [("reverse" if selected else "", "> " if selected else "  ")]
            drawn += _drawn(row, widths, self._choices.matched(self._typed.text, GAP.join(row.cells)), selected)
            drawn += [("", "\n")]
        return drawn[:-1]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        for names, by in (
            (("up", "c-p"), lambda: -1),
            (("down", "c-n", "tab"), lambda: 1),
            (("pageup",), lambda: -self._page()),
            (("pagedown",), self._page),
            (("home",), lambda: -len(self._matching)),
            (("end",), lambda: len(self._matching)),
        ):
            for name in names:
                keys.add(name)(lambda _event, by=by: self._move(by()))

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if self._matching and self._at != _NOWHERE:
                event.app.exit(result=self._matching[self._at])

        @keys.add("escape", eager=True)
        @keys.add("c-c")
        @keys.add("c-d")
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        return keys


def _columns(rows: Sequence[Row]) -> Iterator[Sequence[str]]:
    return zip(*(map(terminal.plain, row.cells) for row in rows), strict=True)


def _drawn(row: Row, widths: Sequence[int], matched: Collection[int], selected: bool) -> Iterator[tuple[str, str]]:
    """The cells of a row, with what matches underlined; all but the first one are dim."""
    begin = 0
    for number, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
        color = f"fg:ansi{row.color}" if row.color and not number else ""
        style = f"{color} reverse" if selected else "dim" if number else color
        shown = cut(terminal.plain(cell), width)
        for position, character in enumerate(shown):
            mark = " bold underline" if begin + position in matched and position < len(cell) else ""
            yield f"{style}{mark}", character
        filling = " " * (width - cells(shown))
        yield "reverse" if selected else "", filling + (GAP if number < len(widths) - 1 else "")
        begin += len(cell) + len(GAP)
