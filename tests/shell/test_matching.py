"""Fuzzy matching of rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ssohelper.shell.matching import matched, ranked

ROWS = (
    "dev.ReadOnly  data-dev 111122223333  ReadOnly",
    "payments-prod.ReadOnly  payments-prod 333344445555  ReadOnly",
    "repay.Admin  repay 444455556666  Admin",
    "payments-prod.Admin  payments-prod 333344445555  Admin",
    "größe.Admin  Größe (alt) 555566667777  Admin",
)


@pytest.mark.parametrize(
    ("typed", "matches"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("pay", [1, 3, 2]),
        ("PAY adm", [3, 2]),
        ("adm pay", [3, 2]),
        ("payrea", [1]),
        ("3333", [1, 3, 0]),
        ("dro", [1, 0]),
        ("größe", [4]),
        ("(alt)", [4]),
        (".*", []),
        ("xyz", []),
    ],
)
def test_ranked(typed: str, matches: list[int]) -> None:
    """Every word must match; the start of a word is best, scattered letters are worst, ties keep their order."""
    assert ranked(typed, ROWS) == matches


@pytest.mark.parametrize(
    ("typed", "row", "marked"),
    [
        ("prod", "payments-prod.ReadOnly", "payments-[prod].ReadOnly"),
        ("read pay", "payments-prod.ReadOnly", "[pay]ments-prod.[Read]Only"),
        ("payrea", "payments-prod.ReadOnly", "[pay]ments-p[r]od.R[ea]dOnly"),
        ("x", "payments-prod.ReadOnly", "payments-prod.ReadOnly"),
        ("", "payments-prod.ReadOnly", "payments-prod.ReadOnly"),
        ("\u00d6SS", "gr\u00f6ssE", "gr[\u00f6ss]E"),
    ],
)
def test_matched(typed: str, row: str, marked: str) -> None:
    """The positions of whole words, or else of the closest scattered letters."""
    found = matched(typed, row)
    shown = "".join(f"[{each}]" if index in found else each for index, each in enumerate(row)).replace("][", "")
    assert shown == marked


@given(some.text("abA .", max_size=6), some.text("abA .", max_size=20))
def test_matched_letters(typed: str, row: str) -> None:
    """Every letter that is marked was typed, and of a row that matches each typed letter is marked."""
    found = matched(typed, row)
    assert {row[index].lower() for index in found} <= set(typed.lower())
    if ranked(typed, [row]):
        assert {row[index].lower() for index in found} == set(typed.lower()) - {" "}
