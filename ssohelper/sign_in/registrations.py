"""The client registration for a sign-in: from the cache while it is valid for long enough, else a new one."""

from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Registration, Session
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.access_tokens import REGISTRATION_SECONDS


def load_or_register(session: Session, oidc: Oidc, now: float, *, browser: bool = False) -> Registration:
    """A registration that is valid for a week or more at `now` (Unix seconds).

    `browser`: for the authorization code grant instead of device codes.
    """
    cached = token_cache.load_registration(session, browser=browser)
    if cached and cached.expires_at - now > REGISTRATION_SECONDS:
        return cached
    return register(session, oidc, browser=browser)


def register(session: Session, oidc: Oidc, *, browser: bool = False) -> Registration:
    """A new registration, saved in the cache."""
    new = oidc.register(browser=browser)
    token_cache.save_registration(session, new)
    return new
