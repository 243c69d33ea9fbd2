"""Whether a session is signed in, until when, and whether that is refreshed automatically. Makes no request."""

from typing import NamedTuple

from ssohelper.model import Session, Token
from ssohelper.sign_in import refresh_history, token_cache
from ssohelper.sign_in.refresh_history import History
from ssohelper.sign_in.token_cache import SecretStore

NOT_SIGNED_IN = "not signed in"


class SignInStatus(NamedTuple):
    """Times are in Unix seconds, None if there is none. `auto_refresh_problem` is why `auto_refresh` is False.

    `signed_in_at` is when the sign-in began, None if that is unknown.
    """

    signed_in: bool
    access_token_expires_at: float | None
    auto_refresh: bool
    auto_refresh_problem: str | None
    registration_expires_at: float | None
    signed_in_at: float | None = None

    def expires_at(self, now: float, lasts: float | None) -> float | None:
        """When the sign-in expires, in Unix seconds, if sign-ins last `lasts` seconds; None if that is unknown.

        Identity Center does not say how long a sign-in lasts: `lasts` is the user's own setting.
        """
        if self.access_token_expires_at is None:
            return now
        if not self.auto_refresh:
            return self.access_token_expires_at
        return None if self.signed_in_at is None or lasts is None else self.signed_in_at + lasts


def of(session: Session, now: float, secret_store: SecretStore | None = None) -> SignInStatus:
    """The status at `now` (Unix seconds), as far as can be known without a request. Raises `Failed`."""
    token, history = token_cache.load_token(session, secret_store), refresh_history.load(session)
    registration = token.registration if token else None
    registration = registration or token_cache.load_registration(session)
    registration = registration or token_cache.load_registration(session, browser=True)
    registration_expires_at = registration.expires_at if registration else None
    if token is None:
        file_problem = token_cache.file_problem(session)
        return SignInStatus(False, None, False, file_problem or NOT_SIGNED_IN, registration_expires_at)
    problem = refresh_problem(session, token, now, history)
    if problem is None and token.expires_at > now and history.is_last(token):
        problem = "the sign-in expires with it"
    return SignInStatus(
        is_valid(token, now, history) or problem is None,
        token.expires_at,
        problem is None,
        problem,
        registration_expires_at,
        history.signed_in_at,
    )


def is_valid(token: Token, now: float, history: History) -> bool:
    """Whether a token is valid at `now` (Unix seconds), as far as can be known without a request."""
    return token.expires_at > now and not history.is_rejected(token)


def refresh_problem(session: Session, token: Token, now: float, history: History) -> str | None:
    """Why a token cannot be refreshed without a person, None if it can. `now` is in Unix seconds."""
    if token.refresh_token is None:
        return "profiles without sso_session have no refresh token" if session.legacy else "no refresh token"
    if token.registration is None:
        return "no client registration"
    if token.registration.expires_at <= now:
        return "the client registration has expired"
    if history.is_refresh_token_rejected(token):
        return "the refresh token was rejected"
    return None
