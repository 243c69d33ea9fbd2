"""Role credentials in the AWS CLI's cache: the same file names and bytes, so that each reads what the other wrote."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.credentials import SSOCredentialFetcher
from botocore.utils import JSONFileCache, SSOTokenLoader

from ssohelper.credentials import aws_cli_cache
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.errors import Failed
from ssohelper.model import Session, Token
from ssohelper.roles import RoleCredentials, RoleRef
from ssohelper.sign_in import token_cache
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.server import Simulator
from ssohelper.storage import paths

URL = "https://x.awsapps.com/start"
SESSION, LEGACY = Session("s1", URL, "us-east-1"), Session(URL, URL, "us-east-1")
ROLE = SESSION.role("111111111111", "R")
CREDENTIALS = RoleCredentials(ROLE, "ASIAKEY", "secret/+=", "session/+=", 1767225600.0)
LEGACY_ROLE = LEGACY.role("777788889999", "Developer")
CACHE = AwsCliCache(SESSION)
FILE = (
    b'{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIAKEY", "SecretAccessKey": "secret/+=", '
    b'"SessionToken": "session/+=", "Expiration": "2026-01-01T00:00:00Z", "AccountId": "111111111111"}}'
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, in an empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".aws" / "cli" / "cache"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """An Identity Center to which the legacy session is signed in."""
    world = organisation()
    world.start_url = URL
    with Simulator(world, rate=None) as simulator:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        grant = simulator.sign_in()
        token_cache.save_token(LEGACY, Token(URL, "us-east-1", grant.access_token, grant.expires_at))
        yield simulator


def fetcher(session: Session, role: RoleRef) -> Any:
    """Botocore's own fetcher and cache of role credentials, which the AWS CLI uses as well."""
    make: Any = SSOCredentialFetcher  # its stubs accept only a dict as the cache
    return make(
        session.start_url,
        session.region,
        role.role_name,
        role.account_id,
        botocore.session.Session().create_client,
        token_loader=SSOTokenLoader(cache=JSONFileCache(str(paths.sso_cache()))),
        cache=JSONFileCache(str(paths.role_cache())),
        sso_session_name=None if session.legacy else session.name,
    )


@pytest.mark.parametrize(
    ("session", "digest"),
    [
        (SESSION, "73306dc9b2eeea51d816b088feb1f4a1acd275fb"),
        (LEGACY, "bbe1172fdea9631773e4f20834bc40c2ba6bca69"),
    ],
    ids=["session", "legacy"],
)
def test_file_name(cache: Path, session: Session, digest: str) -> None:
    """The file is named by AWS CLI v2's SHA-1 of session, account and role."""
    assert AwsCliCache(session).path(session.role("111111111111", "R")) == cache / f"{digest}.json"


@pytest.mark.parametrize("role_name", ["ReadOnly", "a+b=c,d.e@f-g_h", "caf\u00e9", 'quote" \\ /'])
@pytest.mark.parametrize("name", ["s1", "S1", "a/b@c.d%e", "caf\u00e9", URL])
def test_same_file_names_as_botocore(name: str, role_name: str) -> None:
    """Whatever the names are, the file is the one that botocore reads."""
    session = Session(name, URL, "us-east-1")
    role = session.role("012345678901", role_name)
    key = fetcher(session, role)._create_cache_key()
    assert AwsCliCache(session).path(role).name == f"{key}.json"


def test_distinct_file_names() -> None:
    """Sessions, accounts and roles that differ, even if only in case, have different files."""
    sessions = (SESSION, Session("S1", URL, "us-east-1"), LEGACY)
    accounts, names = ("1", "2"), ("Admin", "admin", "ADMIN")
    found = [AwsCliCache(one).path(one.role(two, three)) for one in sessions for two in accounts for three in names]
    assert len(set(found)) == len(found) == 18


def test_file(cache: Path) -> None:
    """Credentials are written byte for byte as the AWS CLI writes them, readable by the user only, and read back."""
    CACHE.save(CREDENTIALS)
    path = CACHE.path(ROLE)
    assert (path.read_bytes(), path.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (FILE, 0o600, 0o700)
    assert CACHE.load(ROLE) == CREDENTIALS
    CACHE.delete(ROLE)
    assert (CACHE.load(ROLE), list(cache.iterdir())) == (None, [])
    CACHE.delete(ROLE)


def test_file_by_botocore(cache: Path, service: Simulator) -> None:
    """What botocore requested and wrote is read; when we write it, the file is the same to the byte."""
    fetched = fetcher(LEGACY, LEGACY_ROLE).fetch_credentials()
    (path,) = cache.iterdir()
    data = path.read_bytes()
    found = AwsCliCache(LEGACY).load(LEGACY_ROLE)
    assert found == RoleCredentials(
        LEGACY_ROLE,
        fetched["access_key"],
        fetched["secret_key"],
        fetched["token"],
        service.issued(fetched["access_key"]).expiration,
    )
    path.unlink()
    AwsCliCache(LEGACY).save(found)
    assert [(each, each.read_bytes()) for each in cache.iterdir()] == [(path, data)]


def test_botocore_reads_our_file(service: Simulator) -> None:
    """Botocore uses what we wrote without a request."""
    AwsCliCache(LEGACY).save(RoleCredentials(LEGACY_ROLE, "ASIA", "secret", "token", 1.9e9))
    assert fetcher(LEGACY, LEGACY_ROLE).fetch_credentials() == {
        "access_key": "ASIA",
        "secret_key": "secret",
        "token": "token",
        "expiry_time": "2030-03-17T17:46:40Z",
        "account_id": "777788889999",
    }
    assert service.counters.calls == {}


@pytest.mark.parametrize("milliseconds", [1767225600000, 1767225600001, 1767225600999, 1767225599999, 0])
def test_same_dates_as_botocore(milliseconds: int) -> None:
    """Both round the portal's milliseconds down to seconds."""
    credentials = RoleCredentials(ROLE, "key", "secret", "token", milliseconds / 1000)
    written = aws_cli_cache.to_json(credentials)["Credentials"]["Expiration"]
    assert written == fetcher(LEGACY, ROLE)._parse_timestamp(milliseconds)


def test_readable_file() -> None:
    """A file that other users could read is private after a write."""
    CACHE.save(CREDENTIALS)
    path = CACHE.path(ROLE)
    path.chmod(0o644)
    CACHE.save(CREDENTIALS)
    assert path.stat().st_mode & 0o777 == 0o600


def test_leftovers(cache: Path) -> None:
    """A write deletes the temporary files, with secrets, of earlier runs that were killed, and nothing else."""
    CACHE.save(CREDENTIALS)
    path = CACHE.path(ROLE)
    left = cache / f".{path.name}.abcd1234.ssohelper"
    foreign = [cache / f".{path.name}.abcd1234.tmp", cache / ".other.json.abcd1234.ssohelper", cache / "session.db"]
    for each in (left, *foreign):
        each.write_bytes(b"x")
    CACHE.save(CREDENTIALS)
    assert sorted(cache.iterdir()) == sorted([path, *foreign])


def test_no_file(cache: Path) -> None:
    """Without a file there are no credentials, and reading makes no folder."""
    assert (CACHE.load(ROLE), cache.parent.exists()) == (None, False)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("data", [FILE[:number] for number in (0, 1, 20, 100, len(FILE) - 1)])
def test_partly_written(cache: Path, data: bytes) -> None:
    """A file that another tool has not finished writing is ignored."""
    cache.mkdir(parents=True)
    CACHE.path(ROLE).write_bytes(data)
    assert CACHE.load(ROLE) is None


CHANGES: list[tuple[dict[str, Any], RoleCredentials | None]] = [
    ({"Expiration": "2026-01-01T00:00:00UTC"}, CREDENTIALS),
    ({"Expiration": "2026-01-01T01:00:00+01:00"}, CREDENTIALS),
    ({"Expiration": 1767225600}, CREDENTIALS),
    ({"AccountId": "111111111111", "x-tool": 1}, CREDENTIALS),
    ({"AccountId": "222222222222"}, None),
    ({"AccountId": None}, None),
    ({"Expiration": None}, None),
    ({"Expiration": "soon"}, None),
    ({"AccessKeyId": None}, None),
    ({"SecretAccessKey": 1}, None),
    ({"SessionToken": None}, None),
]


@pytest.mark.parametrize(("changes", "expected"), CHANGES, ids=[str(changes) for changes, _ in CHANGES])
def test_read(changes: dict[str, Any], expected: RoleCredentials | None) -> None:
    """Dates in every form that tools write are read; incomplete entries, or those of another account, are ignored."""
    data = json.loads(FILE)
    assert aws_cli_cache.from_json({**data, "Credentials": data["Credentials"] | changes}, ROLE) == expected


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"ProviderType": "sso"},
        {"ProviderType": "sso", "Credentials": []},
        {**json.loads(FILE), "ProviderType": "assume-role"},
        {"Credentials": json.loads(FILE)["Credentials"]},
    ],
)
def test_other_kinds_of_credentials(data: dict[str, Any]) -> None:
    """Credentials of another kind, such as those of an assumed role, are ignored."""
    assert aws_cli_cache.from_json(data, ROLE) is None


def test_entry_without_account() -> None:
    """Old versions of the AWS CLI write no account: the entry is for the account in its file name."""
    data = json.loads(FILE)
    del data["Credentials"]["AccountId"]
    assert aws_cli_cache.from_json(data, ROLE) == CREDENTIALS


def test_folder_instead_of_file() -> None:
    """A folder in place of the file is an error, not the same as no credentials."""
    CACHE.path(ROLE).mkdir(parents=True)
    with pytest.raises(Failed, match=r"^can't read ~/\.aws/cli/cache/\w{40}\.json: is a directory$"):
        CACHE.load(ROLE)
