"""`ssohelper use`: choose a profile for this shell; the function that `shell-init` defines sets what is printed."""

import os
import sys
from contextlib import redirect_stdout

import click

from ssohelper import hints, options, selecting
from ssohelper.context import Context
from ssohelper.errors import BadInput
from ssohelper.shell import current_shell, recent_profiles
from ssohelper.storage import paths
from ssohelper.ui import choosing, output, role_confirmation, terminal

# Static keys in the environment override AWS_PROFILE in SDKs.
_STATIC_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# How shell-init is loaded in shells other than bash and zsh.
_LOADS = {
    "fish": "ssohelper shell-init fish | source",
    "pwsh": "ssohelper shell-init powershell | Out-String | iex",
}


class _Use(click.Command):
    """Prints a profile's name, or nothing, for the function of a shell: --in-shell [--] WORDS."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] != ["--in-shell"]:
            return super().parse_args(ctx, args)
        words = args[2:] if args[1:2] == ["--"] else args[1:]
        try:
            with redirect_stdout(sys.stderr):
                return super().parse_args(ctx, ["--in-shell", *words])
        except click.exceptions.Exit:  # help was shown: no name, so no success
            ctx.exit(BadInput.exit_code)


@click.command("use", cls=_Use)
@options.profile
@click.option("--unset", is_flag=True, help="Stop using a profile.")
@options.yes
@click.option("--in-shell", is_flag=True, hidden=True)
def command(profile: str | None, unset: bool, yes: bool, in_shell: bool) -> None:
    """Use a profile in this shell: set AWS_PROFILE.

    \b
      ssohelper use            choose one from a list: type part of its name, account or role
      ssohelper use payments-prod.ReadOnly
      ssohelper use -          the previous one
      ssohelper use --unset    none

    If there is no profile of that name, the list opens, filtered by what you typed.

    AWS_SDK_LOAD_CONFIG=1 is set, too: without it, older SDKs (JavaScript 2, Go 1) read no config file.

    A program cannot change the environment of the shell that runs it, so `ssohelper shell-init` defines a function
    that can. In PowerShell it is called `ssohelper-use`.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if not in_shell:
        raise _not_loaded(["--unset"] if unset else [profile] if profile else [])
    if unset or profile == "-":
        raise BadInput(f"{'--unset' if unset else '-'} takes no other argument", hint="ssohelper use --help")
    context = options.context()
    chosen = _profile(context, profile)
    if chosen in context.profiles:
        selected = context.profiles[chosen]
        role_confirmation.before_use(context.of(selected.session), selected.role, "use", yes=yes)
    recent_profiles.record(chosen)
    static = [name for name in _STATIC_KEYS if os.environ.get(name)]
    if static:
        terminal.warn(f"{static[0]} is set, and overrides AWS_PROFILE")
        terminal.hint(hints.unset(*static))
    click.echo(output.exact(chosen))


def _not_loaded(words: list[str]) -> BadInput:
    """The error of the program, with what to type instead of `ssohelper use WORDS`."""
    shell = current_shell.or_login_shell() or "bash"
    loads = _LOADS.get(shell, f'eval "$(ssohelper shell-init {shell})"')
    function = current_shell.use_function()
    typed = " ".join([function, *map(hints.quoted, words)])
    return BadInput(
        f"a program cannot set AWS_PROFILE in the shell that runs it: shell-init defines {function}, which can",
        hint=f"{loads}; {typed}",
    )


def _profile(context: Context, typed: str | None) -> str:
    """The profile of that name; else the one that the person chooses. Raises `BadInput`, `Cancelled`."""
    names = list(context.aws_files.profiles)  # every profile that a tool can use, managed or not
    if typed is not None:
        return selecting.profile(context, typed, names)
    if not names:
        raise BadInput(f"no profiles in {paths.shown(paths.aws_config())}", hint="ssohelper sync")
    if not terminal.interactive():
        raise BadInput(
            "no profile given, and no terminal to choose one on",
            hint=f"{current_shell.use_function()} NAME",
        )
    return choosing.profile(context, names)
