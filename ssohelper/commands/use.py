"""`ssohelper use`: a profile for this shell. The function that `shell-init` brings sets what is printed here."""

import difflib
import os
import shlex
import time
from typing import TYPE_CHECKING, NamedTuple

import click

from ssohelper import context, durations
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.shell import recent
from ssohelper.storage import paths
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssohelper.aws_config.config_text import ConfigText
    from ssohelper.aws_config.resolve import Target

# What the SDKs take before the profile of AWS_PROFILE.
_STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# Where shell-init is not brought by eval. In PowerShell the function has another name.
_HINTS = {
    "fish": "ssohelper shell-init fish | source",
    "pwsh": "ssohelper shell-init powershell | Out-String | iex; ssohelper-use",
}


@click.command("use")
@click.argument("profile", metavar="[PROFILE | -]", required=False)
@click.option("--unset", is_flag=True, help="Use no profile any more.")
@click.option("--in-shell", is_flag=True, hidden=True)
def command(profile: str | None, unset: bool, in_shell: bool) -> None:
    """Use a profile in this shell: it sets AWS_PROFILE.

    \b
      ssohelper use            choose one: type some letters of its name, account or role
      ssohelper use payments-prod.ReadOnly
      ssohelper use -          the one before
      ssohelper use --unset    none any more

    No program can change the shell that runs it. `ssohelper shell-init` brings a function into the shell which can.
    In PowerShell it is called `ssohelper-use`.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if not in_shell:
        shell = os.path.basename(os.environ.get("SHELL") or "bash")  # noqa: PTH119 (a name, no path)
        raise BadInput(
            "no program can set AWS_PROFILE in the shell that runs it; a function can, which shell-init brings",
            hint=_HINTS.get("pwsh" if os.name == "nt" else shell, f'eval "$(ssohelper shell-init {shell})"'),
        )
    if unset or profile == "-":
        raise BadInput(f"{'--unset' if unset else '-'} takes no other word beside it", hint="ssohelper use --help")
    chosen = _picked() if profile is None else _known(profile)
    recent.note(chosen)
    set_ = [name for name in _STATIC_KEYS if os.environ.get(name)]
    if set_:
        terminal.say(f"{set_[0]} is set, and goes before every profile")
        terminal.hint(f"unset {' '.join(set_)}")
    click.echo(chosen)


def _known(profile: str) -> str:
    """The profile, if there is one of that name. Raises `BadInput`."""
    names = _names(_config())
    if profile in names:
        return profile
    folded = {name.lower(): name for name in names}
    near = [folded[each] for each in difflib.get_close_matches(profile.lower(), folded, n=1)]
    hint = f"ssohelper use {shlex.quote(near[0])}" if near else "ssohelper sync"
    raise BadInput(f"there is no profile {profile!r} in {paths.shown(paths.aws_config())}", hint=hint)


def _picked() -> str:
    """The profile that a person chooses. Raises `BadInput` where nobody can be asked, `Cancelled`."""
    if not terminal.interactive():
        raise BadInput(
            "which profile is meant is not said, and there is no terminal to ask on", hint="ssohelper use NAME"
        )
    from ssohelper.shell import matching
    from ssohelper.ui import picker  # slow to load

    text = _config()
    last = recent.profiles()
    names = sorted(set(_names(text)), key=lambda name: (last.index(name) if name in last else len(last), name))
    if not names:
        raise BadInput(f"there is no profile in {paths.shown(paths.aws_config())}", hint="ssohelper sync")
    facts = _facts(text)
    rows = [(name, *facts.get(name, ("", "", "", ""))) for name in names]
    searched = ["  ".join(row) for row in rows]
    chosen = picker.pick("profile", picker.Choices(rows, lambda typed: matching.ranked(typed, searched)))
    return names[chosen]


def _config() -> "ConfigText":
    from ssohelper.aws_config import config_file

    return config_file.load(paths.aws_config())


def _names(text: "ConfigText") -> list[str]:
    """Every profile that a tool could be told, also those that are none of ours."""
    from ssohelper.aws_config import config_file

    return [*(each.name for each in text.of_kind("profile")), *config_file.profile_names(paths.aws_credentials())]


def _facts(text: "ConfigText") -> dict[str, tuple[str, str, str, str]]:
    """What is left, account, role and region of each profile that is for a role; on a narrow terminal the last go."""
    from ssohelper.aws_config import resolve

    targets = resolve.targets(text)
    known = {session: _known_of(session, targets.values()) for session in {each.session for each in targets.values()}}
    return {
        name: (
            known[target.session].left.get((target.account_id, target.role_name), known[target.session].otherwise),
            f"{known[target.session].accounts.get(target.account_id) or ''} {target.account_id}".strip(),
            target.role_name,
            target.region or "",
        )
        for name, target in targets.items()
    }


class _Known(NamedTuple):
    """What is known of a session: its accounts' names, how long which role lasts, and what all others need."""

    accounts: dict[str, str | None]
    left: dict[tuple[str, str], str]
    otherwise: str


def _known_of(session: Session, targets: "Iterable[Target]") -> _Known:
    from ssohelper.credentials import cached_roles
    from ssohelper.credentials.role_cache import RoleCache
    from ssohelper.sign_in import status
    from ssohelper.sync import account_names

    now, vault = time.time(), context.vault_of(session)
    roles = {(each.account_id, each.role_name) for each in targets if each.session == session}
    # A keyring may be slow, or ask: what it holds is known by the records of what was handed out.
    records = cached_roles.roles(session, roles if vault is None else (), RoleCache(), now)
    left = {(each.account_id, each.role_name): f"{durations.shown(each.expiration - now)} left" for each in records}
    return _Known(account_names.shown(session), left, "" if status.of(session, now, vault).signed_in else "sign in")
