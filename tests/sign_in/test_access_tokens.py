"""An access token is renewed ahead of time and once, kept before it is used, and never withheld while it works."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.tokens import SSOTokenProvider

from ssohelper.errors import Failed, SignInRequired, Unavailable
from ssohelper.identity_center.oidc import Oidc
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import status, token_cache
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from ssohelper.storage import paths, timestamps
from tests.fixtures.access_tokens import HOUR, MINUTES, URL, Scene, botocore_provider
from tests.fixtures.clock import Clock
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.refusals import unprivileged

NAME = hashlib.sha1(b"acme", usedforsecurity=False).hexdigest()
SHOWN = f"~/.aws/sso/cache/{NAME}.json"
LOGIN = "ssohelper login --session acme"


@pytest.fixture
def make_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scene]]:
    """Makes a scene in an empty home folder; `options` are the Simulator's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    # botocore computed it from the real home folder when it was imported.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(paths.sso_cache()))
    with ExitStack() as stack:

        def make(**options: Any) -> Scene:
            world, clock = organisation(), Clock()
            world.start_url = URL
            service = stack.enter_context(Simulator(world, rate=None, clock=clock, **options))
            for name, value in service.environment.items():
                monkeypatch.setenv(name, value)
            return Scene(service, clock)

        yield make


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    """The usual service: refresh tokens are good for one use."""
    return make_scene()


def as_file(token: Token) -> bytes:
    """What the AWS CLI would write: its keys in its order."""
    assert token.registration is not None
    dates = [datetime.fromtimestamp(each, UTC) for each in (token.expires_at, token.registration.expires_at)]
    expires_at, registration_expires_at = (each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in dates)
    return (
        f'{{"startUrl": "{token.start_url}", "region": "{token.region}", "accessToken": "{token.access_token}", '
        f'"expiresAt": "{expires_at}", "clientId": "{token.registration.client_id}", '
        f'"clientSecret": "{token.registration.client_secret}", '
        f'"registrationExpiresAt": "{registration_expires_at}", "refreshToken": "{token.refresh_token}"}}'
    ).encode()


def botocore_renews(scene: Scene) -> None:
    """Botocore uses the token, and renews it since less than 15 minutes are left."""
    token = botocore_provider(scene).load_token()
    assert token is not None
    token.get_frozen_token()


def failure(kind: type[Exception], call: Callable[[], object]) -> tuple[str, str | None]:
    """The message and the hint of what a call raises."""
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value), getattr(raised.value, "hint", None)


def wait_for(fact: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + HANG_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)


ENDED = ("the sign-in to acme has ended", LOGIN)


@pytest.mark.parametrize("left", [60 * MINUTES, 20 * MINUTES])
def test_fresh(scene: Scene, left: int) -> None:
    """With 20 minutes left or more the token is handed out as it is, without a call, and nothing is written."""
    token = scene.signed_in(left)
    before = scene.file.stat().st_mtime_ns
    assert scene.access().token() == token
    assert (scene.refreshes, scene.file.read_bytes(), scene.file.stat().st_mtime_ns) == (0, as_file(token), before)


def test_renewed_ahead_of_time(scene: Scene) -> None:
    """With a second less it is renewed, once, and the file is what the AWS CLI would have written."""
    old = scene.signed_in(20 * MINUTES - 1)
    new = scene.access().token()
    assert (new.expires_at, new.registration) == (scene.clock() + HOUR, old.registration)
    assert {new.access_token, new.refresh_token}.isdisjoint({old.access_token, old.refresh_token})
    assert (scene.file.read_bytes(), scene.file.stat().st_mode & 0o777) == (as_file(new), 0o600)
    assert scene.access().token() == new
    assert (scene.refreshes, scene.works(new), scene.warned) == (1, True, [])


def test_renewed_again_and_again(scene: Scene) -> None:
    """A chain of renewals, each with the refresh token that the last one brought, lasts as long as the sign-in."""
    seen = {scene.signed_in().access_token}
    for _ in range(7):
        scene.clock.advance(41 * MINUTES)
        seen.add(scene.access().token().access_token)
    assert (len(seen), scene.refreshes) == (8, 7)
    scene.clock.advance(4 * HOUR)
    assert failure(SignInRequired, scene.access().token) == ENDED


@pytest.mark.parametrize("repeat", [True, False])
def test_refresh_token_that_stays(make_scene: Callable[..., Scene], repeat: bool) -> None:
    """Where no new refresh token comes the old one is kept, whether or not the answer shows it again."""
    scene = make_scene(rotate_refresh_tokens=False, repeat_refresh_token=repeat)
    old = scene.signed_in(10 * MINUTES)
    for number in (1, 2):
        new = scene.access().token()
        assert new.refresh_token == old.refresh_token
        assert (scene.file.read_bytes(), scene.refreshes) == (as_file(new), number)
        scene.clock.advance(50 * MINUTES)


def test_expired(scene: Scene) -> None:
    """A token whose time is over is renewed all the same."""
    scene.signed_in(-2 * HOUR)
    assert scene.works(scene.access().token())
    assert (scene.refreshes, scene.warned) == (1, [])


def test_another_tool_was_first(scene: Scene) -> None:
    """Where another tool used up the refresh token and wrote a new one meanwhile, what it wrote is used."""
    old = scene.signed_in(10 * MINUTES)
    token = scene.access(renewing=lambda: botocore_renews(scene)).token()
    theirs = json.loads(scene.file.read_bytes())
    assert (token.access_token, token.refresh_token) == (theirs["accessToken"], theirs["refreshToken"])
    assert token.access_token != old.access_token
    assert (scene.works(token), scene.refreshes, scene.warned) == (True, 2, [])


def test_another_tool_was_first_with_a_short_token(make_scene: Callable[..., Scene]) -> None:
    """Where what the other tool wrote nears its end too, that one is renewed: its refresh token is not dead."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, scene.new_token())
    renewals = []

    def renewing() -> None:
        renewals.append(scene.refreshes)
        if len(renewals) == 1:
            botocore_renews(scene)

    token = scene.access(renewing).token()
    # botocore's renewal, and ours that was refused: what botocore wrote is good for now.
    assert (scene.refreshes, scene.warned) == (2, [])
    assert (scene.file.read_bytes(), scene.works(token)) == (as_file(token), True)


def test_another_tool_was_first_twice(make_scene: Callable[..., Scene]) -> None:
    """Where the other tool is first again, with what it wrote before, its token is good enough."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, replace(scene.new_token(), expires_at=scene.clock()))
    token = scene.access(lambda: botocore_renews(scene)).token()
    assert scene.works(token)


def test_another_tool_was_first_and_then_the_service_fails(make_scene: Callable[..., Scene]) -> None:
    """Where what the other tool wrote works, but cannot be renewed in its turn, it is not withheld for that."""
    scene = make_scene(token_seconds=10 * MINUTES)
    token_cache.save_token(scene.session, replace(scene.new_token(), expires_at=scene.clock()))
    renewals = []

    def renewing() -> None:
        renewals.append(scene.refreshes)
        if len(renewals) == 1:
            botocore_renews(scene)
        else:
            scene.service.faults.add("CreateToken", Fault.error(500), None)

    token = scene.access(renewing).token()
    assert (scene.file.read_bytes(), scene.works(token)) == (as_file(token), True)


def test_another_tool_signed_in_without_a_refresh_token(scene: Scene) -> None:
    """A good token that another tool wrote meanwhile is used, although it cannot be renewed."""
    scene.signed_in(-5 * MINUTES)
    theirs = replace(scene.new_token(), registration=None, refresh_token=None)

    def renewing() -> None:
        scene.service.revoke_all_tokens()
        token_cache.save_token(scene.session, theirs)

    assert scene.access(renewing).token() == theirs


def test_another_tool_is_about_to_write(scene: Scene) -> None:
    """A tool that used up the refresh token, and writes a moment later what it got, does not sign anybody out."""
    scene.signed_in(-5 * MINUTES)
    new: list[Token] = []

    def write() -> None:
        wait_for(lambda: scene.refreshes == 2)  # ours, which is refused
        time.sleep(0.05)
        token_cache.save_token(scene.session, new[0])

    writer = threading.Thread(target=write)
    patient = replace(scene.doors, sleep=time.sleep)  # the other tool lives in real time

    def renewing() -> None:
        if not new:
            old = scene.access().present()
            assert old is not None
            new.append(Oidc(scene.session, now=scene.clock).renewed(old))
            writer.start()

    try:
        assert scene.access(renewing, patient).token() == new[0]
    finally:
        writer.join(HANG_SECONDS)


def test_dead_refresh_token(scene: Scene) -> None:
    """A refresh token that the service refused is not shown to it twice, by no process; a new sign-in ends that."""
    scene.signed_in(-5 * MINUTES)
    scene.service.revoke_all_tokens()
    for _ in range(3):
        assert failure(SignInRequired, scene.access().token) == ENDED
    assert scene.refreshes == 1
    fresh = scene.new_token()
    scene.access().keep(fresh)
    assert scene.access().token() == fresh


def test_dead_refresh_token_of_a_good_token(scene: Scene) -> None:
    """While the access token works it is handed out, with one warning when the refresh token is refused."""
    token = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(400, "InvalidGrantException"), None)
    assert [scene.access().token() for _ in range(3)] == [token] * 3
    assert (scene.refreshes, len(scene.warned)) == (1, 1)
    assert scene.warned[0].startswith("the sign-in to acme could not be renewed (")
    assert scene.warned[0].endswith("), 9m left")
    assert scene.works(token)


def test_dead_refresh_token_that_was_replaced(scene: Scene) -> None:
    """What is remembered is that one refresh token: one that another tool brings is tried."""
    scene.signed_in(-5 * MINUTES)
    scene.service.revoke_all_tokens()
    assert failure(SignInRequired, scene.access().token) == ENDED
    token_cache.save_token(scene.session, replace(scene.new_token(), expires_at=scene.clock() - 1))
    assert scene.works(scene.access().token())
    assert scene.refreshes == 2


def test_refused_by_the_portal(scene: Scene) -> None:
    """A token that the portal refused is replaced by a renewed one, although its date looks good."""
    refused = scene.signed_in()
    new = scene.access().replacement(refused)
    assert (scene.works(new), scene.refreshes, scene.file.read_bytes()) == (True, 1, as_file(new))
    assert scene.access().token() == new


def test_refused_by_the_portal_is_remembered(scene: Scene) -> None:
    """Such a token is not given out again, by no process, not even where another tool writes it back."""
    refused = scene.signed_in()
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    error = ("Identity Center answered HTTP 500", "run the command again in a minute")
    assert failure(Unavailable, lambda: scene.access().replacement(refused)) == error
    scene.clock.advance(1)
    assert failure(Unavailable, scene.access().token) == error
    scene.service.faults.clear()
    scene.clock.advance(1)
    new = scene.access().token()
    assert new.access_token != refused.access_token
    token_cache.save_token(scene.session, replace(refused, refresh_token=new.refresh_token))
    assert scene.access().token().access_token not in (refused.access_token, new.access_token)


def test_refused_by_the_portal_and_not_renewable(scene: Scene) -> None:
    """Where nothing can renew it, a person has to sign in; until then the service is not asked."""
    refused = scene.signed_in(registration=None, refresh_token=None)
    assert failure(SignInRequired, lambda: scene.access().replacement(refused)) == ENDED
    assert failure(SignInRequired, scene.access().token) == ENDED
    assert scene.service.counters.calls == {}


def test_refused_when_somebody_else_renewed(scene: Scene) -> None:
    """Whoever holds a token that was refused takes the one that is there by now: that costs no call."""
    refused = scene.signed_in()
    fresh = scene.new_token()
    token_cache.save_token(scene.session, fresh)
    assert scene.access().replacement(refused) == fresh
    assert scene.refreshes == 0


def test_the_service_fails(scene: Scene) -> None:
    """While the token works it is handed out, with one warning; for 30 seconds nobody asks again, then somebody."""
    token = scene.signed_in(10 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    assert scene.access().token() == token
    warning = "the sign-in to acme could not be renewed (Identity Center answered HTTP 500), 9m left"
    assert (scene.warned, scene.refreshes) == ([warning], 3)
    for seconds in (0, 29):
        scene.clock.advance(seconds)
        assert scene.access().token() == token
        assert (scene.warned, scene.refreshes) == ([warning], 3)
    scene.clock.advance(1)
    assert scene.access().token() == token
    assert (scene.warned, scene.refreshes) == ([warning] * 2, 6)
    scene.service.faults.clear()
    scene.clock.advance(30)
    assert scene.works(scene.access().token())
    assert (len(scene.warned), scene.refreshes) == (2, 7)


@pytest.mark.parametrize(
    ("fault", "message", "calls"),
    [
        (Fault.error(500), "Identity Center answered HTTP 500", 3),
        (Fault.error(429), "Identity Center gets too many calls", 3),
        (Fault.html(), "something between here and Identity Center answered in its place", 3),
        (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:PORT: it closed the connection", 3),
    ],
    ids=["500", "429", "html", "dropped"],
)
def test_the_service_fails_and_the_token_has_expired(scene: Scene, fault: Fault, message: str, calls: int) -> None:
    """An expired token that cannot be renewed for now is never handed out; the next command tries again."""
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", fault, None)
    for number in (1, 2):
        assert failure(Unavailable, scene.access().token)[0] == message.replace("PORT", str(scene.service.port))
        assert (scene.refreshes, scene.warned) == (number * calls, [])
        scene.clock.advance(1)
    scene.service.faults.clear()
    assert scene.works(scene.access().token())


def test_lost_answer(make_scene: Callable[..., Scene]) -> None:
    """Where the answer to a renewal is lost, the call is made again; without rotation that ends well."""
    scene = make_scene(rotate_refresh_tokens=False)
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.lost())
    assert scene.works(scene.access().token())
    assert scene.refreshes == 2


def test_whoever_waited_for_a_failure_shares_it(scene: Scene) -> None:
    """Of two that want a renewal at once, the one that waits does not ask a service that failed meanwhile."""
    scene.signed_in(-5 * MINUTES)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    told: dict[str, tuple[str, str | None]] = {}
    waits = threading.Event()

    def second() -> None:
        told["second"] = failure(Unavailable, scene.access().token)

    waiter = threading.Thread(target=second)

    def first_is_at_it() -> None:
        waiter.start()
        waits.wait(0.3)  # the second one has read the file, and waits for the lock

    told["first"] = failure(Unavailable, scene.access(first_is_at_it).token)
    waiter.join(HANG_SECONDS)
    assert told == {
        "first": ("Identity Center answered HTTP 500", "run the command again in a minute"),
        "second": (
            "the sign-in to acme could not be renewed",
            "check the network, then run the command again",
        ),
    }
    assert scene.refreshes == 3


def test_whoever_waited_for_a_renewal_shares_it(scene: Scene) -> None:
    """Of many that want a renewal at once one asks, and all get what it got."""
    scene.signed_in(-5 * MINUTES)
    scene.service.weather.latency = 0.3
    found: list[Token] = []
    crowd = [threading.Thread(target=lambda: found.append(scene.access().token())) for _ in range(12)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(HANG_SECONDS)
    assert (len(found), len(set(found)), scene.refreshes) == (12, 1, 1)


def test_a_failure_in_the_future(scene: Scene) -> None:
    """A failure that was noted while the clock was a day ahead keeps nobody from renewing once it is right again."""
    scene.signed_in(-5 * MINUTES)
    scene.clock.advance(24 * HOUR)
    scene.service.faults.add("CreateToken", Fault.error(500), None)
    assert failure(Unavailable, scene.access().token)[0] == "Identity Center answered HTTP 500"
    scene.service.faults.clear()
    scene.clock.advance(-24 * HOUR)
    assert scene.works(scene.access().token())


IN_90_DAYS = 90 * 24 * HOUR
CANNOT = [
    ({"refresh_token": None}, "it has no refresh token"),
    ({"registration": None}, "it has no client registration"),
    ({"registration": None, "refresh_token": None}, "it has no refresh token"),
    ({"registration": Registration("id", "secret", Clock()() - 1)}, "its client registration has expired"),
]


@pytest.mark.parametrize(("changes", "why"), CANNOT, ids=["token", "registration", "both", "expired"])
def test_what_cannot_be_renewed(scene: Scene, changes: dict[str, Any], why: str) -> None:
    """Without what a renewal needs the service is not asked: the token serves to its end, then a person is needed."""
    token = scene.signed_in(1, **changes)
    assert scene.access().token() == replace(token, **changes_as_read(changes))
    scene.clock.advance(1)
    message = f"the sign-in to acme has expired and cannot be renewed: {why}"
    assert failure(SignInRequired, scene.access().token) == (message, LOGIN)
    assert (scene.service.counters.calls, scene.warned) == ({}, [])


def changes_as_read(changes: dict[str, Any]) -> dict[str, Any]:
    """The same, as the token file gives it back: the scopes are the session's."""
    known = changes.get("registration")
    return changes if known is None else changes | {"registration": replace(known, scopes=("sso:account:access",))}


def test_legacy(make_scene: Callable[..., Scene]) -> None:
    """The sign-in of a profile without sso_session is never renewed, as in botocore."""
    scene = make_scene()
    legacy = replace(scene, session=Session(URL, URL, "us-east-1"))
    token = legacy.signed_in(1, registration=None, refresh_token=None)
    assert legacy.access().token() == token
    scene.clock.advance(1)
    assert failure(SignInRequired, legacy.access().token) == (
        f"the sign-in to {URL} has expired and cannot be renewed: profiles without sso_session never are",
        f"ssohelper login --session {URL}",
    )
    assert scene.service.counters.calls == {}


DAMAGED = [
    (None, "nobody is signed in to acme"),
    (b"", "nobody is signed in to acme"),
    (b"{", f"nobody is signed in to acme: {SHOWN} cannot be read as a token"),
    (b"null", f"nobody is signed in to acme: {SHOWN} cannot be read as a token"),
    (b"\xff\xfe{", f"nobody is signed in to acme: {SHOWN} cannot be read as a token"),
    (b'{"clientId": "x"}', f"nobody is signed in to acme: {SHOWN} cannot be read as a token"),
    (
        f'{{"startUrl": "{URL}", "accessToken": "x", "expiresAt": "soon"}}'.encode(),
        f"nobody is signed in to acme: {SHOWN} cannot be read as a token",
    ),
    (
        f'{{"startUrl": "{URL}2", "accessToken": "x", "expiresAt": "2030-01-01T00:00:00Z"}}'.encode(),
        f"nobody is signed in to acme: {SHOWN} is for another start URL",
    ),
]


@pytest.mark.parametrize(("data", "message"), DAMAGED, ids=[str(data)[:20] for data, _ in DAMAGED])
def test_no_token(scene: Scene, data: bytes | None, message: str) -> None:
    """Where there is no token, the message says what is wrong with the file, which stays as it is."""
    if data is not None:
        scene.file.parent.mkdir(parents=True)
        scene.file.write_bytes(data)
    assert failure(SignInRequired, scene.access().token) == (message, LOGIN)
    assert (scene.file.read_bytes() if scene.file.exists() else None) == data
    assert scene.service.counters.calls == {}


def test_a_folder_in_the_place_of_the_file(scene: Scene) -> None:
    """What is no file is told as what it is, and is no reason to sign in."""
    scene.file.mkdir(parents=True)
    assert failure(Failed, scene.access().token) == (f"can't read {SHOWN}: is a directory", "ls -ld ~/.aws/sso/cache")


def test_present_and_keep(scene: Scene) -> None:
    """`present` gives what the file holds, expired or not, without a call; `keep` replaces it."""
    assert scene.access().present() is None
    old = scene.signed_in(-2 * HOUR)
    assert scene.access().present() == old
    new = scene.new_token()
    scene.access().keep(new)
    assert (scene.access().present(), scene.file.read_bytes()) == (new, as_file(new))
    assert scene.service.counters.calls == {}


def aged(home: Home, seconds: int) -> tuple[Path, bytes]:
    """The token file after so much time that `seconds` are left, and what is in it."""
    path = home.path / ".aws" / "sso" / "cache" / f"{NAME}.json"
    facts = json.loads(path.read_bytes())
    facts["expiresAt"] = timestamps.written(datetime.now(UTC).timestamp() + seconds)
    path.write_text(json.dumps(facts))
    return path, path.read_bytes()


def full_disk(home: Home) -> tuple[str, str, int]:
    """List accounts where no file can grow beyond 512 bytes, and a token file is longer than that."""
    done = home.run("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command("ssohelper", "accounts"))
    return done.stdout, done.stderr, done.returncode


def read_only_folder(home: Home) -> tuple[str, str, int]:
    """List accounts where the folder of the tokens cannot be written."""
    cache = home.path / ".aws" / "sso" / "cache"
    cache.chmod(0o500)
    try:
        done = unprivileged(home, "accounts")
    finally:
        cache.chmod(0o700)
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize(
    ("run", "reason"), [(full_disk, "file too large"), (read_only_folder, "permission denied")], ids=["full", "r/o"]
)
def test_no_room(
    signed_in: Home, identity_center: Simulator, run: Callable[[Home], tuple[str, str, int]], reason: str
) -> None:
    """Where a new token could not be kept, the refresh token is not spent: later it still renews the sign-in."""
    listing = signed_in.ssohelper("accounts").stdout
    identity_center.counters.reset()
    path, data = aged(signed_in, 10 * MINUTES)
    cannot = f"can't write {SHOWN}: {reason}"
    warning = f"ssohelper: the sign-in to acme could not be renewed ({cannot}), 9m left\n"
    assert run(signed_in) == (listing, warning, 0)
    assert path.read_bytes() == data
    path, data = aged(signed_in, -10 * MINUTES)
    assert run(signed_in) == ("", f"ssohelper: {cannot}\nhint: ls -ld ~/.aws/sso/cache\n", 1)
    assert (path.read_bytes(), identity_center.counters.calls["CreateToken"]) == (data, 0)
    done = signed_in.ssohelper("accounts")
    assert (done.stdout, done.stderr) == (listing, "")
    assert identity_center.counters.calls["CreateToken"] == 1
    assert sorted(each.name for each in path.parent.iterdir() if NAME in each.name) == [path.name]


def test_the_last_token_of_a_sign_in(make_scene: Callable[..., Scene]) -> None:
    """A token that was renewed for less than usual ends with its sign-in: known then, and not renewed again."""
    scene = make_scene(sign_in_seconds=70 * MINUTES)
    scene.signed_in(15 * MINUTES)
    token = scene.access().token()
    refreshes = scene.refreshes
    assert token.expires_at - scene.clock() == 25 * MINUTES
    assert status.of(scene.session, scene.clock()).why_not is None
    scene.clock.advance(10 * MINUTES)
    last = scene.access().token()
    assert (last.expires_at - scene.clock(), scene.refreshes) == (15 * MINUTES, refreshes + 1)
    scene.clock.advance(14 * MINUTES)
    assert (scene.access().token(), scene.refreshes) == (last, refreshes + 1)
    stands = status.of(scene.session, scene.clock())
    assert (stands.signed_in, stands.renews_itself, stands.why_not) == (True, False, "its sign-in ends then")
    assert status.sign_in_until(scene.session, scene.clock(), HOUR) == last.expires_at
    scene.clock.advance(MINUTES)
    with pytest.raises(SignInRequired, match="the sign-in to acme has ended"):
        scene.access().token()
    assert status.of(scene.session, scene.clock()).signed_in is False
