"""Why a role is not among those that the access portal lists for a user. Pure."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ssohelper import durations, hints
from ssohelper.errors import did_you_mean, did_you_mean_one_of
from ssohelper.findings import Step
from ssohelper.permission_sets.explain import IDENTITY_CENTER, AccountNames
from ssohelper.roles import Account, Role, RoleRef

# At most so many names of a list are shown.
_MOST_NAMED = 5
# A sign-in that is younger lists what is assigned now.
_NEW_SIGN_IN_SECONDS = 300


class Conclusion(NamedTuple):
    """The steps that were taken; the answer in one sentence; a command that is safe to run next.

    `text_to_send` is what to ask the `contact` for, in lines; both are empty if nobody has to be asked.
    """

    steps: list[Step]
    sentence: str
    next_step: str
    contact: str | None = None
    text_to_send: tuple[str, ...] = ()


class Facts(NamedTuple):
    """What is known of a role that is not assigned; times are in Unix seconds.

    `account_names` are those that are known. `accounts` and `roles` are those of the user now; the roles of
    `unlisted` accounts, by id, could not be listed. `signed_in_at` is None if that is not known. `synced_at` is when
    the session was last synced, None for never; `was_assigned`: then, the role was the user's.
    """

    role: RoleRef
    start_url: str
    account_names: AccountNames
    accounts: Collection[Account]
    roles: Collection[Role]
    unlisted: Collection[str]
    synced_at: float | None
    was_assigned: bool
    signed_in_at: float | None
    now: float

    @property
    def label(self) -> str:
        """What to call the role in a message."""
        return self.role.labelled(self.account_names)

    @property
    def account(self) -> Account | None:
        """The role's account, if the user has any role there."""
        return next((each for each in self.accounts if each.id == self.role.account_id), None)

    @property
    def here(self) -> list[str]:
        """The user's roles in that account."""
        return sorted(each.name for each in self.roles if each.account.id == self.role.account_id)

    @property
    def others(self) -> list[Account]:
        """Other accounts in which the user has a role of that name."""
        return _others(self.role, self.roles)

    @property
    def may_be_newer(self) -> bool:
        """Whether the role may have been assigned since the sign-in, which does not list it then."""
        return self.signed_in_at is None or self.now - self.signed_in_at > _NEW_SIGN_IN_SECONDS

    @property
    def near_account(self) -> str:
        """Accounts of the user with a similar id, to end a message with; none for an account that was the user's."""
        if self.account_names.get(self.role.account_id):
            return ""
        return did_you_mean_one_of(self.role.account_id, {each.id: each.name or "no name" for each in self.accounts})


def explain(facts: Facts) -> Conclusion:
    """Why the role is not assigned, as far as the facts tell."""
    role, label = facts.role, facts.label
    steps = list(_steps(facts))
    roles = hints.command("roles", "--session", role.session)
    near = did_you_mean(role.role_name, facts.here)
    if facts.was_assigned:
        dry_run = hints.command("sync", "--session", role.session, "--dry-run")
        return _ask(facts, steps, f"{label} is no longer assigned to you", dry_run)
    if near and not facts.others and not facts.unlisted:
        return Conclusion(steps, f"you have no role named {role.role_name}{near}", roles)
    if not facts.account and facts.others:
        return Conclusion(steps, f"you have no role in account {role.account_id}{facts.near_account}", roles)
    if facts.may_be_newer:
        login = hints.command("login", "--session", role.session, "--force")
        return _ask(facts, steps, f"{label} is not assigned to you (or was after you signed in)", login)
    return _ask(facts, steps, f"{label} is not assigned to you", roles)


def at_last_sync(role: RoleRef, roles: Collection[Role]) -> Iterator[Step]:
    """What the last sync tells of a role that is assigned: other roles in its account, and other accounts."""
    here = [each.name for each in roles if each.account.id == role.account_id and each.name != role.role_name]
    others = _others(role, roles)
    if here:
        yield Step("account", f"other roles of yours there at the last sync: {_listed(here)}")
    if others:
        names = _listed([each.label for each in others])
        yield Step("other accounts", f"at the last sync, {role.role_name} was assigned to you in {names}, too")


def _ask(facts: Facts, steps: list[Step], sentence: str, next_step: str) -> Conclusion:
    text = f"Please assign the role {facts.label} to me in IAM Identity Center ({facts.start_url})."
    return Conclusion(steps, sentence, next_step, IDENTITY_CENTER, (text,))


def _steps(facts: Facts) -> Iterator[Step]:
    """What the portal tells, step by step."""
    role = facts.role
    yield Step("role", f"{facts.label} is not assigned to you", ok=False)
    if role.account_id in facts.unlisted:
        yield Step("account", f"your roles in {role.account_id} could not be listed", None)
    elif facts.account:
        yield Step("account", f"your roles in {facts.account.label}: {_listed(facts.here) or 'none'}")
    else:
        yield Step("account", f"you have no role in {role.account_id}{facts.near_account}", ok=False)
    if facts.others:
        names = _listed([each.label for each in facts.others])
        yield Step("other accounts", f"{role.role_name} is assigned to you in {names}")
    elif facts.unlisted:
        number = len(facts.unlisted)
        yield Step("other accounts", f"{number} account{'' if number == 1 else 's'} could not be listed", None)
    else:
        yield Step("other accounts", f"{role.role_name} is assigned to you in none", ok=False)
    if facts.synced_at is not None:
        was = "was" if facts.was_assigned else "was not"
        ago = durations.ago(facts.now - facts.synced_at)
        yield Step("last sync", f"it {was} assigned to you at the last sync, {ago}", facts.was_assigned)
    if facts.may_be_newer:
        ago = "" if facts.signed_in_at is None else f" {durations.ago(facts.now - facts.signed_in_at)}"
        yield Step("sign-in age", f"roles that were assigned since you signed in{ago} may not be listed", None)


def _others(role: RoleRef, roles: Collection[Role]) -> list[Account]:
    return [each.account for each in roles if each.name == role.role_name and each.account.id != role.account_id]


def _listed(names: Collection[str]) -> str:
    """The first names, and how many there are more."""
    shown = ", ".join(list(names)[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
