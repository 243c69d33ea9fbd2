"""Sign-in by device code: the person approves a short code in any browser, here or on another machine (RFC 8628)."""

from collections.abc import Callable

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import AuthorizationPending, DeviceAuthorization, InvalidClient, Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import registrations
from ssohelper.sign_in.runtime import Runtime

# RFC 8628, 3.5.
_SLOW_DOWN_SECONDS = 5.0
# After how many failed polls in a row the sign-in fails.
_MAX_FAILED_POLLS = 5


def sign_in(
    session: Session,
    oidc: Oidc,
    show: Callable[[DeviceAuthorization], None],
    save: Callable[[Token], None],
    runtime: Runtime,
) -> Token:
    """Sign in and `save` the token; `show` is called once, with what the person has to approve.

    Raises `Cancelled` if they deny it, `SignInRequired` if the code expires, `Unavailable`.
    """
    registration = registrations.load_or_register(session, oidc, runtime.now())
    try:
        authorization = oidc.start_device_authorization(registration)
    except InvalidClient:
        registration = registrations.register(session, oidc)
        authorization = oidc.start_device_authorization(registration)
    show(authorization)
    token = _poll(session, oidc, registration, authorization, runtime)
    save(token)
    return token


def _poll(
    session: Session, oidc: Oidc, registration: Registration, authorization: DeviceAuthorization, runtime: Runtime
) -> Token:
    interval, failed = authorization.interval, 0
    while runtime.now() < authorization.expires_at:
        try:
            return oidc.exchange_device_code(registration, authorization)
        except AuthorizationPending as pending:
            failed = 0
            interval += _SLOW_DOWN_SECONDS if pending.slow_down else 0.0
        except Unavailable:
            failed += 1
            if failed >= _MAX_FAILED_POLLS:
                raise
        runtime.sleep(min(interval, max(0.0, authorization.expires_at - runtime.now())))
    raise SignInRequired("the sign-in was not approved in time", hint=session.login_command)
