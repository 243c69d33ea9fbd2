"""The options that several commands share, and the context that each command works with."""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ssohelper import durations, hints, selecting
from ssohelper.aws_config.selection import RoleOptions, SessionOfEnvironment, explicit_session
from ssohelper.errors import BadInput
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _session_name(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    source = ctx.get_parameter_source(option.name or "")
    return SessionOfEnvironment(value) if value and source is click.core.ParameterSource.ENVIRONMENT else value


session = click.option(
    "-s",
    "--session",
    "session_name",
    metavar="NAME",
    envvar="SSOHELPER_SESSION",
    callback=_session_name,
    help="The sso-session to use [$SSOHELPER_SESSION].",
)
_profile_argument = click.argument("argument", metavar="[PROFILE]", required=False)
_profile_option = click.option("-p", "--profile", metavar="PROFILE", help="A profile.")
start_url = click.option(
    "--start-url", metavar="URL", help="Where you sign in: acme, acme.awsapps.com or the whole URL."
)
yes = click.option("-y", "--yes", is_flag=True, help="Skip the confirmation that a rule in config.toml requires.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")


def page(text: str) -> None:
    """Print a long text; on a terminal that it does not fit on, in the person's pager ($PAGER)."""
    import shutil  # slow to load

    height = shutil.get_terminal_size().lines
    if terminal.interactive() and sys.stdout.isatty() and text.count("\n") >= height:
        click.echo_via_pager(text)
    else:
        click.echo(text)


context = selecting.context


def administrator(command: Callable[..., Any]) -> Callable[..., Any]:
    """The role that reads as an administrator; the command gets `session_name` and `as_profile`."""

    @session
    @click.option(
        "--as",
        "as_profile",
        metavar="PROFILE",
        help="The profile, or ACCOUNT/ROLE, whose role reads; without it, `admin` in config.toml.",
    )
    @functools.wraps(command)
    def packed(*, session_name: str | None, as_profile: str | None, **others: Any) -> Any:
        return command(session_name=session_name, as_profile=as_profile, **others)

    return packed


def profile(command: Callable[..., Any]) -> Callable[..., Any]:
    """A profile, as the first argument or an option; the command gets it as `profile`."""

    @_profile_argument
    @_profile_option
    @functools.wraps(command)
    def packed(*, argument: str | None, profile: str | None, **others: Any) -> Any:
        return command(profile=_one_profile(argument, profile), **others)

    return packed


def session_or_all(does: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A session, or --all, which `does` something with every one; the command gets `session_name` and `every`.

    With --all, SSOHELPER_SESSION is ignored.
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @session
        @click.option("--all", "every", is_flag=True, help=does)
        @functools.wraps(command)
        def packed(*, session_name: str | None, every: bool, **others: Any) -> Any:
            if every and session_name is not None and not isinstance(session_name, SessionOfEnvironment):
                name = click.get_current_context().info_name or ""
                raise BadInput("--all and --session cannot be combined", hint=hints.command(name, "--all"))
            return command(session_name=None if every else session_name, every=every, **others)

        return packed

    return decorated


def role(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a role; the command gets them together, as `role_options`."""

    @session
    @click.option("--account", "--account-id", "account", metavar="NAME|ID", help="The account, with --role.")
    @click.option("--role", "--role-name", "role_name", metavar="ROLE", help="The role's name.")
    @_profile_option
    @functools.wraps(command)
    def packed(
        *, session_name: str | None, account: str | None, role_name: str | None, profile: str | None, **others: Any
    ) -> Any:
        role_options = RoleOptions(explicit_session(session_name, profile), account, role_name, profile)
        return command(role_options=role_options, **others)

    return packed


def profile_or_role(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same, and a profile as the first argument."""

    @_profile_argument
    @role
    @functools.wraps(command)
    def packed(*, argument: str | None, role_options: RoleOptions, **others: Any) -> Any:
        return command(role_options=with_profile(role_options, argument), **others)

    return packed


def with_profile(role_options: RoleOptions, argument: str | None) -> RoleOptions:
    """The options, with the profile that is the first argument. Raises `BadInput` if they name another role."""
    if argument is None:
        return role_options
    if role_options.account is not None or role_options.role_name is not None:
        raise BadInput("the role is set twice, by PROFILE and by options", hint="omit PROFILE, or the options")
    profile = _one_profile(argument, role_options.profile)
    return role_options._replace(profile=profile, session_name=explicit_session(role_options.session_name, profile))


def _one_profile(argument: str | None, option: str | None) -> str | None:
    if argument is not None and option not in (None, argument):
        raise BadInput(f"the profile is set twice: {argument}, {option}", hint="omit one of them")
    return option if argument is None else argument


def invoke(ctx: click.Context, name: str, *subcommand: str, **values: Any) -> Any:
    """Run another command, with the defaults of its other options. Returns its exit code, if it has one."""
    assert ctx.parent is not None
    group = ctx.parent.command
    assert isinstance(group, click.Group)
    found = group.get_command(ctx.parent, name)
    for each in subcommand:
        assert isinstance(found, click.Group)
        found = found.get_command(ctx, each)
    assert found is not None
    return ctx.invoke(found, **values)


def show_next(after: str, command: str) -> None:
    """On a terminal, say what the next step is, if `after` is the command that was typed, not a part of another."""
    root = click.get_current_context().find_root()
    if terminal.interactive() and root.invoked_subcommand == after:
        terminal.next_step(command)


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
