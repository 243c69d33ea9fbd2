"""How a near match is worded."""

import pytest

from ssohelper.errors import did_you_mean, did_you_mean_one_of

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
    assert did_you_mean(word, REGIONS, preferred) == (f"; did you mean {expected}?" if expected else "")


def test_did_you_mean() -> None:
    """It ends a message, keeps the known word's case, and is empty without a near match."""
    assert did_you_mean("readonly", ["ReadOnly", "Admin"]) == "; did you mean ReadOnly?"
    assert did_you_mean("x", ["ReadOnly", "Admin"]) == ""


def test_described() -> None:
    """Where words are described, up to three near matches are named, the most similar first."""
    profiles = {
        f"prod.{name}": f"account {number}" for number, name in enumerate(("Admin", "Admins", "Admn", "Read"))
    }
    assert did_you_mean_one_of("prod.Admin1", {"prod.Admin": "account 1"}) == "; did you mean prod.Admin (account 1)?"
    assert did_you_mean_one_of("prod.admin", profiles) == (
        "; did you mean prod.Admin (account 0), prod.Admins (account 1) or prod.Admn (account 2)?"
    )
    assert did_you_mean_one_of("x", profiles) == did_you_mean_one_of("x", {}) == ""
