"""The profile that each role should have, by the settings and the style. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.model import Role, RoleRef, Session
from ssohelper.settings import name_templates, own_program
from ssohelper.settings.model import Rule, Settings, Style
from ssohelper.settings.own_program import Command

_STYLE_KEYS: dict[Style, frozenset[str]] = {
    "sso": frozenset({"sso_session", *IDENTITY_KEYS["sso"]}),
    "credential-process": frozenset({"credential_process", *IDENTITY_KEYS["credential-process"]}),
}


@dataclass(frozen=True, slots=True)
class DesiredProfile:
    """The profile that a role should have; `name` may be taken by another profile.

    `values` and `mark` are always set, `defaults` only where the profile has no such option, and `unset` are removed.
    """

    role: Role
    ref: RoleRef
    name: str
    values: dict[str, str]
    defaults: dict[str, str]
    mark: dict[str, str]
    unset: frozenset[str]

    def options(self) -> dict[str, str]:
        """All options, in the order of a new profile."""
        return {**self.values, **self.defaults, **self.mark}


def profiles(
    roles: Iterable[Role], session: Session, settings: Settings, command: Command, default_region: str | None
) -> list[DesiredProfile]:
    """The profiles of the roles that the settings include.

    `default_region` is the region of a new profile for which none is configured, and which the user may change; None
    if such a profile needs no region of its own. Raises `BadInput` if a style cannot be written for a profile.
    """
    return [_profile(role, session, settings, command, default_region) for role in roles if settings.includes(role)]


def default_region(files: AwsFiles, session: Session) -> str | None:
    """The `default_region` of `profiles`: the session's, unless the config file has another one for all profiles.

    botocore refuses a profile whose region differs from one in its `[sso-session]` section.
    """
    found = files.sessions.get(session.name, Merged(session.name)).get("region")
    if found is None:
        return session.region
    return None if found.inherited else found.text


def _profile(
    role: Role, session: Session, settings: Settings, command: Command, default_region: str | None
) -> DesiredProfile:
    ref = session.role(role.account.id, role.name)
    rule = settings.rule_for(role)
    # In the style sso, SDKs request credentials themselves, so a sensitive role would not have to be unlocked.
    style: Style = "credential-process" if settings.is_sensitive(role) else rule.style or settings.style
    region = rule.region or settings.region
    configured = {"region": region, "output": rule.output or settings.output, **rule.options}
    return DesiredProfile(
        role=role,
        ref=ref,
        name=_name(role, rule, session, settings),
        values={
            **_credential_source(style, ref, command),
            **{key: value for key, value in configured.items() if value is not None},
        },
        defaults={} if region or default_region is None else {"region": default_region},
        mark=_mark(style, ref),
        unset=frozenset().union(*(keys for other, keys in _STYLE_KEYS.items() if other != style)),
    )


def _name(role: Role, rule: Rule, session: Session, settings: Settings) -> str:
    region = rule.region or settings.region or session.region
    template = rule.name or settings.profile_name
    name = name_templates.render(template, role, session, region, portable=settings.portable_names)
    # Tools use `default` if no profile is given: only a rule gives a role that name, never an account's name.
    return f"{name}-{role.account.id}" if name == "default" and rule.name != "default" else name


def _credential_source(style: Style, role: RoleRef, command: Command) -> dict[str, str]:
    if style == "sso":
        return {"sso_session": role.session, "sso_account_id": role.account_id, "sso_role_name": role.role_name}
    return {"credential_process": own_program.credential_process(command, role)}


def _mark(style: Style, role: RoleRef) -> dict[str, str]:
    """The options that make it a managed profile, and in the style credential-process name its role."""
    if style == "sso":
        return {MARK: role.session}
    values = (role.session, role.account_id, role.role_name)
    return dict(zip((MARK, *IDENTITY_KEYS[style]), values, strict=True))
