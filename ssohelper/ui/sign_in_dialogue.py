"""The dialogue in which a person signs in: in a browser on this machine, or by a code in any other."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ssohelper import durations, hints
from ssohelper.context import SessionContext
from ssohelper.errors import SignInRequired
from ssohelper.model import Session, Token
from ssohelper.shell import prompt_state
from ssohelper.storage import files, locks
from ssohelper.ui import browsers, qr_code, terminal

if TYPE_CHECKING:
    from ssohelper.identity_center.oidc import DeviceAuthorization

# Identity Center gives up on a sign-in after ten minutes: waiting longer for another process is pointless.
_SIGN_IN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in, and whether it is an existing one, for which no person was needed."""

    token: Token
    already: bool


class Waiting(NamedTuple):
    """What a person needs for a sign-in: the page, the code if it has to be compared, and when it expires."""

    session: str
    url: str
    user_code: str | None
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How to sign in: with a `device_code` although a browser could be opened, without opening any, or `force`d.

    `announce` is called when a person is needed.
    """

    device_code: bool = False
    no_browser: bool = False
    force: bool = False
    announce: Callable[[Waiting], None] = lambda _waiting: None


def sign_in(context: SessionContext, preferences: Preferences) -> SignIn:
    """The current sign-in, refreshed if that is due; else one that a person makes now.

    Raises `SignInRequired`, `Unavailable`, `Failed`, `Cancelled`.
    """
    before = context.access_tokens.current()
    token = None if preferences.force else _without_person(context)
    if token:
        return SignIn(token, already=True)
    token = _one_at_a_time(context, before, preferences)
    prompt_state.update_all()
    return SignIn(token, already=False)


def report(session: Session, done: SignIn, *, brief: bool = False) -> None:
    """Say that the session is signed in, and for how long if that is not refreshed; with `brief`, only warn.

    How long the access token is valid says nothing about the next sign-in, so it is not mentioned.
    """
    from ssohelper.sign_in import refresh_history, status

    now = time.time()
    problem = status.refresh_problem(session, done.token, now, refresh_history.load(session))
    if session.legacy:
        terminal.warn(
            f"this sign-in cannot be refreshed: {problem}; configure an sso-session, then sync its profiles"
        )
        terminal.hint(hints.command("configure", "--start-url", session.start_url, "--region", session.region))
    if not brief:
        left = durations.shown(done.token.expires_at - now)
        until = f", valid for {left}" if problem else ""
        terminal.say(f"{'already ' if done.already else ''}signed in to {session.name}{until}")


def _without_person(context: SessionContext) -> Token | None:
    """The current token, refreshed if that is due; None if only a person can continue."""
    from ssohelper.sign_in.access_tokens import FRESH_SECONDS

    try:
        token = context.token()
    except SignInRequired:
        return None
    return token if token.expires_at - time.time() >= FRESH_SECONDS else None


def _one_at_a_time(context: SessionContext, before: Token | None, preferences: Preferences) -> Token:
    """Ask the person once, however many processes want a sign-in: one that waited uses the other's."""
    from ssohelper.sign_in import token_cache

    name = f"sign-in-{token_cache.digest(context.session)}"
    waiting = terminal.waiting(f"sign-in to {context.session.name}")
    with locks.held_if_possible(name, waiting=waiting, warn=context.runtime.warn, deadline=_SIGN_IN_SECONDS):
        current = _without_person(context)
        by_another = current and (before is None or current.access_token != before.access_token)
        if current and (by_another or not preferences.force):
            return current
        return _ask(context, preferences)


def _ask(context: SessionContext, preferences: Preferences) -> Token:
    from ssohelper.sign_in import browser, device_code, token_cache

    session = context.session
    files.check_writable(token_cache.token_path(session))  # before a person approves a sign-in that cannot be saved
    by_code = preferences.device_code or preferences.no_browser
    reason = None if by_code else _why_device_code(context)
    if reason and (terminal.interactive() or context.settings.sign_in == "browser"):
        terminal.warn(f"signing in with a device code: {reason}")
    if not reason and not by_code:

        def open_page(url: str, failed: Callable[[], None]) -> None:
            _open_page(context, url, failed, preferences)

        token = browser.sign_in(session, context.oidc, open_page, context.access_tokens.save, context.runtime)
        if token:
            return token
        terminal.warn("could not open a browser: signing in with a device code")
    opens = preferences.device_code and not preferences.no_browser and terminal.interactive()

    def show(authorization: "DeviceAuthorization") -> None:
        url = authorization.verification_uri_complete
        preferences.announce(Waiting(session.name, url, authorization.user_code, authorization.expires_at))
        _show_code(context, authorization, opens=opens)

    return device_code.sign_in(session, context.oidc, show, context.access_tokens.save, context.runtime)


def _why_device_code(context: SessionContext) -> str | None:
    from ssohelper.sign_in import grant

    if context.session.legacy:
        return "profiles without sso_session support nothing else"
    if not terminal.interactive():
        return "there is no terminal"
    setting = context.settings.sign_in
    if setting:
        return None if setting == "browser" else "config.toml says so"
    chosen = context.settings.browser
    variables = {**os.environ, "BROWSER": chosen} if chosen else os.environ
    return grant.why_browser_cannot_return(variables, sys.platform, os.path.exists)


def _open_page(context: SessionContext, url: str, failed: Callable[[], None], preferences: Preferences) -> None:
    words = _browser(context, url)
    terminal.warn(f"sign in to {context.session.name} in your browser; if none opens, open this page on this machine")
    terminal.show(f"\n  {terminal.plain(url)}\n")
    until = time.time() + _SIGN_IN_SECONDS
    preferences.announce(Waiting(context.session.name, url, None, until))
    _say_waiting(until)
    browsers.open_page(url, failed=failed, words=words)


def _browser(context: SessionContext, url: str) -> list[str] | None:
    """The command that opens a page in the browser of the settings; None for the default browser.

    Raises `Failed` if it is not installed.
    """
    kind = context.settings.sign_in_browser
    program = browsers.program_of(kind, context.settings.browser, "sign_in_browser")
    container = browsers.Container.of_session(context.session)
    return browsers.words(kind, program, container, url) if program else None


def _say_waiting(until: float) -> None:
    """On a terminal, say that it waits, until a time in Unix seconds."""
    if terminal.interactive():
        terminal.warn(f"waiting for you until {datetime.fromtimestamp(until).astimezone():%H:%M}; Ctrl-C cancels")


def _show_code(context: SessionContext, authorization: "DeviceAuthorization", *, opens: bool) -> None:
    terminal.warn(f"to sign in to {context.session.name}, open this page and check that it shows the code below")
    url = authorization.verification_uri_complete
    terminal.show(f"\n  {terminal.plain(url)}\n  {terminal.plain(authorization.user_code)}\n")
    qr_code.show(url)
    _say_waiting(authorization.expires_at)
    if opens:
        failed = "could not open a browser: open the page yourself"
        browsers.open_page(url, failed=lambda: terminal.warn(failed), words=_browser(context, url))
