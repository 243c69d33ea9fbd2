"""The permission set, or the account, that somebody names. Pure."""

import re

from ssohelper.errors import BadInput, Unavailable, did_you_mean, did_you_mean_one_of
from ssohelper.permission_sets.inventory import Account, Inventory, PermissionSet

_LATER = "check what the role may read, or try again in a minute"
_ROLE_NAME = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")


def permission_set(inventory: Inventory, name: str) -> PermissionSet:
    """The permission set with this name, in any case, or this ARN.

    Raises `BadInput`, and `Unavailable` if it may be one that could not be read.
    """
    sets = inventory.permission_sets
    found = [each for each in sets if name in (each.name, each.arn)]
    found = found or [each for each in sets if each.name and each.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f"several permission sets are named {name}: {', '.join(each.arn for each in found)}")
    role = _ROLE_NAME.fullmatch(name)
    if role:
        raise BadInput(f"{name} is the name of a role in an account; its permission set is {role[1]}")
    if not inventory.sets_complete or any(each.name is None for each in sets):
        raise Unavailable(f"permission set {name!r} not found among those whose names could be read", hint=_LATER)
    near = did_you_mean(name, [each.name for each in sets if each.name])
    raise BadInput(f"permission set {name!r} not found{near}")


def account(inventory: Inventory, name: str) -> Account:
    """The account with this id or name. Raises as `permission_set` does."""
    if re.fullmatch(r"\d{12}", name, re.ASCII):
        if inventory.accounts_complete and name not in inventory.accounts:
            near = did_you_mean_one_of(name, {each.id: each.name or "" for each in inventory.accounts.values()})
            raise BadInput(f"account {name} is not in the organization{near}")
        return inventory.account(name)
    found = [each for each in inventory.accounts.values() if each.name and each.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"several accounts are named {name}: {', '.join(each.id for each in found)}", hint="use the id"
        )
    if not inventory.accounts_complete:
        raise Unavailable(f"account {name!r} not found: the accounts could not be listed", hint="use the id")
    near = did_you_mean(name, [each.name for each in inventory.accounts.values() if each.name])
    raise BadInput(f"account {name!r} not found{near}")
