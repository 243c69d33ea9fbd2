"""The access token that a call needs: from the cache, or the error that says how to get one."""

import shlex

from ssohelper.errors import SignInRequired
from ssohelper.model import Session, Token
from ssohelper.sign_in import token_cache

# As in the AWS CLI: with less than this left, a sign-in or a registration is not used again, but renewed.
FRESH_SECONDS = 15 * 60


def token(session: Session, now: float) -> Token:
    """The session's token, if it is still good at `now` (Unix seconds). Raises `SignInRequired`."""
    found = token_cache.load_token(session)
    hint = f"ssohelper login --session {shlex.quote(session.name)}"
    if found is None:
        raise SignInRequired(f"nobody is signed in to {session.name}", hint=hint)
    if found.expires_at <= now:
        raise SignInRequired(f"the sign-in to {session.name} has expired", hint=hint)
    return found


def fresh_token(session: Session, now: float) -> Token | None:
    """The session's token, if it lasts so long that a new sign-in would be a waste of the person's time."""
    found = token_cache.load_token(session)
    return found if found and found.expires_at - now >= FRESH_SECONDS else None
