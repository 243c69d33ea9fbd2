"""Access tokens are refreshed ahead of time, saved before they are used, and used as long as they are valid."""

import dataclasses
import os
from collections.abc import Callable
from typing import Any

import pytest

from ssohelper.errors import Failed, SignInRequired, Unavailable
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import token_cache
from ssohelper.sign_in.access_tokens import AccessTokens
from ssohelper.simulator.faults import Fault
from tests.fixtures.access_tokens import HOUR, MINUTES, URL, Scene, as_cli_file, failure
from tests.fixtures.clock import Clock

LOGIN = "ssohelper login --session acme"
EXPIRED = ("the sign-in to acme has expired", LOGIN)


@pytest.mark.parametrize("left", [60 * MINUTES, 20 * MINUTES])
def test_fresh(scene: Scene, left: int) -> None:
    """With 20 minutes left or more, the token is returned as it is: no request, no write."""
    token = scene.signed_in(left)
    before = scene.file.stat().st_mtime_ns
    assert scene.access_tokens().token() == token
    assert (scene.refreshes, scene.file.read_bytes(), scene.file.stat().st_mtime_ns) == (
        0,
        as_cli_file(token),
        before,
    )


def test_refreshed_ahead_of_time(scene: Scene) -> None:
    """With a second less it is refreshed, once, and the file is the one that the AWS CLI would have written."""
    old = scene.signed_in(20 * MINUTES - 1)
    new = scene.access_tokens().token()
    assert (new.expires_at, new.registration) == (scene.clock() + HOUR, old.registration)
    assert {new.access_token, new.refresh_token}.isdisjoint({old.access_token, old.refresh_token})
    assert (scene.file.read_bytes(), scene.file.stat().st_mode & 0o777) == (as_cli_file(new), 0o600)
    assert scene.access_tokens().token() == new
    assert (scene.refreshes, scene.works(new), scene.warnings) == (1, True, [])


@pytest.mark.full
def test_until_the_sign_in_expires(scene: Scene) -> None:
    """Each refresh uses the refresh token of the one before, until the sign-in expires."""
    seen = {scene.signed_in().access_token}
    for _ in range(7):
        scene.clock.advance(41 * MINUTES)
        seen.add(scene.access_tokens().token().access_token)
    assert (len(seen), scene.refreshes) == (8, 7)
    scene.clock.advance(4 * HOUR)
    assert failure(SignInRequired, scene.access_tokens().token) == EXPIRED


@pytest.mark.parametrize("repeat", [True, False])
def test_without_rotation(make_scene: Callable[..., Scene], repeat: bool) -> None:
    """If the service issues no new refresh token, the old one is kept, whether or not the response repeats it."""
    scene = make_scene(rotate_refresh_tokens=False, repeat_refresh_token=repeat)
    old = scene.signed_in(10 * MINUTES)
    for number in (1, 2):
        new = scene.access_tokens().token()
        assert new.refresh_token == old.refresh_token
        assert (scene.file.read_bytes(), scene.refreshes) == (as_cli_file(new), number)
        scene.clock.advance(50 * MINUTES)


def test_expired_token(scene: Scene) -> None:
    """An expired token is refreshed like any other."""
    scene.signed_in(-2 * HOUR)
    assert scene.works(scene.access_tokens().token())
    assert (scene.refreshes, scene.warnings) == (1, [])


def test_dead_refresh_token(scene: Scene) -> None:
    """A refresh token that the service rejected is not sent again, by any process; a new sign-in ends that."""
    scene.signed_in(-5 * MINUTES)
    scene.service.revoke_all_tokens()
    for _ in range(3):
        assert failure(SignInRequired, scene.access_tokens().token) == EXPIRED
    assert scene.refreshes == 1
    new = scene.new_token()
    scene.access_tokens().save(new)
    assert scene.access_tokens().token() == new


def test_dead_refresh_token_of_a_valid_token(scene: Scene) -> None:
    """If the refresh token is rejected, a valid access token is used until it expires, with one warning."""
    token = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(400, "InvalidGrantException"), None)
    assert [scene.access_tokens().token() for _ in range(3)] == [token] * 3
    warning = "could not refresh the sign-in to acme (the refresh token was rejected), valid for 9m"
    assert (scene.refreshes, scene.warnings) == (1, [warning])
    assert scene.works(token)


def test_dead_refresh_token_that_was_replaced(scene: Scene) -> None:
    """Only that refresh token is dead: one that another tool has saved since is sent."""
    scene.signed_in(-5 * MINUTES)
    scene.service.revoke_all_tokens()
    assert failure(SignInRequired, scene.access_tokens().token) == EXPIRED
    token_cache.save_token(scene.session, scene.new_token()._replace(expires_at=scene.clock() - 1))
    assert scene.works(scene.access_tokens().token())
    assert scene.refreshes == 2


def test_refreshed_too_late_to_wait_for(scene: Scene) -> None:
    """A refresh that ends just after the caller has stopped waiting has not failed: no warning, and the new token."""
    scene.signed_in(10 * MINUTES)
    new = scene.new_token()

    def refresh(_lock: int | None, _seconds: float | None) -> Token:
        token_cache.save_token(scene.session, new)
        raise Unavailable("no answer within 3 seconds")

    access_tokens = AccessTokens(scene.session, refresh, scene.runtime)
    assert [access_tokens.token() for _ in range(2)] == [new, new]
    assert scene.warnings == []


def test_the_last_token_of_a_sign_in(make_scene: Callable[..., Scene]) -> None:
    """A token that was issued for less than the usual time expires with its sign-in, and is not refreshed again."""
    scene = make_scene(sign_in_seconds=70 * MINUTES)
    scene.signed_in(15 * MINUTES)
    token = scene.access_tokens().token()
    assert (token.expires_at - scene.clock(), scene.refreshes) == (25 * MINUTES, 1)
    scene.clock.advance(10 * MINUTES)
    last = scene.access_tokens().token()
    assert (last.expires_at - scene.clock(), scene.refreshes) == (15 * MINUTES, 2)
    scene.clock.advance(14 * MINUTES)
    assert (scene.access_tokens().token(), scene.refreshes) == (last, 2)
    scene.clock.advance(MINUTES)
    assert failure(SignInRequired, scene.access_tokens().token) == EXPIRED


def test_current_save_and_forget(scene: Scene) -> None:
    """`current` reads the file, expired or not, `save` replaces it, `delete` deletes it; none makes a request."""
    assert scene.access_tokens().current() is None
    old = scene.signed_in(-2 * HOUR)
    assert scene.access_tokens().current() == old
    new = scene.new_token()
    scene.access_tokens().save(new)
    assert (scene.access_tokens().current(), scene.file.read_bytes()) == (new, as_cli_file(new))
    scene.access_tokens().delete()
    assert (scene.access_tokens().current(), scene.file.exists()) == (None, False)
    assert scene.service.counters.calls == {}


def test_legacy(make_scene: Callable[..., Scene]) -> None:
    """The token of a profile without sso_session is never refreshed, as in botocore."""
    scene = make_scene()
    legacy = dataclasses.replace(scene, session=Session(URL, URL, "us-east-1"))
    token = legacy.signed_in(1, registration=None, refresh_token=None)
    assert legacy.access_tokens().token() == token
    scene.clock.advance(1)
    problem = "profiles without sso_session have no refresh token"
    assert failure(SignInRequired, legacy.access_tokens().token) == (
        f"the sign-in to {URL} has expired and cannot be refreshed: {problem}",
        f"ssohelper login --session {URL}",
    )
    assert scene.service.counters.calls == {}


INCOMPLETE = [
    ({"refresh_token": None}, "no refresh token"),
    ({"registration": None}, "no client registration"),
    ({"registration": None, "refresh_token": None}, "no refresh token"),
    ({"registration": Registration("id", "secret", Clock()() - 1)}, "the client registration has expired"),
]


@pytest.mark.parametrize(("changes", "problem"), INCOMPLETE, ids=["token", "registration", "both", "expired"])
def test_cannot_be_refreshed(scene: Scene, changes: dict[str, Any], problem: str) -> None:
    """Without what a refresh needs no request is made: the token is used until it expires, then the user signs in."""
    token = scene.signed_in(1, **changes)
    assert scene.access_tokens().token() == token._replace(**changes_as_read(changes))
    scene.clock.advance(1)
    message = f"the sign-in to acme has expired and cannot be refreshed: {problem}"
    assert failure(SignInRequired, scene.access_tokens().token) == (message, LOGIN)
    assert (scene.service.counters.calls, scene.warnings) == ({}, [])


def changes_as_read(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as they are read from the token file: a registration gets the session's scopes."""
    known = changes.get("registration")
    return changes if known is None else changes | {"registration": known._replace(scopes=("sso:account:access",))}


SHOWN = "~/.aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json"
INVALID = [
    (None, "not signed in to acme"),
    (b"", "not signed in to acme"),
    (b"{", f"not signed in to acme: {SHOWN} is not a valid token file"),
    (b"null", f"not signed in to acme: {SHOWN} is not a valid token file"),
    (b"\xff\xfe{", f"not signed in to acme: {SHOWN} is not a valid token file"),
    (b'{"clientId": "x"}', f"not signed in to acme: {SHOWN} is not a valid token file"),
    (
        f'{{"startUrl": "{URL}", "accessToken": "x", "expiresAt": "soon"}}'.encode(),
        f"not signed in to acme: {SHOWN} is not a valid token file",
    ),
    (
        f'{{"startUrl": "{URL}2", "accessToken": "x", "expiresAt": "2030-01-01T00:00:00Z"}}'.encode(),
        f"not signed in to acme: {SHOWN} is for another start URL",
    ),
]


@pytest.mark.parametrize(("data", "message"), INVALID, ids=[str(data)[:20] for data, _ in INVALID])
def test_no_token(scene: Scene, data: bytes | None, message: str) -> None:
    """If the file has no token, the message says what is wrong with it, and it stays as it is."""
    if data is not None:
        scene.file.parent.mkdir(parents=True)
        scene.file.write_bytes(data)
        os.utime(scene.file, (0, 0))  # one that was written a moment ago is waited for
    assert failure(SignInRequired, scene.access_tokens().token) == (message, LOGIN)
    assert (scene.file.read_bytes() if scene.file.exists() else None) == data
    assert scene.service.counters.calls == {}


def test_folder_instead_of_file(scene: Scene) -> None:
    """A folder in place of the file is an error, but no reason to sign in."""
    scene.file.mkdir(parents=True)
    error = (f"can't read {SHOWN}: is a directory", "ls -ld ~/.aws/sso/cache")
    assert failure(Failed, scene.access_tokens().token) == error
