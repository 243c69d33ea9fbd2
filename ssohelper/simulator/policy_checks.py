"""A few of the checks that Access Analyzer makes of identity-based policies.

Codes and texts are those of the IAM User Guide, "IAM policy validation check reference".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ssohelper.simulator import conditions
from ssohelper.simulator.json_spans import Path

_DOCUMENT = {"Version", "Id", "Statement"}
_STATEMENT = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_OVERLY_PERMISSIVE = "can be overly permissive because it allows iam:PassRole permissions on"
_RECOMMENDED = (
    "We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement."
)
_SERVICE_LINKED = (
    "Using wildcards (*) in the action and the resource can allow creation of unintended service-linked roles "
    "because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that you specify "
    "resource ARNs instead."
)


class Finding(NamedTuple):
    """What a check says of a policy, and of which value in it."""

    severity: str
    code: str
    details: str
    path: Path = ()


def findings(document: str) -> Iterator[Finding]:
    """Yield what the checks say of a policy."""
    try:
        policy = json.loads(document)
    except json.JSONDecodeError as error:
        place = f"index {error.pos} line {error.lineno} column {error.colno - 1}"
        yield Finding("ERROR", "JSON_SYNTAX_ERROR", f"Fix the JSON syntax error at {place}.")
        return
    if not isinstance(policy, dict):
        yield Finding("ERROR", "JSON_SYNTAX_ERROR", "Fix the JSON syntax error.")
        return
    yield from _unknown(policy, _DOCUMENT, ())
    if "Version" not in policy:
        yield Finding(
            "WARNING",
            "MISSING_VERSION",
            "We recommend that you specify the Version element to help you with debugging permission issues.",
        )
    if not policy.get("Statement"):
        yield Finding("ERROR", "MISSING_STATEMENT", "Add a statement to the policy")
    statements = policy.get("Statement", [])
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        path: Path = ("Statement", index) if isinstance(statements, list) else ("Statement",)
        if isinstance(statement, dict):
            yield from _of_statement(statement, path)
        else:
            details = "The text does not match the expected JSON data type object."
            yield Finding("ERROR", "DATA_TYPE_MISMATCH", details, path)


def _of_statement(statement: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    yield from _unknown(statement, _STATEMENT, path)
    if "Effect" not in statement:
        details = "Add an Effect element to the policy statement with a value of Allow or Deny."
        yield Finding("ERROR", "MISSING_EFFECT", details, path)
    elif statement["Effect"] not in ("Allow", "Deny"):
        details = f"The effect {statement['Effect']} is not valid. Use Allow or Deny."
        yield Finding("ERROR", "INVALID_EFFECT", details, (*path, "Effect"))
    for member in ("Action", "Resource"):
        if member not in statement and f"Not{member}" not in statement:
            details = (
                f"Add {'an' if member[0] == 'A' else 'a'} {member} or Not{member} element to the policy statement."
            )
            yield Finding("ERROR", f"MISSING_{member.upper()}", details, path)
    if statement.get("Effect") == "Allow" and "*" in _listed(statement, "Resource"):
        yield from _of_everything(statement, path)


def _of_everything(statement: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """What to say of a statement that allows something on all resources."""
    if "iam:PassedToService" not in json.dumps(statement.get("Condition", {})):
        if _names(statement, "iam:PassRole"):
            using = "Using the iam:PassRole action with wildcards (*) in the resource"
            details = f"{using} {_OVERLY_PERMISSIVE} multiple resources. {_RECOMMENDED}"
            yield Finding("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE", details, (*path, "Resource"))
        elif _allows(statement, "iam:PassRole"):
            using = "Using wildcards (*) in the action and the resource"
            details = f"{using} {_OVERLY_PERMISSIVE} all resources. {_RECOMMENDED}"
            yield Finding("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", details, path)
    create = "iam:CreateServiceLinkedRole"
    if not _names(statement, create) and _allows(statement, create):
        yield Finding("WARNING", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", _SERVICE_LINKED, path)


def _unknown(found: Mapping[str, Any], known: set[str], path: Path) -> Iterator[Finding]:
    for name in found:
        if name in ("Principal", "NotPrincipal") and path:
            details = (
                f"The policy type IDENTITY_POLICY does not support the {name} element. Remove the {name} element."
            )
            yield Finding("ERROR", "UNSUPPORTED_PRINCIPAL", details, (*path, name))
        elif name not in known:
            yield Finding(
                "ERROR", "INVALID_POLICY_ELEMENT", f"The policy element {name} is not valid.", (*path, name)
            )


def _names(statement: Mapping[str, Any], action: str) -> bool:
    """Whether an action is among those of a statement, spelt out."""
    return action.lower() in {each.lower() for each in _listed(statement, "Action")}


def _allows(statement: Mapping[str, Any], action: str) -> bool:
    """Whether the actions of a statement include one."""
    negated = "NotAction" in statement
    patterns = _listed(statement, "NotAction" if negated else "Action")
    return any(conditions.like(each.lower(), action.lower()) for each in patterns) != negated


def _listed(statement: Mapping[str, Any], member: str) -> list[str]:
    value = statement.get(member, [])
    return [str(each) for each in (value if isinstance(value, list) else [value])]
