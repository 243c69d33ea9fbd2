"""SDKs get credentials of the right role with the profiles that `sync` writes."""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2, use_simulator
from tests.fixtures.home import Home, command
from tests.fixtures.javascript import installed
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

SSO, PROCESS, LEGACY = "management.ReadOnly", "payments-prod.ReadOnly", "old"
ROLES = {
    SSO: ("111122223333", "ReadOnly"),
    PROCESS: ("333344445555", "ReadOnly"),
    LEGACY: ("777788889999", "Developer"),
}

JAVASCRIPT = """\
import * as providers from "@aws-sdk/credential-providers";
const [provider, profile] = process.argv.slice(2);
try {
  const { accessKeyId, expiration } = await providers[provider]({ profile })();
  console.log(JSON.stringify([accessKeyId, expiration.getTime() / 1000]));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
"""
BOTO3 = """\
import sys, boto3
boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()
"""


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A program for Node; its arguments are a provider of the AWS SDK for JavaScript and a profile."""
    program = installed(tmp_path_factory, worker_id, "@aws-sdk/credential-providers") / f"{worker_id}.mjs"
    program.write_text(JAVASCRIPT)
    return program


@pytest.fixture
def synced(signed_in: Home) -> Home:
    """A home folder with profiles of both styles."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    # The SDK for JavaScript warns on stderr that it will need a newer Node.
    signed_in.environment["NODE_NO_WARNINGS"] = "1"
    return signed_in


# Runs a client with a profile; returns the id of the access key that it used.
Client = Callable[[str], str]


@pytest.fixture
def clients(synced: Home, caller_identity: Sts, request: pytest.FixtureRequest) -> Callable[[str], Client]:
    """Makes clients by name, each of which starts a new process."""

    def signer(*words: str) -> Client:
        def run(profile: str) -> str:
            done = synced.run(*words, profile, AWS_ENDPOINT_URL_STS=caller_identity.url)
            assert (done.returncode, done.stderr) == (0, "")
            return caller_identity.keys.get(timeout=1)

        return run

    def printer(program: Path, provider: str) -> Client:
        def run(profile: str) -> str:
            return str(javascript_credentials(synced, program, provider, profile)[0])

        return run

    def make(name: str) -> Client:
        call = ("sts", "get-caller-identity", "--endpoint-url", caller_identity.url, "--profile")
        match name:
            case "boto3":
                return signer(sys.executable, "-c", BOTO3)
            case "aws 1":
                return signer(command("aws")[0], *call)
            case "aws 2":
                return signer(aws_cli_2(), *call)
            case _:
                return printer(request.getfixturevalue("javascript"), name)

    return make


def javascript_credentials(home: Home, program: Path, provider: str, profile: str) -> Any:
    """The id of the access key and the expiration, in Unix seconds, that a provider of the SDK gets."""
    done = home.run("node", str(program), provider, profile)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("provider", "profile"),
    [
        ("fromSSO", SSO),
        ("fromIni", SSO),
        ("fromNodeProviderChain", SSO),
        ("fromProcess", PROCESS),
        ("fromIni", PROCESS),
        ("fromNodeProviderChain", PROCESS),
        ("fromSSO", LEGACY),
        ("fromNodeProviderChain", LEGACY),
    ],
)
def test_javascript(synced: Home, identity_center: Simulator, javascript: Path, provider: str, profile: str) -> None:
    """The SDK for JavaScript gets credentials of the profile's role, with their expiration."""
    if profile == LEGACY:
        add_legacy(synced, identity_center)
    key, expiration = javascript_credentials(synced, javascript, provider, profile)
    issued = identity_center.issued(key)
    assert ((issued.account_id, issued.role_name), expiration) == (ROLES[profile], issued.expiration)


def add_legacy(home: Home, identity_center: Simulator) -> None:
    """Add a profile without sso_session, and sign in to it."""
    account_id, role_name = ROLES[LEGACY]
    with home.config.open("a") as file:
        file.write(
            f"\n[profile {LEGACY}]\nsso_start_url = {identity_center.start_url}\nsso_region = us-east-1\n"
            f"sso_account_id = {account_id}\nsso_role_name = {role_name}\nregion = us-east-1\n"
        )
    done = home.ssohelper("login", "--session", identity_center.start_url)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["boto3", "aws 1", "aws 2", "fromIni"])
def test_second_start(identity_center: Simulator, clients: Callable[[str], Client], name: str) -> None:
    """With credential_process, the second start of a client gets the same credentials without a request."""
    client = clients(name)
    identity_center.counters.reset()
    first = client(PROCESS)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    assert client(PROCESS) == first
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    issued = identity_center.issued(first)
    assert (issued.account_id, issued.role_name) == ROLES[PROCESS]


def test_concurrent_clients(identity_center: Simulator, clients: Callable[[str], Client]) -> None:
    """Different clients that start at the same time get the same credentials from one request."""
    names = ("boto3", "aws 1", "aws 2", "fromIni", "fromProcess")
    made = [clients(name) for name in names]
    identity_center.counters.reset()
    keys: list[str] = []
    threads = [threading.Thread(target=lambda run=run: keys.append(run(PROCESS))) for run in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys == [keys[0]] * len(names)
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}


@pytest.mark.parametrize("name", ["boto3", "aws 1", "aws 2", "fromIni"])
def test_not_signed_in(synced: Home, identity_center: Simulator, request: pytest.FixtureRequest, name: str) -> None:
    """Every client shows the command that signs in."""
    for path in (synced.path / ".aws" / "sso" / "cache").iterdir():
        path.unlink()
    call = ("sts", "get-caller-identity", "--endpoint-url", "http://127.0.0.1:9", "--profile", PROCESS)
    match name:
        case "boto3":
            done = synced.run(sys.executable, "-c", BOTO3, PROCESS)
        case "aws 1":
            done = synced.run("aws", *call)
        case "aws 2":
            done = synced.run(aws_cli_2(), *call)
        case _:
            done = synced.run("node", str(request.getfixturevalue("javascript")), name, PROCESS)
    assert done.returncode != 0
    assert "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n" in done.stderr


def exported(home: Home, profile: str) -> str:
    """The id of the access key that AWS CLI 2 exports."""
    done = home.run(aws_cli_2(), "configure", "export-credentials", "--profile", profile)
    assert (done.returncode, done.stderr) == (0, "")
    return str(json.loads(done.stdout)["AccessKeyId"])


@pytest.mark.parametrize("first", ["aws", "ssohelper"])
def test_one_cache_with_aws_cli_2(synced: Home, identity_center: Simulator, first: str) -> None:
    """AWS CLI 2 and ssohelper share the cache of role credentials: the second one makes no request."""
    use_simulator(synced, identity_center)

    def ours() -> str:
        return str(json.loads(synced.ssohelper("credential-process", "--profile", SSO).stdout)["AccessKeyId"])

    def theirs() -> str:
        return exported(synced, SSO)

    identity_center.counters.reset()
    keys = [each() for each in ((theirs, ours) if first == "aws" else (ours, theirs))]
    assert keys[0] == keys[1]
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    issued = identity_center.issued(keys[0])
    assert (issued.account_id, issued.role_name) == ROLES[SSO]


def test_one_sign_in_with_aws_cli_2(synced: Home, identity_center: Simulator) -> None:
    """`aws sso login` uses our client registration, and ssohelper uses its token."""
    use_simulator(synced, identity_center)
    path = synced.path / ".aws" / "sso" / "cache"
    before = {each.name: json.loads(each.read_bytes()) for each in path.iterdir()}
    identity_center.counters.reset()
    done = synced.run(aws_cli_2(), "sso", "login", "--sso-session", "acme", "--no-browser")
    assert (done.returncode, done.stderr) == (0, "")
    assert identity_center.counters.calls == {"StartDeviceAuthorization": 1, "CreateToken": 1}
    after = {each.name: json.loads(each.read_bytes()) for each in path.iterdir()}
    # The same files with the same keys: only the tokens are new.
    assert {name: list(data) for name, data in after.items()} == {name: list(data) for name, data in before.items()}
    assert [name for name in after if after[name] == before[name]] == [
        name for name in after if "accessToken" not in after[name]
    ]
    identity_center.counters.reset()
    message = "already signed in to acme"
    assert synced.ssohelper("login").stderr == f"ssohelper: {message}\n"
    assert identity_center.counters.calls == {}
