"""Whether a session is signed in, until when, and whether that is refreshed automatically. Makes no request."""

from typing import NamedTuple

from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, token_cache
from ssohelper.sign_in.token_cache import SecretStore

NOT_SIGNED_IN = "not signed in"


class SignInStatus(NamedTuple):
    """Times are in Unix seconds, None if there is none. `auto_refresh_problem` is why `auto_refresh` is False."""

    signed_in: bool
    access_token_expires_at: float | None
    auto_refresh: bool
    auto_refresh_problem: str | None
    registration_expires_at: float | None


def of(session: Session, now: float, secret_store: SecretStore | None = None) -> SignInStatus:
    """The status at `now` (Unix seconds), as far as can be known without a request. Raises `Failed`."""
    token = token_cache.load_token(session, secret_store)
    registration = token.registration if token else None
    registration = registration or token_cache.load_registration(session)
    registration = registration or token_cache.load_registration(session, browser=True)
    registration_expires_at = registration.expires_at if registration else None
    if token is None:
        file_problem = token_cache.file_problem(session)
        return SignInStatus(False, None, False, file_problem or NOT_SIGNED_IN, registration_expires_at)
    problem = refresh_problem(session, token, now) or _last(session, token, now)
    return SignInStatus(
        is_valid(session, token, now) or problem is None,
        token.expires_at,
        problem is None,
        problem,
        registration_expires_at,
    )


def sign_in_expires_at(
    session: Session, now: float, lasts: float | None, secret_store: SecretStore | None = None
) -> float | None:
    """When the sign-in expires, in Unix seconds, if sign-ins last `lasts` seconds; None if that is unknown.

    Identity Center does not say how long a sign-in lasts: `lasts` is the user's own setting. Raises `Failed`.
    """
    token = token_cache.load_token(session, secret_store)
    if token is None:
        return now
    if refresh_problem(session, token, now) or _last(session, token, now):
        return token.expires_at
    began = refresh_history.signed_in_at(session)
    return None if began is None or lasts is None else began + lasts


def _last(session: Session, token: Token, now: float) -> str | None:
    """Why a token that expires with its sign-in is not refreshed; once it has expired, one more attempt is made."""
    last = token.expires_at > now and refresh_history.is_last(session, token)
    return "the sign-in expires with it" if last else None


def is_valid(session: Session, token: Token, now: float) -> bool:
    """Whether a token is valid at `now` (Unix seconds), as far as can be known without a request."""
    return token.expires_at > now and not refresh_history.is_rejected(session, token)


def refresh_problem(session: Session, token: Token, now: float) -> str | None:
    """Why a token cannot be refreshed without a person, None if it can. `now` is in Unix seconds."""
    if token.refresh_token is None:
        return "profiles without sso_session have no refresh token" if session.legacy else "no refresh token"
    if token.registration is None:
        return "no client registration"
    if token.registration.expires_at <= now:
        return "the client registration has expired"
    if refresh_history.is_refresh_token_rejected(session, token):
        return "the refresh token was rejected"
    return None
