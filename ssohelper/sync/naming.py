"""Unique profile names for roles. Pure: the same roles get the same names on every run and machine."""

from collections import Counter
from collections.abc import Collection, Mapping

from ssohelper import digests
from ssohelper.roles import AssumedRoleRef, ProfileRef


def resolve(desired: Mapping[ProfileRef, str], taken: Collection[str] = ()) -> dict[ProfileRef, str]:
    """A unique name for each role, which is not `taken`: the desired name if possible.

    Roles that want the same name, or a taken one, all get `-ACCOUNT_ID` appended. Those that still collide get a hash
    of session, account and role instead, as long as it needs to be.
    """
    attempt = dict.fromkeys(desired, 0)
    while True:
        names = {role: _candidate(desired[role], role, attempt[role]) for role in desired}
        count = Counter(names.values())
        colliding = [role for role, name in names.items() if count[name] > 1 or name in taken]
        if not colliding:
            return names
        for role in colliding:
            attempt[role] += 1


def with_present(
    desired: Mapping[ProfileRef, str], present: Mapping[ProfileRef, str], taken: Collection[str]
) -> dict[ProfileRef, str]:
    """A unique name for each role: that of its `present` profile, else what `resolve` gives, else a free one."""
    resolved = resolve(desired, taken)
    in_use = set(present.values())
    names = {role: present.get(role, resolved[role]) for role in desired}
    colliding = {role: desired[role] for role in desired if role not in present and resolved[role] in in_use}
    if colliding:
        others = {name for role, name in names.items() if role not in colliding}
        names |= resolve(colliding, {*taken, *others})
    return names


def is_candidate(name: str, desired: str, role: ProfileRef) -> bool:
    """Whether `resolve` may give a role this name instead of the desired one, with a hash of usual length."""
    return any(name == _candidate(desired, role, attempt) for attempt in range(4))


def _candidate(desired: str, role: ProfileRef, attempt: int) -> str:
    if attempt == 0:
        return desired
    sso_role = role.sso_role
    if attempt == 1:
        return f"{desired}-{sso_role.account_id}"
    text = f"{sso_role.session}\0{sso_role.account_id}\0{sso_role.role_name}"
    if isinstance(role, AssumedRoleRef):
        text += f"\0{role.role_arn}"
    digest = digests.sha256(text.encode("utf-8", "surrogateescape"))
    return f"{desired}-{digest[: 4 + 2 * attempt]}"
