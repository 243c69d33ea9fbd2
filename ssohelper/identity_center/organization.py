"""The accounts of the organization, and where they are in its tree (`organizations`)."""

from typing import Any

from ssohelper.identity_center.admin_service import AdminService
from ssohelper.identity_center.errors import invalid_response
from ssohelper.identity_center.responses import Response

_PAGE_SIZE = 20  # the maximum
# The root, five levels of units, and the account:
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
_MOST_LEVELS = 7


class Organization:
    """The operations that read; each raises as `AdminService.ask` does."""

    def __init__(self, service: AdminService) -> None:
        self.service = service

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts: `id`, `name`, `state`, and the id of the `parent` unit or root, None if AWS does not say."""
        return self.service.pages(
            "list_accounts", lambda page: [_account(each) for each in page.structures("Accounts")], _PAGE_SIZE
        )

    def roots(self) -> list[str]:
        """The ids of the roots of the tree."""
        return self.service.pages(
            "list_roots", lambda page: [each.text("Id") for each in page.structures("Roots")], _PAGE_SIZE
        )

    def units(self, parent: str) -> list[list[str]]:
        """The id and name of each organizational unit right below a root or another unit."""
        return self.service.pages(
            "list_organizational_units_for_parent",
            lambda page: [[each.text("Id"), each.text("Name")] for each in page.structures("OrganizationalUnits")],
            _PAGE_SIZE,
            ParentId=parent,
        )

    def accounts_in(self, parent: str) -> list[str]:
        """The ids of the accounts right below a root or a unit."""
        return self.service.pages(
            "list_accounts_for_parent",
            lambda page: [each.text("Id") for each in page.structures("Accounts")],
            _PAGE_SIZE,
            ParentId=parent,
        )

    def service_control_policies(self, account_id: str) -> list[list[str]]:
        """The documents of the service control policies of each level, from the root to the account."""
        path = [account_id]
        while not path[-1].startswith("r-"):
            path.append(self._parent(path[-1]))
            if len(path) > _MOST_LEVELS:
                raise invalid_response(self.service.service.name)
        return [found for each in reversed(path) if (found := self._policies(each))]

    def _parent(self, child: str) -> str:
        parents = self.service.pages(
            "list_parents", lambda page: [each.text("Id") for each in page.structures("Parents")], ChildId=child
        )
        if len(parents) != 1:  # Organizations gives a root or a unit
            raise invalid_response(self.service.service.name)
        return parents[0]

    def _policies(self, target: str) -> list[str]:
        """The documents of the policies that are attached to a root, a unit or an account."""
        ids = self.service.pages(
            "list_policies_for_target",
            lambda page: [each.text("Id") for each in page.structures("Policies")],
            _PAGE_SIZE,
            TargetId=target,
            Filter="SERVICE_CONTROL_POLICY",
        )
        return [
            self.service.ask(
                "describe_policy", lambda found: found.structure("Policy").json_text("Content"), PolicyId=each
            )
            for each in ids
        ]


def _account(found: Response) -> dict[str, Any]:
    return {
        "id": found.text("Id"),
        "name": found.free_text("Name"),
        # Status is the older member; AWS retires it: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
        "state": found.optional_text("State") or found.optional_text("Status"),
        "parent": _parent(found.texts("Paths")),
    }


def _parent(paths: list[str]) -> str | None:
    """The last unit, or root, in `o-a1b2c3d4e5/r-f6g7/ou-f6g7-h8i9j0k1/111122223333/`; None without a path."""
    parts = [each for path in paths[:1] for each in path.split("/") if each.startswith(("r-", "ou-"))]
    return parts[-1] if parts else None
