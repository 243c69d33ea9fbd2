"""One permission set with conditions instead of many that differ in a detail. Pure."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import CustomerManagedPolicy, PermissionSet
from ssohelper.permission_sets.policy_document import Statement
from ssohelper.permission_sets.rules import wording

# Policies that differ in more statements are not alike.
_MOST_DIFFERENT = 2
_TAG = "aws:principaltag/"
_TAG_VARIABLE = re.compile(r"\$\{\s*aws:PrincipalTag/([^},]+)", re.IGNORECASE)


class _Policies(NamedTuple):
    """The policies of a permission set, to be compared: its statements as JSON, with and without conditions."""

    name: str
    managed: frozenset[str | CustomerManagedPolicy]
    statements: frozenset[str]
    unconditional: frozenset[str]


def alike(review: Review) -> Iterator[Finding]:
    """Permission sets with the same managed policies, and inline policies that hardly differ.

    Those for emergencies are left out: they are separate on purpose.
    """
    sets = (each for each in review.sets if each.name is not None and not review.is_break_glass(each))
    for group in _groups(filter(None, map(_policies, sets))):
        names = [each.name for each in group]
        almost = "" if len({each.statements for each in group}) == 1 else "almost "
        yield Finding(
            kind="alike",
            severity="warning",
            practice="conditions",
            permission_set=names[0],
            message=f"{almost}the same policies as {wording.names(names[1:])}",
            affects="administrators, who have to review and change each of them",
            fix="replace them with one permission set; where they have to differ, use conditions, "
            "such as on aws:PrincipalTag or aws:PrincipalAccount",
            evidence={"names": names},
        )


def _groups(found: Iterable[_Policies]) -> list[list[_Policies]]:
    """Those that are alike, each with at least one other of its group, by name."""
    by_managed: dict[frozenset[str | CustomerManagedPolicy], list[list[_Policies]]] = {}
    for each in sorted(found, key=_name):
        joined, others = [each], []
        for group in by_managed.get(each.managed, []):
            if any(_are_alike(each, other) for other in group):
                joined += group
            else:
                others.append(group)
        by_managed[each.managed] = [*others, joined]
    groups = (group for groups in by_managed.values() for group in groups if len(group) > 1)
    return sorted((sorted(group, key=_name) for group in groups), key=lambda group: group[0].name)


def _name(policies: _Policies) -> str:
    return policies.name


def _policies(permission_set: PermissionSet) -> _Policies | None:
    """None if one of its policies is not known."""
    own, customers = permission_set.managed_policies, permission_set.customer_managed_policies
    text = permission_set.inline_policy
    if own is None or customers is None or text is None or (text and policy_document.canonical(text) is None):
        return None
    statements = [each._replace(sid=None) for each in policy_document.statements(text)]
    return _Policies(
        permission_set.label,
        frozenset([*own, *customers]),
        frozenset(json.dumps(each) for each in statements),
        frozenset(json.dumps(each._replace(condition={})) for each in statements),
    )


def _are_alike(one: _Policies, other: _Policies) -> bool:
    """Whether inline policies differ in conditions only, or in a few statements beside something in common.

    Without any policy, they do nothing: that is another finding.
    """
    if one.unconditional == other.unconditional:
        return bool(one.managed or one.statements)
    different = max(len(one.statements - other.statements), len(other.statements - one.statements))
    common = len(one.statements & other.statements)
    return different <= _MOST_DIFFERENT and (bool(one.managed) or common >= different)


def attribute_unmapped(review: Review) -> Iterator[Finding]:
    """A policy that uses a tag of the principal, where Identity Center passes no attribute of that name."""
    attributes = review.inventory.instance.attributes
    for each in review.sets if attributes is not None else ():
        statements = (found for text in review.documents(each) for found in policy_document.statements(text))
        tags = {tag.lower(): tag for found in statements for tag in _tags(found)}
        missing = sorted(tags[key] for key in tags.keys() - {name.lower() for name in attributes or ()})
        if missing:
            keys = wording.names([f"aws:PrincipalTag/{tag}" for tag in missing])
            yield Finding(
                kind="attribute-unmapped",
                severity="error",
                practice="conditions",
                permission_set=each.label,
                message=f"its policies use {keys}, but no such attribute is set up for access control",
                affects=f"{wording.everyone(review.inventory, each)}: their sessions do not have the tag, "
                "unless the identity provider sends it in SAML assertions",
                fix="add the attribute, or correct its name in the policy: "
                "IAM Identity Center > Settings > Attributes for access control",
                accounts=sorted(each.provisioned or ()),
                evidence={"missing": missing, "attributes": sorted(attributes or ())},
            )


def _tags(statement: Statement) -> Iterator[str]:
    """The tags of the principal that a statement asks for, in condition keys and in policy variables."""
    conditions = [item for keys in statement.condition.values() for item in keys.items()]
    yield from (key[len(_TAG) :] for key, _ in conditions if key.lower().startswith(_TAG))
    texts: Iterable[str] = (value for _, values in conditions for value in values)
    for text in (*statement.resources, *statement.not_resources, *texts):
        yield from (found[1].strip() for found in _TAG_VARIABLE.finditer(text))


RULES = (alike, attribute_unmapped)
