"""The settings in `config.toml`, as checked values. Named tuples, because dataclasses slow down start-up."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ssohelper.roles import Account, Role
from ssohelper.settings import role_globs

DEFAULT_TEMPLATE = "{account_name}.{role_name}"
Style = Literal["sso", "credential-process"]
SignIn = Literal["browser", "device-code"]
Store = Literal["file", "keyring"]
# Those that a terminal has, and a prompt in every shell.
RoleColor = Literal["red", "green", "yellow", "blue", "magenta", "cyan"]
Browser = Literal["default", "firefox-containers", "chrome-profiles"]


_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class Rule(NamedTuple):
    """Settings for the roles that match a glob over `account/role`. None: not set by this rule."""

    match: str
    name: str | None = None
    region: str | None = None
    output: str | None = None
    style: Style | None = None
    options: Mapping[str, str] = _NO_OPTIONS
    color: RoleColor | None = None
    label: str | None = None
    warning: str | None = None
    confirm: bool | None = None


class ChainedRule(NamedTuple):
    """A profile for each role that matches a glob, which assumes another role with its credentials.

    `role_arn` and `name` are templates over the matching role.
    """

    match: str
    role_arn: str
    name: str
    region: str | None = None
    output: str | None = None
    external_id: str | None = None
    role_session_name: str | None = None
    duration_seconds: int | None = None
    options: Mapping[str, str] = _NO_OPTIONS


class AcceptedFinding(NamedTuple):
    """A finding of a review that is accepted. `match` is a glob over permission sets; `until` a date, YYYY-MM-DD."""

    kind: str
    match: str
    why: str
    until: str | None = None


class ReviewSettings(NamedTuple):
    """What `permission-sets review` goes by, of one session. Globs are over names of permission sets.

    `ignore_assignments` are globs over `account/permission set`, `development_ous` over places in the tree
    (`/prod/eu`). Without `break_glass`, those that `sensitive_roles` names are for emergencies. `rate` is in calls a
    second, to each of the services.
    """

    ignore: tuple[str, ...] = ()
    ignore_assignments: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ("*ReadOnly*", "*View*", "*Audit*")
    powerful_hours: float = 1
    longest_hours: float = 4
    development_ous: tuple[str, ...] = ("*/dev", "*/dev/*", "*/sandbox", "*/sandbox/*")
    required_tags: tuple[str, ...] = ()
    reviewed_tag: str | None = None
    review_days: float = 180
    policy_lines: float = 200
    rate: float = 20
    accept: tuple[AcceptedFinding, ...] = ()


_LOOKS = ("color", "label", "warning", "confirm")
_MERGED = tuple(name for name in Rule._fields if name not in ("match", "options"))


class Settings(NamedTuple):
    """The settings of one session. Globs are over `account/role`; `account` alone matches every role in it."""

    profile_name: str = DEFAULT_TEMPLATE
    portable_names: bool = True
    style: Style = "sso"
    region: str | None = None
    output: str | None = None
    prune: bool = True
    program: str | None = None
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    chained: tuple[ChainedRule, ...] = ()
    sign_in: SignIn | None = None
    sign_in_hours: float | None = None
    notify_minutes: float = 20
    keep_hours: float = 24
    store: Store = "file"
    console_browser: Browser = "default"
    sign_in_browser: Browser = "default"
    browser: str | None = None
    sensitive_roles: tuple[str, ...] = ()
    admin: str | None = None
    permission_sets: ReviewSettings = ReviewSettings()

    def regions(self) -> set[str]:
        """Every region that a profile may get."""
        found = {self.region, *(rule.region for rule in self.rules), *(rule.region for rule in self.chained)}
        return {region for region in found if region is not None}

    def includes(self, role: Role) -> bool:
        """Whether `sync` keeps a profile for a role."""
        return role_globs.any_matches(self.include, role) and not role_globs.any_matches(self.exclude, role)

    def excludes_account(self, account: Account) -> bool:
        """Whether no role of an account gets a profile, whatever roles it has."""
        return role_globs.any_matches_account(self.exclude, account)

    def is_sensitive(self, role: Role) -> bool:
        """Whether a role has to be unlocked by a person before its credentials are handed out."""
        return role_globs.any_matches_in_any_case(self.sensitive_roles, role)

    def rule_for(self, role: Role) -> Rule:
        """All rules that match a role, merged: of two that set the same thing, the first one counts.

        For what makes a role look different, case is ignored, since a profile may spell the role in another one.
        Where the account's name is not known, a confirmation is needed if any name would need one.
        """
        merged: dict[str, Any] = {}
        for rule in self.rules:
            exact = role_globs.matches(rule.match, role)
            names = _MERGED if exact else _LOOKS if role_globs.matches_in_any_case(rule.match, role) else ()
            merged = {name: getattr(rule, name) for name in names if getattr(rule, name) is not None} | merged
            if exact:
                merged["options"] = {**rule.options, **merged.get("options", {})}
        if role.account.name is None:
            merged["confirm"] = any(rule.confirm and role_globs.may_match(rule.match, role) for rule in self.rules)
        return Rule(match="*", **merged)
