"""What a command is about: a role, a profile, a session. On a terminal, what is left open is chosen from a list."""

import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeVar

from ssohelper.aws_config import resolve, selection
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.aws_config.selection import RoleOptions, SelectionNeeded
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, Failed, MfaRequired, SignInRequired, SsohelperError
from ssohelper.ui import terminal
from ssohelper.ui.terminal import Question

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def context() -> Context:
    """The context of a command: warnings and waits are shown on the terminal."""
    return Context(warn=terminal.warn, waiting=terminal.waiting, attended=terminal.interactive())


class Selected(NamedTuple):
    """The role that a command is for, with its region, and the profile that names it, if one does."""

    role: ProfileRole
    profile: str | None


def role(role_options: RoleOptions, context: Context) -> Selected:
    """The role that the options name, else the environment.

    On a terminal, what they leave open is chosen from a list. Raises as `Context.select_role` does, `Cancelled`.
    """
    role_options = or_current_profile(role_options, context)
    try:
        return _selected(role_options, context)
    except SelectionNeeded as needed:
        if needed.kind == "session":
            role_options = role_options._replace(session_name=_choose_session(context, needed))
        else:
            named = role_options.session_name
            names = [name for name, each in context.profiles.items() if named in (None, each.session.name)]
            role_options = RoleOptions(named, profile=_choose_profile(context, needed, names))
        return _selected(role_options, context)


def _selected(role_options: RoleOptions, context: Context) -> Selected:
    return Selected(with_region(_role(role_options, context), role_options, context), role_options.profile)


def with_region(found: ProfileRole, role_options: RoleOptions, context: Context) -> ProfileRole:
    """The role with a region: its profile's, or `SessionContext.region_of` if no profile was named."""
    inside_exec = selection.EXEC_VARIABLE in context.environment
    if role_options.profile is not None or not (role_options.names_role or inside_exec):
        return found
    return found._replace(region=context.of(found.session).region_of(found.role))


def _role(role_options: RoleOptions, context: Context) -> ProfileRole:
    """The role that the options name; a sign-in may be needed to find an account by its name."""
    if not role_options.names_account:
        return context.select_role(role_options)
    return signed_in(session(context, role_options.session_name), lambda: context.select_role(role_options))


def session(context: Context, name: str | None) -> SessionContext:
    """The session that a command is for; on a terminal, it is chosen from a list if the name leaves it open.

    Raises as `Context.select_session` does, `Cancelled`.
    """
    try:
        return context.select_session(name)
    except SelectionNeeded as needed:
        return context.select_session(_choose_session(context, needed))


def named_sessions(context: Context) -> list[str]:
    """The names of all sso-sessions that are configured. Raises `BadInput` if there is none, `Failed`."""
    return [each.session.name for each in context.all_sessions() if not each.session.legacy]


def session_name(context: Context, profile_name: str | None, named: str | None) -> str | None:
    """The name of the session that a profile is for, or else the one that is named.

    Raises `BadInput` if both are given and differ, and as `profile` does.
    """
    if profile_name is None:
        return named
    found = profile(context, profile_name, context.profiles)
    of_profile = context.session_of_profile(found)
    selection.check_same_session(found, of_profile, selection.explicit_session(named, found))
    return of_profile


def profile(context: Context, name: str, offered: Collection[str]) -> str:
    """The profile of that name; on a terminal, it is chosen from those that are `offered` if there is none.

    Raises `BadInput`, `Failed`, `Cancelled`.
    """
    try:
        context.check_profile(name)
    except SelectionNeeded as needed:
        return _choose_profile(context, needed, offered)
    return name


def any_profile(context: Context, session_name: str) -> str:
    """A profile of a session that the person chooses from a list. Raises `Cancelled`."""
    from ssohelper.ui import choosing

    return choosing.profile(context, list(context.of(context.select_session(session_name).session).profiles()))


def _choose_session(context: Context, needed: SelectionNeeded) -> str:
    if not terminal.interactive() or not resolve.sessions(context.aws_files):
        raise needed
    from ssohelper.ui import choosing  # slow to load

    terminal.warn(str(needed))
    return choosing.session(context, needed.typed)


def _choose_profile(context: Context, needed: SelectionNeeded, offered: Collection[str]) -> str:
    if not terminal.interactive() or not offered:
        raise needed
    from ssohelper.ui import choosing

    terminal.warn(str(needed))
    return choosing.profile(context, offered, needed.typed)


def each(items: Iterable[_Item], work: Callable[[_Item], _Result]) -> tuple[int, list[_Result]]:
    """The first exit code that is not 0, and what `work` returns for each item.

    An error is shown, and ends the work on its item only.
    """
    code, results = 0, []
    for item in items:
        try:
            results.append(work(item))
        except SsohelperError as error:
            terminal.error(error)
            code = code or error.exit_code
    return code, results


def signed_in(session: SessionContext, work: Callable[[], _Result]) -> _Result:
    """What `work` returns; on a terminal, a person may sign in, or enter an MFA code, if that is needed.

    Raises what `work` raises, and what a sign-in does.
    """
    try:
        return work()
    except MfaRequired as error:
        if not terminal.interactive():
            raise
        session.provider.use_mfa_code(_ask_for_mfa_code(error.serial))
        return work()
    except SignInRequired as error:
        if not terminal.interactive() or not terminal.agree(f"{error}: sign in now?", default=True):
            raise
    from ssohelper.ui import sign_in_dialogue

    sign_in_dialogue.report(session.session, sign_in_dialogue.sign_in(session, sign_in_dialogue.Preferences()))
    return work()


def _ask_for_mfa_code(serial: str) -> str:
    """Ask for a code until it can be one. No option answers it: the code would be in the process list."""
    while True:
        code = terminal.ask(Question(f"MFA code of {serial}", option="")).replace(" ", "")
        if re.fullmatch(r"\d{6}", code, re.ASCII):
            return code
        terminal.warn("not a valid MFA code (expected 6 digits)")


def profile_to_check(context: Context, name: str) -> str:
    """The profile, or the one that the person chooses instead; without a terminal, what is wrong is a finding."""
    if not terminal.interactive():
        return name
    try:
        return profile(context, name, context.aws_files.profiles)
    except Failed:  # a file that cannot be read: a finding
        return name


def offer_sign_in(context: Context, profile_name: str) -> None:
    """Let the person sign in before a profile is checked. What fails is a finding later."""
    if not terminal.interactive():
        return
    with suppress(SsohelperError):
        session = context.select_session(context.session_of_profile(profile_name))
        signed_in(session, session.token)


def or_current_profile(role_options: RoleOptions, context: Context) -> RoleOptions:
    """The options; if they name no role, the profile of the environment."""
    if role_options.names_role:
        return role_options
    current = context.current_profile
    if current == "":
        raise BadInput(
            "AWS_PROFILE or AWS_DEFAULT_PROFILE is set, but empty: AWS tools find no profile",
            hint="unset AWS_PROFILE AWS_DEFAULT_PROFILE",
        )
    named = selection.explicit_session(role_options.session_name, current)
    return role_options._replace(session_name=named, profile=current, of_environment=True)
