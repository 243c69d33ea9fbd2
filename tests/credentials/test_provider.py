"""Role credentials are asked for once, shared with the AWS CLI, and handed out for as long as they work."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.credentials import SSOCredentialFetcher
from botocore.tokens import SSOTokenProvider
from botocore.utils import JSONFileCache

from ssohelper.credentials import answer, prepared, role_cache
from ssohelper.credentials.provider import Provider
from ssohelper.credentials.role_cache import RoleCache
from ssohelper.errors import AccessDenied, SignInRequired, SsohelperError, Unavailable
from ssohelper.identity_center.portal import Portal
from ssohelper.model import RoleCredentials, Token
from ssohelper.sign_in import token_cache
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from ssohelper.storage import paths, timestamps
from tests.fixtures.access_tokens import URL, Scene, botocore_provider
from tests.fixtures.clock import Clock
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.refusals import unprivileged

# Lasts an hour; alex has Developer and ReadOnly in that account, too.
ACCOUNT, ROLE = "777788889999", "AdministratorAccess"
WORDS = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
LOGIN = "ssohelper login --session acme"


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A session that is signed in, in a home folder of its own, in a time that only the test moves."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    # botocore computed it from the real home folder when it was imported.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(paths.sso_cache()))
    world = organisation()
    world.start_url = URL
    clock = Clock(float(int(time.time())))
    with Simulator(world, rate=None, clock=clock) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        made = Scene(service, clock)
        made.signed_in()
        yield made


def provider(scene: Scene) -> Provider:
    """What a new process makes."""
    access = scene.access()

    def issuer(token: Token) -> Portal:
        return Portal(scene.session, token, access.replacement, sleep=scene.clock.advance)

    return Provider(scene.session, access, issuer, RoleCache(), scene.doors)


def kept(scene: Scene, left: int) -> RoleCredentials:
    """Credentials in the cache, for which `left` seconds remain; their token is an hour old, at most."""
    credentials = RoleCredentials(ACCOUNT, ROLE, "ASIAKEPT", "secret", "token", scene.clock() + left)
    RoleCache().save(scene.session, credentials)
    return credentials


def calls(scene: Scene) -> dict[str, int]:
    """What the service was asked for since the last time."""
    counters = scene.service.counters
    made = dict(counters.calls)
    counters.reset()
    return made


def failure(kind: type[SsohelperError], call: Callable[[], object]) -> tuple[str, str | None]:
    """The message and the hint of what a call raises."""
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value), raised.value.hint


def file_of(scene: Scene) -> Path:
    """The cache file of the role."""
    return role_cache.path(scene.session, ACCOUNT, ROLE)


def prepared_answer() -> str | None:
    """The answer that is prepared for the role, as it is on the disk."""
    found = prepared.path("acme", ACCOUNT, ROLE)
    assert found is not None
    return Path(found).read_text() if Path(found).exists() else None


def as_prepared(credentials: RoleCredentials, stale: float) -> str:
    """The same, for these credentials and until then."""
    names = f"acme {ACCOUNT} {ROLE}"
    return f"{int(stale)} {int(credentials.expiration)} {names}\n{answer.version_1(credentials)}\n"


def botocores(scene: Scene) -> dict[str, Any]:
    """What botocore gets and keeps for the same role; its own clock is the real one, at which the scene began."""
    made: Any = SSOCredentialFetcher  # whose stubs know of no cache but a dict
    fetcher = made(
        URL,
        "us-east-1",
        ROLE,
        ACCOUNT,
        botocore.session.Session().create_client,
        cache=JSONFileCache(str(paths.role_cache())),
        token_provider=botocore_provider(scene),
        sso_session_name="acme",
    )
    return dict(fetcher.fetch_credentials())


def test_cold(scene: Scene) -> None:
    """Credentials that nobody had yet are asked for, kept for the AWS CLI, and prepared for the launcher."""
    found = provider(scene).credentials(ACCOUNT, ROLE)
    issued = scene.service.issued(found.access_key_id)
    assert (issued.account_id, issued.role_name, issued.expiration) == (ACCOUNT, ROLE, found.expiration)
    assert calls(scene) == {"GetRoleCredentials": 1}
    assert RoleCache().load(scene.session, ACCOUNT, ROLE) == found
    assert prepared_answer() == as_prepared(found, found.expiration - 900)
    assert provider(scene).credentials(ACCOUNT, ROLE) == found
    assert (calls(scene), scene.warned) == ({}, [])


def test_botocore_uses_ours(scene: Scene) -> None:
    """What we got botocore takes from the cache without a call."""
    found = provider(scene).credentials(ACCOUNT, ROLE)
    calls(scene)
    assert botocores(scene) == {
        "access_key": found.access_key_id,
        "secret_key": found.secret_access_key,
        "token": found.session_token,
        "expiry_time": timestamps.written(found.expiration),
        "account_id": ACCOUNT,
    }
    assert calls(scene) == {}


def test_ours_uses_botocores(scene: Scene) -> None:
    """What botocore got is handed out and prepared without a call, though nobody could renew it."""
    theirs = botocores(scene)
    data = file_of(scene).read_bytes()
    assert calls(scene) == {"GetRoleCredentials": 1}
    scene.service.revoke_all_tokens()
    found = provider(scene).credentials(ACCOUNT, ROLE)
    assert (found.access_key_id, found.secret_access_key, found.session_token, found.account_id, found.role_name) == (
        theirs["access_key"], theirs["secret_key"], theirs["token"], ACCOUNT, ROLE,
    )  # fmt: skip
    assert prepared_answer() == as_prepared(found, found.expiration - 900)
    assert (calls(scene), file_of(scene).read_bytes()) == ({}, data)


@pytest.mark.parametrize(("left", "asked"), [(3600, 0), (901, 0), (900, 1), (899, 1), (1, 1), (0, 1), (-3600, 1)])
def test_when_they_are_renewed(scene: Scene, left: int, asked: int) -> None:
    """Credentials are used while more than 15 minutes are left; then new ones take their place everywhere."""
    old = kept(scene, left)
    found = provider(scene).credentials(ACCOUNT, ROLE)
    assert (calls(scene).get("GetRoleCredentials", 0), found == old) == (asked, asked == 0)
    assert RoleCache().load(scene.session, ACCOUNT, ROLE) == found
    stale = max(found.expiration - 900, scene.clock() + 60)
    assert (prepared_answer(), scene.warned) == (as_prepared(found, stale), [])


def test_the_token_is_renewed_first(scene: Scene) -> None:
    """An access token that nears its end is renewed before it is used; credentials outlive it."""
    scene.clock.advance(41 * 60)
    found = provider(scene).credentials(ACCOUNT, ROLE)
    assert calls(scene) == {"CreateToken": 1, "GetRoleCredentials": 1}
    scene.clock.advance(44 * 60)
    assert provider(scene).credentials(ACCOUNT, ROLE) == found
    assert calls(scene) == {}


REASONS = [
    (Fault.error(500), "Identity Center answered HTTP 500", 4),
    (Fault.html(), "something between here and Identity Center answered in its place", 4),
    (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:PORT: it closed the connection", 4),
]


@pytest.mark.parametrize(("fault", "reason", "tries"), REASONS, ids=["500", "html", "dropped"])
@pytest.mark.parametrize("left", [14 * 60, 63])
def test_a_renewal_that_fails(scene: Scene, fault: Fault, reason: str, tries: int, left: int) -> None:
    """What works still is handed out with one warning, and to the launcher for a minute, not to the very end."""
    old = kept(scene, left)
    scene.service.faults.add("GetRoleCredentials", fault, None)
    assert provider(scene).credentials(ACCOUNT, ROLE) == old
    now = scene.clock()
    minutes = int(old.expiration - now) // 60
    reason = reason.replace("PORT", str(scene.service.port))
    assert scene.warned == [f"the credentials could not be renewed ({reason}), {minutes}m left"]
    assert prepared_answer() == as_prepared(old, min(now + 60, old.expiration - 5))
    assert calls(scene) == {"GetRoleCredentials": tries}
    scene.service.faults.clear()
    assert provider(scene).credentials(ACCOUNT, ROLE).access_key_id != "ASIAKEPT"


def test_nobody_is_signed_in_any_more(scene: Scene) -> None:
    """Credentials outlive the sign-in: they are handed out with a warning, to their end."""
    old = kept(scene, 10 * 60)
    scene.service.revoke_all_tokens()
    for _ in range(2):
        assert provider(scene).credentials(ACCOUNT, ROLE) == old
    ended = "the credentials could not be renewed (the sign-in to acme has ended), 9m left"
    assert scene.warned == [ended] * 2
    assert prepared_answer() == as_prepared(old, scene.clock() + 60)
    assert calls(scene) == {"GetRoleCredentials": 1, "CreateToken": 1}
    scene.clock.advance(600)
    error = ("the sign-in to acme has ended", LOGIN)
    assert failure(SignInRequired, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error
    assert calls(scene) == {}


def test_expired_and_the_service_fails(scene: Scene) -> None:
    """What has expired is never handed out, nor prepared."""
    kept(scene, 0)
    scene.service.faults.add("GetRoleCredentials", Fault.error(500), None)
    error = ("Identity Center answered HTTP 500", "run the command again in a minute")
    assert failure(Unavailable, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error
    assert (prepared_answer(), scene.warned) == (None, [])


def test_nobody_is_signed_in(scene: Scene) -> None:
    """Without a token there is one line that says so, and no call."""
    token_cache.forget_token(scene.session)
    error = ("nobody is signed in to acme", LOGIN)
    assert failure(SignInRequired, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error
    assert (calls(scene), prepared_answer()) == ({}, None)


def test_the_role_was_withdrawn(scene: Scene) -> None:
    """A role that is not assigned any more is denied, and told which ones are; what was kept of it is gone."""
    provider(scene).credentials(ACCOUNT, ROLE)
    scene.clock.advance(50 * 60)
    scene.service.world.withdraw(ACCOUNT, ROLE)
    error = (
        f"the role {ROLE} in account {ACCOUNT} is not assigned to you: you have Developer, ReadOnly there",
        "ssohelper roles --session acme",
    )
    assert failure(AccessDenied, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error
    assert (file_of(scene).exists(), prepared_answer(), scene.warned) == (False, None, [])
    assert failure(AccessDenied, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error


@pytest.mark.parametrize("account_id", [ACCOUNT, "000000000000"])
def test_no_role_in_the_account(scene: Scene, account_id: str) -> None:
    """Where the user has no role in the account at all, or there is no such account, that is said."""
    for role_name in scene.service.world.roles_of("alex@example.com", ACCOUNT):
        scene.service.world.withdraw(ACCOUNT, role_name)
    assert failure(AccessDenied, lambda: provider(scene).credentials(account_id, ROLE)) == (
        f"the role {ROLE} in account {account_id} is not assigned to you: you have no role there",
        "ssohelper roles --session acme",
    )


def test_which_roles_is_not_known(scene: Scene) -> None:
    """Where the roles of the account cannot be listed just now, nothing is claimed about them."""
    scene.service.world.withdraw(ACCOUNT, ROLE)
    scene.service.faults.add("ListAccountRoles", Fault.error(500), None)
    message, _ = failure(AccessDenied, lambda: provider(scene).credentials(ACCOUNT, ROLE))
    assert message.startswith(f"the role {ROLE} in account {ACCOUNT} is not assigned to you")
    assert "no role there" not in message


def test_the_token_is_refused(scene: Scene) -> None:
    """A token that the portal refuses is renewed once, and the call is made again with the new one."""
    scene.service.faults.add("GetRoleCredentials", Fault.error(401))
    old = scene.access().present()
    found = provider(scene).credentials(ACCOUNT, ROLE)
    assert (calls(scene), RoleCache().load(scene.session, ACCOUNT, ROLE), scene.warned) == (
        {"GetRoleCredentials": 2, "CreateToken": 1},
        found,
        [],
    )
    new = scene.access().present()
    assert old is not None
    assert new is not None
    assert new.access_token != old.access_token


def test_the_new_token_is_refused_as_well(scene: Scene) -> None:
    """Where the portal refuses the renewed token too, that is the end: no third call."""
    scene.service.faults.add("GetRoleCredentials", Fault.error(401), None)
    error = ("the sign-in to acme has ended", f"{LOGIN} --force")
    assert failure(SignInRequired, lambda: provider(scene).credentials(ACCOUNT, ROLE)) == error
    assert calls(scene) == {"GetRoleCredentials": 2, "CreateToken": 1}


def test_many_threads(scene: Scene) -> None:
    """However many ask for the same at once, one call is made, and all get its answer."""
    scene.service.weather.latency = 0.3
    found: list[RoleCredentials] = []
    crowd = [
        threading.Thread(target=lambda: found.append(provider(scene).credentials(ACCOUNT, ROLE))) for _ in range(12)
    ]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(HANG_SECONDS)
    assert (len(found), len(set(found)), calls(scene)) == (12, 1, {"GetRoleCredentials": 1})


def test_roles_do_not_wait_for_each_other(scene: Scene) -> None:
    """Another role is fetched while one hangs; and what is fresh is handed out without waiting for anybody."""
    fresh = replace(kept(scene, 3600), role_name="Developer")
    RoleCache().save(scene.session, fresh)
    scene.service.faults.add("GetRoleCredentials", Fault.hang(2), account_id=ACCOUNT)
    file_of(scene).unlink()
    slow = threading.Thread(target=lambda: provider(scene).credentials(ACCOUNT, ROLE))
    slow.start()
    wait_for(lambda: scene.service.counters.calls["GetRoleCredentials"] == 1)
    assert provider(scene).credentials("888899990000", ROLE).account_id == "888899990000"
    assert provider(scene).credentials(ACCOUNT, "Developer") == fresh
    assert slow.is_alive()
    slow.join(HANG_SECONDS)


def wait_for(fact: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + HANG_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_damaged_cache(scene: Scene) -> None:
    """A cache file that is torn, or is another account's, is replaced."""
    file_of(scene).parent.mkdir(parents=True)
    for data in (b"", b"{", b"\xff", b"[]"):
        file_of(scene).write_bytes(data)
        found = provider(scene).credentials(ACCOUNT, ROLE)
        assert RoleCache().load(scene.session, ACCOUNT, ROLE) == found
    assert (calls(scene), scene.warned) == ({"GetRoleCredentials": 4}, [])


def test_a_cache_that_is_no_folder(scene: Scene) -> None:
    """Where the cache cannot be read or written there are credentials all the same, told and prepared."""
    paths.role_cache().parent.mkdir(parents=True)
    paths.role_cache().write_bytes(b"")
    found = provider(scene).credentials(ACCOUNT, ROLE)
    assert scene.service.issued(found.access_key_id).role_name == ROLE
    shown = f"~/.aws/cli/cache/{file_of(scene).name}"
    assert sorted(set(scene.warned)) == [
        "the cache of role credentials is left out: can't read " + shown + ": not a directory",
        "the credentials are good, but could not be kept: can't make the folder ~/.aws/cli/cache: file exists",
    ]
    assert prepared_answer() == as_prepared(found, found.expiration - 900)


def test_a_cache_that_cannot_be_written(signed_in: Home, identity_center: Simulator) -> None:
    """Where the cache is read-only there are credentials all the same, with one warning; the next one is prepared."""
    cache = signed_in.path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    identity_center.counters.reset()
    cache.chmod(0o500)
    first, second = (unprivileged(signed_in, "credential-process", *WORDS) for _ in range(2))
    facts = json.loads(first.stdout)
    assert identity_center.issued(facts["AccessKeyId"]).role_name == ROLE
    name = role_cache.path(Scene(identity_center, Clock()).session, ACCOUNT, ROLE).name
    warning = (
        f"the credentials are good, but could not be kept: can't write ~/.aws/cli/cache/{name}: permission denied"
    )
    assert (first.stderr, first.returncode) == (f"ssohelper: {warning}\n", 0)
    assert (second.stdout, second.stderr, second.returncode) == (first.stdout, "", 0)
    assert (identity_center.counters.calls, list(cache.iterdir())) == ({"GetRoleCredentials": 1}, [])


def test_withdrawn_where_the_cache_is_read_only(signed_in: Home, identity_center: Simulator) -> None:
    """A role that was withdrawn is denied, also where what was kept of it cannot be removed."""
    scene = Scene(identity_center, Clock())
    cache = signed_in.path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    expiration = timestamps.written(datetime.now(UTC).timestamp() + 600)
    data = role_cache.to_json(RoleCredentials(ACCOUNT, ROLE, "ASIAKEPT", "secret", "token", 0))
    data["Credentials"]["Expiration"] = expiration
    (cache / role_cache.path(scene.session, ACCOUNT, ROLE).name).write_text(json.dumps(data))
    identity_center.world.withdraw(ACCOUNT, ROLE)
    cache.chmod(0o500)
    done = unprivileged(signed_in, "credential-process", *WORDS)
    message = f"the role {ROLE} in account {ACCOUNT} is not assigned to you: you have Developer, ReadOnly there"
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: {message}\nhint: ssohelper roles --session acme\n",
        1,
    )


def test_a_state_folder_that_cannot_be_written(signed_in: Home, identity_center: Simulator) -> None:
    """Where no answer can be left, as in a container that is read-only, fresh credentials are handed out."""
    first = signed_in.ssohelper("credential-process", *WORDS)
    for each in (signed_in.state / "answers").rglob(ROLE):
        each.unlink()
    identity_center.counters.reset()
    for folder in [signed_in.state, *(each for each in signed_in.state.rglob("*") if each.is_dir())]:
        folder.chmod(0o500)
    done = unprivileged(signed_in, "credential-process", *WORDS)
    for folder in [signed_in.state, *(each for each in signed_in.state.rglob("*") if each.is_dir())]:
        folder.chmod(0o700)
    assert (done.stdout, done.stderr, done.returncode) == (first.stdout, "", 0)
    assert identity_center.counters.calls == {}
