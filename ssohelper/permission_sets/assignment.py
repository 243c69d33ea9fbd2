"""Why a role is not among those that the access portal lists for a user. Pure."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ssohelper import durations, hints
from ssohelper.errors import did_you_mean, did_you_mean_one_of
from ssohelper.findings import Step
from ssohelper.model import Account, Role, RoleRef

# Of a list, so many are named.
_MOST_NAMED = 5
# A sign-in that is younger knows what is assigned now.
_NEW_SIGN_IN_SECONDS = 300


class Facts(NamedTuple):
    """What is known of a role that is not assigned; times are in Unix seconds.

    `accounts` and `roles` are those of the user now, `unlisted` the ids of accounts that could not be listed.
    `signed_in_at` is None if that is not known. `synced_at` is when the session was last synced, None for never;
    `was_assigned`: then, the role was the user's.
    """

    role: RoleRef
    accounts: Collection[Account]
    roles: Collection[Role]
    unlisted: Collection[str]
    synced_at: float | None
    was_assigned: bool
    signed_in_at: float | None
    now: float


class Reason(NamedTuple):
    """The steps that were taken; the reason in one sentence; the next step, a command; a text to send."""

    steps: list[Step]
    sentence: str
    next_step: str
    request: tuple[str, ...]


def explain(facts: Facts) -> Reason:
    """Why the role is not assigned, as far as the facts tell."""
    return _Explanation(facts).reason()


def elsewhere(role: RoleRef, roles: Collection[Role]) -> list[Account]:
    """The other accounts in which a role of that name is the user's."""
    return [each.account for each in roles if each.name == role.role_name and each.account.id != role.account_id]


def at_last_sync(role: RoleRef, roles: Collection[Role]) -> Iterator[Step]:
    """What the last sync tells of a role that is assigned: other roles in its account, other accounts that have it."""
    here = [each.name for each in roles if each.account.id == role.account_id and each.name != role.role_name]
    others = elsewhere(role, roles)
    if here:
        yield Step("account", f"other roles of yours there at the last sync: {listed(here)}")
    if others:
        names = listed([each.label for each in others])
        yield Step("elsewhere", f"{role.role_name} was yours in {names}, too, at the last sync")


def listed(names: Collection[str]) -> str:
    """The first names, and how many there are more."""
    shown = ", ".join(list(names)[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown


class _Explanation(NamedTuple):
    facts: Facts

    def steps(self) -> Iterator[Step]:
        """What the portal tells, step by step."""
        facts, role = self.facts, self.facts.role
        yield Step("role", f"{self._label} is not assigned to you", holds=False)
        if self._account:
            yield Step("account", f"{self._account.label}: {listed(self._here)}")
        elif role.account_id in facts.unlisted:
            yield Step("account", f"the roles in {role.account_id} could not be listed", None)
        else:
            yield Step("account", f"you have no role in {role.account_id}{self._near_account()}", holds=False)
        if self._elsewhere:
            yield Step(
                "elsewhere", f"{role.role_name} is yours in {listed([each.label for each in self._elsewhere])}"
            )
        elif facts.unlisted:
            yield Step("elsewhere", f"{len(facts.unlisted)} accounts could not be listed", None)
        else:
            yield Step("elsewhere", f"you do not have {role.role_name} in any other account", holds=False)
        if facts.synced_at is not None:
            then = f"at the last sync, {durations.ago(facts.now - facts.synced_at)}"
            holds, was = (True, "it was") if facts.was_assigned else (False, "it was not")
            yield Step("earlier", f"{was} assigned to you {then}", holds)
        if self._may_be_outdated:
            yield Step("newer roles", f"what was assigned since you signed in{self._when} may not show", None)

    def reason(self) -> Reason:
        """The most likely reason, a command that is safe to run next, and what to ask for if that is of use."""
        role = self.facts.role
        steps, ask = list(self.steps()), (f"Please assign the role {self._label} to me in IAM Identity Center.",)
        roles = hints.command("roles", "--session", role.session)
        near = did_you_mean(role.role_name, self._here)
        if self.facts.was_assigned:
            dry_run = hints.command("sync", "--session", role.session, "--dry-run")
            return Reason(steps, f"{self._label} is no longer assigned to you", dry_run, ask)
        if near and not self._elsewhere:
            return Reason(steps, f"no role of yours is named {role.role_name}{near}", roles, ())
        if not self._account and self._elsewhere and role.account_id not in self.facts.unlisted:
            return Reason(steps, f"you have no role in account {role.account_id}{self._near_account()}", roles, ())
        if self._may_be_outdated:
            again = hints.command("login", "--session", role.session, "--force")
            return Reason(steps, f"{self._label} is not assigned to you, or was only after you signed in", again, ask)
        return Reason(steps, f"{self._label} is not assigned to you", roles, ask)

    @property
    def _label(self) -> str:
        return self.facts.role.labelled({each.id: each.name for each in self.facts.accounts})

    @property
    def _account(self) -> Account | None:
        return next((each for each in self.facts.accounts if each.id == self.facts.role.account_id), None)

    @property
    def _here(self) -> list[str]:
        """The roles in the account."""
        return sorted(each.name for each in self.facts.roles if each.account.id == self.facts.role.account_id)

    @property
    def _elsewhere(self) -> list[Account]:
        return elsewhere(self.facts.role, self.facts.roles)

    @property
    def _may_be_outdated(self) -> bool:
        """Whether the role may have been assigned since the sign-in, which does not show it then."""
        signed_in_at = self.facts.signed_in_at
        return signed_in_at is None or self.facts.now - signed_in_at > _NEW_SIGN_IN_SECONDS

    @property
    def _when(self) -> str:
        signed_in_at = self.facts.signed_in_at
        return "" if signed_in_at is None else f", {durations.ago(self.facts.now - signed_in_at)},"

    def _near_account(self) -> str:
        return did_you_mean_one_of(
            self.facts.role.account_id, {each.id: each.name or "no name" for each in self.facts.accounts}
        )
