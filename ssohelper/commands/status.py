"""`ssohelper status`: who is signed in, until when, and what renews itself."""

import shlex
import sys
import time
from typing import Any

import click

from ssohelper import context, options
from ssohelper.errors import SignInRequired
from ssohelper.model import Session
from ssohelper.ui import output, terminal

_WATCH_SECONDS = 1.0


@click.command("status")
@options.session
@click.option("--watch", is_flag=True, help="Keep showing it until Ctrl-C.")
@options.as_json
def command(session_name: str | None, watch: bool, as_json: bool) -> int:
    """Show, for each session, whether somebody is signed in, how long the access token lasts, whether it renews
    itself (and why not), how long the client registration lasts, and which role credentials are kept.

    It asks nobody, Identity Center included: a sign-in that your administrator ended shows when it is next used.

    Exit code 4: a sign-in is needed; the command for it is on stderr.
    """
    sessions = [options.chosen_session(session_name)] if session_name else options.every_session()
    if watch:
        return _watch(sessions, as_json=as_json)
    facts = [_facts(session) for session in sessions]
    click.echo(_rendered(facts, as_json=as_json))
    return _verdict(facts)


def _watch(sessions: list[Session], *, as_json: bool) -> int:
    """Show the state whenever it changes; on a terminal in place of what was shown before."""
    shown = ""
    facts: list[dict[str, Any]] = []
    clear = "\x1b[H\x1b[2J" if sys.stdout.isatty() and not as_json else ""
    try:
        while True:
            facts = [_facts(session) for session in sessions]
            text = _rendered(facts, as_json=as_json)
            if text != shown:
                click.echo(f"{clear}{text}")
                shown = text
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        return _verdict(facts)


def _facts(session: Session) -> dict[str, Any]:
    from ssohelper.credentials import cached_roles
    from ssohelper.sign_in import status

    now = time.time()
    stands = status.of(session, now, context.vault_of(session))
    roles = cached_roles.roles(session, options.roles_of(session), context.cache_of(session), now)
    return {
        "session": session.name,
        "start_url": session.start_url,
        "region": session.region,
        "signed_in": stands.signed_in,
        "access_token_expires_at": _date(stands.access_token_until),
        "renews_itself": stands.renews_itself,
        "why_not": stands.why_not,
        "registration_expires_at": _date(stands.registration_until),
        "roles": [
            {"account_id": each.account_id, "role_name": each.role_name, "expires_at": _date(each.expiration)}
            for each in roles
        ],
    }


def _rendered(facts: list[dict[str, Any]], *, as_json: bool) -> str:
    if as_json:
        return output.to_json({"sessions": facts})
    return output.status_lines(facts, time.time(), color=terminal.color(sys.stdout))


def _verdict(facts: list[dict[str, Any]]) -> int:
    """What the facts say, for people and as the exit code."""
    named = {each["start_url"] for each in facts if each["session"] != each["start_url"]}
    # A sign-in without a name that has got one since then is needed by old profiles only: see the how-to.
    missing = [each["session"] for each in facts if not each["signed_in"] and each["session"] not in named]
    for name in missing:
        terminal.hint(f"ssohelper login --session {shlex.quote(name)}")
    return SignInRequired.exit_code if missing else 0


def _date(seconds: float | None) -> str | None:
    from ssohelper.storage import timestamps

    return None if seconds is None else timestamps.written(seconds)
