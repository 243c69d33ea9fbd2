"""`store = "keyring"`: no file has refresh tokens or role credentials, and every command works the same."""

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command, sign_in_by_commands
from tests.fixtures.secret_service import SecretService, secret_service
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

ACCOUNT, ROLE = "111122223333", "ReadOnly"
ROLE_OPTIONS = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
SECRETS = ("AccessKeyId", "SecretAccessKey", "SessionToken")
KEYRING_HANGS = """\
ssohelper: the keyring timed out after 10 seconds
hint: unlock the keyring, or set store = "file" in config.toml
"""
# The limit in the help of `credential-process`, and some seconds to start it on a busy machine.
LONGEST_SECONDS = 20 + 4


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SecretService]:
    """An empty Secret Service."""
    with secret_service(tmp_path / "secrets") as running:
        yield running


@pytest.fixture
def home(home: Home, service: SecretService) -> Home:
    """A home folder with `store = "keyring"`."""
    home.environment.update(service.environment)
    set_store(home, "keyring")
    return home


@pytest.fixture
def signed_in(home: Home, identity_center: Simulator) -> Home:
    """The same, signed in by the real commands, which use the keyring."""
    sign_in_by_commands(home, identity_center)
    return home


def set_store(home: Home, store: str) -> None:
    """Set where secrets are stored."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(f'[defaults]\nstore = "{store}"\n')


def digest(text: str) -> str:
    """The digest in the name of a file or a keyring entry for `text`."""
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324


def credential_process(home: Home, *words: str) -> dict[str, Any]:
    """What `credential-process` prints, without any message."""
    done = home.ssohelper("credential-process", *(words or ROLE_OPTIONS))
    assert (done.stderr, done.returncode) == ("", 0)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def token_file(home: Home, name: str = "acme") -> Path:
    """The token file of a session."""
    return home.path / ".aws" / "sso" / "cache" / f"{digest(name)}.json"


def expire(home: Home) -> None:
    """Change the expiration of the access token to the past."""
    facts = json.loads(token_file(home).read_bytes())
    token_file(home).write_text(json.dumps({**facts, "expiresAt": "2026-01-02T03:04:05Z"}))


def refresh_token(service: SecretService) -> str:
    """The refresh token in the keyring."""
    return service.entries()[f"refresh-token/{digest('acme')}"].removeprefix("=")


def files_with(home: Home, *secrets: str) -> list[str]:
    """The files in the home folder that contain one of these secrets."""
    paths = (each for each in home.path.rglob("*") if each.is_file())
    return [str(each) for each in paths if any(secret.encode() in each.read_bytes() for secret in secrets)]


def test_login(signed_in: Home, service: SecretService) -> None:
    """The refresh token is only in the keyring; the token file has everything else that SDKs need."""
    assert list(service.entries()) == [f"refresh-token/{digest('acme')}"]
    assert files_with(signed_in, refresh_token(service)) == []
    assert list(json.loads(token_file(signed_in).read_bytes())) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
    ]  # fmt: skip
    done = signed_in.ssohelper("login")
    assert (done.stderr, done.returncode) == (
        "ssohelper: already signed in to acme\n",
        0,
    )


def test_role_credentials(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """Role credentials are requested once, and are only in the keyring; a file has their expiration."""
    identity_center.counters.reset()
    first = credential_process(signed_in)
    words = command("ssohelper-credential-process", *ROLE_OPTIONS)
    path = f"{Path(command('ssohelper')[0]).parent}:{signed_in.environment['PATH']}"
    launched = signed_in.run(*words, PATH=path)
    assert (json.loads(launched.stdout), launched.stderr, launched.returncode) == (first, "", 0)
    assert credential_process(signed_in) == first
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    assert files_with(signed_in, refresh_token(service), *(first[key] for key in SECRETS)) == []
    stored = json.loads(
        "".join(value.removeprefix("=") for name, value in service.entries().items() if "role/" in name)
    )
    assert {key: stored["Credentials"][key] for key in SECRETS} == {key: first[key] for key in SECRETS}
    expiration = identity_center.issued(first["AccessKeyId"]).expiration
    prepared = signed_in.state / "answers" / "acme" / ACCOUNT / ROLE
    versions = " ".join(str(each.stat().st_mtime_ns) for each in (signed_in.config, signed_in.settings))
    assert prepared.read_text() == f"0 {expiration} {versions} acme {ACCOUNT} {ROLE}\n"


def test_assumed_role(
    signed_in: Home, service: SecretService, identity_center: Simulator, caller_identity: Sts
) -> None:
    """Credentials of a role that is assumed are only in the keyring, too, and logout deletes them."""
    with signed_in.config.open("a") as file:
        file.write(f"\n[profile base]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n")
        file.write("[profile deploy]\nrole_arn = arn:aws:iam::999988887777:role/Deploy\nsource_profile = base\n")
    signed_in.environment.update(AWS_ENDPOINT_URL_STS=caller_identity.url, AWS_DEFAULT_REGION="us-east-1")
    identity_center.counters.reset()
    first = credential_process(signed_in, "--profile", "deploy")
    assert credential_process(signed_in, "--profile", "deploy") == first
    assert (identity_center.counters.calls, len(caller_identity.assumptions)) == ({"GetRoleCredentials": 1}, 1)
    assert files_with(signed_in, *(first[key] for key in SECRETS)) == []
    assert len([name for name in service.entries() if "role/" in name]) == 2
    assert signed_in.ssohelper("logout").stderr.endswith("deleted the credentials of 2 roles\n")
    assert list(service.entries()) == []


def test_refresh(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """Each refresh uses the refresh token in the keyring, and replaces it by the new one."""
    seen = [refresh_token(service)]
    for _ in range(2):
        expire(signed_in)
        identity_center.counters.reset()
        assert signed_in.ssohelper("accounts").returncode == 0
        assert identity_center.counters.calls == {"CreateToken": 1, "ListAccounts": 1}
        seen.append(refresh_token(service))
    assert len(set(seen)) == 3
    assert files_with(signed_in, *seen) == []
    assert len(service.entries()) == 1


def test_status_and_logout(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """Status reads the keyring; logout deletes its entries, and no credentials are handed out any more."""
    answer = credential_process(signed_in)
    (facts,) = json.loads(signed_in.ssohelper("status", "--json").stdout)["sessions"]
    assert (facts["signed_in"], facts["auto_refresh"], facts["auto_refresh_problem"], facts["roles"]) == (
        True,
        True,
        None,
        [{"account_id": ACCOUNT, "account_name": None, "role_name": ROLE, "expires_at": answer["Expiration"]}],
    )
    identity_center.counters.reset()
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode) == (
        "ssohelper: signed out of acme, deleted the credentials of 1 role\n",
        0,
    )
    assert identity_center.counters.calls == {"Logout": 1}
    assert (service.entries(), token_file(signed_in).exists()) == ({}, False)
    done = signed_in.ssohelper("credential-process", *ROLE_OPTIONS)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n",
        4,
    )
    (facts,) = json.loads(signed_in.ssohelper("status", "--json").stdout)["sessions"]
    assert (facts["signed_in"], facts["roles"]) == (False, [])


def test_logout_of_a_name_with_a_slash(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """A session whose name cannot be in a path leaves nothing in the keyring either."""
    sign_in_by_commands(home, identity_center, "team/prod")
    credential_process(home, "--session", "team/prod", *ROLE_OPTIONS[2:])
    assert home.ssohelper("logout").returncode == 0
    assert service.entries() == {}


def test_logout_of_a_legacy_session(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """Role credentials of a profile without sso_session are listed by status, and deleted by logout."""
    home.config.parent.mkdir()
    home.config.write_text(
        f"[profile old]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
        f"sso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n"
    )
    assert home.ssohelper("login").returncode == 0
    answer = credential_process(home, "--profile", "old")
    (facts,) = json.loads(home.ssohelper("status", "--json").stdout)["sessions"]
    assert home.ssohelper("logout").returncode == 0
    assert (facts["roles"], service.entries()) == (
        [{"account_id": ACCOUNT, "account_name": None, "role_name": ROLE, "expires_at": answer["Expiration"]}],
        {},
    )


def test_change_to_keyring(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """After a change to the keyring you are still signed in; refreshed tokens go there, and logout deletes all."""
    set_store(home, "file")
    sign_in_by_commands(home, identity_center)
    first = credential_process(home)
    assert service.entries() == {}
    set_store(home, "keyring")
    assert credential_process(home) == first
    expire(home)
    assert home.ssohelper("accounts").returncode == 0
    refreshed = refresh_token(service)
    assert (files_with(home, refreshed), "refreshToken" in json.loads(token_file(home).read_bytes())) == ([], False)
    assert home.ssohelper("logout").returncode == 0
    assert (service.entries(), files_with(home, refreshed, *(first[key] for key in SECRETS))) == ({}, [])


def test_sensitive_role(signed_in: Home, service: SecretService) -> None:
    """Credentials of a sensitive role are not in the keyring either."""
    signed_in.settings.write_text('[defaults]\nstore = "keyring"\nsensitive_roles = ["*/ReadOnly"]\n')
    dialogue = signed_in.terminal("unlock", f"{ACCOUNT}/{ROLE}", "--reason", "x")
    dialogue.expect(pexpect.EOF)
    answer = credential_process(signed_in)
    assert list(service.entries()) == [f"refresh-token/{digest('acme')}"]
    assert files_with(signed_in, *(answer[key] for key in SECRETS)) == []


def test_concurrent_processes(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """Concurrent processes cause one refresh and one request for role credentials, and all get the same."""
    expire(signed_in)
    identity_center.counters.reset()
    words = command("ssohelper", "credential-process", *ROLE_OPTIONS)
    running = [
        subprocess.Popen(
            words, env=signed_in.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        for _ in range(5)
    ]
    assert len({each.communicate()[0] for each in running}) == 1
    assert [each.returncode for each in running] == [0] * 5
    assert identity_center.counters.calls == {"CreateToken": 1, "GetRoleCredentials": 1}
    assert files_with(signed_in, refresh_token(service)) == []


NO_KEYRING = 'ssohelper: no usable keyring on this system\nhint: set store = "file" in config.toml\n'


def test_no_keyring(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Without a keyring every command fails with a hint; secrets are not written to files instead."""
    home = make_home(**identity_center.environment)
    home.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    home.environment["XDG_RUNTIME_DIR"] = str(home.path)
    set_store(home, "keyring")
    url, region = identity_center.start_url, identity_center.region
    assert home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region).returncode == 0
    for words in (
        ("login",),
        ("credential-process", *ROLE_OPTIONS),
        ("env", *ROLE_OPTIONS),
        ("status",),
        ("logout",),
    ):
        done = home.ssohelper(*words)
        assert (done.stdout, done.stderr, done.returncode) == ("", NO_KEYRING, 1)
    assert identity_center.counters.calls == {}
    assert not token_file(home).exists()


def run_with_hanging_keyring(home: Home, *words: str) -> tuple[str, str, int]:
    """The output and exit code of a command while the keyring does not answer; it must end in time."""
    began = time.monotonic()
    running = subprocess.Popen(
        command("ssohelper", *words),
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        printed, errors = running.communicate(timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
        raise
    assert time.monotonic() - began < LONGEST_SECONDS
    return printed, errors, running.returncode


def test_keyring_hangs(signed_in: Home, service: SecretService) -> None:
    """If the keyring does not answer, `credential-process` fails within the time that its help states."""
    with service.hanging():
        printed, errors, code = run_with_hanging_keyring(signed_in, "credential-process", *ROLE_OPTIONS)
    assert (printed, code) == ("", 5)
    assert "the keyring timed out after 10 seconds" in errors


def test_person_unlocks_the_keyring(signed_in: Home, service: SecretService) -> None:
    """Where a person is there to unlock it, the keyring has a minute."""
    with service.hanging():
        shown = signed_in.terminal("env", *ROLE_OPTIONS)
        with pytest.raises(pexpect.TIMEOUT):
            shown.expect(pexpect.EOF, timeout=12)
    shown.expect(pexpect.EOF)
    assert isinstance(shown.before, str)
    assert "export AWS_ACCESS_KEY_ID='ASIA" in shown.before


def test_logout_while_keyring_hangs(signed_in: Home, service: SecretService) -> None:
    """Logout deletes the files although the keyring does not answer; a second one deletes the entries."""
    credential_process(signed_in, *ROLE_OPTIONS)
    with service.hanging():
        printed, errors, code = run_with_hanging_keyring(signed_in, "logout")
    assert (printed, code, token_file(signed_in).exists()) == ("", 5, False)
    assert errors == KEYRING_HANGS
    assert signed_in.ssohelper("logout").returncode == 0
    assert service.entries() == {}
