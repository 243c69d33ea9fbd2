"""The options that several commands share, and the context that each command works with."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ssohelper import durations
from ssohelper.aws_config.selection import RoleOptions
from ssohelper.context import Context
from ssohelper.errors import BadInput
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

session = click.option(
    "--session",
    "session_name",
    metavar="NAME",
    envvar="SSOHELPER_SESSION",
    help="The sso-session to use [$SSOHELPER_SESSION].",
)
start_url = click.option(
    "--start-url", metavar="URL", help="Where you sign in: acme, acme.awsapps.com or the whole URL."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")


def context() -> Context:
    """The context of a command: warnings and waits are shown on the terminal."""
    return Context(warn=terminal.say, waiting=terminal.waiting, attended=terminal.interactive())


def role(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a role; the command gets them together, as `role_options`."""

    @session
    @click.option("--account-id", metavar="ID", help="The account's id: 12 digits.")
    @click.option("--role-name", metavar="ROLE", help="The role's name.")
    @click.option("--profile", metavar="PROFILE", help="A profile, instead of account and role.")
    @functools.wraps(command)
    def packed(
        *, session_name: str | None, account_id: str | None, role_name: str | None, profile: str | None, **others: Any
    ) -> Any:
        role_options = RoleOptions(explicit_session(session_name, profile), account_id, role_name, profile)
        return command(role_options=role_options, **others)

    return packed


def show_next(after: str, command: str) -> None:
    """On a terminal, say what the next step is, if `after` is the command that was typed, not a part of another."""
    root = click.get_current_context().find_root()
    if terminal.interactive() and root.invoked_subcommand == after:
        terminal.show(f"next: {command}")


def explicit_session(session_name: str | None, profile: str | None) -> str | None:
    """The session that `--session` names; that of SSOHELPER_SESSION only if no profile is named."""
    context = click.get_current_context(silent=True)
    source = context and context.get_parameter_source("session_name")
    return None if profile and source is click.core.ParameterSource.ENVIRONMENT else session_name


def or_current_profile(options: RoleOptions, context: Context) -> RoleOptions:
    """The options; if they name no role, the profile of the environment."""
    if options.names_role:
        return options
    profile = context.current_profile
    if profile == "":
        raise BadInput(
            "AWS_PROFILE or AWS_DEFAULT_PROFILE is set, but empty: AWS tools find no profile",
            hint="unset AWS_PROFILE AWS_DEFAULT_PROFILE",
        )
    session_name = explicit_session(options.session_name, profile)
    return options._replace(session_name=session_name, profile=profile, of_environment=True)


def offer_regions(_ctx: click.Context, _option: click.Parameter, typed: str) -> "list[CompletionItem]":
    """The regions that TAB offers, each with its location."""
    from click.shell_completion import CompletionItem

    from ssohelper.identity_center import regions

    return [CompletionItem(name, help=where) for name, where in regions.offered().items() if name.startswith(typed)]


def seconds(text: str, example: str) -> int:
    """A duration such as 30m, 2h or 1h30m, in seconds. Raises `BadInput`, with an example of the whole option."""
    try:
        return durations.read(text)
    except ValueError as error:
        raise BadInput(f"not a valid duration: {text!r} (expected 30m, 6h or 1h30m)", hint=example) from error


sso_region = click.option(
    "--region",
    metavar="REGION",
    shell_complete=offer_regions,
    help="The region of your IAM Identity Center, such as eu-central-1.",
)
