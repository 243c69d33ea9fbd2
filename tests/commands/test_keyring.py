"""With `store = "keyring"`: no refresh token and no role credentials in any file, and all works as without it."""

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

ACCOUNT, ROLE = "111122223333", "ReadOnly"
NAMED = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
SECRETS = ("AccessKeyId", "SecretAccessKey", "SessionToken")
KEYRING_HANGS = """\
ssohelper: the keyring took more than 10 seconds
hint: unlock the keyring, or set store = "file" in config.toml
"""
# What an SDK's user waits at most, by the command's own help, and what starting it takes on a busy machine.
LONGEST_SECONDS = 20 + 4


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SecretService]:
    """A Secret Service, empty."""
    with secret_service(tmp_path / "secrets") as running:
        yield running


@pytest.fixture
def home(home: Home, service: SecretService) -> Home:
    """A home folder whose settings keep secrets in the keyring."""
    home.environment.update(service.environment)
    use(home, "keyring")
    return home


@pytest.fixture
def signed_in(home: Home, identity_center: Simulator) -> Home:
    """The same, signed in by the real commands, which know where secrets go."""
    sign_in_by_commands(home, identity_center)
    return home


def use(home: Home, store: str) -> None:
    """Say where secrets are kept."""
    home.settings.parent.mkdir(parents=True, exist_ok=True)
    home.settings.write_text(f'[defaults]\nstore = "{store}"\n')


def digest(text: str) -> str:
    """What a file or an entry about `text` is named by."""
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324


def answered(home: Home, *words: str) -> dict[str, Any]:
    """The answer of credential-process, which said nothing else."""
    done = home.ssohelper("credential-process", *(words or NAMED))
    assert (done.stderr, done.returncode) == ("", 0)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def token_file(home: Home, name: str = "acme") -> Path:
    """The token file of a session."""
    return home.path / ".aws" / "sso" / "cache" / f"{digest(name)}.json"


def expire(home: Home) -> None:
    """Let the access token have expired, as far as this machine knows."""
    facts = json.loads(token_file(home).read_bytes())
    token_file(home).write_text(json.dumps({**facts, "expiresAt": "2026-01-02T03:04:05Z"}))


def refresh_token(service: SecretService) -> str:
    """The refresh token in the keyring."""
    return service.entries()[f"refresh-token/{digest('acme')}"].removeprefix("=")


def files_with(home: Home, *secrets: str) -> list[str]:
    """The files below the home folder that hold any of these."""
    paths = (each for each in home.path.rglob("*") if each.is_file())
    return [str(each) for each in paths if any(secret.encode() in each.read_bytes() for secret in secrets)]


def test_login(signed_in: Home, service: SecretService) -> None:
    """The refresh token is in the keyring and in no file; the token file has all else that SDKs look for."""
    assert list(service.entries()) == [f"refresh-token/{digest('acme')}"]
    assert files_with(signed_in, refresh_token(service)) == []
    assert list(json.loads(token_file(signed_in).read_bytes())) == [
        "startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt",
    ]  # fmt: skip
    done = signed_in.ssohelper("login")
    assert (done.stderr, done.returncode) == ("ssohelper: already signed in to acme, 59m left, renews itself\n", 0)


def test_role_credentials(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """Role credentials are asked for once, are in no file, and only until when they last is noted."""
    identity_center.counters.reset()
    first = answered(signed_in)
    words = command("ssohelper-credential-process", *NAMED)
    path = f"{Path(command('ssohelper')[0]).parent}:{signed_in.environment['PATH']}"
    launched = signed_in.run(*words, PATH=path)
    assert (json.loads(launched.stdout), launched.stderr, launched.returncode) == (first, "", 0)
    assert answered(signed_in) == first
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    assert files_with(signed_in, refresh_token(service), *(first[key] for key in SECRETS)) == []
    kept = json.loads(
        "".join(value.removeprefix("=") for name, value in service.entries().items() if "role/" in name)
    )
    assert {key: kept["Credentials"][key] for key in SECRETS} == {key: first[key] for key in SECRETS}
    until = identity_center.issued(first["AccessKeyId"]).expiration
    prepared = signed_in.state / "answers" / "acme" / ACCOUNT / ROLE
    assert prepared.read_text() == f"0 {until} acme {ACCOUNT} {ROLE}\n"


def test_renewal(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """The refresh token in the keyring renews the sign-in, and the new one takes its place, again and again."""
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
    """Status knows what the keyring holds; logout empties it, and nobody hands out anything any more."""
    answer = answered(signed_in)
    (facts,) = json.loads(signed_in.ssohelper("status", "--json").stdout)["sessions"]
    assert (facts["signed_in"], facts["renews_itself"], facts["why_not"], facts["roles"]) == (
        True,
        True,
        None,
        [{"account_id": ACCOUNT, "role_name": ROLE, "expires_at": answer["Expiration"]}],
    )
    identity_center.counters.reset()
    done = signed_in.ssohelper("logout")
    assert (done.stderr, done.returncode) == (
        "ssohelper: signed out of acme, credentials of 1 role forgotten\n",
        0,
    )
    assert identity_center.counters.calls == {"Logout": 1}
    assert (service.entries(), token_file(signed_in).exists()) == ({}, False)
    done = signed_in.ssohelper("credential-process", *NAMED)
    assert (done.stdout, done.stderr, done.returncode) == (
        "",
        "ssohelper: nobody is signed in to acme\nhint: ssohelper login --session acme\n",
        4,
    )
    (facts,) = json.loads(signed_in.ssohelper("status", "--json").stdout)["sessions"]
    assert (facts["signed_in"], facts["roles"]) == (False, [])


def test_logout_of_a_name_with_a_slash(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """A session whose name is no part of a path leaves nothing in the keyring either."""
    sign_in_by_commands(home, identity_center, "team/prod")
    answered(home, "--session", "team/prod", *NAMED[2:])
    assert home.ssohelper("logout").returncode == 0
    assert service.entries() == {}


def test_logout_of_a_legacy_session(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """Role credentials for a profile without sso_session are listed by status, and logout removes them too."""
    home.config.parent.mkdir()
    home.config.write_text(
        f"[profile old]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
        f"sso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n"
    )
    assert home.ssohelper("login").returncode == 0
    answer = answered(home, "--profile", "old")
    (facts,) = json.loads(home.ssohelper("status", "--json").stdout)["sessions"]
    assert home.ssohelper("logout").returncode == 0
    assert (facts["roles"], service.entries()) == (
        [{"account_id": ACCOUNT, "role_name": ROLE, "expires_at": answer["Expiration"]}],
        {},
    )


def test_what_was_in_files_before(home: Home, service: SecretService, identity_center: Simulator) -> None:
    """Who changes to the keyring stays signed in; what is renewed goes there, and logout clears both places."""
    use(home, "file")
    sign_in_by_commands(home, identity_center)
    first = answered(home)
    assert service.entries() == {}
    use(home, "keyring")
    assert answered(home) == first
    expire(home)
    assert home.ssohelper("accounts").returncode == 0
    renewed = refresh_token(service)
    assert (files_with(home, renewed), "refreshToken" in json.loads(token_file(home).read_bytes())) == ([], False)
    assert home.ssohelper("logout").returncode == 0
    assert (service.entries(), files_with(home, renewed, *(first[key] for key in SECRETS))) == ({}, [])


def test_a_sensitive_role(signed_in: Home, service: SecretService) -> None:
    """Credentials of a sensitive role are not in the keyring either."""
    signed_in.settings.write_text('[defaults]\nstore = "keyring"\nsensitive_roles = ["*/ReadOnly"]\n')
    asked = signed_in.terminal("unlock", f"{ACCOUNT}/{ROLE}", "--reason", "x")
    asked.expect(pexpect.EOF)
    answer = answered(signed_in)
    assert list(service.entries()) == [f"refresh-token/{digest('acme')}"]
    assert files_with(signed_in, *(answer[key] for key in SECRETS)) == []


def test_at_once(signed_in: Home, service: SecretService, identity_center: Simulator) -> None:
    """However many ask at once, there is one renewal and one call for role credentials, and all have the same."""
    expire(signed_in)
    identity_center.counters.reset()
    words = command("ssohelper", "credential-process", *NAMED)
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


NO_KEYRING = 'ssohelper: there is no keyring here that could keep secrets\nhint: set store = "file" in config.toml\n'


def test_no_keyring(make_home: Callable[..., Home], identity_center: Simulator) -> None:
    """Where there is no keyring every command says so and what to do; secrets are not written to files instead."""
    home = make_home(**identity_center.environment)
    home.environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    home.environment["XDG_RUNTIME_DIR"] = str(home.path)
    use(home, "keyring")
    url, region = identity_center.start_url, identity_center.region
    assert home.ssohelper("configure", "--session", "acme", "--start-url", url, "--region", region).returncode == 0
    for words in (("login",), ("credential-process", *NAMED), ("env", *NAMED), ("status",), ("logout",)):
        done = home.ssohelper(*words)
        assert (done.stdout, done.stderr, done.returncode) == ("", NO_KEYRING, 1)
    assert identity_center.counters.calls == {}
    assert not token_file(home).exists()


def waited_for(home: Home, *words: str) -> tuple[str, str, int]:
    """What a command printed that waits for a keyring which does not answer, and its exit code."""
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


def test_a_keyring_that_hangs(signed_in: Home, service: SecretService) -> None:
    """An SDK that waits for a keyring which does not answer has its error in the time that the help promises."""
    with service.hanging():
        printed, errors, code = waited_for(signed_in, "credential-process", *NAMED)
    assert (printed, code) == ("", 5)
    assert "the keyring took more than 10 seconds" in errors


def test_logout_from_a_keyring_that_hangs(signed_in: Home, service: SecretService) -> None:
    """What is in files is forgotten although the keyring cannot be reached; once it answers, the rest is."""
    answered(signed_in, *NAMED)
    with service.hanging():
        printed, errors, code = waited_for(signed_in, "logout")
    assert (printed, code, token_file(signed_in).exists()) == ("", 5, False)
    assert errors == KEYRING_HANGS
    assert signed_in.ssohelper("logout").returncode == 0
    assert service.entries() == {}
