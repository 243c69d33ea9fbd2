"""The shapes of requests in JSON, as in AWS's service models, and what is wrong with a value that should have one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Shape(Protocol):
    """What a value has to be."""

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with a value, which stands at this place in a request."""


# The members of a structure, or some of them.
Members = dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value: what AWS calls a document."""

    def problems(self, value: object, at: str) -> Iterator[str]:  # noqa: ARG002 - the protocol's signature
        """Yield nothing."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Text:
    """Text. A pattern is for all of it."""

    pattern: str = ".*"
    shortest: int = 0
    longest: int = 100_000

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not isinstance(value, str):
            yield _failed(at, "be a string")
        elif not self.shortest <= len(value) <= self.longest:
            yield _failed(at, f"have length between {self.shortest} and {self.longest}")
        elif not re.fullmatch(self.pattern, value, re.DOTALL):
            yield _failed(at, f"satisfy regular expression pattern: {self.pattern}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if value not in self.words:
            yield _failed(at, f"satisfy enum value set: [{', '.join(self.words)}]")


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    smallest: int
    largest: int

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.smallest <= value <= self.largest:
            yield _failed(at, f"be between {self.smallest} and {self.largest}")


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    member: Shape
    shortest: int
    longest: int

    def problems(self, value: object, at: str) -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not isinstance(value, list) or not self.shortest <= len(value) <= self.longest:
            yield _failed(at, f"be a list of {self.shortest} to {self.longest} members")
            return
        for number, each in enumerate(value, 1):
            yield from self.member.problems(each, f"{at}.{number}.member")


@dataclass(frozen=True, slots=True)
class Structure:
    """An object with members that are required and others that are not, and no more."""

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def members(self) -> Mapping[str, Shape]:
        """All members."""
        return {**self.required, **self.optional}

    def problems(self, value: object, at: str = "") -> Iterator[str]:
        """Yield what is wrong with a value."""
        if not isinstance(value, dict):
            yield _failed(at, "be an object")
            return
        found: dict[str, Any] = {name: each for name, each in value.items() if each is not None}
        for name in self.required:
            if name not in found:
                yield _failed(_place(at, name), "not be null")
        for name, each in found.items():
            if name in self.members:
                yield from self.members[name].problems(each, _place(at, name))
            else:
                yield _failed(_place(at, name), "be known")


def _place(at: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{at}.{name}" if at else name


def _failed(at: str, what: str) -> str:
    return f"Value at '{at}' failed to satisfy constraint: Member must {what}"
