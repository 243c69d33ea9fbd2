"""`ssohelper use`: choose a profile for this shell; the function that `shell-init` defines sets what is printed."""

import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from ssohelper import durations, hints, options
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, did_you_mean
from ssohelper.shell import recent_profiles
from ssohelper.storage import paths
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssohelper.aws_config.resolve import ProfileRole
    from ssohelper.model import CredentialSource

# Static keys in the environment override AWS_PROFILE in SDKs.
_STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# In these shells, shell-init is not loaded by eval. In PowerShell the function has another name.
_HINTS = {
    "fish": "ssohelper shell-init fish | source",
    "pwsh": "ssohelper shell-init powershell | Out-String | iex; ssohelper-use",
}


@click.command("use")
@click.argument("profile", metavar="[PROFILE | -]", required=False)
@click.option("--unset", is_flag=True, help="Stop using a profile.")
@click.option("--in-shell", is_flag=True, hidden=True)
def command(profile: str | None, unset: bool, in_shell: bool) -> None:
    """Use a profile in this shell: set AWS_PROFILE.

    \b
      ssohelper use            choose one from a list: type part of its name, account or role
      ssohelper use payments-prod.ReadOnly
      ssohelper use -          the previous one
      ssohelper use --unset    none

    AWS_SDK_LOAD_CONFIG=1 is set, too: without it, older SDKs (JavaScript 2, Go 1) read no config file.

    A program cannot change the environment of the shell that runs it, so `ssohelper shell-init` defines a function
    that can. In PowerShell it is called `ssohelper-use`.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if not in_shell:
        shell = os.path.basename(os.environ.get("SHELL") or "bash")  # noqa: PTH119 (a name, no path)
        raise BadInput(
            "a program cannot set AWS_PROFILE in the shell that runs it: load the function that shell-init defines",
            hint=_HINTS.get("pwsh" if sys.platform == "win32" else shell, f'eval "$(ssohelper shell-init {shell})"'),
        )
    if unset or profile == "-":
        raise BadInput(f"{'--unset' if unset else '-'} takes no other argument", hint="ssohelper use --help")
    context = options.context()
    chosen = _picked(context) if profile is None else _existing(context, profile)
    recent_profiles.record(chosen)
    static = [name for name in _STATIC_KEYS if os.environ.get(name)]
    if static:
        terminal.say(f"{static[0]} is set, and overrides every profile")
        terminal.hint(hints.unset(*static))
    click.echo(output.exact(chosen))


def _existing(context: Context, profile: str) -> str:
    """The profile, if there is one of that name. Raises `BadInput`."""
    names = _names(context)
    if profile in names:
        return profile
    place = paths.shown(paths.aws_config())
    raise BadInput(f"profile {profile!r} not found in {place}{did_you_mean(profile, names)}", hint="ssohelper use")


def _picked(context: Context) -> str:
    """The profile that the user chooses. Raises `BadInput` without a terminal, `Cancelled`."""
    if not terminal.interactive():
        raise BadInput("no profile given, and no terminal to choose one on", hint="ssohelper use NAME")
    from ssohelper.shell import matching

    try:
        from ssohelper.ui import picker  # slow to load
    except ImportError as error:  # a Python without termios
        raise BadInput("no profile given, and this Python cannot draw a list", hint="ssohelper use NAME") from error
    last = recent_profiles.names()
    names = sorted(set(_names(context)), key=lambda name: (last.index(name) if name in last else len(last), name))
    if not names:
        raise BadInput(f"no profiles in {paths.shown(paths.aws_config())}", hint="ssohelper sync")
    columns = _columns(context)
    rows = [(name, *columns.get(name, ("", "", "", ""))) for name in names]
    searched = ["  ".join(row) for row in rows]
    chosen = picker.pick("profile", picker.Choices(rows, lambda typed: matching.ranked(typed, searched)))
    return names[chosen]


def _names(context: Context) -> list[str]:
    """Every profile that a tool can use, managed or not."""
    return list(context.aws_files.profiles)


def _columns(context: Context) -> dict[str, tuple[str, str, str, str]]:
    """For each profile that is for a role: time left, account, role and region. A narrow terminal cuts the last."""
    by_session: dict[str, list[ProfileRole]] = {}
    for each in context.profiles.values():
        by_session.setdefault(each.session.name, []).append(each)
    known = {name: _SessionColumns.read(context.of(each[0].session)) for name, each in by_session.items()}
    return {
        name: (
            known[each.session.name].left(each.role),
            known[each.session.name].account(each.role.account_id),
            each.role.role_name,
            each.region or "",
        )
        for name, each in context.profiles.items()
    }


@dataclass(frozen=True, slots=True)
class _SessionColumns:
    """What is shown of a session's roles: account names, how long credentials are valid, `else_` for the others."""

    accounts: dict[str, str | None]
    valid: "dict[CredentialSource, str]" = field(default_factory=dict)
    else_: str = ""

    @classmethod
    def read(cls, context: SessionContext) -> "_SessionColumns":
        from ssohelper.credentials import cached_roles
        from ssohelper.credentials.aws_cli_cache import AwsCliCache
        from ssohelper.sync import account_names

        now, session = time.time(), context.session
        # A keyring may be slow, or prompt: of its roles, those that were handed out are known by our own records.
        candidates: Sequence[CredentialSource] = () if context.secret_store else list(context.profile_roles())
        cached = cached_roles.find(session, candidates, AwsCliCache(session), now)
        valid = {each.role: f"{durations.shown(each.expiration - now)} left" for each in cached}
        return cls(account_names.shown(session), valid, "" if context.status(now).signed_in else "sign in")

    def left(self, role: "CredentialSource") -> str:
        return self.valid.get(role, self.else_)

    def account(self, account_id: str) -> str:
        return f"{self.accounts.get(account_id) or ''} {account_id}".strip()
