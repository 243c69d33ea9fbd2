"""Few permission sets, each for many accounts, assigned to groups. Pure."""

from collections import Counter
from collections.abc import Iterator

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Inventory
from ssohelper.permission_sets.rules import wording
from ssohelper.permission_sets.rules.usage import exists

_MOST_SMALL_SETS = 30
_FEWEST_ACCOUNTS = 3
# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html; both can be raised.
_MOST_SETS = 3500
_MOST_SETS_IN_AN_ACCOUNT = 500
_CLOSE = 0.8
_TOO_MANY = Finding(
    kind="too-many",
    severity="warning",
    practice="pattern",
    permission_set=None,
    message="",
    affects="administrators, who have to review all of them",
    fix="delete those that nobody uses, or ask AWS to raise the quota",
)


def direct(review: Review) -> Iterator[Finding]:
    """Assigned to a user instead of a group. One whose name is not known may be for emergencies, for named users."""
    inventory = review.inventory
    for each in review.sets:
        usual = each.name is not None and not review.is_break_glass(each)
        users = [row for row in inventory.assigned(each) if usual and row.principal_type == "USER"]
        rows = [row for row in users if exists(inventory, row)]
        if rows:
            names = wording.principals(inventory, rows)
            number = "" if len(names) == 1 else f"{len(names):,} users: "
            yield Finding(
                kind="direct",
                severity="warning",
                practice="pattern",
                permission_set=each.label,
                message=f"assigned directly to {number}{wording.names(names)}",
                affects=wording.accounts(inventory, wording.account_ids(rows)),
                fix=f"assign it to a group with these users, then remove their assignments: {wording.ACCOUNTS_PAGE}",
                accounts=wording.account_ids(rows),
                principals=names,
                evidence={"assignments": wording.by_principal(rows)},
            )


def too_many(review: Review) -> Iterator[Finding]:
    """Many permission sets with few accounts each, or close to a quota. Ignored ones count for the quotas."""
    inventory = review.inventory
    if inventory.sets_complete and all(each.provisioned is not None for each in inventory.permission_sets):
        yield from _many_small(review)
        yield from _close_to_quota(inventory)
        yield from _many_in_an_account(inventory)


def _many_small(review: Review) -> Iterator[Finding]:
    number = sum(len(each.provisioned or ()) < _FEWEST_ACCOUNTS for each in review.sets)
    if number > _MOST_SMALL_SETS:
        yield _TOO_MANY._replace(
            message=f"{number:,} permission sets are provisioned in fewer than {_FEWEST_ACCOUNTS} accounts each",
            fix="replace them with a few for many accounts, by job function: ReadOnly, Developer, SecurityAudit",
            evidence={"permission_sets": number, "fewer_accounts_than": _FEWEST_ACCOUNTS},
        )


def _close_to_quota(inventory: Inventory) -> Iterator[Finding]:
    number = len(inventory.permission_sets)
    if number >= _CLOSE * _MOST_SETS:
        yield _TOO_MANY._replace(
            message=f"{number:,} permission sets, the default quota is {_MOST_SETS:,}",
            evidence={"permission_sets": number, "quota": _MOST_SETS},
        )


def _many_in_an_account(inventory: Inventory) -> Iterator[Finding]:
    numbers = Counter(account for each in inventory.permission_sets for account in each.provisioned or ())
    for account, number in sorted(numbers.items()):
        if number >= _CLOSE * _MOST_SETS_IN_AN_ACCOUNT:
            name = inventory.account(account).label
            yield _TOO_MANY._replace(
                message=f"{number:,} permission sets in {name}, the default quota is {_MOST_SETS_IN_AN_ACCOUNT:,}",
                affects=f"everyone who needs another permission set in {name}",
                accounts=[account],
                evidence={"permission_sets": number, "quota": _MOST_SETS_IN_AN_ACCOUNT},
            )


RULES = (direct, too_many)
