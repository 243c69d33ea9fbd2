"""Broad permission sets only under a permissions boundary, and the management account kept apart. Pure."""

import functools
import re
from collections.abc import Iterator

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import PermissionSet
from ssohelper.permission_sets.policy_document import EVERYTHING, Permissions, Statement
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.name import words

# Actions that give somebody permissions, or a new identity, or take away what limits one.
_MANAGING = tuple(
    f"iam:{name}"
    for name in (
        "AddUserToGroup",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
        "CreateOpenIDConnectProvider",
        "CreatePolicyVersion",
        "CreateRole",
        "CreateSAMLProvider",
        "CreateUser",
        "DeleteGroupPolicy",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DeleteUserPermissionsBoundary",
        "DeleteUserPolicy",
        "DetachGroupPolicy",
        "DetachRolePolicy",
        "DetachUserPolicy",
        "PutGroupPolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
        "SetDefaultPolicyVersion",
        "UpdateAssumeRolePolicy",
        "UpdateLoginProfile",
        "UpdateSAMLProvider",
    )
)
_PASSING = "iam:PassRole"
_ANY_ROLE = re.compile(r"\*|arn:[^:]*:iam::([^:]*:(role/)?)?\*")
_POWER_USER = ":aws:policy/PowerUserAccess"
# Of a pattern, such a part has a boundary: at least four beside one that has none.
_MOST = 0.8
# Words that many names have, whatever their pattern.
_ANY_PATTERN = frozenset(("access", "aws", "permission", "permissions", "role", "set"))


def manages_iam(review: Review) -> Iterator[Finding]:
    """Policies that allow managing IAM, or passing any role, without a permissions boundary."""
    for each in _unbounded(review):
        allowed = _iam_actions(*review.documents(each))
        if allowed:
            what = "passing any role" if allowed == [_PASSING] else f"managing IAM ({wording.names(allowed)})"
            yield Finding(
                kind="manages-iam",
                severity="error",
                practice="boundary",
                permission_set=each.label,
                message=f"its policies allow {what} without a permissions boundary",
                affects=f"{wording.everyone(review.inventory, each)}: they can give themselves other permissions"
                + unread_note(review, each),
                fix=f"deny these actions, or set a permissions boundary: {_page(each)}",
                accounts=sorted(each.provisioned or ()),
                evidence={"actions": [*allowed], "unread_policies": _unread(review, each)},
            )


def no_boundary(review: Review) -> Iterator[Finding]:
    """PowerUserAccess, or an inline policy that allows whole services, without a permissions boundary."""
    for each in _unbounded(review):
        broad = _broad(review, each)
        if broad and not _iam_actions(*review.documents(each)):
            yield Finding(
                kind="no-boundary",
                severity="warning",
                practice="boundary",
                permission_set=each.label,
                message=f"{wording.names(broad)} without a permissions boundary",
                affects=wording.everyone(review.inventory, each),
                fix=f"set a permissions boundary, or allow only the actions that are needed: {_page(each)}",
                accounts=sorted(each.provisioned or ()),
                evidence={"allows": broad},
            )


def boundary_unlike(review: Review) -> Iterator[Finding]:
    """No permissions boundary, but most permission sets whose name begins or ends with the same word have one.

    Those that are read-only or for emergencies need none; for those of the rules above, it is said already.
    """
    if not review.inventory.sets_complete:
        return
    compared = [each for each in review.sets if not (review.is_read_only(each) or review.is_break_glass(each))]
    reported = {found.permission_set for rule in (manages_iam, no_boundary) for found in rule(review)}
    for each in compared:
        word = next(_words_with_boundary(each, compared), None) if each.boundary == "" else None
        if word and each.label not in reported:
            others = sorted(found.label for found in compared if found.boundary and word in _outer_words(found))
            yield Finding(
                kind="boundary-unlike",
                severity="warning",
                practice="boundary",
                permission_set=each.label,
                message=f"no permissions boundary, but {wording.names(others)} have one",
                affects=wording.everyone(review.inventory, each),
                fix=f"set the same permissions boundary: {_page(each)}",
                accounts=sorted(each.provisioned or ()),
                evidence={"word": word, "with_boundary": others},
            )


def management(review: Review) -> Iterator[Finding]:
    """Provisioned in the management account and in others: no delegated administrator can change it any more."""
    owner = review.inventory.instance.owner_account_id
    for each in review.sets:
        others = sorted(set(each.provisioned or ()) - {owner})
        if owner and owner in (each.provisioned or ()) and others:
            number, where = wording.counted(len(others), "other account"), wording.accounts(review.inventory, others)
            yield Finding(
                kind="management",
                severity="warning",
                practice="boundary",
                permission_set=each.label,
                message=f"provisioned in the management account and in {number}",
                affects=f"delegated administrators: they cannot change it, nor assign it in {where}",
                fix="create a separate permission set for the management account, and assign it there instead: "
                + wording.ACCOUNTS_PAGE,
                accounts=[owner],
                evidence={"management_account": owner, "others": others},
            )


def unread_note(review: Review, permission_set: PermissionSet) -> str:
    """Which of its policies were not read, and may deny what the others allow, as a part of a sentence."""
    unread = _unread(review, permission_set)
    return (
        f", unless {wording.names(unread)} (not read) {'deny' if len(unread) > 1 else 'denies'} it" if unread else ""
    )


def _unread(review: Review, permission_set: PermissionSet) -> list[str]:
    unread = [arn for arn in permission_set.managed_policies or () if arn not in review.inventory.documents]
    customers = permission_set.customer_managed_policies or ()
    return [*(arn.rpartition("/")[2] for arn in unread), *(each.name for each in customers)]


def _unbounded(review: Review) -> Iterator[PermissionSet]:
    """Permission sets known to have no boundary, neither for emergencies nor with full power."""
    for each in review.sets:
        known = None not in (each.name, each.managed_policies, each.customer_managed_policies, each.inline_policy)
        if known and each.boundary == "" and not review.is_break_glass(each) and not review.has_full_power(each):
            yield each


@functools.lru_cache(maxsize=256)  # each rule of this file asks
def _iam_actions(*policies: str) -> list[str]:
    """The actions that manage IAM, or pass any role, unless a condition of IAM's own limits them."""
    permissions = Permissions.of(policies)
    found = [each for each in _MANAGING if not all(map(_is_limited, permissions.allowing(each)))]
    passing = [each for each in permissions.allowing(_PASSING) if _for_any_role(each)]
    return found if all(map(_is_limited, passing)) else [*found, _PASSING]


def _is_limited(statement: Statement) -> bool:
    """Whether a condition limits roles or policies: iam:PermissionsBoundary, iam:PolicyARN, iam:PassedToService."""
    return any(key.lower().startswith("iam:") for keys in statement.condition.values() for key in keys)


def _for_any_role(statement: Statement) -> bool:
    return bool(statement.not_resources) or any(_ANY_ROLE.fullmatch(each) for each in statement.resources)


def _broad(review: Review, permission_set: PermissionSet) -> list[str]:
    """What gives whole services: the policy PowerUserAccess, and patterns of the inline policy such as `s3:*`."""
    power_user = any(arn.endswith(_POWER_USER) for arn in permission_set.managed_policies or ())
    allow = Permissions.of([permission_set.inline_policy or ""]).allow
    patterns = {action for each in allow if each.any_resource for action in each.actions}
    denies = Permissions.of(review.documents(permission_set)).denies
    whole = sorted(each for each in patterns if (each in EVERYTHING or each.endswith(":*")) and not denies(each))
    return ["PowerUserAccess", *whole] if power_user else whole


def _words_with_boundary(permission_set: PermissionSet, compared: list[PermissionSet]) -> Iterator[str]:
    """The first or last word of a name, if most permission sets with that word have a boundary."""
    for word in _outer_words(permission_set):
        pattern = [each for each in compared if word in _outer_words(each)]
        if sum(bool(each.boundary) for each in pattern) >= _MOST * len(pattern):
            yield word


def _outer_words(permission_set: PermissionSet) -> list[str]:
    found = [each for each in words(permission_set.name or "") if each not in _ANY_PATTERN]
    return [found[0], found[-1]] if found else []


def _page(permission_set: PermissionSet) -> str:
    return wording.page(permission_set, "Permissions boundary")


RULES = (manages_iam, no_boundary, boundary_unlike, management)
