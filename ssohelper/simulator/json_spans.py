"""Where each value of a JSON document stands in its text."""

import json
import re
from collections.abc import Mapping

# The names and indexes that lead to a value: ("Statement", 0, "Action").
Path = tuple[str | int, ...]
Span = tuple[int, int]
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def spans(text: str) -> Mapping[Path, Span]:
    """The start and end of each value, as offsets, by its path. Raises ValueError if a text is not JSON."""
    json.loads(text)
    found: dict[Path, Span] = {}
    _value(text, _skip(text, 0), (), found)
    return found


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line of an offset, counted from 1, and the column, counted from 0."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1)


def _value(text: str, start: int, path: Path, found: dict[Path, Span]) -> int:
    """Note a value and those inside it. Returns where it ends."""
    if text[start] == "{":
        end = _object(text, start, path, found)
    elif text[start] == "[":
        end = _array(text, start, path, found)
    else:
        end = _DECODER.raw_decode(text, start)[1]
    found[path] = start, end
    return end


def _object(text: str, start: int, path: Path, found: dict[Path, Span]) -> int:
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # the colon
        at = _after_comma(text, _value(text, at, (*path, name), found))
    return at + 1


def _array(text: str, start: int, path: Path, found: dict[Path, Span]) -> int:
    at, index = _skip(text, start + 1), 0
    while text[at] != "]":
        at = _after_comma(text, _value(text, at, (*path, index), found))
        index += 1
    return at + 1


def _after_comma(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()
