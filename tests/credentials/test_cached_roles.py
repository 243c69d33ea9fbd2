"""Which role credentials of a session are cached, and how all of them are deleted."""

import pytest

from ssohelper.credentials import answer, cached_roles
from ssohelper.credentials.answer import CachedRole
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.storage import paths

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
NOW = 1767225600.0
CACHE = AwsCliCache(SESSION)
OURS, CLI, BOTH, EXPIRED, UNCACHED = (SESSION.role("111122223333", name) for name in "ABCDE")


def credentials(role: RoleRef, left: float) -> RoleCredentials:
    """Credentials that are valid for another `left` seconds."""
    return RoleCredentials(role, "ASIAKEY", "secret", "token", NOW + left)


@pytest.fixture
def _cached() -> None:
    """Roles that we have handed out, that the AWS CLI has cached, and both."""
    answer.prepare(credentials(OURS, 3600), NOW)
    CACHE.save(credentials(CLI, 1800))
    answer.prepare(credentials(BOTH, 600), NOW)
    CACHE.save(credentials(BOTH, 1200))
    for role in (EXPIRED, EXPIRED._replace(session="other")):
        answer.prepare(credentials(role, 0), NOW)


@pytest.mark.usefixtures("_cached")
def test_find() -> None:
    """Valid credentials are found in our records and, for the candidates, in files; the latest expiration first."""
    expected = [CachedRole(OURS, NOW + 3600), CachedRole(CLI, NOW + 1800), CachedRole(BOTH, NOW + 1200)]
    assert cached_roles.find(SESSION, [CLI, BOTH, UNCACHED], CACHE, NOW) == expected
    assert cached_roles.find(SESSION, [], CACHE, NOW) == [expected[0], CachedRole(BOTH, NOW + 600)]
    assert cached_roles.find(SESSION, [CLI], CACHE, NOW + 3600) == []


@pytest.mark.usefixtures("_cached")
def test_forget() -> None:
    """Every role's credentials are deleted, expired ones too; those of other sessions stay."""
    assert cached_roles.delete(SESSION, [CLI, UNCACHED], CACHE) == 4
    assert (answer.records("acme"), list(paths.role_cache().iterdir())) == ([], [])
    assert [each.role.session for each in answer.records("other")] == ["other"]
    assert cached_roles.delete(SESSION, [CLI, UNCACHED], CACHE) == 0


@pytest.mark.usefixtures("_cached")
def test_one_that_cannot_be_deleted() -> None:
    """If one cannot be deleted, all others are, and its record stays, so that the next attempt finds it."""
    CACHE.path(OURS).mkdir()
    with pytest.raises(Failed, match=r"^can't remove ~/\.aws/cli/cache/\w{40}\.json: is a directory$"):
        cached_roles.delete(SESSION, [CLI], CACHE)
    assert [each.role for each in answer.records("acme")] == [OURS]
    assert [each.name for each in paths.role_cache().iterdir()] == [CACHE.path(OURS).name]
