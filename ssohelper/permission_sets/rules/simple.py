"""Short policies that are easy to understand, and within AWS's limits. Pure."""

from collections.abc import Iterator

from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import PermissionSet, PolicyProblem
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.trouble import one_line

# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
_MOST_CHARACTERS = 10_240
# Of a role, unless the account's quota was raised: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_MOST_POLICIES = 10
_NEAR = 0.8
_ERRORS = ("ERROR", "SECURITY_WARNING")


def too_long(review: Review) -> Iterator[Finding]:
    """An inline policy with more lines, in canonical form, than the settings allow."""
    most = review.settings.policy_lines
    for each in review.sets:
        number = len(policy_document.lines(each.inline_policy or ""))
        if number > most:
            yield Finding(
                kind="too-long",
                severity="warning",
                practice="simple",
                permission_set=each.label,
                message=f"the inline policy has {number:,} lines, more than {most:g}",
                affects="administrators who review and change it",
                fix=f"move parts of it to managed policies, or split it by task: {_inline(each)}",
                evidence={"lines": number, "policy_lines": most},
            )


def near_limit(review: Review) -> Iterator[Finding]:
    """An inline policy of almost the maximum size; more managed policies than IAM lets a role have by default."""
    for each in review.sets:
        size = policy_document.non_white_space(each.inline_policy or "")
        if size >= _NEAR * _MOST_CHARACTERS:
            yield Finding(
                kind="near-limit",
                severity="warning",
                practice="simple",
                permission_set=each.label,
                message=f"the inline policy has {size:,} of {_MOST_CHARACTERS:,} characters, without white space",
                affects="administrators: Identity Center rejects a policy that is larger",
                fix=f"move statements to a managed policy: {_inline(each)}",
                evidence={"characters": size, "limit": _MOST_CHARACTERS},
            )
        if each.managed_policies is not None and each.customer_managed_policies is not None:
            yield from _many_policies(review, each, len(each.managed_policies) + len(each.customer_managed_policies))


def _many_policies(review: Review, permission_set: PermissionSet, number: int) -> Iterator[Finding]:
    if number > _MOST_POLICIES:
        yield Finding(
            kind="near-limit",
            severity="error",
            practice="simple",
            permission_set=permission_set.label,
            message=f"{number} managed policies, but by default IAM allows a role {_MOST_POLICIES}",
            affects=f"{wording.everyone(review.inventory, permission_set)}: "
            "provisioning fails in accounts whose quota was not raised",
            fix="combine policies, or raise IAM's quota 'Managed policies per role' in each account: "
            + wording.page(permission_set),
            accounts=sorted(permission_set.provisioned or ()),
            evidence={"managed_policies": number, "default_quota": _MOST_POLICIES},
        )


def policy_finding(review: Review) -> Iterator[Finding]:
    """What Access Analyzer says of an inline policy. One that is not a policy is reported without it, once."""
    for each in review.sets:
        problems = [found for found in review.inventory.problems or () if found.permission_set == each.arn]
        if each.inline_policy and policy_document.canonical(each.inline_policy) is None:
            yield _invalid(review, each, problems)
        else:
            yield from (_problem(review, each, found) for found in problems)


def _invalid(review: Review, permission_set: PermissionSet, problems: list[PolicyProblem]) -> Finding:
    return Finding(
        kind="policy-finding",
        severity="error",
        practice="simple",
        permission_set=permission_set.label,
        message="the inline policy is not a valid policy in JSON",
        affects=f"{wording.everyone(review.inventory, permission_set)}: it cannot be provisioned",
        fix=f"correct it: {_inline(permission_set)}",
        accounts=sorted(permission_set.provisioned or ()),
        evidence={"details": [one_line(each.details) for each in problems]},
    )


def _problem(review: Review, permission_set: PermissionSet, problem: PolicyProblem) -> Finding:
    link = f" ({problem.link})" if problem.link else ""
    return Finding(
        kind="policy-finding",
        severity="error" if problem.severity in _ERRORS else "warning",
        practice="simple",
        permission_set=permission_set.label,
        message=f"Access Analyzer: {one_line(problem.details)}",
        affects=wording.everyone(review.inventory, permission_set),
        fix=f"correct the inline policy{link}: {_inline(permission_set)}",
        accounts=sorted(permission_set.provisioned or ()),
        evidence={"severity": problem.severity, "code": problem.code, "link": problem.link},
    )


def allow_not_action(review: Review) -> Iterator[Finding]:
    """An inline policy that allows all actions but some: each new service of AWS adds to them."""
    for each in review.sets:
        statements = policy_document.statements(each.inline_policy or "")
        excluded = [list(found.not_actions) for found in statements if found.allows and found.not_actions]
        if excluded:
            yield Finding(
                kind="allow-not-action",
                severity="warning",
                practice="simple",
                permission_set=each.label,
                message=f"Allow with NotAction: the inline policy allows all but {wording.names(excluded[0])}",
                affects=f"{wording.everyone(review.inventory, each)}: they can use each new service of AWS",
                fix=f"list the actions to allow: {_inline(each)}",
                accounts=sorted(each.provisioned or ()),
                evidence={"not_actions": excluded},
            )


def _inline(permission_set: PermissionSet) -> str:
    return wording.page(permission_set, "Inline policy")


RULES = (too_long, near_limit, policy_finding, allow_not_action)
