"""Tokens and registrations stand in the AWS CLI's own files: same names, same keys, same order."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.utils import JSONFileCache, SSOTokenLoader

from ssohelper.errors import Failed
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import token_cache

URL = "https://x.awsapps.com/start"
SESSION = Session("s1", URL, "us-east-1")
REGISTRATION = Registration("id", "secret", 1775001600.0, ("sso:account:access",))
TOKEN = Token(URL, "us-east-1", "access", 1767225600.0, REGISTRATION, "refresh")
# As AWS CLI v2 writes it.
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
    """The cache in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".aws" / "sso" / "cache"


def test_token_name(cache: Path) -> None:
    """A token's file is named by the SHA-1 of the session's name alone."""
    assert token_cache.token_path(SESSION) == cache / "640d87e741e6aa4c669a82a4cd304787960513ab.json"
    name = "caf\u00e9"
    digest = hashlib.sha1(name.encode()).hexdigest()  # noqa: S324 # how AWS's tools name the file
    assert token_cache.token_path(Session(name, "https://other", "x")) == cache / f"{digest}.json"


def test_registration_name(cache: Path) -> None:
    """A registration's file is named by what was registered, as AWS CLI v2 does it."""
    assert token_cache.registration_path(SESSION) == cache / "1c6b275a78c08217c20d3a7ef8a365eeb639086e.json"


def test_token_file(cache: Path) -> None:
    """A token is written byte for byte as the AWS CLI writes it, for the user alone, and read back."""
    token_cache.save_token(SESSION, TOKEN)
    path = token_cache.token_path(SESSION)
    assert path.read_bytes() == TOKEN_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700
    assert token_cache.load_token(SESSION) == TOKEN


def test_token_file_without_the_rest() -> None:
    """Without a registration and a refresh token their keys are not there."""
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


def test_a_token_file_that_others_could_read() -> None:
    """A token file that another tool left readable for all is private after we wrote it."""
    token_cache.save_token(SESSION, TOKEN)
    path = token_cache.token_path(SESSION)
    path.chmod(0o644)
    token_cache.save_token(SESSION, TOKEN)
    assert path.stat().st_mode & 0o777 == 0o600


def test_botocore_reads_our_token(cache: Path) -> None:
    """Botocore finds the token where we put it."""
    token_cache.save_token(SESSION, TOKEN)
    found = SSOTokenLoader(cache=JSONFileCache(str(cache)))(URL, "s1")
    assert found == json.loads(TOKEN_FILE)


def test_botocores_token_is_read(cache: Path) -> None:
    """A token that botocore renewed is read, keys of others and old ways to write a date included."""
    data = {**json.loads(TOKEN_FILE), "expiresAt": "2026-01-01T00:00:00UTC", "receivedAt": "2025-12-31T23:00:00Z"}
    JSONFileCache(str(cache))[token_cache.token_path(SESSION).stem] = data
    assert token_cache.load_token(SESSION) == TOKEN


def test_registration_file() -> None:
    """A registration is written as the AWS CLI writes it, for the user alone, and read back."""
    token_cache.save_registration(SESSION, REGISTRATION)
    path = token_cache.registration_path(SESSION)
    assert path.read_bytes() == REGISTRATION_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_cache.load_registration(SESSION) == REGISTRATION


def test_a_registration_for_pkce_is_none() -> None:
    """A registration for authorization codes cannot ask for a device code: the service would refuse it."""
    token_cache.save_registration(SESSION, REGISTRATION)
    path = token_cache.registration_path(SESSION)
    data = {**json.loads(REGISTRATION_FILE), "grantTypes": ["authorization_code", "refresh_token"]}
    path.write_text(json.dumps(data))
    assert token_cache.load_registration(SESSION) is None


def test_no_files() -> None:
    """Where there is no file there is no token, and reading makes no folder."""
    assert token_cache.load_token(SESSION) is None
    assert token_cache.load_registration(SESSION) is None
    assert not token_cache.token_path(SESSION).parent.exists()


BROKEN = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    TOKEN_FILE[:-1],
    REGISTRATION_FILE[:40],
]


def test_salvaged(cache: Path) -> None:
    """Of a file with something behind the token, as two writers at once leave it, the token counts."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_bytes(b"\xef\xbb\xbf\n" + TOKEN_FILE + b'"}')
    assert token_cache.load_token(SESSION) == TOKEN


@pytest.mark.parametrize("data", BROKEN)
def test_broken_files(cache: Path, data: bytes) -> None:
    """A file that cannot be understood is as good as none."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_bytes(data)
    token_cache.registration_path(SESSION).write_bytes(data)
    assert token_cache.load_token(SESSION) is None
    assert token_cache.load_registration(SESSION) is None


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
    """A token without its date, or for another start URL, is none."""
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
def test_half_usable_tokens(cache: Path, changes: dict[str, Any], expected: Token) -> None:
    """A token that cannot be renewed is still a token."""
    cache.mkdir(parents=True)
    token_cache.token_path(SESSION).write_text(json.dumps({**json.loads(TOKEN_FILE), **changes}))
    assert token_cache.load_token(SESSION) == expected


def test_a_folder_in_the_place_of_the_file(cache: Path) -> None:
    """What is no file is told, and not taken for no token."""
    token_cache.token_path(SESSION).mkdir(parents=True)
    with pytest.raises(Failed, match="is a directory"):
        token_cache.load_token(SESSION)
