"""The options that several commands share, and the context that each command works with."""

import functools
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from ssohelper import durations
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import ChoiceNeeded, RoleOptions
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, SignInRequired
from ssohelper.ui import terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Result = TypeVar("_Result")

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
        terminal.show(f"next: {command}")


def explicit_session(session_name: str | None, profile: str | None) -> str | None:
    """The session that `--session` names; that of SSOHELPER_SESSION only if no profile is named."""
    context = click.get_current_context(silent=True)
    source = context and context.get_parameter_source("session_name")
    return None if profile and source is click.core.ParameterSource.ENVIRONMENT else session_name


class Selected(NamedTuple):
    """The role that a command is for, and the profile that names it, if one does."""

    role: ProfileRole
    profile: str | None


def selected(role_options: RoleOptions, context: Context) -> Selected:
    """The role that the options name, else the environment.

    On a terminal, what they leave open is chosen from a list. Raises as `Context.select_role` does, `Cancelled`.
    """
    role_options = or_current_profile(role_options, context)
    try:
        return Selected(context.select_role(role_options), role_options.profile)
    except ChoiceNeeded as needed:
        if needed.of == "session":
            role_options = role_options._replace(session_name=_chosen(context, needed, ()))
        else:
            names = [
                name
                for name, each in context.profiles.items()
                if role_options.session_name in (None, each.session.name)
            ]
            role_options = RoleOptions(role_options.session_name, profile=_chosen(context, needed, names))
        return Selected(context.select_role(role_options), role_options.profile)


def select_session(context: Context, name: str | None) -> SessionContext:
    """The session that a command is for; on a terminal, it is chosen from a list if the name leaves it open.

    Raises as `Context.select_session` does, `Cancelled`.
    """
    try:
        return context.select_session(name)
    except ChoiceNeeded as needed:
        return context.select_session(_chosen(context, needed, ()))


def existing_profile(context: Context, name: str) -> str:
    """The profile of that name; on a terminal, it is chosen from a list if there is none.

    Raises `BadInput`, `Failed`, `Cancelled`.
    """
    try:
        context.check_profile(name)
    except ChoiceNeeded as needed:
        return _chosen(context, needed, context.aws_files.profiles)
    return name


def _chosen(context: Context, needed: ChoiceNeeded, profiles: Collection[str]) -> str:
    """The session, or one of the profiles, that the person chooses; raises the error where nobody can."""
    from ssohelper.ui import choosing

    if not terminal.interactive() or (needed.of == "profile" and not profiles):
        raise needed
    terminal.say(str(needed))
    if needed.of == "session":
        return choosing.session(context, needed.typed)
    return choosing.profile(context, profiles, needed.typed)


def signed_in(session: SessionContext, work: Callable[[], _Result]) -> _Result:
    """What `work` returns; on a terminal, it may sign in first if that is needed.

    Raises what `work` raises, and what a sign-in does.
    """
    try:
        return work()
    except SignInRequired as error:
        if not terminal.interactive() or not terminal.agree(f"{error}: sign in now?", default=True):
            raise
    from ssohelper.ui import sign_in_dialogue

    sign_in_dialogue.report(session.session, sign_in_dialogue.sign_in(session, sign_in_dialogue.Preferences()))
    return work()


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
