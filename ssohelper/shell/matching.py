"""Which of many rows a person means by what they have typed so far. Pure."""

import re
from collections.abc import Sequence

# A word that stands there as it was typed goes before every one whose letters are scattered.
_SCATTERED = 100


def ranked(typed: str, rows: Sequence[str]) -> list[int]:
    """The numbers of the rows in which each word of `typed` is found, the best first, else in their own order.

    The letters of a word may be scattered over one of the row's (`payrea` finds `payments-prod.ReadOnly`); case does
    not count.
    """
    searched = [_search(word) for word in typed.lower().split()]
    costs = [(_cost(searched, row.lower()), number) for number, row in enumerate(rows)]
    return [number for cost, number in sorted(each for each in costs if each[0] is not None)]


def _search(word: str) -> tuple[str, re.Pattern[str]]:
    """A word, and what finds its letters in their order; lookahead, so that every beginning is tried."""
    scattered = r"\S*?".join(map(re.escape, word))
    return word, re.compile(f"(?=({scattered}))")


def _cost(searched: Sequence[tuple[str, re.Pattern[str]]], row: str) -> int | None:
    """How badly a row fits, None where it does not."""
    total = 0
    for word, scattered in searched:
        at = row.find(word)
        if at >= 0:
            total += 0 if at == 0 or not row[at - 1].isalnum() else 1
            continue
        spans = [len(found[1]) for found in scattered.finditer(row)]
        if not spans:
            return None
        total += _SCATTERED + min(spans)
    return total
