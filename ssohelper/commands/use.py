"""`ssohelper use`: a profile for this shell. The function that `shell-init` brings sets what is printed here."""

import difflib
import os
import shlex

import click

from ssohelper import paths, terminal
from ssohelper.errors import BadInput

# What the SDKs take before the profile of AWS_PROFILE.
_STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@click.command("use")
@click.argument("profile", metavar="[PROFILE | -]", required=False)
@click.option("--unset", is_flag=True, help="Use no profile any more.")
@click.option("--in-shell", is_flag=True, hidden=True)
def command(profile: str | None, unset: bool, in_shell: bool) -> None:
    """Use a profile in this shell: it sets AWS_PROFILE.

    \b
      ssohelper use payments-prod.ReadOnly
      ssohelper use -          the one before
      ssohelper use --unset    none any more

    No program can change the shell that runs it. `ssohelper shell-init` brings a function into the shell which can.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    if not in_shell:
        shell = os.path.basename(os.environ.get("SHELL") or "bash")  # noqa: PTH119 (a name, no path)
        raise BadInput(
            "no program can set AWS_PROFILE in the shell that runs it; a function can, which shell-init brings",
            hint="ssohelper shell-init fish | source"
            if shell == "fish"
            else f'eval "$(ssohelper shell-init {shell})"',
        )
    if unset or not profile:
        raise BadInput("which profile is meant is not said", hint="ssohelper use NAME")
    known = _profiles()
    if profile not in known:
        near = difflib.get_close_matches(profile, known, n=1)
        hint = f"ssohelper use {shlex.quote(near[0])}" if near else "ssohelper sync"
        raise BadInput(f"there is no profile {profile!r} in {paths.shown(paths.aws_config())}", hint=hint)
    set_ = [name for name in _STATIC_KEYS if os.environ.get(name)]
    if set_:
        terminal.say(f"{set_[0]} is set, and goes before every profile")
        terminal.hint(f"unset {' '.join(set_)}")
    click.echo(profile)


def _profiles() -> list[str]:
    """Every profile that a tool could be told, also those that are none of ours."""
    from ssohelper.profiles import config_file

    shared = config_file.load(paths.aws_credentials())
    named = [section.name for section in config_file.load(paths.aws_config()).of_kind("profile")]
    return [*named, *(section.header for section in shared.sections)]
