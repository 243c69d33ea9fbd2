"""`ssohelper login`: sign in, and leave the token where the AWS CLI and the SDKs look for it."""

import os
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ssohelper import context, durations, options
from ssohelper.errors import BadInput, SignInRequired, SsohelperError
from ssohelper.model import Session, Token
from ssohelper.storage import files, locks
from ssohelper.ui import output, terminal

if TYPE_CHECKING:
    from ssohelper.identity_center.oidc import DeviceAuthorization
    from ssohelper.sign_in.access_tokens import Access

# A sign-in ends after ten minutes; whoever waits for another one waits no longer than that.
_SIGN_IN_SECONDS = 600


@click.command("login")
@options.session
@click.option("--profile", metavar="PROFILE", help="A profile of the session, instead of its name.")
@click.option("--all", "every", is_flag=True, help="Sign in to every session of the config file.")
@click.option("--device-code", is_flag=True, help="Show a code to approve in any browser, also on a phone.")
@click.option("--no-browser", is_flag=True, help="The same, and open no browser here.")
@click.option("--force", is_flag=True, help="Sign in again, even if the present sign-in is fresh.")
@options.as_json
def command(**given: Any) -> int:
    """Sign in to IAM Identity Center.

    Does nothing while at least 15 minutes of the present access token are left, and renews it without you where that
    can be, so scripts may call it at any time. Otherwise a browser opens. Where none could come back to this machine
    (SSH, containers, WSL, CI, no terminal) there is a code to approve in any browser, on your phone for example.

    The token goes where the AWS CLI keeps it (~/.aws/sso/cache): every AWS tool is signed in then.
    """
    asked = Options(**given)
    if asked.every and (asked.session_name or asked.profile):
        raise BadInput("--all and --session contradict each other", hint="ssohelper login --all")
    name = options.session_of(asked.profile) if asked.profile else asked.session_name
    sessions = options.every_session() if asked.every else [options.chosen_session(name)]
    facts, code = [], 0
    for session in sessions:
        try:
            facts.append(_login(session, asked))
        except SsohelperError as error:
            if not asked.every:
                raise
            terminal.complain(error)
            code = code or error.exit_code
    if asked.as_json:
        click.echo(output.to_json(facts if asked.every else facts[0]))
    return code


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


def anew(session: Session) -> None:
    """Let the person sign in again, though they may be signed in."""
    given = dict.fromkeys(("every", "device_code", "no_browser", "as_json"), False)
    _login(session, Options(session_name=session.name, profile=None, force=True, **given))


def _login(session: Session, asked: Options) -> dict[str, Any]:
    from ssohelper.sign_in import status
    from ssohelper.storage import timestamps

    access = context.access_of(session)
    before = access.present()
    token = None if asked.force else _without_a_person(access)
    signed_in_before = token is not None
    token = token or _alone(session, access, before, asked)
    why_not = status.why_not_renewable(session, token, time.time())
    if session.legacy:
        terminal.say(f"this sign-in cannot be renewed: {why_not}; give it a name, then sync its profiles")
        url, region = shlex.quote(session.start_url), shlex.quote(session.region)
        terminal.hint(f"ssohelper configure --start-url {url} --region {region}")
    if not asked.as_json:
        left = durations.shown(token.expires_at - time.time())
        ends = f"{left} left" if why_not else f"{left} left, renews itself"
        terminal.say(f"{'already ' if signed_in_before else ''}signed in to {session.name}, {ends}")
    return {
        "session": session.name,
        "start_url": session.start_url,
        "region": session.region,
        "expires_at": timestamps.written(token.expires_at),
        "renews_itself": why_not is None,
        "already_signed_in": signed_in_before,
    }


def _without_a_person(access: "Access") -> Token | None:
    """The present token, renewed where that is due; None where only a person can go on."""
    from ssohelper.sign_in.access_tokens import FRESH_SECONDS

    try:
        token = context.token_of(access)
    except SignInRequired:
        return None
    return token if token.expires_at - time.time() >= FRESH_SECONDS else None


def _alone(session: Session, access: "Access", before: Token | None, asked: Options) -> Token:
    """Ask the person once, however many of us want to: who waited for another's sign-in uses that one."""
    from ssohelper.sign_in import token_cache

    lock = f"sign-in-{token_cache.digest(session)}"
    with locks.held(lock, waiting=terminal.waiting(f"the sign-in to {session.name}"), deadline=_SIGN_IN_SECONDS):
        present = _without_a_person(access)
        somebody_elses = present and (before is None or present.access_token != before.access_token)
        if present and (somebody_elses or not asked.force):
            return present
        return _sign_in(session, access, asked)


def _sign_in(session: Session, access: "Access", asked: Options) -> Token:
    from ssohelper.sign_in import browser, device_code, token_cache

    files.check_room(token_cache.token_path(session))  # nobody approves what could not be kept
    oidc, doors = context.oidc_of(session), context.doors(session)
    by_code = asked.device_code or asked.no_browser
    why = None if by_code else _why_device_code(session)
    if why and terminal.interactive():
        terminal.say(f"signing in by code, since {why}")
    if not why and not by_code:

        def open_page(url: str, failed: Callable[[], None]) -> None:
            _open(session, url, failed)

        token = browser.sign_in(session, oidc, open_page, access.keep, doors)
        if token:
            return token
        terminal.say("no browser could be opened here: signing in by code")
    opens = asked.device_code and not asked.no_browser and terminal.interactive()

    def show(authorization: "DeviceAuthorization") -> None:
        _show(session, authorization, opens=opens)

    return device_code.sign_in(session, oidc, show, access.keep, doors)


def _why_device_code(session: Session) -> str | None:
    from ssohelper.sign_in import grant

    if session.legacy:
        return "profiles without sso_session know nothing else"
    said = context.settings_of(session).sign_in
    if said:
        return None if said == "browser" else "config.toml says so"
    if not terminal.interactive():
        return "there is no terminal"
    return grant.why_no_browser(os.environ, sys.platform, os.path.exists)


def _open(session: Session, url: str, failed: Callable[[], None]) -> None:
    terminal.say(f"to sign in to {session.name}, go on in the browser; if none opens, open this page on this machine")
    terminal.show(f"\n  {terminal.plain(url)}\n")
    terminal.open_browser(url, failed=failed)


def _show(session: Session, authorization: "DeviceAuthorization", *, opens: bool) -> None:
    terminal.say(f"to sign in to {session.name}, open this page and check that it shows the code below")
    url, code = terminal.plain(authorization.verification_uri_complete), terminal.plain(authorization.user_code)
    terminal.show(f"\n  {url}\n  {code}\n")
    terminal.show_qr_code(authorization.verification_uri_complete)
    if opens:
        terminal.open_browser(
            authorization.verification_uri_complete,
            failed=lambda: terminal.say("no browser could be opened here: open the page yourself"),
        )
