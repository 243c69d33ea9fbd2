"""Tokens and registrations in the AWS CLI's own files: the same names, keys and order."""

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.utils import JSONFileCache, SSOTokenLoader

from ssohelper.errors import Failed, Unavailable
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import token_cache

URL = "https://x.awsapps.com/start"
SESSION = Session("s1", URL, "us-east-1")
REGISTRATION = Registration("id", "secret", 1775001600.0, ("sso:account:access",))
TOKEN = Token(URL, "us-east-1", "access", 1767225600.0, REGISTRATION, "refresh")
# As AWS CLI v2 writes them.
TOKEN_FILE = (
    b'{"startUrl": "https://x.awsapps.com/start", "region": "us-east-1", "accessToken": "access", '
    b'"expiresAt": "2026-01-01T00:00:00Z", "clientId": "id", "clientSecret": "secret", '
    b'"registrationExpiresAt": "2026-04-01T00:00:00Z", "refreshToken": "refresh"}'
)
REGISTRATION_FILE = (
    b'{"clientId": "id", "clientSecret": "secret", "expiresAt": "2026-04-01T00:00:00Z", '
    b'"scopes": ["sso:account:access"]}'
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".aws" / "sso" / "cache"


def test_token_file_name(cache: Path) -> None:
    """A token's file is named by the SHA-1 of the session's name."""
    assert token_cache.token_path(SESSION) == cache / "640d87e741e6aa4c669a82a4cd304787960513ab.json"
    name = "caf\u00e9"
    digest = hashlib.sha1(name.encode()).hexdigest()  # noqa: S324 # how AWS's tools name the file
    assert token_cache.token_path(Session(name, "https://other", "x")) == cache / f"{digest}.json"


def test_registration_file_name(cache: Path) -> None:
    """A registration's file is named by what was registered, as in AWS CLI v2."""
    assert token_cache.registration_path(SESSION) == cache / "1c6b275a78c08217c20d3a7ef8a365eeb639086e.json"


def test_token_file(cache: Path) -> None:
    """A token is written byte for byte as the AWS CLI writes it, readable by the user only, and read back."""
    token_cache.save_token(SESSION, TOKEN)
    path = token_cache.token_path(SESSION)
    assert path.read_bytes() == TOKEN_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700
    assert token_cache.load_token(SESSION) == TOKEN


def test_minimal_token_file() -> None:
    """Without a registration and a refresh token, their keys are left out."""
    token = Token(URL, "us-east-1", "access", 1767225600.9)
    token_cache.save_token(SESSION, token)
    data = json.loads(token_cache.token_path(SESSION).read_bytes())
    assert list(data.items()) == [
        ("startUrl", URL),
        ("region", "us-east-1"),
        ("accessToken", "access"),
        ("expiresAt", "2026-01-01T00:00:00Z"),
    ]
    assert token_cache.load_token(SESSION) == Token(URL, "us-east-1", "access", 1767225600.0)


def test_readable_token_file() -> None:
    """A token file that other users could read is private after a write."""
    token_cache.save_token(SESSION, TOKEN)
    path = token_cache.token_path(SESSION)
    path.chmod(0o644)
    token_cache.save_token(SESSION, TOKEN)
    assert path.stat().st_mode & 0o777 == 0o600


def test_botocore_reads_our_token(cache: Path) -> None:
    """Botocore reads the token that we wrote."""
    token_cache.save_token(SESSION, TOKEN)
    found = SSOTokenLoader(cache=JSONFileCache(str(cache)))(URL, "s1")
    assert found == json.loads(TOKEN_FILE)


def test_token_by_botocore(cache: Path) -> None:
    """A token that botocore wrote is read, with its other keys and old date format."""
    data = {**json.loads(TOKEN_FILE), "expiresAt": "2026-01-01T00:00:00UTC", "receivedAt": "2025-12-31T23:00:00Z"}
    JSONFileCache(str(cache))[token_cache.token_path(SESSION).stem] = data
    assert token_cache.load_token(SESSION) == TOKEN


def test_registration_file() -> None:
    """A registration is written as the AWS CLI writes it, readable by the user only, and read back."""
    token_cache.save_registration(SESSION, REGISTRATION)
    path = token_cache.registration_path(SESSION)
    assert path.read_bytes() == REGISTRATION_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_cache.load_registration(SESSION) == REGISTRATION


def test_registration_for_browser_sign_ins() -> None:
    """A registration for authorization codes is not used for device codes, which the service would reject."""
    registration = REGISTRATION._replace(browser=True)
    token_cache.save_registration(SESSION, registration)
    data = json.loads(token_cache.registration_path(SESSION).read_bytes())
    assert data == {**json.loads(REGISTRATION_FILE), "grantTypes": ["authorization_code", "refresh_token"]}
    assert token_cache.load_registration(SESSION) is None
    assert token_cache.load_registration(SESSION, browser=True) == registration
    token_cache.save_registration(SESSION, REGISTRATION)
    assert token_cache.load_registration(SESSION, browser=True) is None


def test_no_files() -> None:
    """Without a file there is no token, and reading makes no folder."""
    assert token_cache.load_token(SESSION) is None
    assert token_cache.load_registration(SESSION) is None
    assert not token_cache.token_path(SESSION).parent.exists()


INVALID = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    TOKEN_FILE[:-1],
    REGISTRATION_FILE[:40],
]


def test_text_after_the_token(cache: Path) -> None:
    """The token is read from a file with more text after it, as two writers at once leave it."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_bytes(b"\xef\xbb\xbf\n" + TOKEN_FILE + b'"}')
    assert token_cache.load_token(SESSION) == TOKEN


@pytest.mark.parametrize("data", INVALID)
def test_invalid_files(cache: Path, data: bytes) -> None:
    """A file that cannot be parsed is ignored."""
    cache.mkdir(parents=True)
    for path in (token_cache.token_path(SESSION), token_cache.registration_path(SESSION)):
        path.write_bytes(data)
        os.utime(path, (0, 0))  # one that was written a moment ago is waited for
    assert token_cache.load_token(SESSION) is None
    assert token_cache.load_registration(SESSION) is None


def test_slow_writer(cache: Path) -> None:
    """On a busy machine, the AWS CLI may take seconds to write a token."""
    cache.mkdir(parents=True)
    path = token_cache.token_path(SESSION)
    path.write_bytes(b"")
    os.utime(path, (time.time() - 3, time.time() - 3))
    writer = threading.Timer(0.3, path.write_bytes, (TOKEN_FILE,))
    writer.start()
    assert token_cache.load_token(SESSION) == TOKEN
    writer.join()


@pytest.mark.parametrize(
    "changes",
    [
        {"accessToken": None},
        {"accessToken": 1},
        {"expiresAt": None},
        {"expiresAt": "soon"},
        {"startUrl": "https://x.awsapps.com/start2"},
        {"startUrl": None},
    ],
)
def test_unusable_tokens(cache: Path, changes: dict[str, Any]) -> None:
    """A token without a date, or for another start URL, is ignored."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_text(json.dumps({**json.loads(TOKEN_FILE), **changes}))
    assert token_cache.load_token(SESSION) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"region": None}, TOKEN),
        ({"startUrl": f"{URL}/"}, TOKEN),
        ({"startUrl": f"{URL}#/"}, TOKEN),
        ({"refreshToken": 1}, Token(URL, "us-east-1", "access", 1767225600.0, REGISTRATION)),
        ({"clientId": None}, Token(URL, "us-east-1", "access", 1767225600.0, None, "refresh")),
        ({"registrationExpiresAt": "?"}, Token(URL, "us-east-1", "access", 1767225600.0, None, "refresh")),
    ],
)
def test_usable_tokens(cache: Path, changes: dict[str, Any], expected: Token) -> None:
    """A token is used even if it cannot be refreshed, and if its start URL differs only in its end."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_text(json.dumps({**json.loads(TOKEN_FILE), **changes}))
    assert token_cache.load_token(SESSION) == expected


def test_folder_instead_of_file(cache: Path) -> None:
    """A folder in place of the file is an error, not the same as no token."""
    token_cache.token_path(SESSION).mkdir(parents=True)
    with pytest.raises(Failed, match="is a directory"):
        token_cache.load_token(SESSION)


class Secrets(dict[str, str]):
    """A secret store in memory."""

    def put(self, name: str, secret: str) -> None:
        """Store a secret."""
        self[name] = secret

    def delete(self, name: str) -> None:
        """Delete a secret, or time out if there is none."""
        if self.pop(name, None) is None:
            raise Unavailable(name)


def test_refresh_token_in_a_secret_store() -> None:
    """With a secret store, the refresh token is not in the file; one that another tool wrote there overrides it."""
    secrets = Secrets()
    token_cache.save_token(SESSION, TOKEN, secrets)
    path = token_cache.token_path(SESSION)
    assert "refreshToken" not in json.loads(path.read_bytes())
    assert secrets == {"refresh-token/640d87e741e6aa4c669a82a4cd304787960513ab": "refresh"}
    assert token_cache.load_token(SESSION, secrets) == TOKEN
    assert token_cache.load_token(SESSION) == TOKEN._replace(refresh_token=None)
    path.write_bytes(TOKEN_FILE.replace(b'"refresh"', b'"newer"'))
    assert token_cache.load_token(SESSION, secrets) == TOKEN._replace(refresh_token="newer")


def test_token_file_is_deleted_all_the_same() -> None:
    """If the secret store fails, the file is deleted, and the error is raised."""
    token_cache.save_token(SESSION, TOKEN)
    with pytest.raises(Unavailable):
        token_cache.delete_token(SESSION, Secrets())
    assert not token_cache.token_path(SESSION).exists()


@pytest.mark.parametrize(
    ("data", "damage"),
    [
        (None, None),
        (b"", None),
        (b"{", "PATH is not a valid token file"),
        (TOKEN_FILE.replace(b"start", b"start2"), "PATH is for another start URL"),
        (TOKEN_FILE.replace(b"2026-01-01", b"soon"), "PATH is not a valid token file"),
    ],
)
def test_damage(cache: Path, data: bytes | None, damage: str | None) -> None:
    """What is wrong with a file without a usable token; nothing if there is no file."""
    if data is not None:
        cache.mkdir(parents=True)
        token_cache.token_path(SESSION).write_bytes(data)
    shown = f"~/.aws/sso/cache/{token_cache.token_path(SESSION).name}"
    assert token_cache.file_problem(SESSION) == (damage and damage.replace("PATH", shown))
