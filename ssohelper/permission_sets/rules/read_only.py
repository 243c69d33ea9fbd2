"""Permission sets that are called read-only change nothing. Pure."""

import re
from collections.abc import Iterator

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import PermissionSet
from ssohelper.permission_sets.policy_document import Permissions
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.boundary import unread_note

# At most so many actions are evidence.
_MOST_LISTED = 20
# AWS's own policies for reading have a few actions that its reference calls Write, such as s3express:CreateSession.
_AWS_READ_ONLY = re.compile(r".*ReadOnly.*|ViewOnlyAccess|SecurityAudit")


def read_only_writes(review: Review) -> Iterator[Finding]:
    """Called read-only, by the settings, but its policies allow actions that change something."""
    if review.actions is None:
        return
    for each in filter(review.is_read_only, review.sets):
        known = None not in (each.inline_policy, each.managed_policies, each.customer_managed_policies)
        changing = _changing(review.actions, Permissions.of(_documents(review, each))) if known else []
        if changing:
            yield Finding(
                kind="read-only-writes",
                severity="error",
                practice="pattern",
                permission_set=each.label,
                message=f"called read-only, but its policies allow {wording.names(changing)}",
                affects=f"{wording.everyone(review.inventory, each)}: they can change something"
                + unread_note(review, each),
                fix=f"remove these actions, or deny them: {wording.page(each)}",
                accounts=sorted(each.provisioned or ()),
                evidence={"actions": changing[:_MOST_LISTED], "number": len(changing)},
            )


def _documents(review: Review, permission_set: PermissionSet) -> Iterator[str]:
    """Its known policies, without AWS's own for reading."""
    if permission_set.inline_policy:
        yield permission_set.inline_policy
    for arn in permission_set.managed_policies or ():
        if arn in review.inventory.documents and not _AWS_READ_ONLY.fullmatch(arn.rpartition("/")[2]):
            yield review.inventory.documents[arn]


def _changing(actions: Actions, permissions: Permissions) -> list[str]:
    allowed = {action for each in permissions.allow for action in actions.named_by(each)}
    return sorted(each for each in allowed if actions.changes(each) and not permissions.denies(each))


RULES = (read_only_writes,)
