"""Globs over `account/role`, by which settings and options name roles. Pure."""

import re
from collections.abc import Collection
from fnmatch import fnmatchcase

from ssohelper.model import Role


def matches(glob: str, role: Role) -> bool:
    """Whether a glob over `account/role` matches; the account goes by its name or its id, case counts."""
    account, slash, name = glob.rpartition("/")
    if not slash:
        account, name = glob, "*"
    names = (role.account.id, role.account.name or role.account.id)
    return fnmatchcase(role.name, name) and any(fnmatchcase(each, account) for each in names)


def names_account(glob: str) -> bool:
    """Whether a glob over `account/role` may mean an account by its name: it is neither an id nor any account."""
    account, slash, _ = glob.rpartition("/")
    return re.fullmatch(r"[\d?*\[\]-]+", account if slash else glob) is None


def meant_for_roles(glob: str, roles: Collection[Role]) -> bool:
    """Whether a glob without `/` names no account, and names roles: what stands alone is an account."""
    return (
        "/" not in glob
        and not any(matches(glob, role) for role in roles)
        and any(matches(f"*/{glob}", role) for role in roles)
    )


def any_matches(globs: tuple[str, ...], role: Role) -> bool:
    """Whether one of the globs matches."""
    return any(matches(glob, role) for glob in globs)
