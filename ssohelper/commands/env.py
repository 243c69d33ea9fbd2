"""`ssohelper env`: role credentials as environment variables."""

import sys
import time

import click

from ssohelper import durations, options, selecting
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.shell import exports
from ssohelper.ui import output, role_confirmation, terminal

# Not that of $SHELL: it is the login shell, and a script or another shell may evaluate this.
_DEFAULT = "powershell" if sys.platform == "win32" else "bash"


@click.command("env")
@options.profile_or_role
@click.option("--format", "format_", type=click.Choice(exports.SYNTAXES), help=f"For which shell [{_DEFAULT}].")
@options.yes
@options.as_json
def command(role_options: RoleOptions, format_: str | None, yes: bool, as_json: bool) -> None:
    """Print role credentials as environment variables, for tools that support nothing else.

    \b
      eval "$(ssohelper env --profile NAME)"                     bash, zsh
      ssohelper env --format fish --profile NAME | source        fish
      ssohelper env --format powershell --profile NAME | Out-String | iex

    Without options, the profile of $AWS_PROFILE is used, else the role of the enclosing `ssohelper exec`, else
    [default]; else, on a terminal, you choose one. Variables that some SDK would prefer to the credentials are unset:
    profiles, other keys and roles, endpoints. The credentials expire at AWS_CREDENTIAL_EXPIRATION and are not
    refreshed: use a profile instead wherever a tool supports profiles.
    """  # noqa: D301 (click keeps the line breaks after \b)
    if as_json:
        format_ = "json"
    run(role_options, format_ or _DEFAULT, yes=yes)


def run(role_options: RoleOptions, format_: str, *, yes: bool) -> None:
    """Print the credentials of the role that the options, or the environment, name."""
    context = options.context()
    selected = selecting.role(role_options, context).role
    session = context.of(selected.session)
    role_confirmation.before_use(session, selected.role, "print credentials of", yes=yes)
    found = selecting.signed_in(session, lambda: session.credentials(selected.role))
    click.echo(output.exact(exports.render(exports.variables(found, selected.region), format_)))
    if terminal.interactive():
        terminal.say(f"{session.label(selected.role)}: valid for {durations.shown(found.expiration - time.time())}")
