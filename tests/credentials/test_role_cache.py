"""Role credentials stand in the AWS CLI's own files: same names, same bytes, read by both."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.credentials import SSOCredentialFetcher
from botocore.utils import JSONFileCache, SSOTokenLoader

from ssohelper.credentials import role_cache
from ssohelper.credentials.role_cache import RoleCache
from ssohelper.errors import Failed
from ssohelper.model import RoleCredentials, Session, Token
from ssohelper.sign_in import token_cache
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import organisation
from ssohelper.storage import paths

URL = "https://x.awsapps.com/start"
SESSION, LEGACY = Session("s1", URL, "us-east-1"), Session(URL, URL, "us-east-1")
CREDENTIALS = RoleCredentials("111111111111", "R", "ASIAKEY", "secret/+=", "session/+=", 1767225600.0)
FILE = (
    b'{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIAKEY", "SecretAccessKey": "secret/+=", '
    b'"SessionToken": "session/+=", "Expiration": "2026-01-01T00:00:00Z", "AccountId": "111111111111"}}'
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".aws" / "cli" / "cache"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """An Identity Center to which a session without a name is signed in."""
    world = organisation()
    world.start_url = URL
    with Simulator(world, rate=None) as simulator:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        grant = simulator.sign_in()
        token_cache.save_token(LEGACY, Token(URL, "us-east-1", grant.access_token, grant.expires_at))
        yield simulator


def fetcher(session: Session, account_id: str, role_name: str) -> Any:
    """What botocore and the AWS CLI get role credentials with, and keep them by."""
    made: Any = SSOCredentialFetcher  # whose stubs know of no cache but a dict
    return made(
        session.start_url,
        session.region,
        role_name,
        account_id,
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
def test_name(cache: Path, session: Session, digest: str) -> None:
    """The file is named by the SHA-1 that AWS CLI v2 makes of session, account and role."""
    assert role_cache.path(session, "111111111111", "R") == cache / f"{digest}.json"


@pytest.mark.parametrize("role_name", ["ReadOnly", "a+b=c,d.e@f-g_h", "caf\u00e9", 'quote" \\ /'])
@pytest.mark.parametrize("name", ["s1", "S1", "a/b@c.d%e", "caf\u00e9", URL])
def test_names_are_botocores(name: str, role_name: str) -> None:
    """For whatever names, the file is the one in which botocore would look."""
    session = Session(name, URL, "us-east-1")
    key = fetcher(session, "012345678901", role_name)._create_cache_key()
    assert role_cache.path(session, "012345678901", role_name).name == f"{key}.json"


def test_names_tell_roles_apart() -> None:
    """Sessions, accounts and roles that differ, were it by case alone, have files of their own."""
    sessions = (SESSION, Session("S1", URL, "us-east-1"), LEGACY)
    every = [(one, two, three) for one in sessions for two in ("1", "2") for three in ("Admin", "admin", "ADMIN")]
    assert len({role_cache.path(*each) for each in every}) == len(every)


def test_file(cache: Path) -> None:
    """Credentials are written byte for byte as the AWS CLI writes them, for the user alone, and read back."""
    RoleCache().save(SESSION, CREDENTIALS)
    path = role_cache.path(SESSION, "111111111111", "R")
    assert (path.read_bytes(), path.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (FILE, 0o600, 0o700)
    assert RoleCache().load(SESSION, "111111111111", "R") == CREDENTIALS
    RoleCache().forget(SESSION, "111111111111", "R")
    assert (RoleCache().load(SESSION, "111111111111", "R"), list(cache.iterdir())) == (None, [])
    RoleCache().forget(SESSION, "111111111111", "R")


def test_botocores_file(cache: Path, service: Simulator) -> None:
    """What botocore fetched and wrote is read, and written again it is the same to the byte."""
    theirs = fetcher(LEGACY, "777788889999", "Developer").fetch_credentials()
    (path,) = cache.iterdir()
    data = path.read_bytes()
    found = RoleCache().load(LEGACY, "777788889999", "Developer")
    assert found == RoleCredentials(
        "777788889999",
        "Developer",
        theirs["access_key"],
        theirs["secret_key"],
        theirs["token"],
        service.issued(theirs["access_key"]).expiration,
    )
    path.unlink()
    RoleCache().save(LEGACY, found)
    assert [(each, each.read_bytes()) for each in cache.iterdir()] == [(path, data)]


def test_botocore_reads_ours(service: Simulator) -> None:
    """What we wrote botocore hands out without a call."""
    RoleCache().save(LEGACY, RoleCredentials("777788889999", "Developer", "ASIA", "secret", "token", 1.9e9))
    assert fetcher(LEGACY, "777788889999", "Developer").fetch_credentials() == {
        "access_key": "ASIA",
        "secret_key": "secret",
        "token": "token",
        "expiry_time": "2030-03-17T17:46:40Z",
        "account_id": "777788889999",
    }
    assert service.counters.calls == {}


@pytest.mark.parametrize("milliseconds", [1767225600000, 1767225600001, 1767225600999, 1767225599999, 0])
def test_dates_are_botocores(milliseconds: int) -> None:
    """Of the portal's milliseconds both of us write the whole seconds."""
    credentials = RoleCredentials("1", "R", "key", "secret", "token", milliseconds / 1000)
    written = role_cache.to_json(credentials)["Credentials"]["Expiration"]
    assert written == fetcher(LEGACY, "1", "R")._parse_timestamp(milliseconds)


def test_a_file_that_others_could_read() -> None:
    """A file that another tool left readable for all is private after we wrote it."""
    RoleCache().save(SESSION, CREDENTIALS)
    path = role_cache.path(SESSION, "111111111111", "R")
    path.chmod(0o644)
    RoleCache().save(SESSION, CREDENTIALS)
    assert path.stat().st_mode & 0o777 == 0o600


def test_leftovers(cache: Path) -> None:
    """What a run that was killed left beside the file, with its secret, goes when the file is written; no more."""
    RoleCache().save(SESSION, CREDENTIALS)
    path = role_cache.path(SESSION, "111111111111", "R")
    left = cache / f".{path.name}.abcd1234.ssohelper"
    foreign = [cache / f".{path.name}.abcd1234.tmp", cache / ".other.json.abcd1234.ssohelper", cache / "session.db"]
    for each in (left, *foreign):
        each.write_bytes(b"x")
    RoleCache().save(SESSION, CREDENTIALS)
    assert sorted(cache.iterdir()) == sorted([path, *foreign])


def test_no_file(cache: Path) -> None:
    """Where there is no file there are no credentials, and reading makes no folder."""
    assert (RoleCache().load(SESSION, "111111111111", "R"), cache.parent.exists()) == (None, False)


@pytest.mark.parametrize("data", [FILE[:number] for number in (0, 1, 20, 100, len(FILE) - 1)])
def test_torn(cache: Path, data: bytes) -> None:
    """Of a file that another tool is still writing nothing is taken."""
    cache.mkdir(parents=True)
    role_cache.path(SESSION, "111111111111", "R").write_bytes(data)
    assert RoleCache().load(SESSION, "111111111111", "R") is None


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
    """Every date that some tool writes is read; what is not whole, or is another account's, counts for nothing."""
    data = json.loads(FILE)
    assert (
        role_cache.from_json({**data, "Credentials": data["Credentials"] | changes}, "111111111111", "R") == expected
    )


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
def test_not_of_identity_center(data: dict[str, Any]) -> None:
    """Credentials of another kind, such as an assumed role's, are none."""
    assert role_cache.from_json(data, "111111111111", "R") is None


def test_an_entry_without_an_account() -> None:
    """An entry of an AWS CLI that wrote no account yet is taken for the one by whose name it is found."""
    data = json.loads(FILE)
    del data["Credentials"]["AccountId"]
    assert role_cache.from_json(data, "111111111111", "R") == CREDENTIALS


def test_a_folder_in_the_place_of_the_file() -> None:
    """What is no file is told, and not taken for no credentials."""
    role_cache.path(SESSION, "111111111111", "R").mkdir(parents=True)
    with pytest.raises(Failed, match=r"^can't read ~/\.aws/cli/cache/\w{40}\.json: is a directory$"):
        RoleCache().load(SESSION, "111111111111", "R")
