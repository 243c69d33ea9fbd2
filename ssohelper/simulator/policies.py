"""A small evaluator of IAM policies: Allow and Deny, (Not)Action, (Not)Resource, wildcards, simple conditions.

The order is AWS's (IAM User Guide, "Policy evaluation logic"): first an explicit deny in any policy; then each layer
of policies has to allow it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from ssohelper.simulator import conditions
from ssohelper.simulator.conditions import Context

_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
# Of a role from a permission set, as AWS's messages name them.
SERVICE_CONTROL, IDENTITY, BOUNDARY = "service control policy", "identity-based policy", "permissions boundary"

Statement = Mapping[str, Any]


class Layer(NamedTuple):
    """Policies of one kind, as JSON by their ids, of which one has to allow a request.

    The service control policies of each level of an organization are a layer of their own.
    """

    kind: str
    documents: Mapping[str, str]


class Access(NamedTuple):
    """What a role asks for."""

    action: str
    resource: str
    context: Context = MappingProxyType({})


class Decision(NamedTuple):
    """Whether a request is allowed; which kind of policy decided, and whether by a Deny statement."""

    allowed: bool
    kind: str
    explicit: bool

    def reason(self, action: str) -> str:
        """How AWS's messages say it."""
        if self.explicit:
            return f"with an explicit deny in {'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


def check(document: str) -> None:
    """Raise ValueError if a document is not a policy, or has what the evaluator does not know."""
    try:
        statements = _statements(document)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"not a policy: {document[:100]}") from None
    for statement in statements:
        if not _is_known(statement):
            raise ValueError(f"not a policy statement, or one that is not simulated: {statement}")
        conditions.check(statement.get("Condition", {}))


def decide(layers: Sequence[Layer], access: Access) -> Decision:
    """Decide about a request by the policies of a role. A kind without a layer does not limit it."""
    found = [(layer.kind, effects(layer, access)) for layer in layers]
    for kind, each in found:
        if "Deny" in each:
            return Decision(allowed=False, kind=kind, explicit=True)
    for kind, each in found:
        if "Allow" not in each:
            return Decision(allowed=False, kind=kind, explicit=False)
    return Decision(allowed=True, kind=IDENTITY, explicit=False)


def effects(layer: Layer, access: Access) -> dict[str, list[str]]:
    """The statements of a layer that apply to a request: for each effect, the ids of their policies in order."""
    found: dict[str, list[str]] = {}
    for policy_id, document in layer.documents.items():
        for statement in _statements(document):
            if _applies(statement, access):
                found.setdefault(statement["Effect"], []).append(policy_id)
    return found


def missing_context(layers: Sequence[Layer], access: Access) -> list[str]:
    """The context keys that conditions ask for and a request does not have, sorted."""
    statements = [each for layer in layers for document in layer.documents.values() for each in _statements(document)]
    found = [conditions.missing(each.get("Condition", {}), access.context) for each in statements]
    return sorted(set().union(*found))


@lru_cache(maxsize=4096)
def _statements(document: str) -> Sequence[Statement]:
    statements: Any = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _is_known(statement: object) -> bool:
    return (
        isinstance(statement, dict)
        and statement.keys() <= _MEMBERS
        and statement.get("Effect") in ("Allow", "Deny")
        and ("Action" in statement) != ("NotAction" in statement)
        and ("Resource" in statement) != ("NotResource" in statement)
    )


def _applies(statement: Statement, access: Access) -> bool:
    return (
        _names(statement, "Action", access.action)
        and _names(statement, "Resource", access.resource)
        and conditions.holds(statement.get("Condition", {}), access.context)
    )


def _names(statement: Statement, member: str, value: str) -> bool:
    """Whether one of the patterns of a statement is for a value; or none, for `NotAction` and `NotResource`."""
    negated = f"Not{member}" in statement
    patterns = statement[f"Not{member}" if negated else member]
    found = any(
        _matches(str(each), value, member) for each in (patterns if isinstance(patterns, list) else [patterns])
    )
    return found != negated


def _matches(pattern: str, value: str, member: str) -> bool:
    if member == "Action":
        pattern, value = pattern.lower(), value.lower()
    return pattern == "*" or conditions.like(pattern, value)
