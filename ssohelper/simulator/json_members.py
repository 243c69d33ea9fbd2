"""The members of a JSON object that a client sent. A missing or invalid one raises ValueError."""

from collections.abc import Mapping

Members = Mapping[str, object]


def string(members: Members, name: str) -> str:
    """A text."""
    value = members.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string")  # noqa: TRY004 - invalid input, not a bug
    return value


def optional(members: Members, name: str) -> str | None:
    """A text; None if it is missing."""
    return None if members.get(name) is None else string(members, name)


def strings(members: Members, name: str) -> tuple[str, ...]:
    """A list of texts, empty if it is missing."""
    value = members.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} must be a list of strings")
    return tuple(value)


def number(members: Members, name: str) -> float:
    """A number."""
    value = members.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number")  # noqa: TRY004 - invalid input, not a bug
    return value


def positive(members: Members, name: str, default: int | None = None) -> int:
    """A whole number of at least 1."""
    value = members.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1")
    return value


def flag(members: Members, name: str) -> bool:
    """True or false; false if it is missing."""
    value = members.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")  # noqa: TRY004 - invalid input, not a bug
    return value
