"""How the sign-ins stand: tokens, client registrations, and who else writes them. `now` is in Unix seconds."""

import shlex
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ssohelper import durations
from ssohelper.findings import Finding
from ssohelper.model import Session, Token
from ssohelper.sign_in import access_tokens, refresh_history, status, token_cache
from ssohelper.sign_in.token_cache import Vault
from ssohelper.storage import json_cache

_EVERYTHING = "every tool that uses one of its profiles"


class SignIn(NamedTuple):
    """A session, and where its secrets are kept."""

    session: Session
    vault: Vault | None


def findings(sign_in: SignIn, regions: Collection[str], now: float) -> Iterator[Finding]:
    """What is wrong with a session and its sign-in."""
    yield from _region(sign_in.session, regions)
    yield from _writer(sign_in.session)
    yield from _token(sign_in, now)


def access_token(sign_in: SignIn, now: float) -> str | None:
    """The access token, if it should be good."""
    token = token_cache.load_token(sign_in.session, sign_in.vault)
    good = token and token.expires_at > now and not refresh_history.is_refused(sign_in.session, token)
    return token.access_token if token and good else None


def refused(sign_in: SignIn, now: float, *, taken: bool) -> Iterator[Finding]:
    """A token that should be good, and that Identity Center has not taken."""
    if not taken and access_token(sign_in, now):
        yield Finding(
            kind="token-refused",
            what=f"Identity Center does not take the access token of {sign_in.session.name} any more",
            affects=_EVERYTHING,
            mend=_login(sign_in.session, force=True),
            file=token_cache.token_path(sign_in.session),
        )


def _region(session: Session, regions: Collection[str]) -> Iterator[Finding]:
    import difflib

    signed_in_at = json_cache.read(token_cache.token_path(session)).get("region")
    if session.region not in regions:
        near = difflib.get_close_matches(session.region, regions, n=1)
        wrong, right = "there is no IAM Identity Center in it", near[0] if near else "us-east-1"
    elif isinstance(signed_in_at, str) and signed_in_at in regions and signed_in_at != session.region:
        wrong, right = f"the last sign-in was in {signed_in_at}", signed_in_at
    else:
        return
    words = ("--start-url", session.start_url, "--region", right)
    name = () if session.legacy else ("--session", session.name, "--replace")
    yield Finding(
        kind="wrong-region",
        what=f"the region of {session.name} is {session.region!r}: {wrong}",
        affects=_EVERYTHING,
        mend=shlex.join(("ssohelper", "configure", *name, *words)),
    )


def _writer(session: Session) -> Iterator[Finding]:
    """Another tool that writes the same file, and loses what renews a sign-in."""
    path = token_cache.token_path(session)
    data = json_cache.read(path)
    # By what only they write: a key, or a date with another end. Others keep the refresh token that they find.
    old_cli = str(data.get("expiresAt", "")).endswith("UTC")
    tool = "aws-sso-util" if "receivedAt" in data else "an old AWS CLI" if old_cli else None
    if tool and data.get("accessToken") and "refreshToken" not in data:
        yield Finding(
            kind="another-writer",
            what=f"the token of {session.name} was written by {tool}, without a refresh token",
            affects=f"{_EVERYTHING}: its sign-in is not renewed, and that tool may write it again",
            mend=_login(session, force=True),
            broken=False,
            file=path,
        )


def _token(sign_in: SignIn, now: float) -> Iterator[Finding]:
    session = sign_in.session
    token = token_cache.load_token(session, sign_in.vault)
    if token is None:
        yield _no_token(session)
        return
    stands = status.of(session, now, sign_in.vault)
    if not stands.signed_in:
        dead = refresh_history.is_dead(session, token) or refresh_history.is_refused(session, token)
        why = "its sign-in was ended at Identity Center" if dead else f"it cannot be renewed: {stands.why_not}"
        yield Finding(
            kind="sign-in-ended",
            what=f"the sign-in to {session.name} has ended: {why}",
            affects=_EVERYTHING,
            mend=_login(session),
            file=token_cache.token_path(session),
        )
    elif stands.renews_itself:
        yield from _registration(session, token, now)
    elif not session.legacy and not refresh_history.is_last(session, token):
        left = durations.shown(token.expires_at - now)
        yield _ends("not-renewable", session, f"the sign-in to {session.name} ends in {left}: {stands.why_not}")


def _no_token(session: Session) -> Finding:
    path = token_cache.token_path(session)
    damage = token_cache.damage(session)
    elsewhere = json_cache.read(path).get("startUrl")
    if damage and isinstance(elsewhere, str) and elsewhere != session.start_url:
        damage += f", {elsewhere}"
    return Finding(
        kind="wrong-token" if damage else "not-signed-in",
        what=f"nobody is signed in to {session.name}" + (f": {damage}" if damage else ""),
        affects=_EVERYTHING,
        mend=_login(session),
        file=path if damage else None,
    )


def _registration(session: Session, token: Token, now: float) -> Iterator[Finding]:
    """A client registration that ends soon."""
    if token.registration and token.registration.expires_at - now < access_tokens.REGISTRATION_SECONDS:
        until = datetime.fromtimestamp(token.registration.expires_at, UTC)
        what = f"the client registration of {session.name} ends on {until:%Y-%m-%d}, and with it every renewal"
        yield _ends("registration-ends", session, what)


def _ends(kind: str, session: Session, what: str) -> Finding:
    """A sign-in that works for now, and that only a new one makes last."""
    return Finding(
        kind=kind,
        what=what,
        affects=f"{_EVERYTHING}, from then on",
        mend=_login(session, force=True),
        broken=False,
        file=token_cache.token_path(session),
    )


def _login(session: Session, *, force: bool = False) -> str:
    return access_tokens.login_command(session) + (" --force" if force else "")
