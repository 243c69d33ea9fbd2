"""Sign-in by device code: the person approves a short code in any browser, here or on another machine (RFC 8628)."""

from collections.abc import Callable

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import DeviceAuthorization, InvalidClient, Oidc, Pending
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.access import FRESH_SECONDS

_SLOWER_SECONDS = 5.0
# How often in a row the service may fail to answer a poll before the sign-in is given up.
_FAILED_POLLS = 5


def sign_in(
    session: Session,
    oidc: Oidc,
    show: Callable[[DeviceAuthorization], None],
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Token:
    """Sign in and keep the token in the AWS CLI's cache.

    `show` is told once what the person has to approve. Raises `Cancelled` where they deny it, `SignInRequired` where
    the code expires, `Unavailable`.
    """
    registration = _registration(session, oidc, now())
    try:
        authorization = oidc.start_device_authorization(registration)
    except InvalidClient:
        registration = _register(session, oidc)
        authorization = oidc.start_device_authorization(registration)
    show(authorization)
    token = _poll(oidc, registration, authorization, now=now, sleep=sleep)
    token_cache.save_token(session, token)
    return token


def _registration(session: Session, oidc: Oidc, now: float) -> Registration:
    cached = token_cache.load_registration(session)
    return cached if cached and cached.expires_at - now > FRESH_SECONDS else _register(session, oidc)


def _register(session: Session, oidc: Oidc) -> Registration:
    registration = oidc.register()
    token_cache.save_registration(session, registration)
    return registration


def _poll(
    oidc: Oidc,
    registration: Registration,
    authorization: DeviceAuthorization,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Token:
    interval, failed = authorization.interval, 0
    while now() < authorization.expires_at:
        try:
            return oidc.device_token(registration, authorization)
        except Pending as pending:
            failed = 0
            interval += _SLOWER_SECONDS if pending.slower else 0.0
        except Unavailable:
            failed += 1
            if failed >= _FAILED_POLLS:
                raise
        sleep(min(interval, max(0.0, authorization.expires_at - now())))
    raise SignInRequired("nobody approved the sign-in in time")
