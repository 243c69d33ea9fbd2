"""The sign-in of a session: its region, its token and its client registration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ssohelper import durations, hints
from ssohelper.doctor import damaged_values, regions, tools
from ssohelper.doctor.checkup import Checkup
from ssohelper.errors import did_you_mean
from ssohelper.findings import Finding
from ssohelper.model import Session, Token
from ssohelper.sign_in import access_tokens, refresh_history, status, token_cache
from ssohelper.sign_in.refresh_history import History
from ssohelper.sign_in.status import SignInStatus
from ssohelper.sign_in.token_cache import SecretStore
from ssohelper.storage import json_cache

_PROFILES = "every tool that uses one of its profiles"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session and what is cached of its sign-in.

    `access_token` is the token if Identity Center should accept it, `token_data` the content of the token file.
    """

    session: Session
    token: Token | None
    access_token: str | None = field(repr=False)
    status: SignInStatus
    token_data: Mapping[str, object] = field(repr=False)
    history: History

    @property
    def path(self) -> Path:
        """The token file."""
        return token_cache.token_path(self.session)

    @property
    def forced_login(self) -> str:
        """The command that signs in again although the token is valid."""
        return f"{self.session.login_command} --force"


SignInCheck = Callable[[Checkup, SignIn], Iterator[Finding]]


def read(session: Session, secret_store: SecretStore | None, now: float) -> SignIn:
    """The sign-in as it is cached; `now` is in Unix seconds. Raises `Failed`, or `Unavailable` by a keyring."""
    token, history = token_cache.load_token(session, secret_store), refresh_history.load(session)
    valid = token and status.is_valid(token, now, history)
    access_token = token.access_token if token and valid else None
    data = json_cache.read(token_cache.token_path(session))
    return SignIn(session, token, access_token, status.of(session, now, secret_store), data, history)


def check_region(checkup: Checkup, sign_in: SignIn) -> Iterator[Finding]:
    """The region of IAM Identity Center: whether it exists, and is the one of the last sign-in."""
    session, known = sign_in.session, checkup.identity_center_regions
    signed_in_region = sign_in.token_data.get("region")
    region: tuple[str, ...] = ()
    if damaged_values.meant(session.region, known.__contains__):  # found by `sessions`
        return
    if session.region not in known:  # without --region, `configure` asks for it
        near = did_you_mean(session.region, known, regions.in_use(checkup))
        message = f"sso-session {session.name}: no IAM Identity Center in region {session.region!r}{near}"
    elif signed_in_region in known and signed_in_region != session.region:
        message = f"sso-session {session.name} is in {session.region}, but the last sign-in was in {signed_in_region}"
        region = ("--region", str(signed_in_region))
    else:
        return
    name = () if session.legacy else ("--session", session.name, "--replace")
    yield Finding(
        kind="wrong-region",
        message=message,
        affects=_PROFILES,
        fix=hints.command("configure", *name, "--start-url", session.start_url, *region),
    )


def check_writer(_checkup: Checkup, sign_in: SignIn) -> Iterator[Finding]:
    """Other tools that write the same token file, without the refresh token."""
    data = sign_in.token_data
    tool = next((each.name for each in tools.ALL if each.wrote_token(data)), None)
    if tool and data.get("accessToken") and "refreshToken" not in data:
        yield Finding(
            kind="token-of-other-tool",
            message=f"the token of {sign_in.session.name} was written by {tool}, without a refresh token",
            affects=f"{_PROFILES}: no automatic refresh, and that tool may overwrite the token again",
            fix=sign_in.forced_login,
            severity="warning",
            file=sign_in.path,
        )


def check_token(checkup: Checkup, sign_in: SignIn) -> Iterator[Finding]:
    """Whether the session is signed in, and stays so without a person."""
    session, token, found = sign_in.session, sign_in.token, sign_in.status
    if token is None:
        yield _no_token(sign_in)
    elif not found.signed_in:
        ended = sign_in.history.is_refresh_token_rejected(token) or sign_in.history.is_rejected(token)
        problem = "was ended in IAM Identity Center" if ended else "has expired, and cannot be refreshed: "
        yield Finding(
            kind="sign-in-expired",
            message=f"the sign-in to {session.name} {problem}{'' if ended else found.auto_refresh_problem}",
            affects=_PROFILES,
            fix=session.login_command,
            file=sign_in.path,
        )
    elif found.auto_refresh:
        yield from _registration(checkup, sign_in, token)
    elif not session.legacy and not sign_in.history.is_last(token):
        left = durations.shown(token.expires_at - checkup.now)
        message = f"the sign-in to {session.name} expires in {left}: {found.auto_refresh_problem}"
        yield _expires("no-auto-refresh", sign_in, message)


def _no_token(sign_in: SignIn) -> Finding:
    session = sign_in.session
    file_problem = token_cache.file_problem(session)
    other = sign_in.token_data.get("startUrl")
    if file_problem and isinstance(other, str) and other != session.start_url:
        file_problem += f" ({other})"
    return Finding(
        kind="invalid-token" if file_problem else "not-signed-in",
        message=f"not signed in to {session.name}" + (f": {file_problem}" if file_problem else ""),
        affects=_PROFILES,
        fix=session.login_command,
        file=sign_in.path if file_problem else None,
    )


def _registration(checkup: Checkup, sign_in: SignIn, token: Token) -> Iterator[Finding]:
    """A client registration that expires soon."""
    registration = token.registration
    if registration and registration.expires_at - checkup.now < access_tokens.REGISTRATION_SECONDS:
        until = datetime.fromtimestamp(registration.expires_at, UTC)
        name = sign_in.session.name
        message = f"the client registration of {name} expires on {until:%Y-%m-%d}: no automatic refresh after that"
        yield _expires("registration-expires", sign_in, message)


def _expires(kind: str, sign_in: SignIn, message: str) -> Finding:
    """A sign-in that is valid for now, and that only a new one prolongs."""
    return Finding(
        kind=kind,
        message=message,
        affects=f"{_PROFILES}, from then on",
        fix=sign_in.forced_login,
        severity="warning",
        file=sign_in.path,
    )
