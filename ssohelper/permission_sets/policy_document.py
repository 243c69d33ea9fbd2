"""IAM policy documents in one form, whatever their spelling, and what they allow. Pure.

A policy may have one statement without a list, a text where a list could be, actions in any case and order.
Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

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


class Statement(NamedTuple):
    """One statement. Actions have their service in lower case; both lists are sorted.

    A statement has either `actions` or `not_actions`, and `resources` or `not_resources`; the other one is empty.
    """

    sid: str | None
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: Mapping[str, Any]

    @property
    def any_resource(self) -> bool:
        """Whether it is for every resource."""
        return "*" in self.resources


def canonical(text: str) -> dict[str, Any] | None:
    """A policy in one form: members in a fixed order, lists where lists may be, actions and resources sorted.

    Statements keep their order. None for a text that is not a policy.
    """
    try:
        document = json.loads(text)
        statements = document["Statement"]
        found = {**document, "Statement": [_canonical_statement(each) for each in _listed(statements)]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return _ordered(found, _DOCUMENT_ORDER)


def lines(text: str) -> list[str]:
    """A policy in canonical form, as indented JSON; a text that is not a policy as it is."""
    document = canonical(text)
    return (text if document is None else json.dumps(document, indent=2, ensure_ascii=False)).splitlines()


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
        each.allows and "*" in each.actions and each.any_resource and not each.condition
        for text in texts
        for each in statements(text)
    )


def allowed_patterns(texts: Iterable[str]) -> Iterator[str]:
    """The actions, with wildcards, that Allow statements name: `s3:Get*`. Deny statements are not considered."""
    return (action for text in texts for each in statements(text) if each.allows for action in each.actions)


def _canonical_statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    if statement["Effect"] not in ("Allow", "Deny"):
        raise ValueError("not an effect")
    found = dict(statement)
    for name in _LISTS:
        if name in statement:
            values = [str(each) for each in _listed(statement[name])]
            found[name] = sorted({_action(each) for each in values} if name.endswith("Action") else set(values))
    return _ordered(found, _STATEMENT_ORDER)


def _action(text: str) -> str:
    service, colon, name = text.partition(":")
    return f"{service.lower()}{colon}{name}"


def _statement(found: Mapping[str, Any]) -> Statement:
    actions, not_actions, resources, not_resources = (tuple(found.get(name, ())) for name in _LISTS)
    condition = found.get("Condition")
    return Statement(
        found.get("Sid"),
        found["Effect"] == "Allow",
        actions,
        not_actions,
        resources,
        not_resources,
        condition if isinstance(condition, dict) else {},
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ordered(found: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in (*order, *sorted(found.keys() - set(order))) if name in found}
