"""The plan of one run of `ssohelper sync`: from what was discovered, the settings and the options. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from ssohelper.aws_config import config_edit
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.model import Account, Role, RoleRef, Session
from ssohelper.settings import role_globs
from ssohelper.settings.model import Settings
from ssohelper.settings.own_program import Command
from ssohelper.sync import desired, foreign_profiles, plan
from ssohelper.sync.desired import DesiredProfile
from ssohelper.sync.discovery import Discovery
from ssohelper.sync.foreign_profiles import ForeignProfile
from ssohelper.sync.plan import Plan, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a run. `include` and `exclude` are globs over `account/role`, beside those of the settings.

    `adopt` also adopts foreign profiles; `sensitive` also adds profiles for sensitive roles.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: bool = False
    adopt: bool = False
    sensitive: bool = False

    def includes(self, role: Role) -> bool:
        """Whether the run is about a role."""
        return role_globs.any_matches(self.include or ("*",), role) and not role_globs.any_matches(self.exclude, role)


@dataclass(frozen=True, kw_only=True)
class SyncRun:
    """Makes the plan from the text of the config file: once to show it, and again while the file is locked.

    `command` are the words of `credential_process` lines before a role's options; `credentials_profiles` are the
    profiles of the shared credentials file.
    """

    session: Session
    settings: Settings
    request: Request
    found: Discovery
    command: Command
    credentials_profiles: Collection[str]

    def plan(self, text: ConfigText) -> Plan:
        """The plan for a text. Raises `BadInput`, `ConfigConflict`."""
        config_edit.check_editable(text)
        foreign = self._foreign_profiles(text) if self.request.adopt else []
        present = plan.managed_roles(text, self.session.name) | {each.role for each in foreign if not each.obstacle}
        # A sensitive role gets a profile on request only; one that it has already is synced like any other.
        profiles = [
            each
            for each in self._desired
            if self.request.sensitive or each.ref in present or not self.settings.is_sensitive(each.role)
        ]
        scope = Scope(
            unlisted=frozenset(each.account.id for each in self.found.unlisted),
            in_scope=self._in_scope,
            prune=self.settings.prune,
            excluded=self._excluded,
            # A role that could not be listed may have a claim to a name: the next run would rename again.
            rename=self.request.rename and not self.found.unlisted,
            foreign_profiles=tuple(foreign),
        )
        return plan.make(self.session.name, profiles, text, self.credentials_profiles, scope)

    def adoptable(self, text: ConfigText) -> set[RoleRef]:
        """The roles that have a foreign profile that can be adopted."""
        return {each.role for each in self._foreign_profiles(text) if each.obstacle is None}

    def omitted(self, made: Plan) -> int:
        """The number of sensitive roles that have no profile in a plan."""
        present = {step.role for step in made.steps}
        return sum(self.settings.is_sensitive(each.role) and each.ref not in present for each in self._desired)

    def _foreign_profiles(self, text: ConfigText) -> list[ForeignProfile]:
        return foreign_profiles.find(
            text,
            self.session,
            credentials_profiles=self.credentials_profiles,
            default_roles={each.ref for each in self._desired if each.name == "default"},
        )

    @cached_property
    def _desired(self) -> list[DesiredProfile]:
        return desired.profiles(self.found.roles, self.session, self.settings, self.command)

    @cached_property
    def _excluded(self) -> frozenset[RoleRef]:
        excluded = [role for role in self.found.roles if not self.settings.includes(role)]
        return frozenset(self.session.role(role.account.id, role.name) for role in excluded)

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {account.id: account for account in self.found.accounts}

    def _in_scope(self, role: RoleRef) -> bool:
        account = self._accounts.get(role.account_id)
        if account is None:  # its name is unknown, so globs over names cannot decide
            return not self.request.include and not self.request.exclude
        return self.request.includes(Role(account, role.role_name))
