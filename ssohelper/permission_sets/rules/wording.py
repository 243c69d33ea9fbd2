"""How findings name accounts, principals and pages of the console, in words and as evidence. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from ssohelper.permission_sets.inventory import Assignment, Inventory, PermissionSet

ACCOUNTS_PAGE = "IAM Identity Center > AWS accounts"
# At most so many names of a list are shown.
_MOST_NAMED = 5


def names(found: Sequence[str]) -> str:
    """Names as a list in a sentence, `a, b and c`: the first five, and how many more there are."""
    more = len(found) - _MOST_NAMED
    shown = [*found[:_MOST_NAMED], f"{more:,} more"] if more > 0 else [*found]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def accounts(inventory: Inventory, ids: Iterable[str]) -> str:
    """Accounts by name, as in `names`; by id where the name is not known."""
    return names(sorted(inventory.account(each).name or each for each in set(ids)))


def counted(number: int, noun: str) -> str:
    """`1 account`, `2,000 accounts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def everyone(inventory: Inventory, permission_set: PermissionSet) -> str:
    """Everyone who uses a permission set, with the accounts where it is provisioned."""
    where = accounts(inventory, permission_set.provisioned or ())
    return f"everyone who uses it in {where}" if where else "everyone who uses it"


def page(permission_set: PermissionSet, *below: str) -> str:
    """Where the console shows a permission set, or what is `below` its page."""
    return " > ".join(("IAM Identity Center", "Permission sets", permission_set.label, *below))


def account_ids(rows: Iterable[Assignment]) -> list[str]:
    """The accounts of assignments, each once."""
    return sorted({row.account_id for row in rows})


def principals(inventory: Inventory, rows: Iterable[Assignment]) -> list[str]:
    """What to call the users and groups of assignments, each once."""
    found = {(row.principal_type, row.principal_id) for row in rows}
    return sorted(inventory.principal(kind, each) for kind, each in found)


def by_principal(rows: Iterable[Assignment]) -> list[dict[str, Any]]:
    """Assignments as evidence: each user or group, by id, with the accounts."""
    found: dict[tuple[str, str], list[Assignment]] = {}
    for row in rows:
        found.setdefault((row.principal_type, row.principal_id), []).append(row)
    return [
        {"principal_type": kind, "principal_id": each, "accounts": account_ids(its_rows)}
        for (kind, each), its_rows in sorted(found.items())
    ]
