"""`ssohelper env`: role credentials as environment variables."""

import os

import click

from ssohelper import context, durations, options
from ssohelper.shell import exports
from ssohelper.ui import terminal


@click.command("env")
@options.role
@click.option("--format", "shape", type=click.Choice(exports.SHAPES), help="For which shell [$SHELL's].")
@options.as_json
def command(named: options.NamedRole, shape: str | None, as_json: bool) -> None:
    """Print role credentials as environment variables, for tools that understand nothing else.

    \b
      eval "$(ssohelper env --profile NAME)"                     bash, zsh
      ssohelper env --format fish --profile NAME | source        fish
      ssohelper env --format powershell --profile NAME | Out-String | iex

    Without any option the profile of $AWS_PROFILE is meant. AWS_PROFILE is unset, since it would win over the
    credentials in some SDKs. They are good until AWS_CREDENTIAL_EXPIRATION and nobody renews them: a profile, which
    does not end, is better wherever a tool can use one.
    """  # noqa: D301 (\b is meant: it tells click to keep the lines that follow)
    import time

    if not (named.profile or named.account_id or named.role_name):
        named = named._replace(profile=options.current_profile())
    role = options.chosen_role(named)
    found = context.credentials_of(role)
    variables = exports.variables(found, role.region)
    shape = "json" if as_json else shape or exports.shape_of(os.environ.get("SHELL"), windows=os.name == "nt")
    click.echo(exports.render(variables, shape))
    if terminal.interactive():
        terminal.say(f"{role.role_name} in {role.account_id}, {durations.shown(found.expiration - time.time())} left")
