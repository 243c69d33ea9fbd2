"""Full power is for emergencies, for a few named users, and not for every day. Pure."""

from collections.abc import Iterator

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Assignment, Inventory, PermissionSet
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.usage import exists

_MOST_USERS = 5


def break_glass_group(review: Review) -> Iterator[Finding]:
    """A break-glass permission set is assigned to a group: anyone who can add members can hand it out."""
    inventory = review.inventory
    for each in filter(review.is_break_glass, review.sets):
        rows = _group_rows(inventory, each)
        if rows:
            yield Finding(
                kind="break-glass-group",
                severity="error",
                practice="break-glass",
                permission_set=each.label,
                message=f"assigned to {_groups(inventory, rows)}",
                affects=wording.accounts(inventory, wording.account_ids(rows)),
                fix=f"assign it to named users, then remove the assignments to groups: {wording.ACCOUNTS_PAGE}",
                accounts=wording.account_ids(rows),
                principals=wording.principals(inventory, rows),
                evidence={"assignments": wording.by_principal(rows)},
            )


def break_glass_wide(review: Review) -> Iterator[Finding]:
    """A break-glass permission set is assigned directly to many users."""
    inventory = review.inventory
    for each in filter(review.is_break_glass, review.sets):
        rows = [row for row in inventory.assigned(each) if row.principal_type == "USER" and exists(inventory, row)]
        number = len({row.principal_id for row in rows})
        if number > _MOST_USERS:
            yield Finding(
                kind="break-glass-wide",
                severity="warning",
                practice="break-glass",
                permission_set=each.label,
                message=f"assigned directly to {number:,} users (at most {_MOST_USERS})",
                affects=wording.accounts(inventory, wording.account_ids(rows)),
                fix=f"keep only the users who act in emergencies: {wording.ACCOUNTS_PAGE}",
                accounts=wording.account_ids(rows),
                principals=wording.principals(inventory, rows),
                evidence={"users": number, "most_users": _MOST_USERS},
            )


def break_glass_none(review: Review) -> Iterator[Finding]:
    """None is called like those for emergencies. Unless the settings say how those are called, nothing is known."""
    globs, inventory = review.settings.break_glass, review.inventory
    known = inventory.sets_complete and all(each.name for each in inventory.permission_sets)
    if globs and known and not any(map(review.is_break_glass, inventory.permission_sets)):
        yield Finding(
            kind="break-glass-none",
            severity="warning",
            practice="pattern",
            permission_set=None,
            message=f"no permission set for emergencies: none is called {' or '.join(globs)}",
            affects="everyone who has to act in an emergency when usual access does not work",
            fix="create one with 1h sessions for named users (CreatePermissionSet), or name yours in break_glass",
            evidence={"break_glass": list(globs)},
        )


def power_everyday(review: Review) -> Iterator[Finding]:
    """A group has full power every day. A permission set whose name is not known may be one for emergencies."""
    inventory = review.inventory
    for each in review.sets:
        everyday = each.name is not None and not review.is_break_glass(each)
        rows = _group_rows(inventory, each) if everyday and review.has_full_power(each) else []
        if rows:
            yield Finding(
                kind="power-everyday",
                severity="error",
                practice="break-glass",
                permission_set=each.label,
                message=f"its policies allow everything, and it is assigned to {_groups(inventory, rows)}",
                affects=wording.accounts(inventory, wording.account_ids(rows)),
                fix="assign one with fewer permissions, and keep this one for emergencies (break_glass)",
                accounts=wording.account_ids(rows),
                principals=wording.principals(inventory, rows),
                evidence={"assignments": wording.by_principal(rows)},
            )


def _group_rows(inventory: Inventory, permission_set: PermissionSet) -> list[Assignment]:
    rows = inventory.assigned(permission_set)
    return [row for row in rows if row.principal_type == "GROUP" and exists(inventory, row) is not False]


def _groups(inventory: Inventory, rows: list[Assignment]) -> str:
    found = sorted(_with_members(inventory, each) for each in {row.principal_id for row in rows})
    return f"the group {found[0]}" if len(found) == 1 else f"{len(found):,} groups: {wording.names(found)}"


def _with_members(inventory: Inventory, group_id: str) -> str:
    name, group = inventory.principal("GROUP", group_id), inventory.groups.get(group_id)
    if group is None or group.members is None:
        return name
    return f"{name} ({'at least ' if group.has_more else ''}{wording.counted(len(group.members), 'member')})"


RULES = (break_glass_group, break_glass_wide, break_glass_none, power_everyday)
