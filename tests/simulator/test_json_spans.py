"""Where values stand in a JSON document."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.simulator.json_spans import Path, line_and_column, spans

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def at(value: object, path: Path) -> object:
    """What a path leads to."""
    for each in path:
        value = value[each]  # type: ignore[index]
    return value


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_spans(value: object, indent: int | None, ascii_only: bool) -> None:
    """The text of each span is the JSON of the value that its path leads to, however the document is written."""
    text = f" {json.dumps(value, indent=indent, ensure_ascii=ascii_only)}\n"
    for path, (start, end) in spans(text).items():
        assert json.loads(text[start:end]) == at(value, path)
        assert text[start:end] == text[start:end].strip()


def test_paths() -> None:
    """Each value has a path, of names and indexes."""
    found = spans('{"a": [1, {"b": "x"}], "c": {}}')
    assert sorted(found, key=str) == sorted([(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c",)], key=str)
    assert found["a", 1, "b"] == (16, 19)


@pytest.mark.parametrize("text", ["", "{", '{"a": }', "[1,]"])
def test_invalid(text: str) -> None:
    """A text that is not JSON is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        spans(text)


def test_line_and_column() -> None:
    """Lines are counted from 1, columns from 0."""
    assert [line_and_column("ab\nc\n", each) for each in range(6)] == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)]
