"""Puts the rooms together for the commands: a session's access, its portal, its provider of role credentials."""

import math
import time
from typing import TYPE_CHECKING

from ssohelper import paths, terminal
from ssohelper.model import Session, Token

if TYPE_CHECKING:
    from ssohelper.credentials.provider import Provider
    from ssohelper.identity_center.oidc import Oidc
    from ssohelper.identity_center.portal import Portal
    from ssohelper.profiles.settings import Settings
    from ssohelper.sign_in.access import Access, Doors


# A little less than the provider's deadline, so that what is told is the reason and not the deadline.
_PATIENCE_SECONDS = 15


def access_of(session: Session) -> "Access":
    """The access tokens of a session."""
    from ssohelper.sign_in.access import Access

    return Access(session, lambda: oidc_of(session), doors(session))


def portal_of(session: Session) -> "Portal":
    """The portal of a session that somebody is signed in to. Raises `SignInRequired`, `Unavailable`."""
    access = access_of(session)
    return _portal(session, access.token(), access)


def provider_of(session: Session) -> "Provider":
    """The role credentials of a session."""
    from ssohelper.credentials.provider import Provider
    from ssohelper.credentials.role_cache import RoleCache

    access = access_of(session)

    def issuer(token: Token) -> "Portal":
        return _portal(session, token, access, _PATIENCE_SECONDS)

    return Provider(session, access, issuer, RoleCache(), doors(session))


def oidc_of(session: Session) -> "Oidc":
    """The OIDC service of a session."""
    from ssohelper.identity_center.oidc import Oidc  # only when it is needed: botocore is slow to load

    return Oidc(session)


def settings_of(session: Session) -> "Settings":
    """What config.toml says of a session."""
    from ssohelper.profiles import settings

    return settings.load(paths.settings(), session.name)


def doors(session: Session) -> "Doors":
    """The outside, for the rooms that work on a session."""
    from ssohelper.sign_in.access import Doors

    waiting = terminal.waiting(f"the sign-in to {session.name}")
    return Doors(now=time.time, sleep=time.sleep, waiting=waiting, warn=terminal.say)


def _portal(session: Session, token: Token, access: "Access", seconds: float = math.inf) -> "Portal":
    from ssohelper.identity_center.portal import Portal

    return Portal(session, token, access.replacement, seconds=seconds)
