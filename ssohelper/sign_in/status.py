"""How a session stands: signed in or not, until when, and whether that goes on by itself. Asks nobody."""

from typing import NamedTuple

from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, token_cache
from ssohelper.sign_in.token_cache import Vault


class Standing(NamedTuple):
    """Times are in Unix seconds, None where there is none. `why_not` says why it does not renew itself."""

    signed_in: bool
    access_token_until: float | None
    renews_itself: bool
    why_not: str | None
    registration_until: float | None


def of(session: Session, now: float, vault: Vault | None = None) -> Standing:
    """How a session stands at `now` (Unix seconds), as far as can be known here. Raises `Failed`."""
    token = token_cache.load_token(session, vault)
    registration = token.registration if token else None
    registration = registration or token_cache.load_registration(session)
    registration = registration or token_cache.load_registration(session, browser=True)
    registration_until = registration.expires_at if registration else None
    if token is None:
        why = token_cache.damage(session) or "nobody is signed in"
        return Standing(False, None, False, why, registration_until)
    why_not = why_not_renewable(session, token, now) or _last(session, token, now)
    good = token.expires_at > now and not refresh_history.is_refused(session, token)
    return Standing(good or why_not is None, token.expires_at, why_not is None, why_not, registration_until)


def sign_in_until(session: Session, now: float, lasts: float | None, vault: Vault | None = None) -> float | None:
    """When the sign-in will have ended, in Unix seconds, if sign-ins last `lasts` seconds; None where nobody knows.

    Identity Center tells nobody how long a sign-in lasts: `lasts` is what a person says. Raises `Failed`.
    """
    token = token_cache.load_token(session, vault)
    if token is None:
        return now
    if why_not_renewable(session, token, now) or _last(session, token, now):
        return token.expires_at
    began = refresh_history.signed_in_at(session)
    return None if began is None or lasts is None else began + lasts


def _last(session: Session, token: Token, now: float) -> str | None:
    """What there is to say of a token that ends with its sign-in; once it has ended, one more try harms nobody."""
    return "its sign-in ends then" if token.expires_at > now and refresh_history.is_last(session, token) else None


def why_not_renewable(session: Session, token: Token, now: float) -> str | None:
    """Why a token cannot be renewed without a person, None where it can. `now` is in Unix seconds."""
    if token.refresh_token is None:
        return "profiles without sso_session never are" if session.legacy else "it has no refresh token"
    if token.registration is None:
        return "it has no client registration"
    if token.registration.expires_at <= now:
        return "its client registration has expired"
    if refresh_history.is_dead(session, token):
        return "its refresh token is not taken any more"
    return None
