"""What is broken or did not reach an account: policies that cannot work, failed and unfinished requests. Pure."""

import re
from collections.abc import Iterator, Sequence

from ssohelper import durations
from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, Inventory, PermissionSet, Request
from ssohelper.permission_sets.rules import wording

# A request in progress for longer is stuck.
_STUCK_SECONDS = 3600
# More of AWS's own words would hide the rest of a finding.
_MOST_CHARACTERS = 200
_POLICY_ARN = re.compile(r"\barn:[\w-]+:iam::(?:\d{12}|aws):policy/([\w+=,.@/-]*[\w+=@-])")


def action_unknown(review: Review) -> Iterator[Finding]:
    """An inline policy with actions that do not exist, which often are misspelled."""
    if review.actions is None:
        return
    for each in review.sets:
        unknown = _unknown(review.actions, each.inline_policy or "")
        if unknown:
            yield Finding(
                kind="action-unknown",
                severity="error",
                practice="trouble",
                permission_set=each.label,
                message=_unknown_message(review.actions, unknown),
                affects=f"{wording.everyone(review.inventory, each)}: the policy has no effect on them, "
                "unless they are newer than the data",
                fix=f"correct the spelling: {wording.page(each, 'Inline policy')}",
                accounts=sorted(each.provisioned or ()),
                evidence={"actions": unknown, "data": review.actions.source},
            )


def _unknown(actions: Actions, policy: str) -> list[str]:
    statements = policy_document.statements(policy)
    patterns = {pattern for each in statements for pattern in (*each.actions, *each.not_actions)}
    return sorted(each for each in patterns if next(actions.matching(each), None) is None)


def _unknown_message(actions: Actions, unknown: Sequence[str]) -> str:
    services = sorted({each.partition(":")[0] for each in unknown if ":" in each})
    missing = [each for each in services if not actions.service_exists(each)]
    others = [each for each in unknown if each.partition(":")[0] not in missing]
    parts = (
        f"no such action: {wording.names(others)}" if others else "",
        f"no such service: {wording.names(missing)}" if missing else "",
    )
    return f"{'; '.join(filter(None, parts))} (according to {actions.source})"


def boundary_against_inline(review: Review) -> Iterator[Finding]:
    """Actions that the inline policy allows and the permissions boundary does not."""
    for each in review.sets:
        blocked = sorted(review.inventory.blocked.get(each.arn, ()))
        if blocked:
            yield Finding(
                kind="boundary-against-inline",
                severity="error",
                practice="trouble",
                permission_set=each.label,
                message=f"its permissions boundary does not allow {wording.names(blocked)}, its inline policy does",
                affects=f"{wording.everyone(review.inventory, each)}: these actions are denied",
                fix="allow them in the permissions boundary, or remove them from the inline policy: "
                + wording.page(each),
                accounts=sorted(each.provisioned or ()),
                evidence={"actions": blocked},
            )


def outdated(review: Review) -> Iterator[Finding]:
    """Accounts whose role is of an older version of the permission set."""
    for each in review.sets:
        number, total = len(each.outdated or ()), len(each.provisioned or ())
        if number:
            accounts = (
                f"{number:,} of {wording.counted(total, 'account')}" if total else wording.counted(number, "account")
            )
            where = wording.accounts(review.inventory, each.outdated or ())
            yield Finding(
                kind="outdated",
                severity="error",
                practice="trouble",
                permission_set=each.label,
                message=f"{accounts} {'has' if number == 1 else 'have'} an older version of it",
                affects=f"everyone who uses it in {where}",
                fix="provision it again with ProvisionPermissionSet, target type ALL_PROVISIONED_ACCOUNTS: "
                + wording.page(each, "Accounts"),
                accounts=sorted(each.outdated or ()),
                evidence={"outdated": number, "provisioned": None if each.provisioned is None else total},
            )


def policy_not_there(review: Review) -> Iterator[Finding]:
    """A customer-managed policy or boundary that does not exist in accounts, by the reason of a failure."""
    found: dict[tuple[str, str], list[tuple[PermissionSet, Request]]] = {}
    for each, request in _failed(review):
        if _lacks_policy(request):
            found.setdefault((each.arn, _policy_name(each, request)), []).append((each, request))
    for (_, name), failures in found.items():
        each, request = failures[0]
        accounts = sorted({failure.account_id or "" for _, failure in failures})
        where = wording.accounts(review.inventory, accounts)
        yield Finding(
            kind="policy-not-there",
            severity="error",
            practice="trouble",
            permission_set=each.label,
            message=f"{f'the policy {name}' if name else 'one of its policies'} does not exist in {where}",
            affects=f"everyone who should use it in {where}",
            fix=f"create the policy in {where}, then assign or provision the permission set again: "
            + wording.ACCOUNTS_PAGE,
            accounts=accounts,
            evidence={"policy": name or None, "reason": one_line(request.reason or "")},
        )


def failed(review: Review) -> Iterator[Finding]:
    """A request that failed, and whose outcome was not reached since, with AWS's reason."""
    for each, request in _failed(review):
        if not _lacks_policy(request):
            reason = one_line(request.reason or "")
            message = f"{_what(review.inventory, request)} failed" + (f": {reason}" if reason else "")
            fix = f"fix what the reason names, then repeat it: {wording.ACCOUNTS_PAGE}"
            yield _request_finding(review, each, request, message=message, fix=fix)


def stuck(review: Review) -> Iterator[Finding]:
    """A request that has been in progress for more than an hour."""
    sets = {each.arn: each for each in review.sets}
    for request in review.inventory.requests:
        each, seconds = sets.get(request.permission_set or ""), review.inventory.read_at - request.created
        if each and request.account_id and request.status == "IN_PROGRESS" and seconds > _STUCK_SECONDS:
            message = f"still {_what(review.inventory, request)} after {durations.shown(seconds)}"
            fix = f"repeat it if it does not finish: {wording.ACCOUNTS_PAGE}"
            yield _request_finding(review, each, request, message=message, fix=fix)


def _request_finding(
    review: Review, permission_set: PermissionSet, request: Request, *, message: str, fix: str
) -> Finding:
    has_failed, principal = request.status == "FAILED", _principal(review.inventory, request)
    account = wording.accounts(review.inventory, [request.account_id or ""])
    return Finding(
        kind="failed" if has_failed else "stuck",
        severity="error" if has_failed else "warning",
        practice="trouble",
        permission_set=permission_set.label,
        message=message,
        affects={
            "assignment": f"{principal or 'users'}: no access to {account} with it",
            "removal": f"{principal or 'users'}: still access to {account} with it",
            "provisioning": f"everyone who uses it in {account}",
        }[request.kind],
        fix=fix,
        accounts=[request.account_id or ""],
        principals=[principal] if principal else [],
        evidence={
            "request": request.id,
            "kind": request.kind,
            "created": request.created,
            "reason": one_line(request.reason) if request.reason else None,
        },
    )


def _what(inventory: Inventory, request: Request) -> str:
    account, principal = wording.accounts(inventory, [request.account_id or ""]), _principal(inventory, request)
    return {
        "assignment": f"assigning it{f' to {principal}' if principal else ''} in {account}",
        "removal": f"removing it{f' from {principal}' if principal else ''} in {account}",
        "provisioning": f"provisioning it in {account}",
    }[request.kind]


def _principal(inventory: Inventory, request: Request) -> str:
    """The user or group that a request is for; empty for provisioning."""
    kind, principal_id = request.principal_type, request.principal_id
    return inventory.principal(kind, principal_id) if kind and principal_id else ""


def _failed(review: Review) -> Iterator[tuple[PermissionSet, Request]]:
    """The newest request of each pair, or assignment, if it failed and its outcome is known to be missing."""
    sets = {each.arn: each for each in review.sets}
    newest = {
        (each.permission_set, each.account_id, each.principal_type, each.principal_id): each
        for each in sorted(review.inventory.requests, key=lambda request: request.created)
    }
    for request in newest.values():
        each = sets.get(request.permission_set or "")
        if each and request.status == "FAILED" and _is_outcome_missing(review.inventory, each, request):
            yield each, request


def _is_outcome_missing(inventory: Inventory, permission_set: PermissionSet, request: Request) -> bool:
    """False if it is not known."""
    if request.kind == "provisioning":
        return request.account_id in (permission_set.outdated or ())
    assigned = _is_assigned(inventory, permission_set, request)
    return assigned is not None and assigned == (request.kind == "removal")


def _is_assigned(inventory: Inventory, permission_set: PermissionSet, request: Request) -> bool | None:
    """None if it is not known."""
    asked = request.account_id, request.principal_type, request.principal_id
    rows = inventory.assigned(permission_set)
    if asked in {(row.account_id, row.principal_type, row.principal_id) for row in rows}:
        return True
    accounts, pair = permission_set.provisioned, (permission_set.arn, request.account_id)
    known = accounts is not None and (request.account_id not in accounts or pair in inventory.assignments)
    return False if known and None not in asked else None


def _lacks_policy(request: Request) -> bool:
    """Whether the reason is a missing policy. Of roles and users, IAM says `The role with name x cannot be found`."""
    reason = request.reason or ""
    not_found = re.search(r"\b404\b", reason) is not None and "policy" in reason.lower()
    return not_found or ("NoSuchEntity" in reason and " with name " not in reason)


def _policy_name(permission_set: PermissionSet, request: Request) -> str:
    """The policy that a reason names: by ARN, or by the name of one of the permission set. Empty if it names none."""
    arn = _POLICY_ARN.search(request.reason or "")
    policies = [*(permission_set.customer_managed_policies or ()), permission_set.boundary]
    names = sorted((each.name for each in policies if isinstance(each, CustomerManagedPolicy)), key=len, reverse=True)
    named = (name for name in names if name in (request.reason or ""))
    return arn[1].rpartition("/")[2] if arn else next(named, "")


def one_line(text: str) -> str:
    """AWS's own words on one line, without control characters, and not too long."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= _MOST_CHARACTERS else f"{plain[: _MOST_CHARACTERS - 1]}…"


RULES = (action_unknown, boundary_against_inline, policy_not_there, outdated, failed, stuck)
