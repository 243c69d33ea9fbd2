"""Globs over `account/role`, by which settings and options select roles. Pure."""

import re
from collections.abc import Collection
from fnmatch import fnmatchcase

from ssohelper.roles import Account, Role


def matches(glob: str, role: Role) -> bool:
    """Whether a glob matches a role. Case-sensitive; the account matches by name or id, and alone with every role."""
    account, slash, name = glob.rpartition("/")
    if not slash:
        account, name = glob, "*"
    if name != "*" and not fnmatchcase(role.name, name):
        return False
    return (
        account == "*"
        or fnmatchcase(role.account.id, account)
        or fnmatchcase(role.account.name or role.account.id, account)
    )


def may_match(glob: str, role: Role) -> bool:
    """Whether a glob matches a role in any case, or may match it since the name of its account is not known."""
    unknown = role.account.name is None and names_account(glob)
    return matches_in_any_case(with_any_account(glob) if unknown else glob, role)


def matches_in_any_case(glob: str, role: Role) -> bool:
    """Whether a glob matches a role, ignoring case: AWS does not tell names of roles apart by it."""
    account = Account(role.account.id, role.account.name and role.account.name.lower())
    return matches(glob.lower(), Role(account, role.name.lower()))


def any_matches(globs: Collection[str], role: Role) -> bool:
    """Whether one of the globs matches a role."""
    return any(matches(glob, role) for glob in globs)


def any_matches_in_any_case(globs: Collection[str], role: Role) -> bool:
    """Whether one of the globs matches a role, ignoring case."""
    return any(matches_in_any_case(glob, role) for glob in globs)


def any_matches_account(globs: Collection[str], account: Account) -> bool:
    """Whether one of the globs matches every role of an account, such as `sandbox` or `sandbox/*`."""
    alone = [glob.removesuffix("/*") for glob in globs]
    return any_matches([glob for glob in alone if "/" not in glob], Role(account, ""))


def names_account(glob: str) -> bool:
    """Whether a glob can match an account by its name: what stands before `/` is neither `*` nor an id."""
    account, slash, _ = glob.rpartition("/")
    return re.fullmatch(r"\*|[0-9]{12}", account if slash else glob) is None


def with_any_account(glob: str) -> str:
    """The glob for the same role names in every account."""
    _, slash, name = glob.rpartition("/")
    return f"*/{name if slash else '*'}"


def matches_only_role_names(glob: str, roles: Collection[Role]) -> bool:
    """Whether a glob without `/` matches none of the accounts, but would match roles as `*/GLOB`."""
    return (
        "/" not in glob
        and not any(matches(glob, role) for role in roles)
        and any(matches(f"*/{glob}", role) for role in roles)
    )
