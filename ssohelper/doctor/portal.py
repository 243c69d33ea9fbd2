"""One request to the access portal of a session: the network, the clock, and whether the token is accepted."""

from collections.abc import Callable, Iterator

from ssohelper.doctor import clock
from ssohelper.doctor.sign_ins import SignIn
from ssohelper.errors import SsohelperError
from ssohelper.findings import Finding
from ssohelper.identity_center.probe import ProbeResult
from ssohelper.model import Session

# With any token, the portal's answer has its time.
_ANY_TOKEN = "-"  # noqa: S105 (no secret)

# Sends the request with an access token. Raises `SsohelperError`.
Probe = Callable[[Session, str], ProbeResult]


def check(sign_in: SignIn, probe: Probe, now: Callable[[], float], clock_fix: Callable[[], str]) -> Iterator[Finding]:
    """What the answer of the portal shows; `now` returns Unix seconds, `clock_fix` what sets the clock."""
    session, access_token = sign_in.session, sign_in.access_token
    try:
        result = probe(session, access_token or _ANY_TOKEN)
    except SsohelperError as error:
        yield unusable("unreachable", session, error)
        return
    yield from clock.check(now(), result.server_time, clock_fix)
    if access_token and not result.token_accepted:
        yield Finding(
            kind="token-rejected",
            message=f"Identity Center rejects the access token of {session.name}",
            affects="every tool that uses one of its profiles",
            fix=sign_in.forced_login,
            file=sign_in.path,
        )


def unusable(kind: str, session: Session, error: SsohelperError) -> Finding:
    """An error that concerns all profiles of a session."""
    return Finding(
        kind=kind,
        message=f"{session.name}: {error}",
        affects="every tool that uses one of its profiles",
        fix=error.hint or "ssohelper doctor",
    )
