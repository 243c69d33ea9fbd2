"""Sign-in in this machine's browser: the authorization code grant with PKCE (RFC 7636), as in the AWS CLI."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

from ssohelper.errors import Cancelled, SignInRequired, SsohelperError
from ssohelper.identity_center.oidc import InvalidClient, Oidc
from ssohelper.model import Session, Token
from ssohelper.sign_in import callback_page, refresh_history, registrations, status, token_cache
from ssohelper.sign_in.callback import NO_BROWSER, AuthorizationResponse, Callback
from ssohelper.sign_in.runtime import Runtime
from ssohelper.storage import files

# As long as the AWS CLI waits.
_SECONDS = 600


def sign_in(
    session: Session,
    oidc: Oidc,
    open_page: Callable[[str, Callable[[], None]], None],
    save: Callable[[Token], None],
    runtime: Runtime,
) -> Token | None:
    """Sign in and `save` the token.

    `open_page` gets the URL, and a callback for when it finds no browser: then the result is None.

    Raises `Cancelled` if the person denies it, `SignInRequired` if the browser does not return, `Unavailable`.
    """
    registration = registrations.load_or_register(session, oidc, runtime.now(), browser=True)
    state, code_verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with Callback(state) as callback:
        url = oidc.authorize_url(
            registration,
            redirect_uri=callback.redirect_uri,
            state=state,
            code_challenge=code_challenge(code_verifier),
        )
        open_page(url, callback.no_browser)
        response = _wait(session, callback, _SECONDS)
        if response == NO_BROWSER:
            return None
        try:
            token = oidc.exchange_code(
                registration,
                code=_code(session, response),
                code_verifier=code_verifier,
                redirect_uri=callback.redirect_uri,
            )
            save(token)
        except SsohelperError as error:
            if isinstance(error, InvalidClient):
                files.remove(token_cache.registration_path(session))
            callback.show(callback_page.failed(session.name, f"{str(error)[:1].upper()}{str(error)[1:]}."))
            raise
        callback.show(callback_page.signed_in(session.name, _validity(session, token, runtime.now())))
        return token


def _wait(session: Session, callback: Callback, seconds: float) -> AuthorizationResponse:
    response = None
    try:
        response = callback.wait(seconds)
    finally:
        if response is None:  # the service may have rejected the registration, which it tells only the browser
            files.remove(token_cache.registration_path(session))
    if response is None:
        raise SignInRequired("sign-in timed out after 10 minutes", hint=session.login_command)
    return response


def code_challenge(code_verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")


def _code(session: Session, response: AuthorizationResponse) -> str:
    if response.error == "access_denied":
        raise Cancelled("the sign-in was denied in the browser", hint=session.login_command)
    if response.code is None:
        raise SignInRequired(f"sign-in failed: {response.error}", hint=session.login_command)
    return response.code


def _validity(session: Session, token: Token, now: float) -> str:
    local = datetime.fromtimestamp(token.expires_at).astimezone()
    until = f"valid until {local:%H:%M} ({local.tzname()})"
    if status.refresh_problem(session, token, now, refresh_history.load(session)):
        return f"The sign-in is {until}."
    return f"The access token is {until} and is refreshed automatically."
