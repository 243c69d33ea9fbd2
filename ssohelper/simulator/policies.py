"""A small evaluator of IAM policies: Allow and Deny, (Not)Action, (Not)Resource, wildcards; no conditions.

The order is AWS's (IAM User Guide, "Policy evaluation logic"): first an explicit deny in any policy; then each kind
of policy has to allow it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_MEMBERS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"}
# Of a role from a permission set, as AWS's messages name them.
SERVICE_CONTROL, IDENTITY, BOUNDARY = "service control policy", "identity-based policy", "permissions boundary"


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
    for statement in _statements(document):
        unknown = statement.keys() - _MEMBERS
        if unknown or statement.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(f"not a policy statement, or one that is not simulated: {statement}")


def decide(policies: Mapping[str, str], action: str, resource: str) -> Decision:
    """Decide about a request by the policies of a role, by kind; a kind that is missing does not limit it."""
    order = [kind for kind in (SERVICE_CONTROL, IDENTITY, BOUNDARY) if kind in policies]
    found = {kind: effects(policies[kind], action, resource) for kind in order}
    for kind in order:
        if "Deny" in found[kind]:
            return Decision(allowed=False, kind=kind, explicit=True)
    for kind in order:
        if "Allow" not in found[kind]:
            return Decision(allowed=False, kind=kind, explicit=False)
    return Decision(allowed=True, kind=IDENTITY, explicit=False)


def allows(document: str, action: str, resource: str) -> bool:
    """Whether one policy allows a request, and does not deny it."""
    return effects(document, action, resource) == {"Allow"}


def effects(document: str, action: str, resource: str) -> set[str]:
    """The effects of the statements that apply to a request."""
    return {
        str(statement["Effect"])
        for statement in _statements(document)
        if _applies(statement, "Action", action.lower()) and _applies(statement, "Resource", resource)
    }


def _statements(document: str) -> Sequence[Mapping[str, object]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _applies(statement: Mapping[str, object], member: str, value: str) -> bool:
    """Whether one of the patterns of a statement is for a value; or none, for `NotAction` and `NotResource`."""
    negated = f"Not{member}" in statement
    patterns = statement[f"Not{member}" if negated else member]
    found = any(
        _matches(str(each), value, member) for each in (patterns if isinstance(patterns, list) else [patterns])
    )
    return found != negated


def _matches(pattern: str, value: str, member: str) -> bool:
    pattern = pattern.lower() if member == "Action" else pattern
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None
