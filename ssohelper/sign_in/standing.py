"""How a session stands: signed in or not, until when, and whether that goes on by itself. Asks nobody."""

from dataclasses import dataclass

from ssohelper.model import Session
from ssohelper.sign_in import access, renewals, token_cache
from ssohelper.sign_in.token_cache import Vault


@dataclass(frozen=True, slots=True)
class Standing:
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
    why_not = access.why_not_renewable(session, token, now)
    good = token.expires_at > now and not renewals.is_refused(session, token)
    return Standing(good or why_not is None, token.expires_at, why_not is None, why_not, registration_until)
