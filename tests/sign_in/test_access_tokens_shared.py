"""Access tokens that several processes and other tools refresh at once: one request, and its result for all."""

import threading
import time
from collections.abc import Callable

from ssohelper.errors import SignInRequired, Unavailable
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Token
from ssohelper.sign_in import token_cache
from ssohelper.simulator.faults import Fault
from tests.fixtures.access_tokens import MINUTES, Scene, as_cli_file, failure, refresh_with_botocore
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import HANG_SECONDS

EXPIRED = ("the sign-in to acme has expired", "ssohelper login --session acme")


def test_another_tool_refreshed_first(scene: Scene) -> None:
    """If another tool has used the refresh token in the meantime, the token that it wrote is used."""
    old = scene.signed_in(10 * MINUTES)
    token = scene.access_tokens(before_refresh=lambda: refresh_with_botocore(scene)).token()
    assert scene.file.read_bytes() == as_cli_file(token)
    assert token.access_token != old.access_token
    assert (scene.works(token), scene.refreshes, scene.warnings) == (True, 2, [])


def test_another_tool_got_a_short_token(make_scene: Callable[..., Scene]) -> None:
    """If what it wrote expires soon too, that one is used for now: its refresh token is not recorded as dead."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, scene.new_token())
    refreshes = []

    def before_refresh() -> None:
        refreshes.append(scene.refreshes)
        if len(refreshes) == 1:
            refresh_with_botocore(scene)

    token = scene.access_tokens(before_refresh).token()
    # Botocore's refresh, and ours, which was rejected.
    assert (scene.refreshes, scene.warnings) == (2, [])
    assert (scene.file.read_bytes(), scene.works(token)) == (as_cli_file(token), True)


def test_another_tool_refreshed_first_twice(make_scene: Callable[..., Scene]) -> None:
    """If it uses the new refresh token first as well, its token is used."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, scene.new_token()._replace(expires_at=scene.clock()))
    token = scene.access_tokens(lambda: refresh_with_botocore(scene)).token()
    assert scene.works(token)


def test_another_tool_refreshed_first_and_then_the_service_fails(make_scene: Callable[..., Scene]) -> None:
    """A valid token that another tool wrote is used, although it cannot be refreshed in turn."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, scene.new_token()._replace(expires_at=scene.clock()))
    refreshes = []

    def before_refresh() -> None:
        refreshes.append(scene.refreshes)
        if len(refreshes) == 1:
            refresh_with_botocore(scene)
        else:
            scene.service.faults.add("CreateToken", Fault.error(500), None)

    token = scene.access_tokens(before_refresh).token()
    assert (scene.file.read_bytes(), scene.works(token)) == (as_cli_file(token), True)


def test_another_tool_signed_in_without_a_refresh_token(scene: Scene) -> None:
    """A valid token that another tool wrote in the meantime is used, although it has no refresh token."""
    scene.signed_in(-5 * MINUTES)
    other = scene.new_token()._replace(registration=None, refresh_token=None)

    def before_refresh() -> None:
        scene.service.revoke_all_tokens()
        token_cache.save_token(scene.session, other)

    assert scene.access_tokens(before_refresh).token() == other


def test_another_tool_is_about_to_write(scene: Scene) -> None:
    """A tool that has used the refresh token and writes the new one a moment later does not end the sign-in."""
    scene.signed_in(-5 * MINUTES)
    new = list[Token]()

    def write() -> None:
        wait_until(lambda: scene.refreshes == 2)  # ours, which is rejected
        time.sleep(0.05)
        token_cache.save_token(scene.session, new[0])

    writer = threading.Thread(target=write)
    runtime = scene.runtime._replace(sleep=time.sleep)  # the other tool uses the real clock

    def before_refresh() -> None:
        if not new:
            old = scene.access_tokens().current()
            assert old is not None
            new.append(Oidc(scene.session, now=scene.clock).refresh(old))
            writer.start()

    try:
        assert scene.access_tokens(before_refresh, runtime).token() == new[0]
    finally:
        writer.join(HANG_SECONDS)


def test_a_failure_is_shared(scene: Scene) -> None:
    """A process that waited for another one's refresh, which failed, does not try it again."""
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    errors: dict[str, tuple[str, str | None]] = {}

    def second() -> None:
        errors["second"] = failure(Unavailable, scene.access_tokens().token)

    waiter = threading.Thread(target=second)

    def before_refresh() -> None:
        waiter.start()
        waiter.join(0.3)  # it has read the file, and waits for the lock

    errors["first"] = failure(Unavailable, scene.access_tokens(before_refresh).token)
    waiter.join(HANG_SECONDS)
    assert errors == {
        "first": ("Identity Center returned HTTP 500", "run the command again in a minute"),
        "second": ("could not refresh the sign-in to acme", "check the network, then run the command again"),
    }
    assert scene.refreshes == 3


def test_a_refresh_is_shared(scene: Scene) -> None:
    """Of many that need a refresh at once, one makes the request, and all get its result."""
    scene.signed_in(-5 * MINUTES)
    scene.service.conditions.latency = 0.3
    found = list[Token]()
    threads = [threading.Thread(target=lambda: found.append(scene.access_tokens().token())) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(HANG_SECONDS)
    assert (len(found), len(set(found)), scene.refreshes) == (12, 1, 1)


def test_rejected_by_the_portal(scene: Scene) -> None:
    """A token that the portal rejects is refreshed, although it looks valid."""
    rejected = scene.signed_in()
    new = scene.access_tokens().replacement(rejected)
    assert (scene.works(new), scene.refreshes, scene.file.read_bytes()) == (True, 1, as_cli_file(new))
    assert scene.access_tokens().token() == new


def test_rejected_token_is_remembered(scene: Scene) -> None:
    """No process uses it again, not even if another tool writes it back."""
    rejected = scene.signed_in()
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    error = ("Identity Center returned HTTP 500", "run the command again in a minute")
    assert failure(Unavailable, lambda: scene.access_tokens().replacement(rejected)) == error
    scene.clock.advance(1)
    assert failure(Unavailable, scene.access_tokens().token) == error
    scene.service.faults.clear()
    scene.clock.advance(1)
    new = scene.access_tokens().token()
    assert new.access_token != rejected.access_token
    token_cache.save_token(scene.session, rejected._replace(refresh_token=new.refresh_token))
    assert scene.access_tokens().token().access_token not in (rejected.access_token, new.access_token)


def test_rejected_and_cannot_be_refreshed(scene: Scene) -> None:
    """If it cannot be refreshed, the user has to sign in, and the service gets no request until then."""
    rejected = scene.signed_in(registration=None, refresh_token=None)
    assert failure(SignInRequired, lambda: scene.access_tokens().replacement(rejected)) == EXPIRED
    assert failure(SignInRequired, scene.access_tokens().token) == EXPIRED
    assert scene.service.counters.calls == {}


def test_rejected_and_replaced_already(scene: Scene) -> None:
    """If there is a newer token in the cache, it is used without a request."""
    rejected = scene.signed_in()
    newer = scene.new_token()
    token_cache.save_token(scene.session, newer)
    assert scene.access_tokens().replacement(rejected) == newer
    assert scene.refreshes == 0
