"""Denials and their explanations as text and as JSON data. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ssohelper import hints
from ssohelper.permission_sets.access_denied import Denial
from ssohelper.permission_sets.explain import Explanation, label_of
from ssohelper.ui import output
from ssohelper.ui.look import Look

AccountNames = Mapping[str, str | None]


def block(denial: Denial, found: Explanation, names: AccountNames, look: Look) -> str:
    """What is denied, why, and what to send to whom."""
    rows = [
        ("denied", denial.action or denial.operation),
        ("resource", denial.resource),
        _identity(denial, names),
        ("reason", found.reason),
        ("policy", denial.policy),
        ("statement", ", ".join(denial.statement_ids)),
        ("details", _details(denial)),
    ]
    shown = output.key_values([(name, output.safe(value)) for name, value in rows if value], look)
    return f"{shown}\n\n{to_send(found.contact, found.text_to_send, look)}"


def _identity(denial: Denial, names: AccountNames) -> tuple[str, str | None]:
    if denial.principal is None:
        return "role", None
    return "role" if denial.principal.role_name else "identity", label_of(denial.principal, names)


def to_send(contact: str, text: Sequence[str], look: Look) -> str:
    """A text for those who can change something."""
    lines = [f"  {look.wrap(output.safe(line), before=2)}" for line in text]
    return "\n".join([look.wrap(output.safe(f"to send to {contact}:")), *lines])


def as_json(denial: Denial, found: Explanation, names: AccountNames) -> dict[str, Any]:
    """The same for programs."""
    facts = denial._asdict()
    principal = facts.pop("principal")
    account_id = principal.account_id if principal else None
    return {
        **facts,
        "statement_ids": list(denial.statement_ids),
        "principal": principal.arn if principal else None,
        "account_id": account_id,
        "account_name": names.get(account_id) if account_id else None,
        "role_name": principal.role_name if principal else None,
        "permission_set": principal.permission_set if principal else None,
        "session_name": principal.session_name if principal else None,
        "reason": found.reason,
        "contact": found.contact,
        "text_to_send": list(found.text_to_send),
    }


def _details(denial: Denial) -> str | None:
    """The command that shows how AWS decided, where the message has the id that it needs."""
    if denial.authorization_id is None:
        return None
    words = ("iam-toolbox", "get-request-authorization-details", "--authorization-id", denial.authorization_id)
    return hints.shell("aws", *words)
