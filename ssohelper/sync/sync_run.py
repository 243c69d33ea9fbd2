"""The plan of one run of `ssohelper sync`: from what was discovered, the settings and the options. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

from ssohelper.aws_config import config_edit, credential_source
from ssohelper.aws_config.config_text import DEFAULTS, ConfigText
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.model import Session
from ssohelper.roles import Account, AssumedRoleRef, ProfileRef, Role, RoleRef
from ssohelper.settings import role_globs
from ssohelper.settings.model import Settings
from ssohelper.settings.own_program import Command
from ssohelper.sync import desired, foreign_profiles, plan, refused
from ssohelper.sync.desired import DesiredProfile
from ssohelper.sync.discovery import Discovery
from ssohelper.sync.foreign_profiles import ForeignProfile
from ssohelper.sync.plan import Plan, RefusedProfile, Scope


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

    `command` are the words of `credential_process` lines before a role's options; `credentials` is the shared
    credentials file; `account_names` are those of the listing before, by id.
    """

    session: Session
    settings: Settings
    request: Request
    found: Discovery
    command: Command
    credentials: ConfigText
    account_names: dict[str, str | None] = field(default_factory=dict)

    def plan(self, text: ConfigText) -> Plan:
        """The plan for a text, without profiles that AWS tools would refuse. Raises `BadInput`, `ConfigConflict`."""
        config_edit.check_editable(text)
        files = self._files(text)
        credential_source.check_readable(files)
        plan.check_account_ids(text, self.session.name)
        wanted = self._desired(files)
        foreign = self._foreign_profiles(files, wanted) if self.request.adopt else []
        present = plan.managed_roles(text, self.session.name) | {each.role for each in foreign if not each.obstacle}
        # A sensitive role gets a profile on request only; one that it has already is synced like any other.
        sensitive = self._assuming_sensitive(wanted)
        profiles = [
            each
            for each in wanted
            if self.request.sensitive or each.ref.sso_role in present or not self.settings.is_sensitive(each.role)
            if each.ref not in sensitive
        ]
        left_out: dict[ProfileRef, RefusedProfile] = {}
        while True:
            scope = replace(self._scope(foreign, left_out), sensitive=sensitive)
            made = plan.make(self.session.name, profiles, text, self._credentials_profiles, scope)
            newly_refused = refused.find(made, files)
            if not newly_refused:
                return replace(made, refused=tuple(left_out.values()))
            # Without these, others may get other names.
            left_out |= {each.role: each for each in newly_refused}

    def _scope(self, foreign: list[ForeignProfile], left_out: Collection[ProfileRef]) -> Scope:
        return Scope(
            unlisted=frozenset(each.account.id for each in self.found.unlisted),
            account_names=self.account_names | {each.id: each.name for each in self.found.accounts},
            in_scope=lambda role: role not in left_out and role.sso_role not in left_out and self._in_scope(role),
            prune=self.settings.prune,
            excluded=self._excluded,
            # A role that could not be listed may have a claim to a name: the next run would rename again.
            rename=self.request.rename and not self.found.unlisted,
            foreign_profiles=tuple(foreign),
        )

    def adoptable(self, text: ConfigText) -> set[ProfileRef]:
        """The roles that have a foreign profile that can be adopted."""
        files = self._files(text)
        found = self._foreign_profiles(files, self._desired(files))
        return {each.role for each in found if each.obstacle is None}

    def assuming_sensitive(self, text: ConfigText) -> int:
        """The number of chained profiles that are not written, since they would assume a sensitive role."""
        return len(self._assuming_sensitive(self._desired(self._files(text))))

    def omitted(self, made: Plan) -> int:
        """The number of sensitive roles that have no profile in a plan."""
        present = {step.role for step in made.steps}
        return sum(self.settings.is_sensitive(role) and ref not in present for role, ref in self._included)

    def _files(self, text: ConfigText) -> AwsFiles:
        return AwsFiles(text, lambda: self.credentials)

    def _foreign_profiles(self, files: AwsFiles, wanted: list[DesiredProfile]) -> list[ForeignProfile]:
        defaults = {each.ref for each in wanted if each.name == "default" and isinstance(each.ref, RoleRef)}
        chained = {each.ref for each in wanted if isinstance(each.ref, AssumedRoleRef)}
        return [
            *foreign_profiles.find(files, self.session, default_roles=defaults),
            *(foreign_profiles.find_chained(files, chained) if chained else ()),
        ]

    def _desired(self, files: AwsFiles) -> list[DesiredProfile]:
        region = desired.default_region(files, self.session)
        profiles = desired.profiles(self.found.roles, self.session, self.settings, self.command, region)
        return [*profiles, *desired.chained(profiles, self.session, self.settings)]

    def _assuming_sensitive(self, wanted: list[DesiredProfile]) -> frozenset[ProfileRef]:
        return frozenset(
            each.ref for each in wanted if desired.assumes_sensitive_role(each, self.settings, self._accounts)
        )

    @cached_property
    def _included(self) -> list[tuple[Role, RoleRef]]:
        """The roles that the settings include."""
        roles = [role for role in self.found.roles if self.settings.includes(role)]
        return [(role, self.session.role(role.account.id, role.name)) for role in roles]

    @cached_property
    def _credentials_profiles(self) -> set[str]:
        return {each.header for each in self.credentials.sections if each.header != DEFAULTS}

    @cached_property
    def _excluded(self) -> frozenset[RoleRef]:
        excluded = [role for role in self.found.roles if not self.settings.includes(role)]
        return frozenset(self.session.role(role.account.id, role.name) for role in excluded)

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {account.id: account for account in self.found.accounts}

    def _in_scope(self, role: ProfileRef) -> bool:
        account = self._accounts.get(role.sso_role.account_id)
        if account is None:  # its name is unknown, so globs over names cannot decide
            return not self.request.include and not self.request.exclude
        return self.request.includes(Role(account, role.sso_role.role_name))
