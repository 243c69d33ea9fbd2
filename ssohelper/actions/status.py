"""What `ssohelper status` shows."""

import os
import sys
import time
from typing import Any, NamedTuple

from ssohelper import hints, selecting
from ssohelper.actions import Echo
from ssohelper.aws_config import selection
from ssohelper.context import Context, SessionContext
from ssohelper.errors import BadInput, SignInRequired
from ssohelper.model import Session
from ssohelper.storage import timestamps
from ssohelper.ui import output, terminal
from ssohelper.ui.look import Look

_WATCH_SECONDS = 1.0


class Options(NamedTuple):
    """The command line."""

    profile: str | None = None
    session_name: str | None = None
    watch: bool = False
    as_json: bool = False


def run(opts: Options, echo: Echo) -> int:
    """Show the status of one session, or of every one. Returns the exit code."""
    session_name = opts.session_name
    if opts.profile is not None:
        session_name = selecting.session_name(selecting.context(), opts.profile, session_name)
    if opts.watch:
        return _watch(session_name, echo, as_json=opts.as_json)
    rows, text = _read(session_name, as_json=opts.as_json)
    echo(text)
    _report_profile()
    variable = selection.profile_inside_exec(os.environ)
    if variable:
        terminal.warn(f"{variable} is set inside `ssohelper exec`: tools may use that profile or the job's role")
        terminal.hint(hints.unset(variable))
    return _verdict(rows)


def _report_profile() -> None:
    """Say of the current profile if it does not exist, or is not for IAM Identity Center."""
    variable = next((each for each in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if os.environ.get(each)), None)
    if variable is None:
        return
    context, name = selecting.context(), os.environ[variable]
    if name not in context.aws_files.profiles:
        terminal.error(BadInput(f"{variable}: profile {name!r} not found", hint=hints.unset(variable)))
    elif name not in context.profiles or not context.profiles[name].session.needs_sign_in:
        terminal.warn(f"{variable}: profile {name!r} is not for IAM Identity Center")


def _read(session_name: str | None, *, as_json: bool) -> tuple[list[dict[str, Any]], str]:
    """The status of the sessions now, and how it is printed."""
    context = selecting.context()
    rows = [_row(each) for each in _sessions(context, session_name)]
    if as_json:
        return rows, output.to_json({"sessions": rows})
    return rows, output.status_lines(rows, time.time(), look=Look.of(sys.stdout))


def _sessions(context: Context, name: str | None) -> list[SessionContext]:
    if not name:
        return context.all_sessions()
    return [selecting.session(context, name)]


def _watch(session_name: str | None, echo: Echo, *, as_json: bool) -> int:
    """Print the status whenever it changes; on a terminal in place of the one before."""
    shown = ""
    rows: list[dict[str, Any]] = []
    clear = "\x1b[H\x1b[2J" if sys.stdout.isatty() and not as_json else ""
    try:
        while True:
            rows, text = _read(session_name, as_json=as_json)
            if text != shown:
                echo(f"{clear}{text}")
                shown = text
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        return _verdict(rows)


def _row(context: SessionContext) -> dict[str, Any]:
    from ssohelper.credentials import cached_roles

    now = time.time()
    session, status = context.session, context.status(now)
    next_at = status.expires_at(now, context.sign_in_seconds)
    roles = cached_roles.find(session, context.profile_roles(), context.credential_cache, now)
    names = _account_names(session) if roles else {}
    return {
        "session": session.name,
        "start_url": session.start_url,
        "region": session.region,
        "signed_in": status.signed_in,
        "next_sign_in_at": _date(next_at) if status.signed_in else None,
        "access_token_expires_at": _date(status.access_token_expires_at),
        "auto_refresh": status.auto_refresh,
        "auto_refresh_problem": status.auto_refresh_problem,
        "registration_expires_at": _date(status.registration_expires_at),
        "roles": [
            {
                "account_id": each.role.account_id,
                "account_name": names.get(each.role.account_id),
                "role_name": each.role.role_name,
                "expires_at": _date(each.expiration),
            }
            for each in roles
        ],
        "login_command": session.login_command,
    }


def _account_names(session: Session) -> dict[str, str | None]:
    from ssohelper.sync import account_names

    return account_names.shown(session)


def _verdict(rows: list[dict[str, Any]]) -> int:
    """Print hints for the sign-ins that are needed. Returns the exit code."""
    named = {each["start_url"] for each in rows if each["session"] != each["start_url"]}
    # Once a session has the same start URL, only old profiles need the legacy sign-in: see the how-to.
    missing = [each for each in rows if not each["signed_in"] and each["session"] not in named]
    for each in missing:
        terminal.hint(each["login_command"])
    return SignInRequired.exit_code if missing else 0


def _date(seconds: float | None) -> str | None:
    return None if seconds is None else timestamps.written(seconds)
