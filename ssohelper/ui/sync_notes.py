"""What `ssohelper sync` says beside its plan: everything here goes to stderr, and decides nothing."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ssohelper.aws_config import config_edit, config_file, config_text
from ssohelper.errors import Unavailable
from ssohelper.model import Role, Session
from ssohelper.settings import config_toml, role_globs
from ssohelper.storage import paths
from ssohelper.sync import foreign_profiles
from ssohelper.sync.adoption import NOT_YOURS
from ssohelper.sync.plan import Action
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.settings.model import Settings
    from ssohelper.sync.discovery import Discovery
    from ssohelper.sync.plan import Plan

# So many names are said, of profiles of which there may be hundreds.
_NAMES = 5


def warn_of_config(text: "ConfigText") -> None:
    """Say which line keeps AWS tools from reading the file, and which sessions of config.toml there are not."""
    config_edit.check_editable(text)
    damage = config_text.damage(text)
    if damage:
        where = f"line {damage.line} of {paths.shown(paths.aws_config())}"
        terminal.say(f"{where} {damage.what}: no AWS tool can read the file as it is")
    known = {each.name for each in text.of_kind("sso-session")}
    for name in config_toml.sessions(paths.settings()):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f": did you mean {near[0]}?" if near else ""
            terminal.say(f"{paths.shown(paths.settings())} speaks of a session {name}, which is not there{meant}")


def warn_of_typos(roles: "tuple[Role, ...]", globs: Mapping[str, Iterable[str]]) -> None:
    """Say which globs, by the option that they were given with, match no role."""
    for option, given in globs.items():
        for glob in given:
            if not any(role_globs.matches(glob, role) for role in roles):
                terminal.say(f"{option} {glob!r} matches none of your {len(roles)} roles{_slip(glob, roles)}")


def warn_of_slips(roles: "tuple[Role, ...]", chosen: "Settings") -> None:
    """Say which globs of config.toml have no effect since they name a role where an account is due.

    Others that match nothing are no mistake: a file may be for several companies.
    """
    globs = {
        "sensitive_roles": chosen.sensitive_roles,
        "include": chosen.include,
        "exclude": chosen.exclude,
        "match": tuple(rule.match for rule in chosen.rules),
    }
    for key, given in globs.items():
        for glob in dict.fromkeys(given):
            if slip := _slip(glob, roles):
                terminal.say(f"{key} = {glob!r} in config.toml matches no account{slip}")


def _slip(glob: str, roles: "tuple[Role, ...]") -> str:
    return f": for the role say '*/{glob}'" if role_globs.meant_for_roles(glob, roles) else ""


def tell_of_sensitive(roles: Iterable[Role], chosen: "Settings", shown: "Plan") -> None:
    """Say how many sensitive roles get no profile."""
    have = {(step.account_id, step.role_name) for step in shown.steps}
    left = [
        role
        for role in roles
        if chosen.is_sensitive(role) and chosen.wants(role) and (role.account.id, role.name) not in have
    ]
    if left:
        some = "1 sensitive role gets" if len(left) == 1 else f"{len(left)} sensitive roles get"
        terminal.say(f"{some} no profile: ssohelper sync --sensitive adds one")


def tell_of_neighbours(text: "ConfigText", session: Session, shown: "Plan", *, adopting: bool) -> None:
    """Say what --adopt cannot do anything about, and what it could do if it were given."""
    if adopting:
        _tell_of_strangers(shown)
        _warn_of_blocks(text, shown)
        return
    added = {(step.account_id, step.role_name) for step in shown.steps if step.action is Action.ADD}
    if not added:
        return
    taken = config_file.profile_names(paths.aws_credentials())
    others = {each.key for each in foreign_profiles.find(text, session, taken=taken) if each.obstacle is None} & added
    if len(others) == 1:
        terminal.say("1 other profile is for one of these roles: ssohelper sync --adopt takes it over")
    elif others:
        terminal.say(f"{len(others)} other profiles are for these roles: ssohelper sync --adopt takes them over")


def complain_of_unlisted(found: "Discovery") -> None:
    """Say how many accounts could not be listed."""
    some = f"{len(found.unlisted)} of {len(found.accounts)} accounts"
    terminal.complain(Unavailable(f"{some} could not be listed", hint="run the same command again in a while"))


def _tell_of_strangers(shown: "Plan") -> None:
    names = [each.profile for each in shown.left if each.reason == NOT_YOURS]
    if names:
        some = "1 profile is for a role" if len(names) == 1 else f"{len(names)} profiles are for roles"
        more = ", ..." if len(names) > _NAMES else ""
        terminal.say(f"{some} that you do not have: {', '.join(names[:_NAMES])}{more}")


def _warn_of_blocks(text: "ConfigText", shown: "Plan") -> None:
    """Say which profiles another tool would write anew."""
    lost = [
        step.profile
        for step in shown.steps
        if step.action is Action.ADOPT and step.section and foreign_profiles.in_a_block(text, step.section)
    ]
    if lost:
        some = "1 profile stands" if len(lost) == 1 else f"{len(lost)} profiles stand"
        terminal.say(f"{some} in the block of aws-sso-cli: the next `aws-sso setup profiles` would undo this")
        terminal.hint(
            "take the lines # BEGIN_AWS_SSO_CLI and # END_AWS_SSO_CLI out of "
            f"{paths.shown(paths.aws_config())}, and let it write no profiles any more"
        )
