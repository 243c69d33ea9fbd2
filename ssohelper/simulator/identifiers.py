"""Ids and ARNs in the forms of AWS. They are derived from names, so each world has the same ids every time."""

from functools import cache
from hashlib import sha256
from uuid import UUID


@cache
def digest(*parts: str) -> str:
    """64 hex digits."""
    return sha256(" ".join(parts).encode(errors="surrogatepass")).hexdigest()


def uuid(*parts: str) -> str:
    """An id in the form of a UUID."""
    return str(UUID(digest(*parts)[:32]))


def user_id(name: str) -> str:
    """The id of a user in the identity store."""
    return uuid("user", name)


def group_id(name: str) -> str:
    """The id of a group in the identity store."""
    return uuid("group", name)


def membership_id(group: str, user: str) -> str:
    """The id of a membership, by the names of its group and its user."""
    return uuid("membership", group, user)


def instance_id(management_account_id: str) -> str:
    """The id of the instance of IAM Identity Center that belongs to an organization."""
    return f"ssoins-{digest('instance', management_account_id)[:16]}"


def instance_arn(management_account_id: str) -> str:
    """The ARN of that instance."""
    return f"arn:aws:sso:::instance/{instance_id(management_account_id)}"


def identity_store_id(management_account_id: str) -> str:
    """The id of the identity store of that instance."""
    return f"d-{digest('identity store', management_account_id)[:10]}"


def permission_set_arn(instance_id: str, name: str, number: int) -> str:
    """The ARN of the permission set that was the `number`th to be created with this name."""
    return f"arn:aws:sso:::permissionSet/{instance_id}/ps-{digest(name, str(number))[:16]}"


def iam_role_name(account_id: str, permission_set: str, number: int = 1) -> str:
    """The name of the `number`th IAM role that a permission set has in an account."""
    suffix = digest(account_id, permission_set, *(str(each) for each in (number,) if each > 1))
    return f"AWSReservedSSO_{permission_set}_{suffix[:16]}"


def organization_id(management_account_id: str) -> str:
    """The id of an organization."""
    return f"o-{digest('organization', management_account_id)[:10]}"


def root_id(management_account_id: str) -> str:
    """The id of the root of an organization."""
    return f"r-{digest('root', management_account_id)[:4]}"


def organizational_unit_id(management_account_id: str, path: str) -> str:
    """The id of an organizational unit, by its path of names: `/prod/eu`."""
    root = root_id(management_account_id).removeprefix("r-")
    return f"ou-{root}-{digest('organizational unit', management_account_id, path)[:8]}"
