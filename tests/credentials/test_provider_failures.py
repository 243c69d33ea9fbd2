"""Role credentials that cannot be requested or cached: valid ones are still used, expired ones never."""

import json
import time

import pytest

from ssohelper.credentials import aws_cli_cache
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.errors import AccessDenied, SignInRequired, Unavailable
from ssohelper.model import Session
from ssohelper.roles import RoleCredentials
from ssohelper.sign_in import token_cache
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.storage import paths
from tests.fixtures.access_tokens import Scene, failure
from tests.fixtures.home import Home
from tests.fixtures.refusals import unprivileged
from tests.fixtures.role_credentials import (
    ACCOUNT,
    ROLE,
    ROLE_NAME,
    WORDS,
    answer_file,
    as_answer_file,
    cache_credentials,
    provider,
    take_calls,
)

LOGIN = "ssohelper login --session acme"
NOT_ASSIGNED = (
    f"role {ROLE_NAME} in account {ACCOUNT} is not assigned to you (assigned: Developer, ReadOnly)",
    "ssohelper roles --session acme",
)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.error(500), "Identity Center returned HTTP 500"),
        (Fault.html(), "invalid response from Identity Center (a proxy or captive portal?)"),
        (Fault.dropped(), "can't reach Identity Center at 127.0.0.1:PORT: connection closed"),
    ],
    ids=["500", "html", "dropped"],
)
@pytest.mark.parametrize("left", [14 * 60, 63])
def test_valid_credentials(scene: Scene, fault: Fault, reason: str, left: int) -> None:
    """Valid credentials are used, with one warning, and prepared for a minute, but not to the very end."""
    cached = cache_credentials(scene, left)
    scene.service.faults.add("GetRoleCredentials", fault, None)
    assert provider(scene).credentials(ROLE) == cached
    now = scene.clock()
    minutes = int(cached.expiration - now) // 60
    reason = reason.replace("PORT", str(scene.service.port))
    assert scene.warnings == [f"could not refresh the credentials ({reason}), valid for {minutes}m"]
    assert answer_file() == as_answer_file(cached, min(now + 60, cached.expiration - 5))
    assert take_calls(scene) == {"GetRoleCredentials": 4}
    scene.service.faults.clear()
    assert provider(scene).credentials(ROLE).access_key_id != cached.access_key_id


def test_expired_credentials(scene: Scene) -> None:
    """Expired credentials are neither used nor prepared."""
    cache_credentials(scene, 0)
    scene.service.faults.add("GetRoleCredentials", Fault.error(500), None)
    error = ("Identity Center returned HTTP 500", "run the command again in a minute")
    assert failure(Unavailable, lambda: provider(scene).credentials(ROLE)) == error
    assert (answer_file(), scene.warnings) == (None, [])


def test_expired_sign_in(scene: Scene) -> None:
    """Credentials outlive the sign-in: they are used, with a warning, until they expire."""
    cached = cache_credentials(scene, 10 * 60)
    scene.service.revoke_all_tokens()
    for _ in range(2):
        assert provider(scene).credentials(ROLE) == cached
    warning = "could not refresh the credentials (the sign-in to acme has expired), valid for 9m"
    assert scene.warnings == [warning] * 2
    assert answer_file() == as_answer_file(cached, scene.clock() + 60)
    assert take_calls(scene) == {"GetRoleCredentials": 1, "CreateToken": 1}
    scene.clock.advance(600)
    error = ("the sign-in to acme has expired", LOGIN)
    assert failure(SignInRequired, lambda: provider(scene).credentials(ROLE)) == error
    assert take_calls(scene) == {}


def test_not_signed_in(scene: Scene) -> None:
    """Without a token the error says so, and no request is made."""
    token_cache.delete_token(scene.session)
    error = ("not signed in to acme", LOGIN)
    assert failure(SignInRequired, lambda: provider(scene).credentials(ROLE)) == error
    assert (take_calls(scene), answer_file()) == ({}, None)


def test_no_longer_assigned(scene: Scene) -> None:
    """The error names the roles that are assigned; cached credentials of the role are deleted."""
    provider(scene).credentials(ROLE)
    scene.clock.advance(50 * 60)
    scene.service.world.withdraw(ACCOUNT, ROLE_NAME)
    assert failure(AccessDenied, lambda: provider(scene).credentials(ROLE)) == NOT_ASSIGNED
    assert (AwsCliCache(scene.session).path(ROLE).exists(), answer_file(), scene.warnings) == (False, None, [])
    assert failure(AccessDenied, lambda: provider(scene).credentials(ROLE)) == NOT_ASSIGNED


@pytest.mark.parametrize("account_id", [ACCOUNT, "000000000000"])
def test_no_role_in_the_account(scene: Scene, account_id: str) -> None:
    """The error says that no role is assigned in the account, even if there is no such account."""
    for role_name in scene.service.world.roles_of("alex@example.com", ACCOUNT):
        scene.service.world.withdraw(ACCOUNT, role_name)
    role = scene.session.role(account_id, ROLE_NAME)
    assert failure(AccessDenied, lambda: provider(scene).credentials(role)) == (
        f"role {ROLE_NAME} in account {account_id} is not assigned to you (assigned: none)",
        "ssohelper roles --session acme",
    )


def test_roles_cannot_be_listed(scene: Scene) -> None:
    """If the roles of the account cannot be listed, the error says nothing about them."""
    scene.service.world.withdraw(ACCOUNT, ROLE_NAME)
    scene.service.faults.add("ListAccountRoles", Fault.error(500), None)
    assert failure(AccessDenied, lambda: provider(scene).credentials(ROLE)) == (
        f"role {ROLE_NAME} in account {ACCOUNT} is not assigned to you",
        "ssohelper roles --session acme",
    )


def test_rejected_token(scene: Scene) -> None:
    """A token that the portal rejects is refreshed once, and the request is made again."""
    scene.service.faults.add("GetRoleCredentials", Fault.error(401))
    old = scene.access_tokens().current()
    found = provider(scene).credentials(ROLE)
    assert take_calls(scene) == {"GetRoleCredentials": 2, "CreateToken": 1}
    assert (AwsCliCache(scene.session).load(ROLE), scene.warnings) == (found, [])
    new = scene.access_tokens().current()
    assert old is not None
    assert new is not None
    assert new.access_token != old.access_token


def test_new_token_is_rejected_as_well(scene: Scene) -> None:
    """If the portal rejects the refreshed token too, there is no third request."""
    scene.service.faults.add("GetRoleCredentials", Fault.error(401), None)
    error = ("the sign-in to acme has expired", f"{LOGIN} --force")
    assert failure(SignInRequired, lambda: provider(scene).credentials(ROLE)) == error
    assert take_calls(scene) == {"GetRoleCredentials": 2, "CreateToken": 1}


@pytest.mark.full
def test_invalid_cache_file(scene: Scene) -> None:
    """A cache file that cannot be parsed is replaced."""
    cache = AwsCliCache(scene.session)
    cache.path(ROLE).parent.mkdir(parents=True)
    for data in (b"", b"{", b"\xff", b"[]"):
        cache.path(ROLE).write_bytes(data)
        found = provider(scene).credentials(ROLE)
        assert cache.load(ROLE) == found
    assert (take_calls(scene), scene.warnings) == ({"GetRoleCredentials": 4}, [])


def test_unusable_cache_folder(scene: Scene) -> None:
    """If the cache can be neither read nor written, credentials are requested and prepared, with warnings."""
    paths.role_cache().parent.mkdir(parents=True)
    paths.role_cache().write_bytes(b"")
    found = provider(scene).credentials(ROLE)
    assert scene.service.issued(found.access_key_id).role_name == ROLE_NAME
    shown = f"~/.aws/cli/cache/{AwsCliCache(scene.session).path(ROLE).name}"
    assert sorted(set(scene.warnings)) == [
        "could not cache the credentials: can't make the folder ~/.aws/cli/cache: file exists",
        f"ignoring the cache of role credentials: can't read {shown}: not a directory",
    ]
    assert answer_file() == as_answer_file(found, found.expiration - 1020)


def session_of(simulator: Simulator) -> Session:
    """The session `acme` of a home folder that is signed in."""
    return Session("acme", simulator.start_url, simulator.region)


@pytest.mark.full
def test_read_only_cache(signed_in: Home, identity_center: Simulator) -> None:
    """If the cache is read-only, credentials are requested, with one warning, and prepared for the next time."""
    cache = signed_in.path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    identity_center.counters.reset()
    cache.chmod(0o500)
    first, second = (unprivileged(signed_in, "credential-process", *WORDS) for _ in range(2))
    facts = json.loads(first.stdout)
    assert identity_center.issued(facts["AccessKeyId"]).role_name == ROLE_NAME
    name = AwsCliCache(session_of(identity_center)).path(ROLE).name
    warning = f"could not cache the credentials: can't write ~/.aws/cli/cache/{name}: permission denied"
    assert (first.stderr, first.returncode) == (f"ssohelper: {warning}\n", 0)
    assert (second.stdout, second.stderr, second.returncode) == (first.stdout, "", 0)
    assert (identity_center.counters.calls, list(cache.iterdir())) == ({"GetRoleCredentials": 1}, [])


def test_no_longer_assigned_and_read_only_cache(signed_in: Home, identity_center: Simulator) -> None:
    """Access is denied even if the cached credentials of the role cannot be deleted."""
    cache = signed_in.path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    cached = RoleCredentials(ROLE, "ASIACACHED", "secret", "token", time.time() + 600)
    path = cache / AwsCliCache(session_of(identity_center)).path(ROLE).name
    path.write_text(json.dumps(aws_cli_cache.to_json(cached)))
    identity_center.world.withdraw(ACCOUNT, ROLE_NAME)
    cache.chmod(0o500)
    done = unprivileged(signed_in, "credential-process", *WORDS)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        f"ssohelper: {NOT_ASSIGNED[0]}\nhint: {NOT_ASSIGNED[1]}\n",
        1,
    )
    assert path.exists()


def test_read_only_state_folder(signed_in: Home, identity_center: Simulator) -> None:
    """If no answer can be prepared, as in a read-only container, fresh credentials are printed from the cache."""
    first = signed_in.ssohelper("credential-process", *WORDS)
    for each in (signed_in.state / "answers").rglob(ROLE_NAME):
        each.unlink()
    identity_center.counters.reset()
    folders = [signed_in.state, *(each for each in signed_in.state.rglob("*") if each.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    done = unprivileged(signed_in, "credential-process", *WORDS)
    for folder in folders:
        folder.chmod(0o700)
    assert (done.stdout, done.stderr, done.returncode) == (first.stdout, "", 0)
    assert identity_center.counters.calls == {}
