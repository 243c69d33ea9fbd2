"""Permission sets and who has them, as rows, as text and as JSON data. Pure."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ssohelper import durations
from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.inventory import (
    Assignment,
    CustomerManagedPolicy,
    Inventory,
    PermissionSet,
    Request,
)
from ssohelper.storage import timestamps
from ssohelper.ui import output
from ssohelper.ui.look import Look

LIST_HEADER = ("name", "session", "accounts", "groups", "users", "policies", "state")
WHO_HEADER = ("account_id", "account_name", "principal_type", "principal", "members")
_UNKNOWN = "?"


def list_row(inventory: Inventory, permission_set: PermissionSet) -> tuple[str, ...]:
    """The cells of a permission set in a list; `?` for what could not be read."""
    groups, users = _principals(inventory, permission_set)
    return (
        permission_set.label,
        _duration(permission_set),
        _count(permission_set.provisioned),
        *(_UNKNOWN if each is None else str(len(each)) for each in (groups, users)),
        ", ".join(_policies(permission_set)),
        ", ".join(_state(inventory, permission_set)),
    )


def as_json(inventory: Inventory, permission_set: PermissionSet) -> dict[str, Any]:
    """A permission set as JSON data; null for what could not be read."""
    groups, users = _principals(inventory, permission_set)
    boundary = permission_set.boundary
    return {
        "name": permission_set.name,
        "arn": permission_set.arn,
        "description": permission_set.description,
        "created": None if permission_set.created is None else timestamps.written(permission_set.created),
        "session_seconds": permission_set.session_seconds,
        "relay_state": permission_set.relay_state,
        "tags": permission_set.tags,
        "managed_policies": permission_set.managed_policies,
        "customer_managed_policies": _references(permission_set.customer_managed_policies),
        "inline_policy": _inline(permission_set.inline_policy),
        "boundary": boundary._asdict() if isinstance(boundary, CustomerManagedPolicy) else boundary,
        "provisioned": permission_set.provisioned,
        "outdated": permission_set.outdated,
        "groups": groups,
        "users": users,
        "requests": (
            [_request(inventory, each) for each in _requests(inventory, permission_set)]
            if inventory.requests_complete
            else None
        ),
    }


def document(inventory: Inventory, records: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """The records of a command as one JSON document, with what could not be read."""
    return {
        "schema": f"ssohelper/{name}/1",
        "read_at": timestamps.written(inventory.read_at),
        "complete": not inventory.unread,
        "unread": [each._asdict() for each in inventory.unread],
        name.replace("-", "_"): list(records),
    }


def show_lines(inventory: Inventory, permission_set: PermissionSet, look: Look, *, policies: bool) -> Iterator[str]:
    """Everything about one permission set; with `policies`, the documents of its policies."""
    each = permission_set
    created = None if each.created is None else timestamps.written(each.created)[:10]
    rows = [
        ("name", each.label),
        ("arn", each.arn),
        ("description", _text(each.description)),
        ("created", created or _UNKNOWN),
        ("session", _duration(each)),
        ("relay state", _text(each.relay_state)),
        ("tags", _text(None if each.tags is None else ", ".join(f"{k}={v}" for k, v in sorted(each.tags.items())))),
        ("policies", ", ".join(_policies(each)) or "none"),
        ("boundary", _boundary(each)),
        ("accounts", _accounts(inventory, each.provisioned)),
        ("outdated in", _accounts(inventory, each.outdated)),
    ]
    rows += [
        (one.status.lower().replace("_", " "), _request_line(inventory, one)) for one in _requests(inventory, each)
    ]
    yield output.key_values([(name, output.safe(value)) for name, value in rows], look)
    assigned = sorted(_assigned_to(inventory, each).items())
    yield ""
    table = [(kind, principal, _accounts(inventory, ids)) for (kind, principal), ids in assigned]
    known = inventory.knows_assignments(each)
    if table:
        yield output.table(("assigned to", "principal", "in"), table, look)
    elif known:
        yield "not assigned to anybody"
    if not known:
        yield "not all of its assignments could be read"
    if policies:
        for title, text in _documents(inventory, each):
            yield f"\n{look.paint(output.safe(title), 'bold')}"
            yield "\n".join(map(output.safe, policy_document.lines(text)))


class WhoRow(NamedTuple):
    """One principal that has a permission set in one account. `members` are user names, None without --members."""

    row: Assignment
    cells: tuple[str, ...]
    record: dict[str, Any]


def who_rows(
    inventory: Inventory, permission_set: PermissionSet, account_id: str | None, *, members: bool
) -> list[WhoRow]:
    """Who has a permission set, in all accounts or one."""
    rows = sorted(row for row in inventory.assigned(permission_set) if account_id in (None, row.account_id))
    return [_who_row(inventory, row, members=members) for row in rows]


def _who_row(inventory: Inventory, row: Assignment, *, members: bool) -> WhoRow:
    account, kind = inventory.account(row.account_id), row.principal_type.lower()
    principal, exists = inventory.principal(row.principal_type, row.principal_id), True
    number: int | None = None
    has_more = False
    names: list[str] | None = None
    if row.principal_type == "GROUP":
        group = inventory.groups.get(row.principal_id)
        exists = group is None or group.exists is not False
        if group and group.members is not None:
            number, has_more = len(group.members), group.has_more
            names = sorted(_user_name(inventory, each) for each in group.members) if members else None
    else:
        user = inventory.users.get(row.principal_id)
        exists = user is None or user.exists is not False
        principal = _user_name(inventory, row.principal_id) if members else principal
    shown = principal if exists else f"{principal} (deleted)"
    return WhoRow(
        row,
        (account.id, account.name or "", kind, shown, _members(names, number, has_more=has_more)),
        {
            "account_id": account.id,
            "account_name": account.name,
            "principal_type": kind,
            "principal_id": row.principal_id,
            "principal": principal if principal != row.principal_id else None,
            "exists": exists,
            "members": names,
            "number_of_members": number,
            "has_more_members": has_more,
        },
    )


def _members(names: Sequence[str] | None, number: int | None, *, has_more: bool) -> str:
    if names is not None:
        return ", ".join(names) or "none"
    return "" if number is None else f"{number}{'+' if has_more else ''}"


def _user_name(inventory: Inventory, user_id: str) -> str:
    user = inventory.users.get(user_id)
    return user.name if user and user.name else user_id


def _principals(inventory: Inventory, permission_set: PermissionSet) -> tuple[list[str] | None, list[str] | None]:
    """The groups and the users that have it; None if not all of them are known."""
    if not inventory.knows_assignments(permission_set) and not inventory.group_assignments_complete:
        return None, None
    found = {(row.principal_type, row.principal_id) for row in inventory.assigned(permission_set)}
    groups = sorted(inventory.principal(kind, each) for kind, each in found if kind == "GROUP")
    users = sorted(inventory.principal(kind, each) for kind, each in found if kind == "USER")
    return groups, users if inventory.knows_assignments(permission_set) else None


def _assigned_to(inventory: Inventory, permission_set: PermissionSet) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in inventory.assigned(permission_set):
        key = (row.principal_type.lower(), inventory.principal(row.principal_type, row.principal_id))
        found.setdefault(key, []).append(row.account_id)
    return found


def _requests(inventory: Inventory, permission_set: PermissionSet) -> list[Request]:
    """The requests for it that failed or are in progress, the newest first."""
    found = [each for each in inventory.requests if each.permission_set == permission_set.arn]
    return sorted(found, key=lambda each: each.created, reverse=True)


def _request(inventory: Inventory, request: Request) -> dict[str, Any]:
    kind, principal_id = request.principal_type, request.principal_id
    return {
        "kind": request.kind,
        "status": request.status,
        "created": timestamps.written(request.created),
        "account_id": request.account_id,
        "principal": inventory.principal(kind, principal_id) if kind and principal_id else None,
        "reason": request.reason,
    }


def _request_line(inventory: Inventory, request: Request) -> str:
    """What was requested, when, and AWS's reason."""
    record = _request(inventory, request)
    where = inventory.account(request.account_id).label if request.account_id else "all accounts"
    parts = (request.kind, record["principal"], f"in {where}", f"since {record['created'][:10]}")
    return " ".join(filter(None, parts)) + (f": {request.reason}" if request.reason else "")


def _state(inventory: Inventory, permission_set: PermissionSet) -> Iterator[str]:
    if permission_set.provisioned == ():
        yield "not provisioned"
    if permission_set.outdated:
        yield f"outdated in {len(permission_set.outdated)}"
    kinds = Counter(each.status for each in _requests(inventory, permission_set))
    if kinds["FAILED"]:
        yield f"{kinds['FAILED']} failed"
    if kinds["IN_PROGRESS"]:
        yield f"{kinds['IN_PROGRESS']} in progress"


def _policies(permission_set: PermissionSet) -> Iterator[str]:
    """What it consists of, in words; `?` for what could not be read."""
    each = permission_set
    yield from (
        [_UNKNOWN] if each.managed_policies is None else [arn.rpartition("/")[2] for arn in each.managed_policies]
    )
    references = each.customer_managed_policies
    yield from [_UNKNOWN] if references is None else [f"{path}{name}" for path, name in references]
    if each.inline_policy is None:
        yield _UNKNOWN
    elif each.inline_policy:
        yield "inline"


def _documents(inventory: Inventory, permission_set: PermissionSet) -> Iterator[tuple[str, str]]:
    if permission_set.inline_policy:
        yield "inline policy", permission_set.inline_policy
    managed = [*(permission_set.managed_policies or ())]
    if isinstance(permission_set.boundary, str) and permission_set.boundary:
        managed.append(permission_set.boundary)
    yield from ((arn, inventory.documents[arn]) for arn in managed if arn in inventory.documents)


def _references(found: Sequence[CustomerManagedPolicy] | None) -> list[dict[str, str]] | None:
    return None if found is None else [each._asdict() for each in found]


def _inline(text: str | None) -> Any:
    """The inline policy as JSON data; a text that is no policy as it is, null if there is none."""
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite) if text else None
    except (ValueError, RecursionError):
        return text


def _finite(text: str) -> float:
    """A number of JSON. Raises ValueError for infinity, and for no number, which JSON does not have."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _boundary(permission_set: PermissionSet) -> str:
    boundary = permission_set.boundary
    if isinstance(boundary, CustomerManagedPolicy):
        return f"{boundary.path}{boundary.name} (in each account)"
    return _text(boundary)


def _text(found: str | None) -> str:
    return _UNKNOWN if found is None else found or "none"


def _count(found: Sequence[str] | None) -> str:
    return _UNKNOWN if found is None else str(len(found))


def _duration(permission_set: PermissionSet) -> str:
    seconds = permission_set.session_seconds
    return _UNKNOWN if seconds is None else durations.shown(seconds)


def _accounts(inventory: Inventory, ids: Sequence[str] | None) -> str:
    if ids is None:
        return _UNKNOWN
    return ", ".join(sorted(inventory.account(each).name or each for each in ids)) or "none"
