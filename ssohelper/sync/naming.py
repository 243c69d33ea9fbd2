"""Each role gets a profile name of its own: the wished one, else one that tells it apart.

Pure, and dependent on nothing but its arguments, so names are the same on every run and on every machine that sees
the same roles.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping


def resolve(
    wished: Mapping[tuple[str, str], str], session: str, taken: Collection[str] = ()
) -> dict[tuple[str, str], str]:
    """A name of its own for each role; `wished` is by (account id, role name).

    Where two roles wish for one name, or it is `taken`, all who wish for it get `-ACCOUNT_ID` behind it; who is still
    not alone gets a short hash of session, account and role instead, longer where it must be.
    """
    step = dict.fromkeys(wished, 0)
    while True:
        names = {key: _candidate(wished[key], session, key, step[key]) for key in wished}
        count = Counter(names.values())
        crowded = [key for key, name in names.items() if count[name] > 1 or name in taken]
        if not crowded:
            return names
        for key in crowded:
            step[key] += 1


def could_be(name: str, wished: str, session: str, key: tuple[str, str]) -> bool:
    """Whether `resolve` gives a role this name instead of the wished one, by any hash that is met in practice."""
    return any(name == _candidate(wished, session, key, step) for step in range(4))


def _candidate(name: str, session: str, key: tuple[str, str], step: int) -> str:
    if step == 0:
        return name
    if step == 1:
        return f"{name}-{key[0]}"
    digest = hashlib.sha256("\0".join((session, *key)).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{name}-{digest[: 4 + 2 * step]}"
