"""What a review of permission sets finds, and what its rules are given. Pure data."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from ssohelper.permission_sets import policy_document
from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.inventory import Inventory, PermissionSet
from ssohelper.settings.model import ReviewSettings

_ADMINISTRATOR = ":aws:policy/AdministratorAccess"
# Good practice for permission sets, as docs/findings.md names it.
Practice = Literal[
    "name",
    "document",
    "review",
    "simple",
    "conditions",
    "boundary",
    "session",
    "pattern",
    "break-glass",
    "scale",
    "trouble",
]


class Finding(NamedTuple):
    """One finding.

    `kind` identifies it for programs. `permission_set` is a name; None for a finding about no single one. `accounts`
    are ids, `principals` labels without email addresses. `message` says what is wrong, `affects` whom, `fix` what an
    administrator can do: one sentence, never a command that changes Identity Center. `evidence` is JSON data.
    """

    kind: str
    severity: Literal["error", "warning"]
    practice: Practice
    permission_set: str | None
    message: str
    affects: str
    fix: str
    accounts: Sequence[str] = ()
    principals: Sequence[str] = ()
    evidence: Mapping[str, Any] = {}


class Review(NamedTuple):
    """What the rules are given. `now` is in Unix seconds; without `actions`, rules that need them are skipped.

    `refreshed_all_day` are the names of permission sets whose credentials were issued to this user again and again
    within a day.
    """

    inventory: Inventory
    settings: ReviewSettings
    actions: Actions | None
    now: float
    refreshed_all_day: Sequence[str] = ()

    @property
    def sets(self) -> Sequence[PermissionSet]:
        """The permission sets that are reviewed: the settings may ignore some."""
        ignored = self.settings.ignore
        return [each for each in self.inventory.permission_sets if not matches_any(each.name, ignored)]

    def is_break_glass(self, permission_set: PermissionSet) -> bool:
        """Whether the settings name it as one for emergencies."""
        return matches_any(permission_set.name, self.settings.break_glass)

    def is_read_only(self, permission_set: PermissionSet) -> bool:
        """Whether its name says that it only reads (setting `read_only`)."""
        return matches_any(permission_set.name, self.settings.read_only)

    def is_development(self, account_id: str) -> bool:
        """Whether an account is in an organizational unit for development."""
        place = self.inventory.account(account_id).ou
        return place is not None and matches_any(place, self.settings.development_ous)

    def documents(self, permission_set: PermissionSet) -> list[str]:
        """Its policies that are known, as JSON: the inline policy, and those that AWS manages."""
        managed = permission_set.managed_policies or ()
        found = [self.inventory.documents[arn] for arn in managed if arn in self.inventory.documents]
        return [permission_set.inline_policy, *found] if permission_set.inline_policy else found

    def has_full_power(self, permission_set: PermissionSet) -> bool:
        """Whether one of its known policies allows everything; a permissions boundary is not considered."""
        administrator = any(arn.endswith(_ADMINISTRATOR) for arn in permission_set.managed_policies or ())
        return administrator or policy_document.allows_everything(self.documents(permission_set))


def matches_any(text: str | None, globs: Sequence[str]) -> bool:
    """Whether a name, which may be unknown, matches one of the globs, in any case."""
    return text is not None and any(fnmatchcase(text.lower(), glob.lower()) for glob in globs)
