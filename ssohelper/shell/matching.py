"""Fuzzy matching of the rows of a list against typed words. Pure."""

import re
from collections.abc import Sequence

# More than the cost of any match of a whole word.
_SCATTERED = 100


def ranked(typed: str, rows: Sequence[str]) -> list[int]:
    """The indexes of the rows that match every word of `typed`, the best match first, then in the order of `rows`.

    The letters of a word may be scattered over one word of the row (`payrea` matches `payments-prod.ReadOnly`).
    Case-insensitive.
    """
    patterns = [_pattern(word) for word in typed.lower().split()]
    costs = [(_cost(patterns, row.lower()), index) for index, row in enumerate(rows)]
    return [index for cost, index in sorted(each for each in costs if each[0] is not None)]


def matched(typed: str, row: str) -> set[int]:
    """The positions in a row that match a word of `typed`, as the best of its matches."""
    found = set[int]()
    lower = row.lower()
    for word in typed.lower().split():
        start = lower.find(word)
        if start >= 0:
            found.update(range(start, start + len(word)))
            continue
        candidates = [(len(each[1]), each.start(1)) for each in _pattern(word)[1].finditer(lower)]
        if candidates:
            _, position = min(candidates)
            for letter in word:
                position = lower.index(letter, position)
                found.add(position)
                position += 1
    return found


def _pattern(word: str) -> tuple[str, re.Pattern[str]]:
    """A word, and the pattern for its scattered letters. The lookahead lets matches overlap."""
    scattered = r"\S*?".join(map(re.escape, word))
    return word, re.compile(f"(?=({scattered}))")


def _cost(patterns: Sequence[tuple[str, re.Pattern[str]]], row: str) -> int | None:
    """The cost of a row, lower for a better match; None if a word does not match."""
    total = 0
    for word, scattered in patterns:
        start = row.find(word)
        if start >= 0:
            total += 0 if start == 0 or not row[start - 1].isalnum() else 1
            continue
        lengths = [len(found[1]) for found in scattered.finditer(row)]
        if not lengths:
            return None
        total += _SCATTERED + min(lengths)
    return total
