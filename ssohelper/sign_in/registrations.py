"""The client registration that a sign-in needs: the kept one while it lasts, else a new one."""

from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Registration, Session
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.access_tokens import REGISTRATION_SECONDS


def usable(session: Session, oidc: Oidc, now: float, *, browser: bool = False) -> Registration:
    """A registration for browser sign-ins, or for device codes, that lasts a week from `now` on (Unix seconds)."""
    kept = token_cache.load_registration(session, browser=browser)
    return kept if kept and kept.expires_at - now > REGISTRATION_SECONDS else new(session, oidc, browser=browser)


def new(session: Session, oidc: Oidc, *, browser: bool = False) -> Registration:
    """A new registration, kept for the next time."""
    made = oidc.register(browser=browser)
    token_cache.save_registration(session, made)
    return made
