"""Explains a denial in words: the reason, whom to contact, and a text to send them. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ssohelper.permission_sets.access_denied import Denial, Principal
from ssohelper.roles import AccessKeysRef, Account, AssumedRole

IDENTITY_CENTER = "the administrators of IAM Identity Center"
_ORGANIZATION = "the administrators of your AWS organization"
# The types of policy that belong to a role. For a role from Identity Center, its permission set has them.
_OF_ROLE = ("identity-based policy", "permissions boundary")
# Those of which there may be several.
_SEVERAL = ("identity-based policy", "service control policy", "resource control policy")
# Who can change what else denies.
_CONTACTS = {
    "service control policy": _ORGANIZATION,
    "resource control policy": _ORGANIZATION,
    "resource-based policy": "the owners of {resource}",
    "S3 Block Public Access": "the owners of {resource}",
    "role trust policy": "the owners of the role that you want to assume",
    "session policy": "the developers of the program that gave you these credentials",
    "VPC endpoint policy": "the owners of the VPC endpoint that the request went through",
    "account assignment": IDENTITY_CENTER,
}
# What the policy of a resource is called, by the prefix of the action.
_RESOURCE_POLICIES = {"kms": "key policy", "s3": "bucket policy"}

AccountNames = Mapping[str, str | None]


class Explanation(NamedTuple):
    """Why something is denied; who can change that; and a text to send them, in lines."""

    reason: str
    contact: str
    text_to_send: tuple[str, ...]


def explain(denial: Denial, account_names: AccountNames) -> Explanation:
    """Explain a denial; `account_names` are those that are known, by account id."""
    text = _assignment_text() if denial.cause == "account assignment" else _text(denial, account_names)
    return Explanation(_reason(denial), _contact(denial, account_names), text)


def assume_role(role: AssumedRole, account_names: AccountNames) -> Explanation:
    """Explain that a role may not be assumed: both sides have to allow it, and STS does not say which does not."""
    wanted = role.role_arn
    if isinstance(role.source, AccessKeysRef):
        source, principal = role.source.label, "user"
        mine, where = "I use the access keys of an IAM user.", "the policies of that user"
    else:
        source, principal = role.source.labelled(account_names), "role"
        mine, where = f"My role: {source}.", role.source.role_name
    text = (
        f"I am not allowed to assume the role {wanted}.",
        mine,
        f"Please allow sts:AssumeRole on it in {where}, and that {principal} in its trust policy.",
    )
    return Explanation(f"{source} is not allowed to assume {wanted}", f"the owners of {wanted}", text)


def label_of(principal: Principal, account_names: AccountNames) -> str:
    """The principal as a person knows it: `Developer in payments-prod (333344445555), as ann@example.com`."""
    name = principal.permission_set or principal.role_name
    if not name or not principal.account_id:
        return principal.arn
    user = f", as {principal.session_name}" if principal.session_name else ""
    return f"{name} in {_account(principal.account_id, account_names)}{user}"


def in_one_line(denials: Sequence[Denial]) -> str | None:
    """The first denial, in one line, and how many others there are; None for no denial."""
    if not denials:
        return None
    first = denials[0]
    what = first.action or first.operation or "the request"
    others = f" (and {len(denials) - 1} more)" if len(denials) > 1 else ""
    return f"{what} is denied: {_reason(first)}; ask {_contact(first, {})}{others}"


def _reason(denial: Denial) -> str:
    if denial.principal and denial.principal.arn == "anonymous":
        return f"{_reason(denial._replace(principal=None))} (the request was not signed: it had no credentials)"
    if denial.cause == "account assignment":
        return "the role is not assigned to you in that account"
    if denial.cause == "S3 Block Public Access":
        return f"the setting {denial.setting} of S3 Block Public Access forbids public access"
    policy = _policy(denial)
    return _unknown_reason(denial) if policy is None else _reason_by(policy, denial)


def _reason_by(policy: str, denial: Denial) -> str:
    """How a policy of a known type denies."""
    if denial.deny == "explicit":
        return f"{'an' if denial.cause == 'identity-based policy' else 'a'} {policy} denies it"
    if denial.cause not in _SEVERAL:
        return f"the {policy} does not allow it"
    if denial.deny == "implicit":
        return f"no {policy} allows it"
    return f"the {policy.replace('policy', 'policies', 1)} do not allow it"


def _unknown_reason(denial: Denial) -> str:
    if denial.sentence:
        return f"AWS says: {denial.sentence}"
    if denial.action == "sts:AssumeRole" and denial.deny is None:
        return "AWS does not say which: your role's policies, or the trust policy of the other role, do not allow it"
    if denial.unknown_policy_type:
        return f"a type of policy that ssohelper does not know: {denial.unknown_policy_type} policy"
    if denial.deny == "explicit":
        return "a Deny statement (AWS does not say in which policy)"
    if denial.deny == "implicit":
        return "no policy allows it (AWS does not say which type of policy has to)"
    return "AWS does not say which policy denies it"


def _policy(denial: Denial) -> str | None:
    """The policy that denies; None if that is not known, or not a policy."""
    if denial.cause in _OF_ROLE:
        return f"{denial.cause} of {_role(denial.principal)}"
    if denial.cause == "resource-based policy":
        return _RESOURCE_POLICIES.get((denial.action or "").partition(":")[0].lower(), denial.cause)
    return denial.cause


def _role(principal: Principal | None) -> str:
    if principal and principal.permission_set:
        return f"the permission set {principal.permission_set}"
    if principal and principal.role_name:
        return f"the role {principal.role_name}"
    return f"the policies of {principal.arn}" if principal else "the policies of the caller"


def _contact(denial: Denial, account_names: AccountNames) -> str:
    principal = denial.principal
    if denial.action == "sts:AssumeRole" and denial.cause is None and denial.resource:
        return f"the owners of {denial.resource}"
    if denial.cause in _CONTACTS:
        return _CONTACTS[denial.cause].format(resource=denial.resource or "the resource")
    if denial.cause in _OF_ROLE and principal and principal.permission_set:
        return IDENTITY_CENTER
    account_id = principal.account_id if principal else None
    return f"the administrators of {_account(account_id, account_names) if account_id else 'the account'}"


def _assignment_text() -> tuple[str, ...]:
    return (
        "I get no credentials of a role in IAM Identity Center (GetRoleCredentials: No access).",
        "Role and account: (please fill in).",
        "Please assign it to me, or tell me which role to use instead.",
    )


def _text(denial: Denial, account_names: AccountNames) -> tuple[str, ...]:
    what = denial.action or (f"the operation {denial.operation}" if denial.operation else "an operation")
    principal, reason = denial.principal, _reason(denial)
    lines = [f"I am not allowed to perform {what}{f' on {denial.resource}' if denial.resource else ''}."]
    if principal:
        lines.append(f"My {'role' if principal.role_name else 'identity'}: {label_of(principal, account_names)}.")
    lines.append(f"{reason}." if reason.startswith("AWS") else f"Reason: {reason}.")
    if denial.policy:
        lines.append(f"Policy: {denial.policy}.")
    return (*lines, _wanted_change(denial, what))


def _wanted_change(denial: Denial, what: str) -> str:
    if denial.cause == "S3 Block Public Access":
        return "Please tell me whether public access is intended."
    if denial.deny == "explicit":
        change = "check whether that Deny statement is meant for this, and make an exception if it is not"
    elif denial.sentence:
        change = "look into it"
    elif denial.action == "sts:AssumeRole" and denial.cause is None:
        change = "allow my role in the trust policy of that role"
    elif denial.cause is None:
        change = f"find out which policy has to allow {what}, and allow it there"
    elif denial.cause == "identity-based policy":
        change = f"allow {what} in {_role(denial.principal)}"
    else:
        change = f"allow {what} in the {_policy(denial)}"
    return f"Please {change}, or tell me which role to use instead."


def _account(account_id: str, account_names: AccountNames) -> str:
    return Account(account_id, account_names.get(account_id)).label
