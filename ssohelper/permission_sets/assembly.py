"""The inventory that answers amount to, and what could not be read, in words. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ssohelper.permission_sets.collect import Scope
from ssohelper.permission_sets.inventory import (
    Account,
    Assignment,
    CustomerManagedPolicy,
    Group,
    Instance,
    Inventory,
    Pair,
    PermissionSet,
    PolicyProblem,
    Request,
    Unread,
    User,
)
from ssohelper.permission_sets.questions import Answer, Question

Answers = Mapping[Question, Answer]
# What kinds of questions ask for, in words; `{}` is a permission set, an account or what else the key names.
_WORDS = {
    "attributes": "attributes for access control",
    "permission-sets": "the list of permission sets",
    "description": "name and session duration of {}",
    "managed": "AWS-managed policies of {}",
    "customer-managed": "customer-managed policies of {}",
    "inline": "inline policy of {}",
    "boundary": "permissions boundary of {}",
    "tags": "tags of {}",
    "provisioned": "accounts of {}",
    "outdated": "accounts with an older version of {}",
    "assignments": "assignments of {} in {}",
    "assignments-of-group": "assignments of the group {}",
    "requests": "the list of {} requests with status {}",
    "request": "the {} request {}",
    "user": "the user {}",
    "users": "the list of users",
    "groups": "the list of groups",
    "group": "the group {}",
    "first-members": "members of the group {}",
    "members": "members of the group {}",
    "accounts": "the accounts of the organization",
    "roots": "the organizational units",
    "units": "the organizational units in {}",
    "accounts-in": "the accounts in {}",
    "document": "the policy {}",
    "blocked": "what the permissions boundary of {} blocks",
    "problems": "Access Analyzer's findings for {}",
}


def assemble(
    instance: Instance, read_at: float, scope: Scope, answers: Answers, failures: Mapping[Question, str]
) -> Inventory:
    """The inventory. `failures` are the reasons why questions were not answered; `read_at` is in Unix seconds."""
    arns = dict.fromkeys(answers.get(Question("permission-sets"), []))
    sets = tuple(
        sorted((_permission_set(arn, answers) for arn in arns), key=lambda each: (each.label.lower(), each.arn))
    )
    assignments = _assignments(sets, answers)
    found = Inventory(
        instance=instance._replace(attributes=_optional_tuple(answers.get(Question("attributes")))),
        read_at=read_at,
        permission_sets=sets,
        sets_complete=Question("permission-sets") in answers,
        assignments=assignments,
        group_assignments=tuple(each for each in _group_assignments(answers) if each[:2] not in assignments),
        group_assignments_complete=_knows_groups(answers),
        users=_users(answers),
        groups=_groups(answers),
        groups_complete=Question("groups") in answers,
        accounts=_accounts(answers),
        accounts_complete=Question("accounts") in answers,
        requests=tuple(_requests(answers)),
        requests_complete=not any(each.kind in ("requests", "request") for each in failures),
        documents={key[0]: answer for (kind, key), answer in answers.items() if kind == "document"},
        blocked={key[0]: tuple(answer) for (kind, key), answer in answers.items() if kind == "blocked"},
        problems=tuple(_problems(answers)) if scope.validate else None,
        skipped=tuple(_skipped(scope, answers)),
    )
    return _with_unread(found, failures)


def _permission_set(arn: str, answers: Answers) -> PermissionSet:
    def answer(kind: str) -> Any:
        return answers.get(Question(kind, (arn,)))

    references = answer("customer-managed")
    boundary = answer("boundary")
    return PermissionSet(
        arn,
        **(answer("description") or {}),
        managed_policies=_optional_tuple(answer("managed")),
        customer_managed_policies=None
        if references is None
        else tuple(CustomerManagedPolicy(*each) for each in references),
        inline_policy=answer("inline"),
        boundary=CustomerManagedPolicy(*boundary) if isinstance(boundary, list) else boundary,
        tags=answer("tags"),
        provisioned=_optional_tuple(answer("provisioned")),
        outdated=_optional_tuple(answer("outdated")),
    )


def _optional_tuple(found: list[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)


def _assignments(sets: Collection[PermissionSet], answers: Answers) -> dict[Pair, tuple[Assignment, ...]]:
    """By provisioned pair, as far as they were read."""
    found: dict[Pair, tuple[Assignment, ...]] = {}
    for each in sets:
        for account_id in each.provisioned or ():
            rows = answers.get(Question("assignments", (each.arn, account_id)))
            if rows is not None:
                found[each.arn, account_id] = tuple(Assignment(each.arn, account_id, *row) for row in rows)
    return found


def _group_assignments(answers: Answers) -> Iterator[Assignment]:
    for (kind, _), rows in answers.items():
        if kind == "assignments-of-group":
            yield from (Assignment(*row) for row in rows)


def _knows_groups(answers: Answers) -> bool:
    """Whether the assignments of every group were read by group."""
    groups = answers.get(Question("groups"), [])
    return bool(groups) and all(Question("assignments-of-group", (each["id"],)) in answers for each in groups)


def _users(answers: Answers) -> dict[str, User]:
    found = {each["id"]: User(**each, exists=True) for each in answers.get(Question("users"), [])}
    for (kind, key), answer in answers.items():
        if kind == "user":
            found[key[0]] = User(**answer, exists=True) if answer else User(key[0], exists=False)
    return found


def _groups(answers: Answers) -> dict[str, Group]:
    found = {each["id"]: Group(**each, exists=True) for each in answers.get(Question("groups"), [])}
    for (kind, key), answer in answers.items():
        if kind == "group":
            found[key[0]] = Group(**answer, exists=True) if answer else Group(key[0], exists=False)
    for (kind, key), answer in answers.items():
        if kind in ("first-members", "members") and key[0] in found:
            members, has_more = (answer, False) if kind == "members" else (answer["members"], answer["has_more"])
            found[key[0]] = found[key[0]]._replace(members=tuple(members), has_more=has_more)
    return found


def _accounts(answers: Answers) -> dict[str, Account]:
    places = _places(answers)
    parents = {
        account_id: key[0]
        for (kind, key), answer in answers.items()
        if kind == "accounts-in"
        for account_id in answer
    }
    return {
        each["id"]: Account(
            each["id"], each["name"], each["state"], places.get(each["parent"] or parents.get(each["id"]))
        )
        for each in answers.get(Question("accounts"), [])
    }


def _places(answers: Answers) -> dict[str | None, str]:
    """The place in the tree of each root and organizational unit, by its id."""
    found: dict[str | None, str] = dict.fromkeys(answers.get(Question("roots"), []), "/")
    waiting = list(found)
    while waiting:
        parent = waiting.pop()
        for unit_id, name in answers.get(Question("units", (str(parent),)), []):
            if unit_id not in found:
                found[unit_id] = f"{found[parent].rstrip('/')}/{name}"
                waiting.append(unit_id)
    return found


def _requests(answers: Answers) -> Iterator[Request]:
    for (kind, key), answer in answers.items():
        if kind == "request" and answer["status"] != "SUCCEEDED" and answer["created"] is not None:
            yield Request(key[1], key[0], **answer)  # type: ignore[arg-type] # one of the kinds that were asked for


def _problems(answers: Answers) -> Iterator[PolicyProblem]:
    for (kind, key), answer in answers.items():
        if kind == "problems":
            yield from (PolicyProblem(key[0], **each) for each in answer)


def _skipped(scope: Scope, answers: Answers) -> Iterator[str]:
    """What was not asked on purpose."""
    if scope.quick:
        yield "assignments of single users, and of deleted users and groups (--quick)"
    customer_managed = sum(isinstance(answer, list) for (kind, _), answer in answers.items() if kind == "boundary")
    if customer_managed:
        sets = f"{customer_managed} permission set{'' if customer_managed == 1 else 's'}"
        yield f"customer-managed permissions boundaries, which are in the accounts (of {sets})"


def _with_unread(found: Inventory, failures: Mapping[Question, str]) -> Inventory:
    names = {each.arn: each.label for each in found.permission_sets}
    names |= {each.id: each.name or each.id for each in found.accounts.values()}
    names |= {each: found.principal("GROUP", each) for each in found.groups}
    unread = [
        Unread(_WORDS[kind].format(*(names.get(each, each) for each in key)), reason)
        for (kind, key), reason in failures.items()
    ]
    return replace(found, unread=tuple(sorted(unread)))
