"""The profile that each role should have, by the settings and the style. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK, SOURCE_ROLE_KEYS
from ssohelper.aws_config.merged import AwsFiles, Merged
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.roles import Account, AssumedRoleRef, ProfileRef, Role, RoleRef, is_role_arn
from ssohelper.settings import name_templates, own_program, role_globs
from ssohelper.settings.model import ChainedRule, Rule, Settings, Style
from ssohelper.settings.own_program import Command

_STYLE_KEYS: dict[Style, frozenset[str]] = {
    "sso": frozenset({"sso_session", *IDENTITY_KEYS["sso"]}),
    "credential-process": frozenset({"credential_process", *IDENTITY_KEYS["credential-process"]}),
}
# What a profile of each style must not have: the keys of the others.
_UNSET: dict[Style, frozenset[str]] = {
    style: frozenset().union(*(keys for other, keys in _STYLE_KEYS.items() if other != style))
    for style in _STYLE_KEYS
}


@dataclass(frozen=True, slots=True)
class DesiredProfile:
    """The profile that a role should have; `name` may be taken by another profile.

    `values` and `mark` are always set, `defaults` only where the profile has no such option, and `unset` are removed.
    The `source_profile` of a chained profile is added by `with_source`, once all names are known.
    """

    role: Role
    ref: ProfileRef
    name: str
    values: dict[str, str]
    defaults: dict[str, str]
    mark: dict[str, str]
    unset: frozenset[str]

    def options(self) -> dict[str, str]:
        """All options, in the order of a new profile."""
        return {**self.values, **self.defaults, **self.mark}

    def with_source(self, names: Mapping[ProfileRef, str]) -> "DesiredProfile":
        """Itself with `source_profile`, if it is chained; `names` are those of all profiles."""
        if not isinstance(self.ref, AssumedRoleRef):
            return self
        return replace(self, values={"source_profile": names[self.ref.source], **self.values})


def profiles(
    roles: Iterable[Role], session: Session, settings: Settings, command: Command, default_region: str | None
) -> list[DesiredProfile]:
    """The profiles of the roles that the settings include.

    `default_region` is the region of a new profile for which none is configured, and which the user may change; None
    if such a profile needs no region of its own. Raises `BadInput` if a style cannot be written for a profile.
    """
    return [_profile(role, session, settings, command, default_region) for role in roles if settings.includes(role)]


def chained(bases: Iterable[DesiredProfile], session: Session, settings: Settings) -> list[DesiredProfile]:
    """The chained profiles of the settings; of two for the same roles, the first. Raises `BadInput` for a bad ARN."""
    found: dict[ProfileRef, DesiredProfile] = {}
    for base in bases:
        for rule in settings.chained:
            if role_globs.matches(rule.match, base.role):
                each = _chained(base, rule, session, settings)
                found.setdefault(each.ref, each)
    return [*found.values()]


def assumes_sensitive_role(profile: DesiredProfile, settings: Settings, accounts: Mapping[str, Account]) -> bool:
    """Whether a chained profile assumes a sensitive role: SDKs would do it themselves, without an unlock.

    `accounts` are those whose names are known, by id.
    """
    if not isinstance(profile.ref, AssumedRoleRef):
        return False
    role = profile.ref.ref
    return settings.is_sensitive(Role(accounts.get(role.account_id, Account(role.account_id)), role.role_name))


def _chained(base: DesiredProfile, rule: ChainedRule, session: Session, settings: Settings) -> DesiredProfile:
    assert isinstance(base.ref, RoleRef)
    configured = rule.region or base.values.get("region")
    region = configured or base.defaults.get("region") or session.region
    role_arn = name_templates.fill(rule.role_arn, name_templates.fields(base.role, session, region))
    if not is_role_arn(role_arn):
        raise BadInput(
            f"not a valid role ARN for {base.role.name} in {base.role.account.label}: {role_arn!r}",
            hint=f"correct role_arn = {rule.role_arn!r} in config.toml",
        )
    options = {
        "role_arn": role_arn,
        "external_id": rule.external_id,
        "role_session_name": rule.role_session_name,
        "duration_seconds": None if rule.duration_seconds is None else str(rule.duration_seconds),
        "region": configured,
        "output": rule.output or settings.output,
        **rule.options,
    }
    name = name_templates.render(rule.name, base.role, session, region, portable=settings.portable_names)
    return DesiredProfile(
        role=base.role,
        ref=AssumedRoleRef(base.ref, role_arn),
        name=_except_default(name, base.role, rule.name),
        values={key: value for key, value in options.items() if value is not None},
        defaults={} if configured else base.defaults,
        mark=dict(
            zip((MARK, *SOURCE_ROLE_KEYS), (session.name, base.ref.account_id, base.ref.role_name), strict=True)
        ),
        unset=frozenset(),
    )


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
        unset=_UNSET[style],
    )


def _name(role: Role, rule: Rule, session: Session, settings: Settings) -> str:
    region = rule.region or settings.region or session.region
    template = rule.name or settings.profile_name
    name = name_templates.render(template, role, session, region, portable=settings.portable_names)
    return _except_default(name, role, rule.name)


def _except_default(name: str, role: Role, configured: str | None) -> str:
    """Another name than `default`, unless a rule has it: tools use that profile if none is given."""
    return f"{name}-{role.account.id}" if name == "default" and configured != "default" else name


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
