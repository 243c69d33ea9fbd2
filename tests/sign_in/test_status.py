"""Whether a session is signed in, until when, and whether it is refreshed automatically; without a request."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ssohelper.errors import SignInRequired
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import refresh_history, status, token_cache
from ssohelper.sign_in.status import SignInStatus
from tests.fixtures.access_tokens import HOUR, MINUTES, Scene, failure

URL = "https://acme.awsapps.com/start"
SESSION, LEGACY = Session("acme", URL, "us-east-1"), Session(URL, URL, "us-east-1")
NOW = 1767225600.0
REGISTERED_UNTIL = NOW + 90 * 24 * HOUR
REGISTRATION = Registration("id", "secret", REGISTERED_UNTIL, SESSION.scopes)
TOKEN = Token(URL, "us-east-1", "access", NOW + 600, REGISTRATION, "refresh")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, SignInStatus(True, NOW + 600, True, None, REGISTERED_UNTIL)),
        ({"expires_at": NOW}, SignInStatus(True, NOW, True, None, REGISTERED_UNTIL)),
        ({"refresh_token": None}, SignInStatus(True, NOW + 600, False, "no refresh token", REGISTERED_UNTIL)),
        (
            {"refresh_token": None, "expires_at": NOW},
            SignInStatus(False, NOW, False, "no refresh token", REGISTERED_UNTIL),
        ),
        ({"registration": None}, SignInStatus(True, NOW + 600, False, "no client registration", None)),
        (
            {"registration": REGISTRATION._replace(expires_at=NOW)},
            SignInStatus(True, NOW + 600, False, "the client registration has expired", NOW),
        ),
    ],
)
def test_status(changes: dict[str, Any], expected: SignInStatus) -> None:
    """Signed in means: the access token is valid, or can be refreshed."""
    token_cache.save_token(SESSION, TOKEN._replace(**changes))
    assert status.of(SESSION, NOW) == expected


def test_not_signed_in() -> None:
    """Without a token the registration is still shown, of either kind."""
    assert status.of(SESSION, NOW) == SignInStatus(False, None, False, "not signed in", None)
    token_cache.save_registration(SESSION, REGISTRATION._replace(browser=True))
    assert status.of(SESSION, NOW) == SignInStatus(False, None, False, "not signed in", REGISTERED_UNTIL)
    token_cache.token_path(SESSION).write_text("{")
    os.utime(token_cache.token_path(SESSION), (0, 0))  # one that was written a moment ago is waited for
    shown = f"~/.aws/sso/cache/{token_cache.token_path(SESSION).name}"
    assert status.of(SESSION, NOW).auto_refresh_problem == f"{shown} is not a valid token file"


def test_legacy() -> None:
    """The sign-in of a profile without sso_session is never refreshed."""
    token_cache.save_token(LEGACY, TOKEN._replace(registration=None, refresh_token=None))
    problem = "profiles without sso_session have no refresh token"
    assert status.of(LEGACY, NOW) == SignInStatus(True, NOW + 600, False, problem, None)


def test_rejected_tokens() -> None:
    """A rejected access token does not count, whatever its date; a rejected refresh token refreshes nothing."""
    token_cache.save_token(SESSION, TOKEN)
    refresh_history.record_rejected(SESSION, TOKEN)
    assert status.of(SESSION, NOW) == SignInStatus(True, NOW + 600, True, None, REGISTERED_UNTIL)
    refresh_history.record_rejected_refresh_token(SESSION, TOKEN)
    problem = "the refresh token was rejected"
    assert status.of(SESSION, NOW) == SignInStatus(False, NOW + 600, False, problem, REGISTERED_UNTIL)


def test_the_last_token_of_a_sign_in(make_scene: Callable[..., Scene]) -> None:
    """A token that expires with its sign-in is not refreshed, and the sign-in expires when it does."""
    scene = make_scene(sign_in_seconds=70 * MINUTES)
    scene.signed_in(15 * MINUTES)
    scene.access_tokens().token()
    assert status.of(scene.session, scene.clock()).auto_refresh is True
    scene.clock.advance(10 * MINUTES)
    last = scene.access_tokens().token()
    scene.clock.advance(14 * MINUTES)
    found = status.of(scene.session, scene.clock())
    assert (found.signed_in, found.auto_refresh_problem) == (True, "the sign-in expires with it")
    assert status.of(scene.session, scene.clock()).expires_at(scene.clock(), HOUR) == last.expires_at
    scene.clock.advance(MINUTES)
    assert status.of(scene.session, scene.clock()).auto_refresh is True  # one more try does no harm
    failure(SignInRequired, scene.access_tokens().token)
    assert status.of(scene.session, scene.clock()).signed_in is False


@pytest.mark.parametrize(
    ("changes", "lasts", "expected"),
    [
        ({}, 8 * HOUR, NOW - HOUR + 8 * HOUR),
        ({}, None, None),
        ({"refresh_token": None}, 8 * HOUR, NOW + 600),
    ],
)
def test_sign_in_expires_at(changes: dict[str, Any], lasts: float | None, expected: float | None) -> None:
    """With automatic refreshes a sign-in expires after the length in the settings, else with its token."""
    token_cache.save_token(SESSION, TOKEN._replace(**changes))
    refresh_history.record_sign_in(SESSION, NOW - HOUR)
    assert status.of(SESSION, NOW).expires_at(NOW, lasts) == expected


def test_sign_in_by_another_tool() -> None:
    """If another tool signed in, it is not known when; without a token it has expired already."""
    assert status.of(SESSION, NOW).expires_at(NOW, 8 * HOUR) == NOW
    token_cache.save_token(SESSION, TOKEN)
    assert status.of(SESSION, NOW).expires_at(NOW, 8 * HOUR) is None
