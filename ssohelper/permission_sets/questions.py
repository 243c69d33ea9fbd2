"""A question to Identity Center or a service around it. Pure."""

from typing import Any, NamedTuple

# Plain JSON data.
Answer = Any


class Question(NamedTuple):
    """A question of a kind, about what `key` names: ids, ARNs, documents."""

    kind: str
    key: tuple[str, ...] = ()
