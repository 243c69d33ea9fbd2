"""Warnings and notes of `ssohelper sync` beside its plan, on stderr."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ssohelper import durations
from ssohelper.errors import Failed, Unavailable, did_you_mean
from ssohelper.roles import ProfileRef, Role
from ssohelper.settings import role_globs
from ssohelper.storage import paths
from ssohelper.sync import foreign_profiles
from ssohelper.sync.adoption import NOT_ASSIGNED
from ssohelper.sync.plan import Action
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.settings.config_toml import ConfigToml
    from ssohelper.settings.model import Settings
    from ssohelper.sync.discovery import Discovery
    from ssohelper.sync.plan import Plan
    from ssohelper.sync.role_changes import RoleChanges

# The most profiles that a note names.
_MAX_NAMES = 5
# The most roles, which take more space.
_MAX_ROLES = 2


def first_to_try(profiles: Sequence[str]) -> str:
    """Of new profiles the one to try first: one that can only read, if its name says so."""
    harmless = [name for name in profiles if "read" in name.lower() or "view" in name.lower()]
    return (harmless or profiles)[0]


def show_found(roles: Collection[Role]) -> None:
    """Say how many roles were found."""
    terminal.say(f"found {len(roles)} roles in {len({each.account for each in roles})} accounts")


def show_defaults(settings: "Settings") -> None:
    """Say how profiles are named and get credentials."""
    terminal.say(
        f"profiles are named {settings.profile_name}, style {settings.style};"
        f" set profile_name and style in {paths.shown(paths.settings())} to change that"
    )


def show_changes(changes: "RoleChanges | None", now: float) -> None:
    """Say which roles are newly assigned, and which no longer are, since the last sync. `now` is in Unix seconds."""
    if changes is None:
        return
    parts = [
        f"{number} {'role' if number == 1 else 'roles'} {what} ({_some_roles(roles)})"
        for what, roles in (
            ("newly assigned", changes.assigned),
            ("no longer assigned", changes.no_longer_assigned),
        )
        if (number := len(roles))
    ]
    if parts:
        terminal.say(f"since the last sync, {durations.ago(now - changes.since)}: {', '.join(parts)}")


def _some_roles(roles: Sequence[Role]) -> str:
    shown = [f"{role.name} in {role.account.name or role.account.id}" for role in roles[:_MAX_ROLES]]
    return ", ".join([*shown, *(["..."] if len(roles) > _MAX_ROLES else [])])


def warn_about_settings(text: "ConfigText", config_toml: "ConfigToml") -> None:
    """Warn about settings for sessions that are not configured."""
    place = paths.shown(paths.aws_config())
    known = {each.name for each in text.of_kind("sso-session")}
    for name in config_toml.sessions:
        if name not in known:
            settings = paths.shown(paths.settings())
            terminal.warn(f"{settings}: sso-session {name!r} not found in {place}{did_you_mean(name, known)}")


def warn_about_option_globs(roles: Collection[Role], globs: Mapping[str, Iterable[str]]) -> None:
    """Warn about globs that match no role, by the option that they were given with."""
    for option, values in globs.items():
        for glob in values:
            if not any(role_globs.matches(glob, role) for role in roles):
                terminal.warn(f"{option} {glob!r} matches none of your {len(roles)} roles{_for_roles(glob, roles)}")


def warn_about_settings_globs(roles: Collection[Role], settings: "Settings") -> None:
    """Warn about globs in config.toml that have a role where an account is expected.

    Other globs may well match nothing: the file may be for several organizations.
    """
    globs = {
        "sensitive_roles": settings.sensitive_roles,
        "include": settings.include,
        "exclude": settings.exclude,
        "match": (*(rule.match for rule in settings.rules), *(rule.match for rule in settings.chained)),
    }
    for key, values in globs.items():
        for glob in dict.fromkeys(values):
            if advice := _for_roles(glob, roles):
                terminal.warn(f"{key} = {glob!r} in config.toml matches no account{advice}")


def _for_roles(glob: str, roles: Collection[Role]) -> str:
    return f"; for roles use '*/{glob}'" if role_globs.matches_only_role_names(glob, roles) else ""


def show_omitted(count: int) -> None:
    """Say how many sensitive roles get no profile."""
    if count == 1:
        terminal.warn("1 sensitive role gets no profile: ssohelper sync --sensitive adds it")
    elif count:
        terminal.warn(f"{count} sensitive roles get no profile: ssohelper sync --sensitive adds them")


def show_assuming_sensitive(count: int) -> None:
    """Say how many chained profiles are not written, since SDKs would assume a sensitive role without an unlock."""
    if count:
        some = "1 chained profile is" if count == 1 else f"{count} chained profiles are"
        terminal.warn(f"{some} not written: SDKs would assume a sensitive role without an unlock")


def show_adoptable(plan: "Plan", adoptable: Collection[ProfileRef]) -> None:
    """Say how many of the profiles to add are for roles that have a foreign profile."""
    count = len({step.role for step in plan.steps if step.action is Action.ADD} & {*adoptable})
    if count == 1:
        terminal.say("1 of these roles already has a profile: ssohelper sync --adopt uses it instead")
    elif count:
        terminal.say(f"{count} of these roles already have a profile: ssohelper sync --adopt uses them instead")


def show_adoption(text: "ConfigText", plan: "Plan") -> None:
    """Say which profiles cannot be adopted since their role is not assigned, and which another tool will rewrite."""
    names = [each.profile for each in plan.not_adopted if each.reason == NOT_ASSIGNED]
    if names:
        some = "1 profile is for a role" if len(names) == 1 else f"{len(names)} profiles are for roles"
        shown = ", ".join([*names[:_MAX_NAMES], *(["..."] if len(names) > _MAX_NAMES else [])])
        terminal.say(f"{some} not assigned to you: {shown}")
    adopted = [step.section for step in plan.steps if step.action is Action.ADOPT and step.section]
    in_block = sum(foreign_profiles.in_block(text, section) for section in adopted)
    if in_block:
        some = "1 profile is" if in_block == 1 else f"{in_block} profiles are"
        terminal.say(f"{some} in the block of aws-sso-cli: `aws-sso setup profiles` would undo the adoption")
        place = paths.shown(paths.aws_config())
        terminal.hint(f"remove the lines # BEGIN_AWS_SSO_CLI and # END_AWS_SSO_CLI from {place}")


def show_refused(count: int) -> None:
    """The error for profiles that are not written."""
    some = "1 profile is" if count == 1 else f"{count} profiles are"
    terminal.error(
        Failed(
            f"{some} not written: AWS tools would refuse them or use other credentials",
            hint="correct the lines that the plan names, or the region in config.toml",
        )
    )


def show_unlisted(found: "Discovery") -> None:
    """The errors for accounts that could not be listed: for now, and for good."""
    denied = [each.account for each in found.unlisted if each.denied]
    failed = len(found.unlisted) - len(denied)
    if failed:
        message = f"{failed} of {len(found.accounts)} accounts could not be listed"
        terminal.error(Unavailable(message, hint="try again later"))
    if denied:
        some = "1 account" if len(denied) == 1 else f"{len(denied)} accounts"
        ids = ", ".join(f'"{each.id}"' for each in denied[:_MAX_NAMES])
        more = ", ..." if len(denied) > _MAX_NAMES else ""
        hint = f"to leave them out, in config.toml: exclude = [{ids}{more}]"
        terminal.error(Failed(f"Identity Center lists {some}, and denies access to the roles there", hint=hint))
