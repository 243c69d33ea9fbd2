"""`ssohelper env`: role credentials as environment variables."""

from itertools import pairwise
from typing import Any

import click

from ssohelper import options
from ssohelper.actions import env
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.errors import SsohelperError
from ssohelper.shell import exports


class _Env(click.Command):
    """Prints a comment for PowerShell after an error, of the command line, too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, list(args))
        except click.UsageError:
            after = dict(pairwise(args)).get("--format")
            env.print_nothing(click.echo, "powershell" if "--format=powershell" in args else after)
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SsohelperError:
            env.print_nothing(click.echo, ctx.params["format_"])
            raise


@click.command("env", cls=_Env)
@options.profile_or_role
@click.option(
    "--format",
    "format_",
    type=click.Choice(exports.SYNTAXES),
    help="For which shell [powershell in PowerShell, else bash].",
)
@options.yes
@options.as_json
def command(role_options: RoleOptions, format_: str | None, yes: bool, as_json: bool) -> None:
    """Print role credentials as environment variables, for tools that support nothing else.

    \b
      eval "$(ssohelper env --profile NAME)"                     bash, zsh
      ssohelper env --format fish --profile NAME | source        fish
      ssohelper env --profile NAME | iex                         PowerShell

    Without options, the profile of $AWS_PROFILE is used, else the role of the enclosing `ssohelper exec`, else
    [default]; else, on a terminal, you choose one. Variables that some SDK would prefer to the credentials are unset:
    profiles, other keys and roles, endpoints. The credentials expire at AWS_CREDENTIAL_EXPIRATION and are not
    refreshed: use a profile instead wherever a tool supports profiles.

    Version 3 of the SDK for .NET, and FallbackCredentialsFactory of version 4, use a [default] profile with
    credentials instead of these variables. `ssohelper exec --via env` hides it from the command.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if as_json:
        format_ = "json"
    env.run(role_options, click.echo, format_, yes=yes)
