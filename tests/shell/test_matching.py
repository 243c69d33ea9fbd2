"""Fuzzy matching of rows."""

import pytest

from ssohelper.shell.matching import ranked

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
