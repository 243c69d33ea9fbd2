"""A refresh: saved before it is returned, retried if the service fails, recorded if it is rejected."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Token
from ssohelper.sign_in import refresh_history, token_cache
from ssohelper.sign_in.token_refresh import TokenRefresh
from ssohelper.simulator.faults import Fault
from tests.fixtures.access_tokens import MINUTES, Scene, as_cli_file, failure

# Where a new token is before it is in its file.
PLACES = [
    ".aws/sso/cache/.{}.aaaaaaaa.ssohelper",
    ".local/state/ssohelper/unsaved-tokens/{}",
    "run/ssohelper/{}",
]


def refresh(scene: Scene) -> TokenRefresh:
    """A refresh of the scene's session."""
    oidc = Oidc(scene.session, now=scene.clock, sleep=scene.clock.advance)
    return TokenRefresh(scene.session, lambda: oidc, None, scene.runtime)


def test_saved(scene: Scene) -> None:
    """The new token is in the file when it is returned."""
    old = scene.signed_in(10 * MINUTES)
    new = refresh(scene).refresh(old)
    assert (scene.file.read_bytes(), scene.refreshes) == (as_cli_file(new), 1)
    assert scene.works(new)


@pytest.mark.parametrize(("failures", "calls"), [(1, 2), (2, 3)])
def test_retried(scene: Scene, failures: int, calls: int) -> None:
    """If the service fails, the refresh is tried three times."""
    old = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), failures)
    assert scene.works(refresh(scene).refresh(old))
    assert scene.refreshes == calls


def test_unavailable(scene: Scene) -> None:
    """After that it fails, and nothing is recorded: the refresh token may still work."""
    old = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), 3)
    assert failure(Unavailable, lambda: refresh(scene).refresh(old))[0] == "Identity Center returned HTTP 500"
    assert not refresh_history.load(scene.session).is_refresh_token_rejected(old)
    assert scene.works(refresh(scene).refresh(old))


def test_rejected(scene: Scene) -> None:
    """A rejected refresh token is recorded, after another tool had the time to write a newer one."""
    old = scene.signed_in(10 * MINUTES)
    scene.service.revoke_all_tokens()
    began = scene.clock()
    assert failure(SignInRequired, lambda: refresh(scene).refresh(old)) == (
        "the sign-in to acme has expired",
        "ssohelper login --session acme",
    )
    assert refresh_history.load(scene.session).is_refresh_token_rejected(old)
    assert (scene.refreshes, round(scene.clock() - began)) == (1, 2)


def test_last(make_scene: Callable[..., Scene]) -> None:
    """A token that expires soon although it is new is recorded as the last one of its sign-in."""
    scene = make_scene(sign_in_seconds=70 * MINUTES)
    new = refresh(scene).refresh(scene.signed_in(15 * MINUTES))
    assert not refresh_history.load(scene.session).is_last(new)
    scene.clock.advance(10 * MINUTES)
    last = refresh(scene).refresh(new)
    assert refresh_history.load(scene.session).is_last(last)
    assert token_cache.load_token(scene.session) == last


def leave(scene: Scene, token: Token, place: Path) -> None:
    """Leave a token where a refresh puts one that is not saved yet."""
    current = scene.file.read_bytes()
    token_cache.save_token(scene.session, token)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(scene.file.read_bytes())
    scene.file.write_bytes(current)


@pytest.mark.parametrize("place", PLACES)
def test_killed_before_it_was_saved(scene: Scene, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The token of a refresh that was killed before it had saved it is used, and saved, without a request."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path.home() / "run"))
    path = Path.home() / place.format(scene.file.name)
    old = scene.signed_in(10 * MINUTES)
    new = Oidc(scene.session, now=scene.clock).refresh(old)
    leave(scene, new, path)
    assert refresh(scene).refresh(old) == new
    assert (scene.file.read_bytes(), path.exists(), scene.refreshes) == (as_cli_file(new), False, 1)


def test_left_and_expiring(scene: Scene) -> None:
    """If that token expires soon, it is the one that is refreshed: the refresh token in the file is used up."""
    old = scene.signed_in(10 * MINUTES)
    left = Oidc(scene.session, now=scene.clock).refresh(old)
    leave(scene, left, Path.home() / PLACES[0].format(scene.file.name))
    scene.clock.advance(50 * MINUTES)
    assert scene.works(refresh(scene).refresh(old))
    assert (scene.refreshes, scene.warnings) == (2, [])


@pytest.mark.parametrize("content", [b"", b"{", b'{"accessToken": "x"}', b"\xff" * 9], ids=str)
def test_left_and_damaged(scene: Scene, content: bytes) -> None:
    """A file that is incomplete is ignored and removed."""
    old = scene.signed_in(10 * MINUTES)
    path = Path.home() / PLACES[0].format(scene.file.name)
    path.write_bytes(content)
    os.utime(path, (0, 0))
    assert scene.works(refresh(scene).refresh(old))
    assert (scene.refreshes, path.exists()) == (1, False)


def test_older_one_left(scene: Scene) -> None:
    """A token that was left before the one in the file is removed with the next one that is saved."""
    left = scene.signed_in(10 * MINUTES)
    old = Oidc(scene.session, now=scene.clock).refresh(left)
    token_cache.save_token(scene.session, old)
    path = Path.home() / PLACES[0].format(scene.file.name)
    leave(scene, left, path)
    scene.clock.advance(50 * MINUTES)
    assert scene.works(refresh(scene).refresh(old))
    assert (scene.refreshes, path.exists()) == (2, False)


def test_deleted(scene: Scene) -> None:
    """`logout` deletes those that were left, wherever they are."""
    token = scene.signed_in()
    paths = [Path.home() / each.format(scene.file.name) for each in PLACES[:2]]
    for each in paths:
        leave(scene, token, each)
    scene.access_tokens().delete()
    assert [each.exists() for each in (scene.file, *paths)] == [False] * 3


def test_signed_out_meanwhile(scene: Scene) -> None:
    """A token that arrives after a sign-out, which did not wait for it, is not saved."""
    old = scene.signed_in(10 * MINUTES)

    class SignedOut:
        def refresh(self, token: Token) -> Token:
            token_cache.delete_token(scene.session)
            return token._replace(access_token="new")

    late = TokenRefresh(scene.session, SignedOut, None, scene.runtime)
    assert late.refresh(old).access_token == "new"
    assert not scene.file.exists()
