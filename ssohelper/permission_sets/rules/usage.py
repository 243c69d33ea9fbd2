"""Whether a permission set is reviewed, and used by anybody for anything. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Assignment, Inventory
from ssohelper.permission_sets.rules import wording

_DAY_SECONDS = 86400
_CLOSED = ("SUSPENDED", "PENDING_CLOSURE", "CLOSED")
_REMOVE = f"remove the assignments: {wording.ACCOUNTS_PAGE}"


def review_due(review: Review) -> Iterator[Finding]:
    """The date in the settings' tag for reviews is too long ago, or there is none."""
    tag = review.settings.reviewed_tag
    for each in review.sets:
        if not tag or each.tags is None:
            continue
        text = each.tags.get(tag)
        reviewed = _unix_seconds(text) if text is not None else None
        days = None if reviewed is None else (review.now - reviewed) / _DAY_SECONDS
        if days is not None and days <= review.settings.review_days:
            continue
        yield Finding(
            kind="review-due",
            severity="warning",
            practice="review",
            permission_set=each.label,
            message=_reviewed(days, tag, text),
            affects=wording.everyone(review.inventory, each),
            fix=f"review its policies and assignments, then set the tag {tag} to the date (TagResource)",
            evidence={"tag": tag, "days": days and int(days), "review_days": review.settings.review_days},
        )


def _reviewed(days: float | None, tag: str, text: str | None) -> str:
    """When it was reviewed, in words. A tag that is not a date is not shown: it may be somebody's email address."""
    if days is not None:
        return f"last reviewed {int(days):,} days ago"
    return f"not known when it was reviewed: {'no' if text is None else 'not a date in the'} tag {tag}"


def _unix_seconds(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def nowhere(review: Review) -> Iterator[Finding]:
    """Provisioned in no account."""
    for each in review.sets:
        if each.provisioned is not None and not each.provisioned:
            yield Finding(
                kind="nowhere",
                severity="warning",
                practice="review",
                permission_set=each.label,
                message="not provisioned in any account",
                affects="nobody",
                fix=f"assign it, or delete it: {wording.page(each)}",
            )


def nobody(review: Review) -> Iterator[Finding]:
    """Provisioned in an account without an assignment, or only for empty groups."""
    inventory = review.inventory
    for each in review.sets:
        if not inventory.knows_assignments(each):
            continue
        rows = {account: inventory.assignments[each.arn, account] for account in each.provisioned or ()}
        unassigned = sorted(account for account, its_rows in rows.items() if not its_rows)
        empty = [row for its_rows in rows.values() if _all_empty(inventory, its_rows) for row in its_rows]
        found = sorted({*unassigned, *wording.account_ids(empty)})
        if found:
            yield Finding(
                kind="nobody",
                severity="warning",
                practice="review",
                permission_set=each.label,
                message=f"nobody can use it in {len(found):,} of {wording.counted(len(rows), 'account')}",
                affects=f"{wording.accounts(inventory, found)}, where it has no users",
                fix="assign it to a group with users, or remove its last assignment there, which deletes the role",
                accounts=found,
                principals=wording.principals(inventory, empty),
                evidence={"unassigned": unassigned, "empty_groups": wording.by_principal(empty)},
            )


def _all_empty(inventory: Inventory, rows: tuple[Assignment, ...]) -> bool:
    """Whether assignments are for empty groups only; one that was deleted is not called empty."""
    groups = [inventory.groups.get(row.principal_id) for row in rows if row.principal_type == "GROUP"]
    empty = [
        each for each in groups if each and each.exists is not False and each.members == () and not each.has_more
    ]
    return len(empty) == len(rows)


def gone(review: Review) -> Iterator[Finding]:
    """Assigned to a user or group that does not exist any more: deleting one leaves its assignments."""
    inventory = review.inventory
    for each in review.sets:
        rows = [row for row in inventory.assigned(each) if exists(inventory, row) is False]
        if rows:
            yield Finding(
                kind="gone",
                severity="error",
                practice="review",
                permission_set=each.label,
                message=f"assigned to {_deleted(inventory, rows)}",
                affects=f"nobody; assignments in {_where(inventory, rows)} are left over",
                fix="remove the assignments by the id of the user or group (DeleteAccountAssignment)",
                accounts=wording.account_ids(rows),
                principals=wording.principals(inventory, rows),
                evidence={"assignments": wording.by_principal(rows)},
            )


def exists(inventory: Inventory, row: Assignment) -> bool | None:
    """Whether the user or group of an assignment exists; None if that is not known."""
    found = (inventory.groups if row.principal_type == "GROUP" else inventory.users).get(row.principal_id)
    return None if found is None else found.exists


def _deleted(inventory: Inventory, rows: list[Assignment]) -> str:
    kinds = {row.principal_type.lower() for row in rows}
    noun = f"deleted {kinds.pop() if len(kinds) == 1 else 'principal'}"
    names = wording.principals(inventory, rows)
    return f"{wording.counted(len(names), noun)}: {wording.names(names)}"


def disabled(review: Review) -> Iterator[Finding]:
    """Assigned directly to a user who is disabled."""
    inventory = review.inventory
    for each in review.sets:
        rows = [row for row in inventory.assigned(each) if _is_disabled(inventory, row)]
        if rows:
            names = wording.principals(inventory, rows)
            yield Finding(
                kind="disabled",
                severity="warning",
                practice="review",
                permission_set=each.label,
                message=f"assigned to {wording.counted(len(names), 'disabled user')}: {wording.names(names)}",
                affects=f"nobody now; a user who is enabled again has access to {_where(inventory, rows)}",
                fix=_REMOVE,
                accounts=wording.account_ids(rows),
                principals=names,
                evidence={"assignments": wording.by_principal(rows)},
            )


def _is_disabled(inventory: Inventory, row: Assignment) -> bool:
    user = inventory.users.get(row.principal_id) if row.principal_type == "USER" else None
    return user is not None and user.enabled is False and user.exists is not False


def does_nothing(review: Review) -> Iterator[Finding]:
    """No policy of any kind."""
    for each in review.sets:
        if each.managed_policies == () and each.customer_managed_policies == () and each.inline_policy == "":
            yield Finding(
                kind="does-nothing",
                severity="error",
                practice="review",
                permission_set=each.label,
                message="no policies attached",
                affects=wording.everyone(review.inventory, each),
                fix=f"attach a policy, or delete it: {wording.page(each)}",
                accounts=sorted(each.provisioned or ()),
            )


def account_closed(review: Review) -> Iterator[Finding]:
    """Assigned in an account that is suspended or closed."""
    inventory = review.inventory
    for each in review.sets:
        rows = [row for row in inventory.assigned(each) if inventory.account(row.account_id).state in _CLOSED]
        ids = wording.account_ids(rows)
        if ids:
            where = "an account that is" if len(ids) == 1 else f"{len(ids):,} accounts that are"
            yield Finding(
                kind="account-closed",
                severity="warning",
                practice="review",
                permission_set=each.label,
                message=f"assigned in {where} suspended or closed",
                affects=f"everyone who uses it in {_where(inventory, rows)}",
                fix=_REMOVE,
                accounts=ids,
                principals=wording.principals(inventory, rows),
                evidence={"states": {account: inventory.account(account).state for account in ids}},
            )


def _where(inventory: Inventory, rows: list[Assignment]) -> str:
    return wording.accounts(inventory, wording.account_ids(rows))


RULES = (review_due, nowhere, nobody, gone, disabled, does_nothing, account_closed)
