"""`ssohelper login`: sign in, and leave the token where the AWS CLI and the SDKs look for it."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import click

from ssohelper import hints, options, selecting
from ssohelper.context import SessionContext
from ssohelper.errors import BadInput
from ssohelper.storage import timestamps
from ssohelper.ui import sign_in_dialogue
from ssohelper.ui.sign_in_dialogue import Preferences, Waiting


@click.command("login")
@options.profile
@options.session_or_all("Sign in to every session of the config file.")
@click.option("--device-code", is_flag=True, help="Show a code to approve in any browser, also on a phone.")
@click.option("--no-browser", is_flag=True, help="Like --device-code, but open no browser here.")
@click.option("--force", is_flag=True, help="Sign in again, even if the current sign-in is valid.")
@options.as_json
def command(**values: Any) -> int:
    """Sign in to IAM Identity Center.

    Does nothing while the current access token is valid for at least 15 minutes, and refreshes it without you if
    possible, so scripts may run it at any time. Otherwise a browser opens. Where a browser could not return to this
    machine (SSH, containers, WSL, CI, cloud workspaces, no terminal), you approve a code in any browser.

    The token is stored in the AWS CLI's cache (~/.aws/sso/cache), so the AWS CLI and current SDKs are signed in, too.

    With --json, each line is a JSON document: events such as {"event": "waiting", "url": ..., "user_code": ...}
    while it waits for you, then the result.

    Example: ssohelper login --session acme
    """
    return run(Options(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line."""

    session_name: str | None
    profile: str | None
    every: bool
    device_code: bool
    no_browser: bool
    force: bool
    as_json: bool


def run(opts: Options) -> int:
    """Sign in to the sessions that the options name. Returns the exit code."""
    if opts.every and opts.profile:
        raise BadInput("--all and a profile cannot be combined", hint="ssohelper login --all")
    context = options.context()
    name = selecting.session_name(context, opts.profile, opts.session_name)
    sessions = context.all_sessions() if opts.every else [selecting.session(context, name)]
    if opts.every:
        code, results = selecting.each(sessions, lambda session: _login(session, opts))
    else:
        code, results = 0, [_login(sessions[0], opts)]
    if opts.as_json:
        click.echo(json.dumps(results if opts.every else results[0]))
    elif len(sessions) == 1 and not sessions[0].session.legacy and not sessions[0].profile_roles():
        options.show_next("login", hints.command("sync", "--session", sessions[0].session.name))
    return code


def _print_event(waiting: Waiting) -> None:
    """Print what a person has to do, at once: the program that reads it passes it on."""
    facts = {**waiting._asdict(), "expires_at": timestamps.written(waiting.expires_at)}
    click.echo(json.dumps({"event": "waiting", **facts}))


def _login(context: SessionContext, opts: Options) -> dict[str, Any]:
    from ssohelper.sign_in import refresh_history, status

    session = context.session
    preferences = Preferences(device_code=opts.device_code, no_browser=opts.no_browser, force=opts.force)
    if opts.as_json:
        preferences = replace(preferences, announce=_print_event)
    done = sign_in_dialogue.sign_in(context, preferences)
    sign_in_dialogue.report(session, done, brief=opts.as_json)
    history = refresh_history.load(session)
    return {
        "session": session.name,
        "start_url": session.start_url,
        "region": session.region,
        "expires_at": timestamps.written(done.token.expires_at),
        "auto_refresh": status.refresh_problem(session, done.token, time.time(), history) is None,
        "already_signed_in": done.already,
    }
