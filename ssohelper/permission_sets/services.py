"""The services that questions are asked of, each question with its answer as plain JSON."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ssohelper.identity_center.admin_service import AdminService
from ssohelper.identity_center.administration import Administration
from ssohelper.identity_center.directory import Directory
from ssohelper.identity_center.organization import Organization
from ssohelper.identity_center.policies import Policies
from ssohelper.permission_sets.inventory import Instance
from ssohelper.permission_sets.questions import Answer, Question


class Services(NamedTuple):
    """The services that are asked, and the instance."""

    instance: Instance
    administration: Administration
    directory: Directory
    organization: Organization
    policies: Policies


class _Kind(NamedTuple):
    """How a kind of question is asked, of which service."""

    service: Callable[[Services], AdminService]
    ask: Callable[..., Answer]


def _administration(ask: Callable[..., Answer]) -> _Kind:
    def asked(services: Services, *key: str) -> Answer:
        return ask(services.administration, services.instance.arn, *key)

    return _Kind(lambda services: services.administration.service, asked)


def _directory(ask: Callable[..., Answer]) -> _Kind:
    def asked(services: Services, *key: str) -> Answer:
        return ask(services.directory, services.instance.identity_store_id, *key)

    return _Kind(lambda services: services.directory.service, asked)


def _organization(ask: Callable[..., Answer]) -> _Kind:
    return _Kind(
        lambda services: services.organization.service, lambda services, *key: ask(services.organization, *key)
    )


def _outdated(administration: Administration, instance: str, permission_set: str) -> list[str]:
    return administration.provisioned_accounts(instance, permission_set, outdated=True)


def _blocked(services: Services, _arn: str, policy: str, boundary: str, *actions: str) -> list[str]:
    """The actions that a policy allows and a boundary does not."""
    found = services.policies.simulate([policy], boundary, actions)
    return [each.action for each in found if each.boundary_allows is False]


_KINDS: Mapping[str, _Kind] = {
    "attributes": _administration(Administration.attributes),
    "permission-sets": _administration(Administration.permission_sets),
    "description": _administration(Administration.describe),
    "managed": _administration(Administration.managed_policies),
    "customer-managed": _administration(Administration.customer_managed_policies),
    "inline": _administration(Administration.inline_policy),
    "boundary": _administration(Administration.boundary),
    "tags": _administration(Administration.tags),
    "provisioned": _administration(Administration.provisioned_accounts),
    "outdated": _administration(_outdated),
    "assignments": _administration(Administration.assignments),
    "assignments-of-group": _administration(
        lambda administration, instance, group: administration.assignments_of(instance, "GROUP", group)
    ),
    "requests": _administration(Administration.requests),
    "request": _administration(Administration.request),
    "user": _directory(Directory.user),
    "users": _directory(Directory.users),
    "groups": _directory(Directory.groups),
    "group": _directory(Directory.group),
    "first-members": _directory(Directory.first_members),
    "members": _directory(Directory.members),
    "accounts": _organization(Organization.accounts),
    "roots": _organization(Organization.roots),
    "units": _organization(Organization.units),
    "accounts-in": _organization(Organization.accounts_in),
    "document": _Kind(lambda services: services.policies.iam, lambda services, arn: services.policies.document(arn)),
    "blocked": _Kind(lambda services: services.policies.iam, _blocked),
    "problems": _Kind(
        lambda services: services.policies.access_analyzer,
        lambda services, _arn, policy: services.policies.problems(policy),
    ),
}


def service_of(services: Services, question: Question) -> AdminService:
    """The service that a question is for."""
    return _KINDS[question.kind].service(services)


def ask(services: Services, question: Question) -> Answer:
    """The answer. Raises as `AdminService.ask` does."""
    return _KINDS[question.kind].ask(services, *question.key)
