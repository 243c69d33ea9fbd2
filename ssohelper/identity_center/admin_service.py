"""A service that is asked with role credentials, from any number of threads, within the rate that it allows.

Only operations that read are ever called: those in `OPERATIONS`.
"""

import math
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ssohelper.errors import AccessDenied, SourceRejected
from ssohelper.identity_center import signed_requests
from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.limiter import Limiter
from ssohelper.identity_center.paced_calls import PacedCalls, TryAgain
from ssohelper.identity_center.profile_clients import Keys, ProfileClients
from ssohelper.identity_center.responses import Response

_Result = TypeVar("_Result")

# As many as a rate of 20 calls a second keeps busy, if each takes a second.
WORKERS = 20
# More pages than any organization has: after that, the service repeats itself.
_MAX_PAGES = 1000


class Service(NamedTuple):
    """An AWS service: botocore's name of it, what messages call it, and the prefix of its actions in policies.

    `next_page` is the member that leads to the next page.
    """

    client: str
    name: str
    prefix: str
    next_page: str = "NextToken"


IDENTITY_CENTER = Service("sso-admin", "IAM Identity Center", "sso")
IDENTITY_STORE = Service("identitystore", "Identity Store", "identitystore")
ORGANIZATIONS = Service("organizations", "Organizations", "organizations")
IAM = Service("iam", "IAM", "iam")
ACCESS_ANALYZER = Service("accessanalyzer", "Access Analyzer", "access-analyzer", "nextToken")

# By botocore's names of services and methods.
OPERATIONS = {
    "sso-admin": {
        "list_instances",
        "describe_instance_access_control_attribute_configuration",
        "list_permission_sets",
        "describe_permission_set",
        "list_managed_policies_in_permission_set",
        "list_customer_managed_policy_references_in_permission_set",
        "get_inline_policy_for_permission_set",
        "get_permissions_boundary_for_permission_set",
        "list_tags_for_resource",
        "list_accounts_for_provisioned_permission_set",
        "list_permission_sets_provisioned_to_account",
        "list_account_assignments",
        "list_account_assignments_for_principal",
        "list_account_assignment_creation_status",
        "describe_account_assignment_creation_status",
        "list_account_assignment_deletion_status",
        "describe_account_assignment_deletion_status",
        "list_permission_set_provisioning_status",
        "describe_permission_set_provisioning_status",
    },
    "identitystore": {
        "get_user_id",
        "describe_user",
        "describe_group",
        "list_users",
        "list_groups",
        "list_group_memberships",
        "is_member_in_groups",
    },
    "organizations": {
        "list_accounts",
        "list_roots",
        "list_organizational_units_for_parent",
        "list_accounts_for_parent",
        "list_parents",
        "list_policies_for_target",
        "describe_policy",
    },
    "iam": {"get_policy", "get_policy_version", "simulate_custom_policy"},
    "accessanalyzer": {"validate_policy"},
}


class AdminService:
    """One service in one region. `keys` are asked for before each call: they may be refreshed meanwhile.

    `ask` and `pages` raise `AccessDenied` with the action that is denied, `NotFound`, `SourceRejected`, `BadInput`,
    `Failed`, `Unavailable`, and what `keys` raises.
    """

    def __init__(
        self, service: Service, clients: ProfileClients, keys: Callable[[], Keys], region: str, limiter: Limiter
    ) -> None:
        self.service = service
        self.limiter = limiter
        self._profile_clients = clients
        self._keys = keys
        self._region = region
        self._calls = PacedCalls(limiter)
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def stop(self) -> None:
        """Let the calls of all threads fail instead of waiting."""
        self._calls.stop()

    def ask(self, operation: str, read: Callable[[Response], _Result], **arguments: Any) -> _Result:
        """What `read` makes of the response; if it cannot read it, the request is sent again."""
        if operation not in OPERATIONS[self.service.client]:
            raise AssertionError(f"not an operation that may be called: {operation}")
        return self._calls.make(lambda: read(self._send(operation, arguments)))

    def pages(
        self, operation: str, read: Callable[[Response], list[_Result]], size: int = 0, **arguments: Any
    ) -> list[_Result]:
        """What `read` makes of all pages. One has at most `size` items; 0: the operation does not take a size."""
        return self.first_pages(operation, read, size, math.inf, **arguments)[0]

    def first_pages(
        self,
        operation: str,
        read: Callable[[Response], list[_Result]],
        size: int,
        enough: float,
        **arguments: Any,
    ) -> tuple[list[_Result], bool]:
        """The same of as many pages as it takes to have `enough` items, and whether there are more pages.

        A page may be empty although others follow.
        """
        found: list[_Result] = []
        name = self.service.next_page
        token: str | None = None
        seen: set[str] = set()
        if size:
            arguments["MaxResults"] = size
        for _ in range(_MAX_PAGES):
            more = {name: token} if token else {}
            page, token = self.ask(
                operation, lambda each: (read(each), each.optional_text(name)), **arguments, **more
            )
            found += page
            if not token or len(found) >= enough:
                return found, bool(token)
            if token in seen:
                break
            seen.add(token)
        raise invalid_response(self.service.name)

    def takes(self, operation: str, parameter: str) -> bool:
        """Whether this version of botocore knows a parameter of an operation: botocore refuses unknown ones."""
        client = self._client(self._keys())
        name = client.meta.method_to_api_mapping[operation]
        return parameter in client.meta.service_model.operation_model(name).input_shape.members

    def _send(self, operation: str, arguments: dict[str, Any]) -> Response:
        keys = self._keys()
        service = self.service
        try:
            return signed_requests.send(
                lambda: getattr(self._client(keys), operation), service.client, service.name, arguments
            )
        except AccessDenied as error:
            name = self._client(keys).meta.method_to_api_mapping[operation]
            raise AccessDenied(
                f"{service.prefix}:{name} is not allowed",
                hint="use a role in the management account with the policy in docs/permission-sets.md",
            ) from error
        except SourceRejected as error:
            if self._keys().access_key_id != keys.access_key_id:
                raise TryAgain from error
            raise

    def _client(self, keys: Keys) -> Any:
        """A client for these keys: making one is slow."""
        with self._lock:
            if keys.access_key_id not in self._clients:
                self._clients = {
                    keys.access_key_id: self._profile_clients.client(
                        self.service.client, self.service.name, keys, region=self._region, connections=WORKERS
                    )
                }
            return self._clients[keys.access_key_id]
