"""What the profile of a role should hold, by the settings and the style. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ssohelper.aws_config.config_text import IDENTITY_KEYS, MARK
from ssohelper.errors import BadInput
from ssohelper.model import Role, Session
from ssohelper.settings import name_templates
from ssohelper.settings.model import Rule, Settings, Style
from ssohelper.settings.own_program import Command

_STYLE_KEYS: dict[Style, frozenset[str]] = {
    "sso": frozenset({"sso_session", *IDENTITY_KEYS["sso"]}),
    "credential-process": frozenset({"credential_process", *IDENTITY_KEYS["credential-process"]}),
}
_PLAIN_ARGUMENT = re.compile(r"[A-Za-z0-9_@+=:,./-]+")  # no %: cmd.exe expands it


@dataclass(frozen=True, slots=True)
class Wanted:
    """A profile as it should be, under the name that it should have if nobody else has it.

    `values` and `mark` must be so; `defaults` are written only where the profile has none; `unset` must not be there.
    """

    role: Role
    name: str
    values: dict[str, str]
    defaults: dict[str, str]
    mark: dict[str, str]
    unset: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """The account's id and the role's name: with the session, what a profile of ours is matched by."""
        return self.role.account.id, self.role.name

    def options(self) -> dict[str, str]:
        """All options, in the order in which a new profile has them."""
        return {**self.values, **self.defaults, **self.mark}


def profiles(roles: Iterable[Role], session: Session, settings: Settings, command: Command) -> list[Wanted]:
    """The wanted profiles of the roles that the settings include.

    Raises `BadInput` where a style cannot be written for a role.
    """
    return [_wanted(role, session, settings, command) for role in roles if settings.wants(role)]


def _wanted(role: Role, session: Session, settings: Settings, command: Command) -> Wanted:
    rule = settings.rule_for(role)
    # With the style sso an SDK would get credentials by itself, whether or not somebody unlocked the role.
    style: Style = "credential-process" if settings.is_sensitive(role) else rule.style or settings.style
    region = rule.region or settings.region
    stated = {"region": region, "output": rule.output or settings.output, **rule.options}
    return Wanted(
        role=role,
        name=_name(role, rule, session, settings),
        values={
            **_source(style, role, session, command),
            **{key: value for key, value in stated.items() if value is not None},
        },
        # Nobody said which region: the session's own is a fair first guess, and the user's change of it stays.
        defaults={} if region else {"region": session.region},
        mark=_mark(style, role, session),
        unset=frozenset().union(*(keys for other, keys in _STYLE_KEYS.items() if other != style)),
    )


def _name(role: Role, rule: Rule, session: Session, settings: Settings) -> str:
    region = rule.region or settings.region or session.region
    template = rule.name or settings.profile_name
    name = name_templates.render(template, role, session, region, portable=settings.portable_names)
    # Whoever says no profile at all gets `default`: a role has it only if a rule says so, not by an account's name.
    return f"{name}-{role.account.id}" if name == "default" and rule.name != "default" else name


def _source(style: Style, role: Role, session: Session, command: Command) -> dict[str, str]:
    if style == "sso":
        return {"sso_session": session.name, "sso_account_id": role.account.id, "sso_role_name": role.name}
    return {"credential_process": credential_process(command, session.name, role)}


def _mark(style: Style, role: Role, session: Session) -> dict[str, str]:
    if style == "sso":
        return {MARK: session.name}
    return dict(zip((MARK, *IDENTITY_KEYS[style]), (session.name, role.account.id, role.name), strict=True))


def credential_process(command: Command, session: str, role: Role) -> str:
    """The `credential_process` line for a role: an absolute path and plain arguments.

    Each SDK splits or runs this line in its own way (shlex, `sh -c`, `cmd /C`), so it may hold nothing that any of
    them reads in a special way. Raises `BadInput` where it would.
    """
    program, *_ = command
    words = (*command, "--session", session, "--account-id", role.account.id, "--role-name", role.name)
    if not Path(program).is_absolute():
        raise BadInput(
            f"{program!r} cannot stand in credential_process: it is no absolute path",
            hint="set `program` in config.toml to the whole path of ssohelper, or use --style sso",
        )
    for word in words:
        if not _PLAIN_ARGUMENT.fullmatch(word):
            raise BadInput(
                f"{word!r} cannot stand in credential_process: not every SDK would read it the same way",
                hint="set `program` in config.toml to a path without blanks, or use --style sso",
            )
    return " ".join(words)
