"""How a near match is worded."""

import pytest

from ssohelper.errors import did_you_mean, near_match

REGIONS = ("us-east-1", "us-west-1", "us-west-2", "eu-west-1")


@pytest.mark.parametrize(
    ("word", "preferred", "expected"),
    [
        ("us-esat-1", (), "us-east-1"),  # as similar to us-west-1, but for swapped letters
        ("US-EAST-1", (), "us-east-1"),
        ("us-west-3", (), "us-west-2"),
        ("us-west-3", ("us-west-1",), "us-west-1"),
        ("Frankfurt", (), None),
        ("", (), None),
    ],
)
def test_near_match(word: str, preferred: tuple[str, ...], expected: str | None) -> None:
    """Swapped letters count as the most likely slip, then similarity, then what is preferred."""
    assert near_match(word, REGIONS, preferred) == expected


def test_did_you_mean() -> None:
    """It ends a message, keeps the known word's case, and is empty without a near match."""
    assert did_you_mean("readonly", ["ReadOnly", "Admin"]) == "; did you mean ReadOnly?"
    assert did_you_mean("x", ["ReadOnly", "Admin"]) == ""
