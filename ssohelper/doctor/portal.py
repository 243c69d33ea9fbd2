"""One request to the access portal of a session: the network, the clock, and whether the token is accepted."""

import sys
from collections.abc import Callable, Iterator

from ssohelper import durations
from ssohelper.doctor.sign_ins import SignIn
from ssohelper.errors import SsohelperError
from ssohelper.findings import Finding
from ssohelper.identity_center.probe import ProbeResult
from ssohelper.model import Session

# AWS accepts no signature of a request that is dated further off:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
_SKEW_SECONDS = 5 * 60
_SKEW_WARNING_SECONDS = 60
# With any token, the portal's answer has its time.
_ANY_TOKEN = "-"  # noqa: S105 (no secret)

# Sends the request with an access token. Raises `SsohelperError`.
Probe = Callable[[Session, str], ProbeResult]


def check(sign_in: SignIn, probe: Probe, now: Callable[[], float]) -> Iterator[Finding]:
    """What the answer of the portal shows; `now` returns Unix seconds."""
    session, access_token = sign_in.session, sign_in.access_token
    try:
        result = probe(session, access_token or _ANY_TOKEN)
    except SsohelperError as error:
        yield unusable("unreachable", session, error)
        return
    yield from _clock(now(), result.server_time)
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


def _clock(local: float, remote: float) -> Iterator[Finding]:
    """This machine's clock, compared to Identity Center's; both in Unix seconds."""
    off = local - remote
    if abs(off) >= _SKEW_WARNING_SECONDS:
        yield Finding(
            kind="clock",
            message=f"the clock of this machine is {durations.shown(abs(off))} {'ahead' if off > 0 else 'behind'}",
            affects="every tool: AWS rejects signatures that are more than 5 minutes off; times left are shown wrong",
            fix="sudo sntp -sS time.apple.com" if sys.platform == "darwin" else "sudo timedatectl set-ntp true",
            severity="error" if abs(off) >= _SKEW_SECONDS else "warning",
        )
