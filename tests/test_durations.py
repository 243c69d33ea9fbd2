"""Durations: as people type them, and as messages show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("30m1h", 5400), ("1h1h", 7200), ("0s", 0)],
)
def test_read(text: str, seconds: int) -> None:
    """Hours, minutes and seconds are added up, in any order."""
    assert durations.read(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "1", "h", "1.5h", "-1h", "1h ", " 1h", "1h 30m", "1H", "1d", "٣h", "123456h", "1h\n", "1hm"]
)
def test_invalid(text: str) -> None:
    """Anything else is rejected: signs, blanks, fractions, other units or digits, and more than five digits."""
    with pytest.raises(ValueError, match=r"^" + text.replace(".", r"\.") + r"$"):
        durations.read(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (8 * 3600, "8h"),
        (8 * 3600 + 59, "8h"),
        (8 * 3600 - 1, "7h 59m"),
        (3600 + 5 * 60, "1h 05m"),
        (30 * 3600 + 600, "30h 10m"),
        (3599.9, "59m"),
        (60, "1m"),
        (59.9, "59s"),
        (0, "0s"),
        (-5, "0s"),
    ],
)
def test_shown(seconds: float, text: str) -> None:
    """The two largest units, rounded down, without zero parts."""
    assert durations.shown(seconds) == text


@given(st.integers(0, 99_999 * 3600))
def test_shown_is_read(seconds: int) -> None:
    """What is shown, without the blank, is a duration that can be typed; it is never longer than the real one."""
    found = durations.read(durations.shown(seconds).replace(" ", ""))
    assert found <= seconds < found + (60 if seconds >= 60 else 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (59, "59s ago"),
        (3599, "59m ago"),
        (7 * 3600 + 600, "7h ago"),
        (86400, "1 day ago"),
        (40 * 86400, "40 days ago"),
    ],
)
def test_ago(seconds: float, text: str) -> None:
    """The largest unit, rounded down."""
    assert durations.ago(seconds) == text
