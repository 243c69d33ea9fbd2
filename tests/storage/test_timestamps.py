"""Dates are written in the one format that every SDK reads, and read in every format that tools write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.storage import timestamps

_MOMENT = 1767225600.0  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-01-01T00:00:00Z", _MOMENT),  # AWS CLI v2, botocore, Java
        ("2026-01-01T00:00:00UTC", _MOMENT),  # old AWS CLI
        ("2026-01-01T00:00:00.123Z", _MOMENT + 0.123),  # JavaScript
        ("2026-01-01T00:00:00.123456789Z", _MOMENT + 0.123456),  # Go, Java
        ("2026-01-01T00:00:00+00:00", _MOMENT),
        ("2025-12-31T16:00:00-08:00", _MOMENT),  # old Go
        ("2026-01-01T01:00:00+0100", _MOMENT),
        ("2026-01-01T00:00:00", _MOMENT),  # no zone: UTC
        ("2026-01-01 00:00:00 UTC", _MOMENT),
        (1767225600, _MOMENT),
        (1767225600.5, _MOMENT + 0.5),
        ("", None),
        ("soon", None),
        ("UTC", None),
        ("2026-13-01T00:00:00Z", None),
        ("1767225600x", None),
        (None, None),
        (True, None),
        ([], None),
        ({}, None),
    ],
)
def test_read(value: object, seconds: float | None) -> None:
    """Every format that some tool writes is read; anything else is None."""
    assert timestamps.read(value) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01T00:00:00Z"), (_MOMENT, "2026-01-01T00:00:00Z"), (_MOMENT + 0.999, "2026-01-01T00:00:00Z")],
)
def test_written(seconds: float, text: str) -> None:
    """Dates are rounded down to seconds, so that nothing is used after it has expired."""
    assert timestamps.written(seconds) == text


@given(st.integers(0, 253402300799))
def test_round_trip(seconds: int) -> None:
    """A written date is read back."""
    assert timestamps.read(timestamps.written(seconds)) == seconds


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Any text can be read without an error."""
    assert isinstance(timestamps.read(text), float | None)
