"""Whether a permission set allows an action in an account, as IAM simulates its policies with what limits them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ssohelper.doctor.why import Action
from ssohelper.errors import SsohelperError
from ssohelper.findings import Step
from ssohelper.identity_center.policies import Evaluated
from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.services import Services


class Subject(NamedTuple):
    """The permission set whose policies are simulated, by its ARN, and the account in which they are used."""

    services: Services
    permission_set: str
    account_id: str


class _Documents(NamedTuple):
    """What could be read; `names` says what that is, `unread` what is missing.

    `own_complete`: whether all policies of the permission set itself could be read.
    """

    names: Sequence[str]
    own: Sequence[str]
    boundary: str | None
    service_control: Sequence[Sequence[str]]
    unread: Sequence[str]
    own_complete: bool


def steps(subject: Subject, action: Action) -> Iterator[Step]:
    """The policies that decide, and the decision; neither raises an error."""
    try:
        found = _read(subject)
        missing = f"; not read: {', '.join(found.unread)}" if found.unread else ""
        yield Step("policies", f"{', '.join(found.names) or 'none'}{missing}")
        (evaluated,) = subject.services.policies.simulate(
            found.own or [_NOTHING],
            found.boundary,
            [action.name],
            action.resource or "*",
            service_control=found.service_control,
        )
    except SsohelperError as error:
        yield Step("action", f"{action.label}: {error}", None)
        return
    yield _decision(action, evaluated, found)


_NOT_ALLOWED = "no policy of the permission set allows it"
# IAM simulates no empty list.
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


def _read(subject: Subject) -> _Documents:
    administration, instance = subject.services.administration, subject.services.instance.arn
    arn, unread = subject.permission_set, []
    inline = administration.inline_policy(instance, arn)
    managed = administration.managed_policies(instance, arn)
    own = [*([inline] if inline else []), *(subject.services.policies.document(each) for each in managed)]
    names = [*(["inline policy"] if inline else []), *(arn.rpartition("/")[2] for arn in managed)]
    references = administration.customer_managed_policies(instance, arn)
    unread += [f"the customer-managed policy {path}{name}" for path, name in references]
    boundary = administration.boundary(instance, arn)
    limit = None
    if isinstance(boundary, list):
        unread.append(f"the permissions boundary {boundary[0]}{boundary[1]}")
    elif boundary:
        limit = subject.services.policies.document(boundary)
        names.append(f"permissions boundary {boundary.rpartition('/')[2]}")
    service_control: Sequence[Sequence[str]] = ()
    # They do not apply to the management account, which owns the instance.
    if subject.account_id != subject.services.instance.owner_account_id:
        try:
            service_control = subject.services.organization.service_control_policies(subject.account_id)
        except SsohelperError as error:
            unread.append(f"the service control policies ({error})")
    number = sum(map(len, service_control))
    names += [f"{number} service control polic{'y' if number == 1 else 'ies'}"] if number else []
    return _Documents(names, own, limit, service_control, unread, own_complete=not references)


def _decision(action: Action, evaluated: Evaluated, found: _Documents) -> Step:
    denied = _denied_by(evaluated)
    if denied and evaluated.missing:
        keys = ", ".join(evaluated.missing)
        return Step("action", f"{action.label}: depends on conditions that are not known here ({keys})", None)
    if denied == _NOT_ALLOWED and action.resource is None and _names(found.own, action.name):
        return Step("action", f"{action.label}: not allowed on every resource: name one with --resource", None)
    if denied:
        certain = evaluated.decision == "explicitDeny" or found.own_complete
        missing = "" if certain else f"; not read: {', '.join(found.unread)}"
        return Step("action", f"{action.label}: {denied}{missing}", ok=False if certain else None)
    if found.unread:
        return Step("action", f"{action.label}: its policies allow it; not checked: {', '.join(found.unread)}", None)
    every = "" if action.resource else " (simulated for all resources: name one with --resource)"
    return Step("action", f"{action.label} is allowed{every}")


def _names(documents: Sequence[str], action: str) -> bool:
    """Whether a statement allows an action, on whatever resource."""
    statements = (each for text in documents for each in policy_document.statements(text))
    return any(each.allows and each.applies_to(action) for each in statements)


def _denied_by(evaluated: Evaluated) -> str | None:
    """Which policies deny; None if the action is allowed."""
    if evaluated.decision == "allowed":
        return None
    if evaluated.organization_allows is False:
        return "a service control policy does not allow it"
    if evaluated.boundary_allows is False:
        return "the permissions boundary does not allow it"
    if evaluated.decision == "explicitDeny":
        return "a statement of the permission set denies it"
    return _NOT_ALLOWED
