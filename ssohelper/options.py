"""The options that several commands share, and the choice of a session that they all make in the same way."""

import functools
import os
import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ssohelper import durations
from ssohelper.errors import BadInput
from ssohelper.model import Session
from ssohelper.storage import paths

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ssohelper.aws_config.resolve import Target

session = click.option(
    "--session",
    "session_name",
    metavar="NAME",
    envvar="SSOHELPER_SESSION",
    help="The [sso-session NAME] to use; may be left out where there is only one. "
    "$SSOHELPER_SESSION says it too, else the session of $AWS_PROFILE is used.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")


def offer_regions(_ctx: click.Context, _option: click.Parameter, typed: str) -> "list[CompletionItem]":
    """The regions that TAB offers, each with where it is."""
    from click.shell_completion import CompletionItem

    from ssohelper.identity_center import regions

    return [CompletionItem(name, help=where) for name, where in regions.offered().items() if name.startswith(typed)]


class NamedRole(NamedTuple):
    """A role as the command line names it: by a profile, or by session, account and role."""

    session_name: str | None
    account_id: str | None
    role_name: str | None
    profile: str | None


def role(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a role; the command gets them together, as `named`."""

    @session
    @click.option("--account-id", metavar="ID", help="The account's id: 12 digits.")
    @click.option("--role-name", metavar="ROLE", help="The role's name.")
    @click.option("--profile", metavar="PROFILE", help="A profile that is for a role, instead of the three above.")
    @functools.wraps(command)
    def packed(
        *, session_name: str | None, account_id: str | None, role_name: str | None, profile: str | None, **others: Any
    ) -> Any:
        return command(named=NamedRole(session_name, account_id, role_name, profile), **others)

    return packed


def chosen_session(name: str | None) -> Session:
    """The session that a command is about. Raises `BadInput` where none or more than one can be meant."""
    from ssohelper.aws_config import config_file, resolve

    path = paths.aws_config()
    text = config_file.load(path)
    known = resolve.read(text)
    every = {**resolve.legacy(text), **known}
    current = current_profile()
    if name is None and len(every) > 1 and current:
        name = resolve.of_profile(text, current)
    if name is None and len(known or every) == 1:
        return next(iter((known or every).values()))
    if name in every:
        return every[name]
    if not every:
        raise BadInput(f"there is no sso-session in {paths.shown(path)}", hint="ssohelper configure")
    import difflib  # slow to load

    if name is not None:
        resolve.check_complete(text, name)
    names = sorted(known or every)
    likely = (difflib.get_close_matches(name or "", names, n=1) or names)[0]
    wrong = f"there is no sso-session {name!r}" if name else "more than one sso-session could be meant"
    raise BadInput(
        f"{wrong}; {paths.shown(path)} has {', '.join(names)}",
        hint=f"{click.get_current_context().command_path} --session {shlex.quote(likely)}",
    )


def seconds(text: str, example: str) -> int:
    """A length of time: 30m, 2h, 1h30m. Raises `BadInput`, with an example of the whole option."""
    try:
        return durations.read(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no length of time, such as 30m, 6h or 1h30m", hint=example) from error


def every_session() -> list[Session]:
    """All sessions of the config file. Raises `BadInput` where there is none."""
    from ssohelper.aws_config import config_file, resolve

    path = paths.aws_config()
    text = config_file.load(path)
    known = {**resolve.read(text), **resolve.legacy(text)}
    if not known:
        raise BadInput(f"there is no sso-session in {paths.shown(path)}", hint="ssohelper configure")
    return list(known.values())


def session_of(profile: str) -> str:
    """The name of the session that a profile is for. Raises `BadInput`."""
    from ssohelper.aws_config import config_file, resolve

    found = resolve.of_profile(config_file.load(paths.aws_config()), profile)
    return found if found is not None else _target_of(profile).session.name


def chosen_role(named: NamedRole) -> "Target":
    """The role that a command is about. Raises `BadInput`."""
    from ssohelper.aws_config.resolve import Target

    help_ = f"{click.get_current_context().command_path} --help"
    if named.profile is not None:
        if named.account_id is not None or named.role_name is not None:
            raise BadInput("--profile names the account and the role already", hint=help_)
        return _target_of(named.profile)
    if named.account_id is None and named.role_name is None and (inside := _inside()):
        return inside
    if named.account_id is None and named.role_name is None:
        raise BadInput(
            "which role is meant is not said", hint=f"{click.get_current_context().command_path} --profile NAME"
        )
    if named.account_id is None or named.role_name is None:
        missing = "--account-id" if named.account_id is None else "--role-name"
        raise BadInput(f"{missing} is missing", hint=help_)
    if not re.fullmatch(r"\d{12}", named.account_id, re.ASCII):
        raise BadInput(f"{named.account_id!r} is no account id: it has 12 digits", hint="ssohelper accounts")
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", named.role_name, re.ASCII):
        raise BadInput(
            f"{named.role_name!r} is no role name: letters, digits and + = , . @ _ -", hint="ssohelper roles"
        )
    return Target(chosen_session(named.session_name), named.account_id, named.role_name, None)


def _inside() -> "Target | None":
    """The role of the command that we are inside of."""
    from ssohelper.aws_config.resolve import Target

    found = re.fullmatch(r"(\S+) (\d{12}) (\S+)", os.environ.get("SSOHELPER_EXEC") or "", re.ASCII)
    return None if found is None else Target(chosen_session(found[1]), found[2], found[3], None)


def roles_of(session: Session) -> set[tuple[str, str]]:
    """The roles, as account and name, that the profiles of a session are for."""
    found = targets().values()
    return {(each.account_id, each.role_name) for each in found if each.session.name == session.name}


def current_profile() -> str | None:
    """The profile that the environment names, in botocore's order."""
    return os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or None


def targets() -> "dict[str, Target]":
    """What each profile of the config file that is for a role is for."""
    from ssohelper.aws_config import config_file, resolve

    return resolve.targets(config_file.load(paths.aws_config()))


def _naming_a_profile(ctx: click.Context) -> str:
    """The command up to where a profile's name stands: some take it as their argument."""
    is_argument = any(
        isinstance(each, click.Argument) and "PROFILE" in each.make_metavar(ctx) for each in ctx.command.params
    )
    return ctx.command_path if is_argument else f"{ctx.command_path} --profile"


def _target_of(profile: str) -> "Target":
    from ssohelper.aws_config import config_file, resolve

    path = paths.aws_config()
    text = config_file.load(path)
    known = targets()
    if profile in known:
        return known[profile]
    import difflib  # slow to load

    near = difflib.get_close_matches(profile, known, n=1)
    hint = f"{_naming_a_profile(click.get_current_context())} {shlex.quote(near[0])}" if near else "ssohelper sync"
    if any(section.name == profile for section in text.of_kind("profile")):
        session = resolve.of_profile(text, profile)
        if session is not None and session not in {**resolve.legacy(text), **resolve.read(text)}:
            resolve.check_complete(text, session)
            raise BadInput(
                f"the profile {profile!r} names the sso-session {session!r}, which is not there",
                hint=f"ssohelper configure --session {shlex.quote(session)}",
            )
        raise BadInput(f"the profile {profile!r} is for no role of Identity Center", hint=hint)
    raise BadInput(f"there is no profile {profile!r} in {paths.shown(path)}", hint=hint)
