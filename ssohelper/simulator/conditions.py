"""Conditions of policy statements: a few operators that compare text, on the context of a request.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import re
from collections.abc import Callable, Mapping, Sequence

# The values of each context key of a request; a key that is missing is not known.
Context = Mapping[str, Sequence[str]]


def like(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern with the wildcards `*` and `?`."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def _same(expected: str, value: str) -> bool:
    return expected == value


def _same_without_case(expected: str, value: str) -> bool:
    return expected.lower() == value.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": _same_without_case,
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_without_case,
    "StringLike": like,
}
_NEGATED = {"ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"}


def check(condition: object) -> None:
    """Raise ValueError if a condition is invalid, or has an operator that is not simulated."""
    if not isinstance(condition, Mapping):
        raise ValueError(f"not a condition: {condition}")  # noqa: TRY004 - invalid input, not a bug
    for operator, keys in condition.items():
        name = operator.removesuffix("IfExists")
        if (operator != "Null" and name not in _OPERATORS.keys() | _NEGATED) or not isinstance(keys, Mapping):
            raise ValueError(f"a condition that is not simulated: {operator}")


def holds(condition: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    """Whether all comparisons of a condition are true."""
    known = {key.lower(): values for key, values in context.items()}
    return all(
        _compare(operator, _texts(expected), known.get(key.lower()))
        for operator, keys in condition.items()
        for key, expected in keys.items()
    )


def missing(condition: Mapping[str, Mapping[str, object]], context: Context) -> set[str]:
    """The keys of a condition that the context has no values for."""
    known = {key.lower() for key in context}
    return {key for keys in condition.values() for key in keys if key.lower() not in known}


def _compare(operator: str, expected: Sequence[str], values: Sequence[str] | None) -> bool:
    if operator == "Null":
        return (values is None) == (expected[0].lower() == "true")
    name = operator.removesuffix("IfExists")
    negated = name in _NEGATED
    if values is None:
        # A negated operator is true for a key that is not there.
        return negated or name != operator
    matches = _OPERATORS[name.replace("Not", "")]
    return any(matches(each, value) for each in expected for value in values) != negated


def _texts(expected: object) -> list[str]:
    listed = expected if isinstance(expected, list) else [expected]
    return [each if isinstance(each, str) else str(each).lower() for each in listed]
