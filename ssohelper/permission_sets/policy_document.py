"""IAM policy documents in one form, whatever their spelling, and what they allow. Pure.

A policy may have one statement without a list, a text where a list could be, actions in any case and order.
Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import functools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Self

_STATEMENT_ORDER = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_DOCUMENT_ORDER = ("Version", "Id", "Statement")
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
# Every action of every service.
EVERYTHING = ("*", "*:*")
# The values of a condition are seven levels deep.
_MOST_LEVELS = 10


class Statement(NamedTuple):
    """One statement. Actions have their service in lower case; all lists are sorted.

    A statement has either `actions` or `not_actions`, and `resources` or `not_resources`; the other one is empty.
    `condition` has a list of texts for each key of each operator.
    """

    sid: str | None
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, list[str]]]

    @property
    def any_resource(self) -> bool:
        """Whether it is for every resource."""
        return "*" in self.resources

    @property
    def any_action(self) -> bool:
        """Whether it is for every action."""
        return any(each in EVERYTHING for each in self.actions)

    def applies_to(self, action: str) -> bool:
        """Whether it is for an action, on whatever resource and condition."""
        service = f"{action.partition(':')[0].lower()}:"
        patterns = (each for each in self.actions or self.not_actions if each.startswith((service, "*")))
        named = any(matches(each, action) for each in patterns)
        return named if self.actions else bool(self.not_actions) and not named


class Permissions(NamedTuple):
    """What policies allow together: their Allow statements, and the Deny statements that nothing gets around.

    Those have no condition and are for every resource. Other Deny statements are not considered.
    """

    allow: tuple[Statement, ...]
    deny: tuple[Statement, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The permissions of policies, as JSON."""
        found = [each for text in texts for each in statements(text)]
        denying = (each for each in found if not each.allows and each.any_resource and not each.condition)
        return cls(tuple(each for each in found if each.allows), tuple(denying))

    def denies(self, action: str) -> bool:
        """Whether an action is denied on every resource."""
        return any(each.applies_to(action) for each in self.deny)

    def allowing(self, action: str) -> list[Statement]:
        """The statements that allow an action, on some resource or condition; none if it is denied."""
        return [] if self.denies(action) else [each for each in self.allow if each.applies_to(action)]


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern stands for an action: in any case, with `*` and `?` after the colon, or for everything.

    IAM has no character classes, and no wildcards in a service's name.
    """
    if pattern in EVERYTHING:
        return True
    service, colon, name = pattern.lower().partition(":")
    asked_service, _, asked_name = action.lower().partition(":")
    return bool(colon) and service == asked_service and fnmatchcase(asked_name, name.replace("[", "[[]"))


def canonical(text: str) -> dict[str, Any] | None:
    """A policy in one form: members in a fixed order, lists where lists may be, their values sorted.

    Statements keep their order. None for a text that is not a policy.
    """
    try:
        document = json.loads(text)
        _check_values(document, _MOST_LEVELS)
        found = {**document, "Statement": [_canonical_statement(each) for each in _listed(document["Statement"])]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return _ordered(found, _DOCUMENT_ORDER)


def lines(text: str) -> list[str]:
    """A policy in canonical form, as indented JSON; a text that is not a policy as it is."""
    document = canonical(text)
    if document is None:
        return text.splitlines()
    return json.dumps(document, indent=2, ensure_ascii=False).split("\n")


@functools.lru_cache(maxsize=256)  # most permission sets have the same few policies of AWS
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a policy; none for an empty text, or one that is not a policy."""
    document = canonical(text) if text else None
    return tuple(_statement(each) for each in document["Statement"]) if document else ()


def non_white_space(text: str) -> int:
    """How many characters of a policy count for IAM's limit: all but white space."""
    return sum(not each.isspace() for each in text)


def allows_everything(texts: Iterable[str]) -> bool:
    """Whether a policy allows every action on every resource, without a condition."""
    return any(
        each.allows and each.any_action and each.any_resource and not each.condition
        for text in texts
        for each in statements(text)
    )


def allowed_patterns(texts: Iterable[str]) -> Iterator[str]:
    """The actions, with wildcards, that Allow statements name: `s3:Get*`. Deny statements are not considered."""
    return (action for text in texts for each in statements(text) if each.allows for action in each.actions)


def _check_values(value: Any, levels: int) -> None:
    """Raise ValueError for nesting that no policy has, and for numbers that JSON has not: NaN, Infinity."""
    if not levels or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("not a value of a policy")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_values(each, levels - 1)


def _canonical_statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    if statement["Effect"] not in ("Allow", "Deny") or not isinstance(statement.get("Sid", ""), str):
        raise ValueError("not an effect, or not a Sid")
    found = dict(statement)
    for name, opposite in (("Action", "NotAction"), ("Resource", "NotResource")):
        if (name in found) == (opposite in found):
            raise ValueError("neither of them, or both")
    for name in found.keys() & set(_LISTS):
        values = {_text(each) for each in _listed(found[name])}
        found[name] = sorted({_action(each) for each in values} if name.endswith("Action") else values)
    if "Condition" in found:
        found["Condition"] = _canonical_condition(found["Condition"])
    return _ordered(found, _STATEMENT_ORDER)


def _canonical_condition(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    return {
        operator: {
            key: sorted({_condition_value(each) for each in _listed(values)}) for key, values in sorted(keys.items())
        }
        for operator, keys in sorted(condition.items())
    }


def _condition_value(value: Any) -> str:
    """A value as a text: IAM takes `true` and `"true"` for the same."""
    return json.dumps(value) if isinstance(value, bool | int | float) else _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _action(text: str) -> str:
    service, colon, name = text.partition(":")
    return f"{service.lower()}{colon}{name}"


def _statement(found: Mapping[str, Any]) -> Statement:
    actions, not_actions, resources, not_resources = (tuple(found.get(name, ())) for name in _LISTS)
    allows, condition = found["Effect"] == "Allow", found.get("Condition", {})
    return Statement(found.get("Sid"), allows, actions, not_actions, resources, not_resources, condition)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ordered(found: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in (*order, *sorted(found.keys() - set(order))) if name in found}
