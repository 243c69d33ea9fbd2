"""`ssohelper login`: sign in by device code, and leave the token where the AWS CLI and the SDKs look for it."""

import time
from typing import TYPE_CHECKING, Any

import click

from ssohelper import files, output, terminal
from ssohelper.commands import options
from ssohelper.model import Session, Token
from ssohelper.sign_in import timestamps

if TYPE_CHECKING:
    from ssohelper.identity_center.oidc import DeviceAuthorization

# A device code lives for ten minutes; whoever waits for another sign-in waits no longer than that.
_SIGN_IN_SECONDS = 600


@click.command("login", short_help="Sign in to IAM Identity Center.")
@options.session
@click.option("--no-browser", is_flag=True, help="Only print the URL: open it on any machine.")
@click.option("--force", is_flag=True, help="Sign in again, even if the present sign-in is fresh.")
@options.as_json
def command(session_name: str | None, no_browser: bool, force: bool, as_json: bool) -> None:
    """Sign in to IAM Identity Center.

    Does nothing while at least 15 minutes of the present sign-in are left, so scripts may call it at any time. Shows
    a URL and a code; approve them in a browser, here or on your phone. The token goes where the AWS CLI keeps it
    (~/.aws/sso/cache): every AWS tool is signed in then.
    """
    from ssohelper.sign_in import access

    session = options.chosen_session(session_name)
    token = None if force else access.fresh_token(session, time.time())
    signed_in_before = token is not None
    token = token or _sign_in(session, browser=not no_browser, force=force)
    if as_json:
        click.echo(output.to_json(_facts(session, token, signed_in_before)))
    else:
        left = output.duration(token.expires_at - time.time())
        terminal.say(f"{'already ' if signed_in_before else ''}signed in to {session.name}, {left} left")


def _sign_in(session: Session, *, browser: bool, force: bool) -> Token:
    """Ask the person once, however many of us want to: who waited for another's sign-in uses that one."""
    from ssohelper.identity_center.oidc import Oidc
    from ssohelper.sign_in import access, device_code, token_cache

    before = token_cache.load_token(session)
    lock = f"sign-in-{token_cache.token_path(session).stem}"
    with files.locked(lock, waiting=terminal.waiting(f"the sign-in to {session.name}"), deadline=_SIGN_IN_SECONDS):
        present = access.fresh_token(session, time.time())
        somebody_elses = present and (before is None or present.access_token != before.access_token)
        if present and (somebody_elses or not force):
            return present
        opens = browser and terminal.interactive()

        def show(authorization: "DeviceAuthorization") -> None:
            _show(session, authorization, opens=opens)

        return device_code.sign_in(session, Oidc(session), show, now=time.time, sleep=time.sleep)


def _show(session: Session, authorization: "DeviceAuthorization", *, opens: bool) -> None:
    terminal.say(f"to sign in to {session.name}, open this page and check that it shows the code below")
    url, code = terminal.plain(authorization.verification_uri_complete), terminal.plain(authorization.user_code)
    terminal.show(f"\n  {url}\n  {code}\n")
    if opens and not terminal.open_browser(authorization.verification_uri_complete):
        terminal.say("no browser could be opened here: open the page yourself")


def _facts(session: Session, token: Token, signed_in_before: bool) -> dict[str, Any]:
    return {
        "session": session.name,
        "start_url": session.start_url,
        "region": session.region,
        "expires_at": timestamps.written(token.expires_at),
        "already_signed_in": signed_in_before,
    }
