"""Sign-in in this machine's browser: authorization code with PKCE (RFC 7636), as the AWS CLI does it."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

from ssohelper.errors import Cancelled, SignInRequired, SsohelperError
from ssohelper.identity_center.oidc import InvalidClient, Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import access_tokens, callback_page, registrations, status, token_cache
from ssohelper.sign_in.callback import NOBODY, Callback, Returned
from ssohelper.storage import files

# The AWS CLI waits as long.
_SECONDS = 600


def sign_in(
    session: Session,
    oidc: Oidc,
    open_page: Callable[[str, Callable[[], None]], None],
    keep: Callable[[Token], None],
    doors: access_tokens.Doors,
) -> Token | None:
    """Sign in and `keep` the token; None where `open_page` calls what it is given, since it finds no browser.

    Raises `Cancelled` where the person denies it, `SignInRequired` where they do not come back, `Unavailable`.
    """
    registration = registrations.usable(session, oidc, doors.now(), browser=True)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with Callback(state) as callback:
        url = oidc.authorize_url(registration, redirect_uri=callback.url, state=state, challenge=challenge(verifier))
        open_page(url, callback.nobody_comes)
        returned = _wait(session, callback, _SECONDS)
        if returned == NOBODY:
            return None
        try:
            token = _exchange(oidc, registration, returned, verifier, callback.url)
            keep(token)
        except SsohelperError as error:
            if isinstance(error, InvalidClient):
                files.remove(token_cache.registration_path(session))
            callback.show(callback_page.failed(session.name, f"{str(error)[:1].upper()}{str(error)[1:]}."))
            raise
        callback.show(callback_page.signed_in(session.name, _until(session, token, doors.now())))
        return token


def _wait(session: Session, callback: Callback, seconds: float) -> Returned:
    returned = None
    try:
        returned = callback.wait(seconds)
    finally:
        if returned is None:  # perhaps the service has forgotten the registration, which it tells the browser alone
            files.remove(token_cache.registration_path(session))
    if returned is None:
        raise SignInRequired("nobody signed in within ten minutes", hint=access_tokens.login_command(session))
    return returned


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _exchange(oidc: Oidc, registration: Registration, returned: Returned, verifier: str, redirect_uri: str) -> Token:
    if returned.error == "access_denied":
        raise Cancelled("the sign-in was denied in the browser", hint=oidc.login_command)
    if returned.code is None:
        raise SignInRequired(f"Identity Center ended the sign-in: {returned.error}", hint=oidc.login_command)
    return oidc.code_token(registration, code=returned.code, verifier=verifier, redirect_uri=redirect_uri)


def _until(session: Session, token: Token, now: float) -> str:
    local = datetime.fromtimestamp(token.expires_at).astimezone()
    end = f"{local:%H:%M} ({local.tzname()})"
    if status.why_not_renewable(session, token, now):
        return f"It ends at {end}."
    return f"Its access token is good until {end}, and renews itself while the sign-in lasts."
