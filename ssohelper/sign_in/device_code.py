"""Sign-in by device code: the person approves a short code in any browser, here or on another machine (RFC 8628)."""

from collections.abc import Callable

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import DeviceAuthorization, InvalidClient, Oidc, Pending
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import registrations
from ssohelper.sign_in.access_tokens import Doors

_SLOWER_SECONDS = 5.0
# How often in a row the service may fail to answer a poll before the sign-in is given up.
_FAILED_POLLS = 5


def sign_in(
    session: Session,
    oidc: Oidc,
    show: Callable[[DeviceAuthorization], None],
    keep: Callable[[Token], None],
    doors: Doors,
) -> Token:
    """Sign in and `keep` the token.

    `show` is told once what the person has to approve. Raises `Cancelled` where they deny it, `SignInRequired` where
    the code expires, `Unavailable`.
    """
    registration = registrations.usable(session, oidc, doors.now())
    try:
        authorization = oidc.start_device_authorization(registration)
    except InvalidClient:
        registration = registrations.new(session, oidc)
        authorization = oidc.start_device_authorization(registration)
    show(authorization)
    token = _poll(oidc, registration, authorization, doors)
    keep(token)
    return token


def _poll(oidc: Oidc, registration: Registration, authorization: DeviceAuthorization, doors: Doors) -> Token:
    interval, failed = authorization.interval, 0
    while doors.now() < authorization.expires_at:
        try:
            return oidc.device_token(registration, authorization)
        except Pending as pending:
            failed = 0
            interval += _SLOWER_SECONDS if pending.slower else 0.0
        except Unavailable:
            failed += 1
            if failed >= _FAILED_POLLS:
                raise
        doors.sleep(min(interval, max(0.0, authorization.expires_at - doors.now())))
    raise SignInRequired("nobody approved the sign-in in time", hint=oidc.login_command)
