"""Choosing one of many rows on a terminal, by typing some of its letters. The only door to prompt_toolkit."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import BufferControl, FormattedTextControl, HSplit, Layout, VSplit, Window
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.utils import get_cwidth

from ssohelper.errors import Cancelled
from ssohelper.ui import terminal

# What more a terminal shows beside the rows: the line in which one types.
_HEAD = 1


class Choices(NamedTuple):
    """What there is to choose from: rows of cells, and which of them fit what was typed, the best first."""

    rows: Sequence[Sequence[str]]
    fitting: Callable[[str], Sequence[int]]


def pick(question: str, choices: Choices) -> int:
    """Let a person choose: the number of the row. Everything is drawn on stderr. Raises `Cancelled`."""
    return _Picker(question, choices).run()


class _Picker:
    """The list, and the line above it; `at` is the place of the cursor among the rows that fit."""

    def __init__(self, question: str, choices: Choices) -> None:
        self._choices = choices
        self._fitting = list(choices.fitting(""))
        self._at = self._top = 0
        self._typed = Buffer(multiline=False, on_text_changed=self._narrow)
        head = VSplit(
            [
                Window(FormattedTextControl([("bold", f"{question}: ")]), dont_extend_width=True, height=_HEAD),
                Window(BufferControl(self._typed), height=_HEAD),
                Window(FormattedTextControl(self._count), dont_extend_width=True, height=_HEAD),
            ]
        )
        self._application: Application[int | None] = Application(
            Layout(HSplit([head, Window(FormattedTextControl(self._list), wrap_lines=False)])),
            key_bindings=self._keys(),
            full_screen=True,
            color_depth=None if terminal.color(sys.stderr) else ColorDepth.DEPTH_1_BIT,
            # stdout is the answer, and often no terminal at all.
            output=create_output(stdout=sys.stderr),
            input=create_input(sys.stdin),
        )

    def run(self) -> int:
        chosen = self._application.run()
        if chosen is None:
            raise Cancelled("nothing changed")
        return chosen

    def _narrow(self, _buffer: Buffer) -> None:
        self._fitting = list(self._choices.fitting(self._typed.text))
        self._at = self._top = 0

    def _move(self, by: int) -> None:
        self._at = max(0, min(len(self._fitting) - 1, self._at + by))

    def _page(self) -> int:
        """How many rows there is room for."""
        return max(1, self._application.output.get_size().rows - _HEAD)

    def _count(self) -> StyleAndTextTuples:
        return [("", f"{len(self._fitting)} of {len(self._choices.rows)} ")]

    def _list(self) -> StyleAndTextTuples:
        """The rows that there is room for, the one at the cursor among them."""
        page = self._page()
        self._top = max(self._at - page + 1, min(self._top, self._at))
        shown = self._fitting[self._top : self._top + page]
        drawn: StyleAndTextTuples = []
        room = self._application.output.get_size().columns - len("> ")
        for place, line in enumerate(_aligned([self._choices.rows[each] for each in shown], room), self._top):
            here = place == self._at
            drawn += [("reverse" if here else "", f"{'>' if here else ' '} {line}"), ("", "\n")]
        return drawn[:-1]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        for names, by in (
            (("up", "c-p"), lambda: -1),
            (("down", "c-n", "tab"), lambda: 1),
            (("pageup",), lambda: -self._page()),
            (("pagedown",), self._page),
            (("home",), lambda: -len(self._fitting)),
            (("end",), lambda: len(self._fitting)),
        ):
            for name in names:
                keys.add(name)(lambda _event, by=by: self._move(by()))

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            if self._fitting:
                event.app.exit(result=self._fitting[self._at])

        @keys.add("escape", eager=True)
        @keys.add("c-c")
        @keys.add("c-d")
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=None)

        return keys


def _aligned(rows: Sequence[Sequence[str]], room: int) -> Iterator[str]:
    """Lines in whose columns every cell has room; only what is shown counts. Where a line is cut stands `…`."""
    cells = [[terminal.plain(cell) for cell in row] for row in rows]
    widths = [max(map(get_cwidth, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell + " " * (width - get_cwidth(cell)) for cell, width in zip(row, widths, strict=True))
        line = "  ".join(padded).rstrip()
        if get_cwidth(line) > room:
            while get_cwidth(line) >= room:
                line = line[:-1]
            line += "…"
        yield line
