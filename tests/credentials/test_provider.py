"""Role credentials are requested once, shared with the AWS CLI, and used as long as they are valid."""

import json
import threading
from typing import Any

import botocore.session
import pytest
from botocore.credentials import SSOCredentialFetcher
from botocore.utils import JSONFileCache

from ssohelper.credentials import answer
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.credentials.provider import CredentialProvider
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import Locked
from ssohelper.identity_center.portal import Portal
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.simulator.faults import Fault
from ssohelper.storage import paths, timestamps
from tests.fixtures.access_tokens import URL, Scene, botocore_provider, failure
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import HANG_SECONDS
from tests.fixtures.role_credentials import (
    ACCOUNT,
    ROLE,
    ROLE_NAME,
    answer_file,
    as_answer_file,
    assume_no_role,
    cache_credentials,
    no_access_keys,
    provider,
    take_calls,
)


def fetch_with_botocore(scene: Scene) -> dict[str, Any]:
    """The role's credentials by botocore, which caches them."""
    make: Any = SSOCredentialFetcher  # its stubs accept only a dict as the cache
    fetcher = make(
        URL,
        "us-east-1",
        ROLE_NAME,
        ACCOUNT,
        botocore.session.Session().create_client,
        cache=JSONFileCache(str(paths.role_cache())),
        token_provider=botocore_provider(scene),
        sso_session_name="acme",
    )
    return dict(fetcher.fetch_credentials())


def test_nothing_cached(scene: Scene) -> None:
    """New credentials are requested, cached for the AWS CLI, and prepared for the launcher."""
    found = provider(scene).credentials(ROLE)
    issued = scene.service.issued(found.access_key_id)
    assert (issued.account_id, issued.role_name, issued.expiration) == (ACCOUNT, ROLE_NAME, found.expiration)
    assert take_calls(scene) == {"GetRoleCredentials": 1}
    assert AwsCliCache(scene.session).load(ROLE) == found
    assert answer_file() == as_answer_file(found, found.expiration - 1020)
    assert provider(scene).credentials(ROLE) == found
    assert (take_calls(scene), scene.warnings) == ({}, [])


def test_botocore_uses_our_credentials(scene: Scene) -> None:
    """Botocore uses what we cached without a request."""
    found = provider(scene).credentials(ROLE)
    take_calls(scene)
    assert fetch_with_botocore(scene) == {
        "access_key": found.access_key_id,
        "secret_key": found.secret_access_key,
        "token": found.session_token,
        "expiry_time": timestamps.written(found.expiration),
        "account_id": ACCOUNT,
    }
    assert take_calls(scene) == {}


def test_credentials_by_botocore(scene: Scene) -> None:
    """What botocore cached is used and prepared without a request, even if it could not be refreshed."""
    fetched = fetch_with_botocore(scene)
    file = AwsCliCache(scene.session).path(ROLE)
    data = file.read_bytes()
    assert take_calls(scene) == {"GetRoleCredentials": 1}
    scene.service.revoke_all_tokens()
    found = provider(scene).credentials(ROLE)
    assert (found.access_key_id, found.secret_access_key, found.session_token, found.role) == (
        fetched["access_key"],
        fetched["secret_key"],
        fetched["token"],
        ROLE,
    )
    assert answer_file() == as_answer_file(found, found.expiration - 1020)
    assert (take_calls(scene), file.read_bytes()) == ({}, data)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("left", "requests"), [(3600, 0), (1021, 0), (1020, 1), (1019, 1), (1, 1), (0, 1), (-3600, 1)]
)
def test_when_they_are_refreshed(scene: Scene, left: int, requests: int) -> None:
    """Cached credentials are used with more than 17 minutes left; else new ones replace them everywhere."""
    cached = cache_credentials(scene, left)
    found = provider(scene).credentials(ROLE)
    assert (take_calls(scene).get("GetRoleCredentials", 0), found == cached) == (requests, requests == 0)
    assert AwsCliCache(scene.session).load(ROLE) == found
    stale_at = max(found.expiration - 1020, scene.clock() + 60)
    assert (answer_file(), scene.warnings) == (as_answer_file(found, stale_at), [])


def test_access_token_is_refreshed_first(scene: Scene) -> None:
    """An access token that expires soon is refreshed before it is used; the credentials outlive it."""
    scene.clock.advance(41 * 60)
    found = provider(scene).credentials(ROLE)
    assert take_calls(scene) == {"CreateToken": 1, "GetRoleCredentials": 1}
    scene.clock.advance(42 * 60)
    assert provider(scene).credentials(ROLE) == found
    assert take_calls(scene) == {}


def test_many_threads(scene: Scene) -> None:
    """Of many that need the same credentials at once, one makes the request, and all get its result."""
    scene.service.conditions.latency = 0.3
    found = list[RoleCredentials]()
    threads = [threading.Thread(target=lambda: found.append(provider(scene).credentials(ROLE))) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(HANG_SECONDS)
    assert (len(found), len(set(found)), take_calls(scene)) == (12, 1, {"GetRoleCredentials": 1})


@pytest.mark.full
def test_roles_do_not_wait_for_each_other(scene: Scene) -> None:
    """While the request for one role hangs, others are requested, and fresh credentials are used."""
    developer = ROLE._replace(role_name="Developer")
    fresh = RoleCredentials(developer, "ASIAFRESH", "secret", "token", scene.clock() + 3600)
    AwsCliCache(scene.session).save(fresh)
    scene.service.faults.add("GetRoleCredentials", Fault.hang(6), account_id=ACCOUNT)
    slow = threading.Thread(target=lambda: provider(scene).credentials(ROLE))
    slow.start()
    wait_until(lambda: scene.service.counters.calls["GetRoleCredentials"] == 1)
    other = RoleRef("acme", "888899990000", ROLE_NAME)
    assert provider(scene).credentials(other).role == other
    assert provider(scene).credentials(developer) == fresh
    assert slow.is_alive()
    slow.join(HANG_SECONDS)


def test_sensitive_role(scene: Scene) -> None:
    """Credentials of a sensitive role are requested each time, cached nowhere, and earlier ones are deleted."""
    cached = provider(scene).credentials(ROLE)
    assert answer_file() is not None
    tokens, guard = scene.access_tokens(), Guard(lambda role: role == ROLE, scene.clock)
    guarded = CredentialProvider(
        tokens,
        lambda token: Portal(scene.session, token, tokens.replacement, sleep=scene.clock.advance),
        AwsCliCache(scene.session),
        scene.runtime,
        access_keys=no_access_keys,
        assume_role=assume_no_role,
        guard=guard,
    )
    failure(Locked, lambda: guarded.credentials(ROLE))
    guard.unlock(ROLE, 60, "incident")
    take_calls(scene)
    found = {guarded.credentials(ROLE).access_key_id for _ in range(2)}
    assert (len(found - {cached.access_key_id}), take_calls(scene)) == (2, {"GetRoleCredentials": 2})
    assert (AwsCliCache(scene.session).load(ROLE), answer_file()) == (None, None)
    assert guarded.credentials(ROLE._replace(role_name="Developer")).role.role_name == "Developer"


def test_logout_during_the_request(scene: Scene) -> None:
    """Credentials that are issued while the user signs out are returned, but left nowhere."""
    scene.service.conditions.latency = 0.5
    found = list[RoleCredentials]()
    slow = threading.Thread(target=lambda: found.append(provider(scene).credentials(ROLE)))
    slow.start()
    wait_until(lambda: scene.service.counters.calls["GetRoleCredentials"] == 1)
    scene.access_tokens().delete()
    assert (AwsCliCache(scene.session).load(ROLE), found) == (None, [])
    slow.join(HANG_SECONDS)
    assert scene.service.issued(found[0].access_key_id).role_name == ROLE_NAME
    assert (AwsCliCache(scene.session).load(ROLE), answer_file(), scene.warnings) == (None, None, [])


def test_logout_before_the_answer_is_prepared(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is prepared from cached credentials after a sign-out is deleted again."""
    cached = cache_credentials(scene, 3600)
    prepare = answer.prepare

    def sign_out_first(*arguments: Any, **more: Any) -> None:
        scene.access_tokens().delete()
        prepare(*arguments, **more)

    slow = provider(scene)
    monkeypatch.setattr(answer, "prepare", sign_out_first)
    assert slow.credentials(ROLE) == cached
    assert (AwsCliCache(scene.session).load(ROLE), answer_file()) == (None, None)


def test_shorter_than_what_is_cached(scene: Scene) -> None:
    """New credentials do not replace ones that are valid for longer."""
    cached = cache_credentials(scene, 600)
    members = {
        "accessKeyId": "ASIASHORT",
        "secretAccessKey": "secret",
        "sessionToken": "token",
        "expiration": int(scene.clock() + 12) * 1000,
    }
    body = json.dumps({"roleCredentials": members}).encode()
    scene.service.faults.add("GetRoleCredentials", Fault.response(body))
    assert provider(scene).credentials(ROLE) == cached
    assert AwsCliCache(scene.session).load(ROLE) == cached
