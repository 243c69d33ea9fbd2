"""A refresh: saved before it is returned, retried if the service fails, recorded if it is rejected."""

from collections.abc import Callable

import pytest

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import Oidc
from ssohelper.sign_in import refresh_history, token_cache
from ssohelper.sign_in.token_refresh import TokenRefresh
from ssohelper.simulator.faults import Fault
from tests.fixtures.access_tokens import MINUTES, Scene, as_cli_file, failure


def refresh(scene: Scene) -> TokenRefresh:
    """A refresh of the scene's session."""
    oidc = Oidc(scene.session, now=scene.clock, sleep=scene.clock.advance)
    return TokenRefresh(scene.session, lambda: oidc, None, now=scene.clock, sleep=scene.clock.advance)


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
    assert not refresh_history.is_refresh_token_rejected(scene.session, old)
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
    assert refresh_history.is_refresh_token_rejected(scene.session, old)
    assert (scene.refreshes, round(scene.clock() - began)) == (1, 2)


def test_last(make_scene: Callable[..., Scene]) -> None:
    """A token that expires soon although it is new is recorded as the last one of its sign-in."""
    scene = make_scene(sign_in_seconds=70 * MINUTES)
    new = refresh(scene).refresh(scene.signed_in(15 * MINUTES))
    assert not refresh_history.is_last(scene.session, new)
    scene.clock.advance(10 * MINUTES)
    last = refresh(scene).refresh(new)
    assert refresh_history.is_last(scene.session, last)
    assert token_cache.load_token(scene.session) == last
