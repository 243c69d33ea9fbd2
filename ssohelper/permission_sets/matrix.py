"""The same role name across accounts: where it is, and which accounts with similar names lack it. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ssohelper.roles import Account, Role

# Fewer accounts with similar names show no rule.
_FEWEST_ALIKE = 3
# Names come from others: one with thousands of parts would take a lot of memory.
_MOST_PARTS = 20


class MatrixRow(NamedTuple):
    """One role name: its session duration in seconds, None if it is not known; its accounts.

    `missing` are accounts without it, although most accounts with similar names have it.
    """

    role_name: str
    seconds: int | None
    accounts: tuple[Account, ...]
    missing: tuple[Account, ...]


def rows(
    roles: Sequence[Role], accounts: Sequence[Account], unlisted: Collection[str], seconds: Mapping[str, int]
) -> list[MatrixRow]:
    """A row for each role name, in their order.

    `unlisted` are the ids of accounts whose roles are not known: none is missing there.
    """
    known = [each for each in accounts if each.id not in unlisted]
    alike = list(_alike(known))
    by_name: dict[str, list[Account]] = {}
    for role in roles:
        by_name.setdefault(role.name, []).append(role.account)
    return [
        MatrixRow(name, seconds.get(name), tuple(where), tuple(_missing(where, known, alike)))
        for name, where in sorted(by_name.items())
    ]


def _missing(where: Sequence[Account], accounts: Sequence[Account], alike: Sequence[set[str]]) -> Iterator[Account]:
    present = {each.id for each in where}
    gaps: set[str] = set()
    for ids in alike:
        if 2 * len(ids & present) > len(ids):
            gaps |= ids - present
    return (each for each in accounts if each.id in gaps)


def _alike(accounts: Sequence[Account]) -> Iterator[set[str]]:
    """Sets of accounts, by id, whose names differ in one part only: `payments-prod` and `payments-dev`."""
    families: dict[tuple[int, tuple[str, ...]], set[str]] = {}
    for account in accounts:
        parts = re.split(r"[-_. ]+", account.name or "")
        for index in range(len(parts) if 1 < len(parts) <= _MOST_PARTS else 0):
            key = (index, (*parts[:index], "", *parts[index + 1 :]))
            families.setdefault(key, set()).add(account.id)
    return (ids for ids in families.values() if len(ids) >= _FEWEST_ALIKE)
