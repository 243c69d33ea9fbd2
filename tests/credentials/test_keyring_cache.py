"""Role credentials in a secret store: never written to a file, and read from both."""

from pathlib import Path

import pytest

from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.credentials.keyring_cache import KeyringCache
from ssohelper.errors import Unavailable
from ssohelper.model import Session
from ssohelper.roles import RoleCredentials

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
ROLE = SESSION.role("111122223333", "ReadOnly")
CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", "secret/+=", "session/+=", 1767225600.0)


class Secrets(dict[str, str]):
    """A secret store in memory; `put` and `get` are those of any other."""

    def put(self, name: str, secret: str) -> None:
        """Store a secret."""
        self[name] = secret

    def delete(self, name: str) -> None:
        """Delete a secret, if there is one."""
        self.pop(name, None)


class Hanging(Secrets):
    """One that does not answer."""

    def delete(self, name: str) -> None:
        """Time out."""
        raise Unavailable(f"no answer for {name}")


@pytest.fixture
def files(state: Path) -> AwsCliCache:
    """The AWS CLI's files, in an empty home folder."""
    assert not state.exists()
    return AwsCliCache(SESSION)


def test_only_in_the_store(files: AwsCliCache) -> None:
    """Credentials are stored in one secret, named by the role without its names, and not in a file."""
    secrets = Secrets()
    cache = KeyringCache(secrets, files)
    cache.save(CREDENTIALS)
    assert (cache.load(ROLE), list(secrets), files.path(ROLE).parent.exists()) == (
        CREDENTIALS,
        [f"role/{ROLE.file_name}"],
        False,
    )
    assert cache.load(ROLE._replace(role_name="readonly")) is None
    cache.delete(ROLE)
    assert (cache.load(ROLE), secrets) == (None, {})


@pytest.mark.parametrize("newer", ["store", "file"])
def test_both(files: AwsCliCache, newer: str) -> None:
    """If the AWS CLI has cached credentials too, those that expire later are used."""
    cache = KeyringCache(Secrets(), files)
    later = CREDENTIALS._replace(access_key_id="ASIALATER", expiration=CREDENTIALS.expiration + 60)
    cache.save(later if newer == "store" else CREDENTIALS)
    files.save(CREDENTIALS if newer == "store" else later)
    assert cache.load(ROLE) == later


@pytest.mark.parametrize("secret", ["", "{", "[]", "null", '{"ProviderType": "sso"}'])
def test_invalid_secret(files: AwsCliCache, secret: str) -> None:
    """A secret that cannot be parsed is ignored; the file counts."""
    cache = KeyringCache(Secrets({f"role/{ROLE.file_name}": secret}), files)
    assert cache.load(ROLE) is None
    files.save(CREDENTIALS)
    assert cache.load(ROLE) == CREDENTIALS


def test_file_is_deleted_all_the_same(files: AwsCliCache) -> None:
    """If the store fails, credentials in the file are deleted, and the error is raised."""
    files.save(CREDENTIALS)
    with pytest.raises(Unavailable):
        KeyringCache(Hanging(), files).delete(ROLE)
    assert files.load(ROLE) is None
