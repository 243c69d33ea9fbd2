"""Changes of a world that another process asks for in JSON, and a world as JSON; see `control` for the members."""

from collections.abc import Callable, Mapping
from typing import Any

from ssohelper.simulator.entities import Account, Group, Principal
from ssohelper.simulator.json_members import Members, flag, optional, positive, string, strings
from ssohelper.simulator.world import World

_TEXTS = ("policy", "boundary", "description", "relay_state")
_LISTS = ("managed_policies", "customer_managed_policies")


def change(world: World, members: Members) -> None:
    """Make one change. Raises LookupError for an unknown name, ValueError for an invalid request."""
    make = _CHANGES.get(string(members, "change"))
    if make is None:
        raise ValueError(f"change must be one of {', '.join(_CHANGES)}")
    make(world, members)


def as_json(world: World) -> dict[str, object]:
    """A world as plain data."""
    return {
        "accounts": [
            {"id": each.id, "name": each.name, "email": each.email, "state": each.state, "ou": each.ou}
            for each in world.accounts
        ],
        "permission_sets": [
            {
                "name": each.name,
                "arn": world.permission_set_arn(each.name),
                "session_hours": each.session_hours,
                "provisioned": world.accounts_with(each.name),
                "outdated": [at for at in world.accounts_with(each.name) if world.is_outdated(at, each.name)],
            }
            for each in world.permission_sets
        ],
        "users": [
            {"name": each.name, "enabled": each.enabled, "assignments": sorted(each.assignments)}
            for each in world.users
        ],
        "groups": [
            {
                "name": each.name,
                "members": list(each.members),
                "assignments": sorted(world.assigned_to(Principal.group(each.name))),
            }
            for each in world.groups
        ],
    }


def _assign(world: World, members: Members) -> None:
    world.assign(*_pair(members), optional(members, "user"), group=optional(members, "group"))


def _withdraw(world: World, members: Members) -> None:
    user, group, keep_role = optional(members, "user"), optional(members, "group"), flag(members, "keep_role")
    world.withdraw(*_pair(members), user, group=group, keep_role=keep_role)


def _pair(members: Members) -> tuple[str, str]:
    return string(members, "account_id"), string(members, "role_name")


def _add_account(world: World, members: Members) -> None:
    ou = optional(members, "ou") or "/"
    account = Account(string(members, "account_id"), optional(members, "name"), optional(members, "email"), ou=ou)
    world.add_account(account)


def _add_group(world: World, members: Members) -> None:
    description = optional(members, "description") or ""
    world.add_group(Group(string(members, "group"), strings(members, "members"), description))


def _change_permission_set(world: World, members: Members) -> None:
    changes: dict[str, Any] = {name: string(members, name) for name in _TEXTS if name in members}
    changes |= {name: strings(members, name) for name in _LISTS if name in members}
    if "session_hours" in members:
        changes["session_hours"] = positive(members, "session_hours")
    world.change_permission_set(string(members, "role_name"), provision=flag(members, "provision"), **changes)


_CHANGES: Mapping[str, Callable[[World, Members], object]] = {
    "assign": _assign,
    "withdraw": _withdraw,
    "add_account": _add_account,
    "rename_account": lambda world, m: world.rename_account(string(m, "account_id"), optional(m, "name")),
    "add_group": _add_group,
    "delete_group": lambda world, m: world.delete_group(string(m, "group")),
    "add_member": lambda world, m: world.add_member(string(m, "group"), string(m, "user")),
    "remove_member": lambda world, m: world.remove_member(string(m, "group"), string(m, "user")),
    "enable_user": lambda world, m: world.enable_user(string(m, "user")),
    "disable_user": lambda world, m: world.disable_user(string(m, "user")),
    "delete_user": lambda world, m: world.delete_user(string(m, "user")),
    "change_permission_set": _change_permission_set,
    "provision": lambda world, m: world.provision(string(m, "role_name"), optional(m, "account_id")),
}
