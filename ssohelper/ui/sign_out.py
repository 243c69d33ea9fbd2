"""Ends a sign-in, at Identity Center and on this machine."""

from typing import Any

from ssohelper.context import RETRY_SECONDS, SessionContext
from ssohelper.errors import SignInRequired, SsohelperError, Unavailable
from ssohelper.shell import prompt_state
from ssohelper.ui import terminal


def sign_out(context: SessionContext) -> dict[str, Any]:
    """End a sign-in, delete what it left here, and say so. The result is the entry of the session in JSON.

    Raises `Failed` if not everything could be deleted.
    """
    name = context.session.name
    try:
        was_signed_in = context.access_tokens.current() is not None
        ended = not was_signed_in or _end_at_identity_center(context)
    except BaseException:
        delete(context)
        raise
    try:
        roles = delete(context)
        prompt_state.update_all()
    except SsohelperError:
        if was_signed_in and ended:
            terminal.warn(f"signed out of {name} at Identity Center, but not everything was deleted here")
        raise
    deleted = f", deleted the credentials of {roles} role{'' if roles == 1 else 's'}" if roles else ""
    terminal.say(f"{'signed out of' if was_signed_in else 'was not signed in to'} {name}{deleted}")
    return {
        "session": name,
        "was_signed_in": was_signed_in,
        "ended_at_identity_center": ended,
        "roles_deleted": roles,
    }


def _end_at_identity_center(context: SessionContext) -> bool:
    """Sign out at Identity Center. Returns whether that succeeded."""
    try:
        # With an expired token nothing would be ended: the sign-in that it belongs to may last for hours.
        context.portal(RETRY_SECONDS).logout()
    except SignInRequired:
        return True  # it has ended already
    except SsohelperError as error:
        problem = str(error)
    except KeyboardInterrupt:  # the person does not want to wait; everything here is deleted all the same
        problem = "cancelled"
    else:
        return True
    message = f"could not sign out at Identity Center, where the sign-in may stay valid until it expires: {problem}"
    terminal.error(Unavailable(message, hint=f"to end it now, sign out at {context.session.start_url}"))
    return False


def delete(context: SessionContext) -> int:
    """Delete everything of a session on this machine, even if a part fails; lock its roles.

    Returns the number of roles with credentials. Raises `Failed`.
    """
    from ssohelper.credentials import cached_roles, recent_roles
    from ssohelper.permission_sets import kept_answers
    from ssohelper.sync import listing

    session = context.session
    recent_roles.delete(session.name)
    listing.delete(session)
    kept_answers.delete(session)
    try:
        context.access_tokens.delete()
    finally:
        roles = cached_roles.delete(session, context.profile_roles(), context.credential_cache)
    if context.guard:
        context.guard.lock_all(session.name)
    return roles
