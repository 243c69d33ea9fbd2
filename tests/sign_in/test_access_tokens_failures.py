"""Refreshes that fail: valid tokens are still used, expired ones never, and no refresh token is lost."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssohelper.errors import Unavailable
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import json_cache, timestamps
from tests.fixtures.access_tokens import HOUR, MINUTES, Scene, failure
from tests.fixtures.home import Home, command
from tests.fixtures.refusals import unprivileged

NAME = json_cache.name("acme")


def test_valid_token(scene: Scene) -> None:
    """A valid token is used, with one warning; no process tries again for 30 seconds, then one does."""
    token = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    assert scene.access_tokens().token() == token
    warning = "could not refresh the sign-in to acme (Identity Center returned HTTP 500), valid for 9m"
    assert (scene.warnings, scene.refreshes) == ([warning], 3)
    for seconds in (0, 29):
        scene.clock.advance(seconds)
        assert scene.access_tokens().token() == token
        assert (scene.warnings, scene.refreshes) == ([warning], 3)
    scene.clock.advance(1)
    assert scene.access_tokens().token() == token
    assert (scene.warnings, scene.refreshes) == ([warning] * 2, 6)
    scene.service.faults.clear()
    scene.clock.advance(30)
    assert scene.works(scene.access_tokens().token())
    assert (len(scene.warnings), scene.refreshes) == (2, 7)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("fault", "message", "calls"),
    [
        (Fault.error(500), "Identity Center returned HTTP 500", 3),
        (Fault.error(429), "Identity Center is throttling requests (HTTP 429)", 3),
        (Fault.html(), "invalid response from Identity Center (a proxy or captive portal?)", 3),
        (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:PORT: connection closed", 3),
    ],
    ids=["500", "429", "html", "dropped"],
)
def test_expired_token(scene: Scene, fault: Fault, message: str, calls: int) -> None:
    """An expired token that cannot be refreshed for now is never used; the next command tries again."""
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", fault, None)
    for number in (1, 2):
        error = failure(Unavailable, scene.access_tokens().token)
        assert error[0] == message.replace("PORT", str(scene.service.port))
        assert (scene.refreshes, scene.warnings) == (number * calls, [])
        scene.clock.advance(1)
    scene.service.faults.clear()
    assert scene.works(scene.access_tokens().token())


def test_lost_response(make_scene: Callable[..., Scene]) -> None:
    """If the response to a refresh is lost, the request is made again; without rotation that succeeds."""
    scene = make_scene(rotate_refresh_tokens=False)
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.lost())
    assert scene.works(scene.access_tokens().token())
    assert scene.refreshes == 2


def test_failure_in_the_future(scene: Scene) -> None:
    """A failure recorded while the clock was a day ahead prevents no refresh after the clock is corrected."""
    scene.signed_in(-5 * MINUTES)
    scene.clock.advance(24 * HOUR)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    assert failure(Unavailable, scene.access_tokens().token)[0] == "Identity Center returned HTTP 500"
    scene.service.faults.clear()
    scene.clock.advance(-24 * HOUR)
    assert scene.works(scene.access_tokens().token())


def age(home: Home, left: int) -> tuple[Path, bytes]:
    """Let the access token be valid for `left` more seconds; the token file and its content."""
    path = home.path / ".aws" / "sso" / "cache" / f"{NAME}.json"
    data = json.loads(path.read_bytes())
    data["expiresAt"] = timestamps.written(time.time() + left)
    path.write_text(json.dumps(data))
    return path, path.read_bytes()


def full_disk(home: Home) -> tuple[str, str, int]:
    """Run `accounts` where no file can exceed 512 bytes, less than a token file."""
    done = home.run("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command("ssohelper", "accounts"))
    return done.stdout, done.stderr, done.returncode


def read_only_folder(home: Home) -> tuple[str, str, int]:
    """Run `accounts` where the folder of the tokens is read-only."""
    cache = home.path / ".aws" / "sso" / "cache"
    cache.chmod(0o500)
    try:
        done = unprivileged(home, "accounts")
    finally:
        cache.chmod(0o700)
    return done.stdout, done.stderr, done.returncode


def test_read_only_folder(signed_in: Home, identity_center: Simulator) -> None:
    """In a folder in which no file can be made, a new token is saved in place."""
    listing = signed_in.ssohelper("accounts").stdout
    identity_center.counters.reset()
    path, data = age(signed_in, 10 * MINUTES)
    assert read_only_folder(signed_in) == (listing, "", 0)
    assert (path.read_bytes() != data, identity_center.counters.calls["CreateToken"]) == (True, 1)
    assert signed_in.ssohelper("accounts").stdout == listing


def test_new_token_cannot_be_saved(signed_in: Home, identity_center: Simulator) -> None:
    """Where nothing can be written, a valid token is not refreshed; an expired one is, for this command."""
    listing = signed_in.ssohelper("accounts").stdout
    identity_center.counters.reset()
    path, data = age(signed_in, 10 * MINUTES)
    problem = f"can't write ~/.aws/sso/cache/{NAME}.json: file too large"
    warning = f"ssohelper: could not refresh the sign-in to acme ({problem}), valid for 9m\n"
    assert full_disk(signed_in) == (listing, warning, 0)
    assert (path.read_bytes(), identity_center.counters.calls["CreateToken"]) == (data, 0)
    path, data = age(signed_in, -10 * MINUTES)
    warning = f"ssohelper: could not save the refreshed sign-in to acme: {problem}\n"
    assert full_disk(signed_in) == (listing, warning, 0)
    assert (path.read_bytes(), identity_center.counters.calls["CreateToken"]) == (data, 1)
    assert sorted(each.name for each in path.parent.iterdir() if NAME in each.name) == [path.name]
