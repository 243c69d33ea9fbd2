"""A review: every rule applied to what was read, without what the settings ignore or accept. Pure."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from ssohelper.permission_sets.findings import Finding, Review, matches_any
from ssohelper.permission_sets.inventory import Assignment, Inventory, Pair, PermissionSet
from ssohelper.permission_sets.rules import (
    boundary,
    break_glass,
    conditions,
    document,
    name,
    pattern,
    read_only,
    scale,
    session,
    simple,
    trouble,
    usage,
)
from ssohelper.permission_sets.rules.wording import counted
from ssohelper.settings.model import AcceptedFinding

Rule = Callable[[Review], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    *trouble.RULES,
    *break_glass.RULES,
    *boundary.RULES,
    *read_only.RULES,
    *session.RULES,
    *usage.RULES,
    *scale.RULES,
    *pattern.RULES,
    *conditions.RULES,
    *simple.RULES,
    *name.RULES,
    *document.RULES,
)


class Accepted(NamedTuple):
    """A finding that the settings accept, with the reason."""

    finding: Finding
    why: str


class Report(NamedTuple):
    """What a review found: errors first, then warnings. `not_reviewed` is what was not looked at, in words.

    `unknown_kinds` are kinds that the settings accept, and that do not exist.
    """

    findings: tuple[Finding, ...]
    accepted: tuple[Accepted, ...]
    not_reviewed: tuple[str, ...]
    unknown_kinds: tuple[str, ...] = ()


def kinds() -> list[str]:
    """The kinds of findings: a rule is named as its kind."""
    return sorted(rule.__name__.replace("_", "-") for rule in RULES)


def run(review: Review, today: str, only: Collection[str] = (), skip: Collection[str] = ()) -> Report:
    """The findings of all rules, or of those for `only` these kinds; `today` is a date, YYYY-MM-DD."""
    review = review._replace(inventory=_without_ignored_assignments(review))
    found = [
        each for rule in RULES for each in rule(review) if each.kind not in skip and (not only or each.kind in only)
    ]
    found.sort(key=lambda each: each.severity != "error")
    accepted, left = [], []
    for each in found:
        why = _accepted(each, review.settings.accept, today)
        if why is None:
            left.append(each)
        else:
            accepted.append(Accepted(each, why))
    unknown = sorted({each.kind for each in review.settings.accept} - set(kinds()))
    return Report(tuple(left), tuple(accepted), tuple(_not_reviewed(review)), tuple(unknown))


def _accepted(finding: Finding, accepted: Collection[AcceptedFinding], today: str) -> str | None:
    """Why a finding is accepted; None if it is not, or not any more."""
    for each in accepted:
        matches = matches_any(finding.permission_set or "", [each.match])
        if each.kind == finding.kind and matches and (each.until is None or today <= each.until):
            return each.why
    return None


def _without_ignored_assignments(review: Review) -> Inventory:
    """The inventory without assignments that are temporary by design."""
    inventory, globs = review.inventory, review.settings.ignore_assignments
    if not globs:
        return inventory
    names = {each.arn: each.label for each in inventory.permission_sets}

    def is_kept(row: Assignment) -> bool:
        account = inventory.account(row.account_id)
        places = [f"{each}/{names.get(row.permission_set, '')}" for each in (account.id, account.name or "")]
        return not any(matches_any(place, globs) for place in places)

    kept = {pair: tuple(filter(is_kept, rows)) for pair, rows in inventory.assignments.items()}
    # Where every assignment is temporary, the account is not one where nobody has the permission set.
    left_out = {pair for pair, rows in inventory.assignments.items() if rows and not kept[pair]}
    return replace(
        inventory,
        permission_sets=tuple(_without_accounts(each, left_out) for each in inventory.permission_sets),
        assignments={pair: rows for pair, rows in kept.items() if pair not in left_out},
        group_assignments=tuple(filter(is_kept, inventory.group_assignments)),
    )


def _without_accounts(permission_set: PermissionSet, left_out: Collection[Pair]) -> PermissionSet:
    accounts = permission_set.provisioned
    left = tuple(each for each in accounts or () if (permission_set.arn, each) not in left_out)
    # Unknown, not none: it is provisioned, so `nowhere` must not report it.
    return permission_set._replace(provisioned=left if left or accounts == () else None)


def _not_reviewed(review: Review) -> Iterator[str]:
    ignored = len(review.inventory.permission_sets) - len(review.sets)
    if ignored:
        yield f"{counted(ignored, 'permission set')} that `ignore` in config.toml names"
    if review.settings.ignore_assignments:
        yield "assignments that `ignore_assignments` in config.toml names"
    yield from review.inventory.skipped
    if review.actions is None:
        yield "names and access levels of actions: install ssohelper with the extra `policies`"
    if review.inventory.problems is None:
        yield "inline policies by Access Analyzer (--validate)"
    if not review.settings.break_glass:
        yield "permission sets for emergencies: set break_glass in config.toml"
