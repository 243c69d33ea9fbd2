"""The same permission set for every account of an organizational unit (OU). Pure."""

from collections.abc import Iterator

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Inventory, PermissionSet
from ssohelper.permission_sets.rules import wording

# Such a part of an OU has the permission set: at least four accounts beside one that lacks it.
_MOST = 0.8


def ou_uneven(review: Review) -> Iterator[Finding]:
    """A group has a permission set in most accounts of an OU, and some lack it: they may have joined the OU later."""
    units = _units(review.inventory)
    for each in review.sets:
        if review.inventory.knows_assignments(each):
            found = (_uneven(review.inventory, each, ou, accounts) for ou, accounts in units.items())
            yield from filter(None, found)


def _units(inventory: Inventory) -> dict[str, set[str]]:
    """The active accounts of each OU, by id; none if an account's place or state is unknown."""
    accounts = inventory.accounts.values()
    if not inventory.accounts_complete or any(each.ou is None or each.state is None for each in accounts):
        return {}
    units: dict[str, set[str]] = {}
    for each in accounts:
        if each.ou and each.ou != "/" and each.state == "ACTIVE":
            units.setdefault(each.ou, set()).add(each.id)
    return {ou: units[ou] for ou in sorted(units)}


def _uneven(inventory: Inventory, permission_set: PermissionSet, ou: str, unit: set[str]) -> Finding | None:
    lacking = {
        group: sorted(unit - accounts)
        for group, accounts in _accounts_of_groups(inventory, permission_set).items()
        if _MOST * len(unit) <= len(accounts & unit) < len(unit)
    }
    if not lacking:
        return None
    names = sorted(inventory.principal("GROUP", each) for each in lacking)
    missing = sorted({each for accounts in lacking.values() for each in accounts})
    where = wording.accounts(inventory, missing)
    return Finding(
        kind="ou-uneven",
        severity="warning",
        practice="scale",
        permission_set=permission_set.label,
        message=f"assigned to {wording.names(names)} in most accounts of {ou}, but not in {where}",
        affects=f"members of {wording.names(names)}: they cannot use it in {where}",
        fix=f"assign it there, too, or accept the finding: {wording.ACCOUNTS_PAGE}",
        accounts=missing,
        principals=names,
        evidence={
            "ou": ou,
            "accounts_of_ou": len(unit),
            "missing": [{"group": each, "accounts": lacking[each]} for each in sorted(lacking)],
        },
    )


def _accounts_of_groups(inventory: Inventory, permission_set: PermissionSet) -> dict[str, set[str]]:
    """The accounts in which each group has a permission set."""
    found: dict[str, set[str]] = {}
    for row in inventory.assigned(permission_set):
        if row.principal_type == "GROUP":
            found.setdefault(row.principal_id, set()).add(row.account_id)
    return found


RULES = (ou_uneven,)
