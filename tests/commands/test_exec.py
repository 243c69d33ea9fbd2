"""`ssohelper exec`: every AWS tool in the command has the role's credentials."""

import json
import sys
import time

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2
from tests.fixtures.components import need
from tests.fixtures.exec_jobs import (
    ACCOUNT,
    BOTO3,
    OTHER,
    OTHER_ACCOUNT,
    OVERRIDING,
    PROFILE,
    ROLE,
    execute,
    issued_for,
    job_folders,
)
from tests.fixtures.home import Home, command
from tests.fixtures.recording_proxy import recording_proxy
from tests.fixtures.sts import Sts


def boto3(home: Home, *words: str, **more: str) -> tuple[str, str, str]:
    """Where boto3 finds credentials inside, the id of the key, and the region."""
    done = execute(home, sys.executable, "-c", BOTO3, *words, **more)
    assert (done.stderr, done.returncode) == ("", 0)
    method, key, region = json.loads(done.stdout)
    return method, key, region


def test_role_is_the_default(synced: Home, identity_center: Simulator) -> None:
    """Inside, the role overrides the environment and the default profile, with the region of its profile."""
    synced.config.write_text(
        synced.config.read_text() + "\n[default]\nregion = sa-east-1\naws_access_key_id = AKIAX\n"
    )
    (synced.config.parent / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAY\naws_secret_access_key = y\n"
    )
    before = synced.config.read_bytes()
    method, key, region = boto3(synced, AWS_PROFILE=OTHER, AWS_DEFAULT_PROFILE=OTHER, **OVERRIDING)
    assert (method, issued_for(identity_center, key), region) == ("container-role", (ACCOUNT, ROLE), "us-east-1")
    assert synced.config.read_bytes() == before


@pytest.mark.full
def test_two_defaults_and_inherited_keys(synced: Home, identity_center: Simulator) -> None:
    """boto3 can read the copy of a config with two default profiles, and of one whose [DEFAULT] has keys."""
    text = synced.config.read_text()
    for more in (
        "[default]\nregion = sa-east-1\n[profile default]\nregion = sa-east-1\n",
        "[DEFAULT]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n",
    ):
        synced.config.write_text(f"{text}\n{more}")
        method, key, region = boto3(synced)
        assert (method, issued_for(identity_center, key), region) == ("container-role", (ACCOUNT, ROLE), "us-east-1")


@pytest.mark.full
def test_other_profiles(synced: Home, identity_center: Simulator) -> None:
    """Other profiles work inside, even those whose source profile is the user's default profile."""
    with synced.config.open("a") as file:
        file.write("\n[default]\ncredential_process = /bin/echo {}\nregion = sa-east-1\n")
        file.write("[profile chained]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile=default\n")
    method, key, _ = boto3(synced, OTHER)
    assert (method, issued_for(identity_center, key)) == ("sso", (OTHER_ACCOUNT, ROLE))
    done = execute(synced, "aws", "configure", "get", "credential_process", "--profile", "ssohelper-saved-default")
    assert done.stdout == "/bin/echo {}\n"
    done = execute(synced, "aws", "configure", "get", "source_profile", "--profile", "chained")
    assert done.stdout == "ssohelper-saved-default\n"


@pytest.mark.full
def test_settings_of_the_profile(synced: Home) -> None:
    """The default profile inside has the settings of the profile, or of a profile for the role, nested ones too."""
    text = synced.config.read_text()
    section = f"[profile {PROFILE}]\n"
    nested = "s3 =\n    addressing_style = path\n    # a comment\n    max_queue_size = 7\ncli_pager =\n"
    synced.config.write_text(text.replace(section, section + nested))
    by_ids = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
    for options in (("--profile", PROFILE), by_ids):
        done = synced.ssohelper("exec", *options, "--", "aws", "configure", "get", "s3.max_queue_size")
        assert (done.stdout, done.stderr, done.returncode) == ("7\n", "", 0)


@pytest.mark.full
def test_current_profile(synced: Home, identity_center: Simulator) -> None:
    """Without options, the role is that of AWS_PROFILE."""
    done = synced.ssohelper("exec", sys.executable, "-c", BOTO3, AWS_PROFILE=OTHER)
    method, key, _ = json.loads(done.stdout)
    assert (method, issued_for(identity_center, key)) == ("container-role", (OTHER_ACCOUNT, ROLE))


@pytest.mark.full
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_aws_cli(synced: Home, identity_center: Simulator, caller_identity: Sts, via: str, version: int) -> None:
    """Both AWS CLIs sign their calls with the role's keys, with each `--via`."""
    aws = command("aws")[0] if version == 1 else aws_cli_2()
    call = (aws, "sts", "get-caller-identity", "--endpoint-url", caller_identity.url)
    done = synced.ssohelper("exec", "--via", via, "--profile", PROFILE, "--", *call, **OVERRIDING)
    assert (done.stderr, done.returncode) == ("", 0)
    assert issued_for(identity_center, caller_identity.keys.get(timeout=1)) == (ACCOUNT, ROLE)


@pytest.mark.full
def test_ssohelper_inside(synced: Home) -> None:
    """Inside, ssohelper itself reads and writes the user's own files, not the copies for the job."""
    done = execute(
        synced, "ssohelper", "configure", "--session", "two", "--start-url", "https://two", "--region", "us-east-1"
    )
    assert (done.stderr.splitlines()[0], done.returncode) == (
        "ssohelper: wrote [sso-session two] to ~/.aws/config",
        0,
    )
    assert "[sso-session two]" in synced.config.read_text()


REGIONS = """\
import boto3
print(*(boto3.Session(profile_name=name).region_name for name in (None, "{profile}", "{other}")))
"""


@pytest.mark.full
@pytest.mark.parametrize("via", ["endpoint", "credential-process"])
def test_regions(synced: Home, via: str) -> None:
    """Inside, every profile has its own region, the default profile that of the role; also in a nested job."""
    text = synced.config.read_text()
    for name, region in ((PROFILE, "eu-west-1"), (OTHER, "ap-southeast-2")):
        assert f"[profile {name}]\nregion = us-east-1" in text or f"[profile {name}]" in text
        head, _, rest = text.partition(f"[profile {name}]\n")
        text = f"{head}[profile {name}]\n{rest.replace('region = us-east-1', f'region = {region}', 1)}"
    synced.config.write_text(text)
    script = REGIONS.format(profile=PROFILE, other=OTHER)
    outer = ("exec", "--via", via, "--profile", PROFILE, "--")
    done = synced.ssohelper(*outer, sys.executable, "-c", script)
    assert (done.stdout, done.stderr) == ("eu-west-1 eu-west-1 ap-southeast-2\n", "")
    inner = (*command("ssohelper"), "exec", "--via", via, "--profile", OTHER, "--")
    done = synced.ssohelper(*outer, *inner, sys.executable, "-c", script)
    assert (done.stdout, done.stderr) == ("ap-southeast-2 eu-west-1 ap-southeast-2\n", "")


@pytest.mark.full
@pytest.mark.parametrize("via", ["endpoint", "credential-process"])
def test_region_without_a_profile(synced: Home, via: str) -> None:
    """A role that has no profile has the region of the session inside, unless another one is configured."""
    synced.config.write_text(synced.config.read_text().partition("[profile")[0])
    words = ("exec", "--via", via, "--account", "payments-prod", "--role", ROLE, "--", sys.executable, "-c")
    script = "import boto3; print(boto3.Session().region_name)"
    assert synced.ssohelper(*words, script).stdout == "us-east-1\n"
    with synced.config.open("a") as file:
        file.write("\n[default]\nregion = eu-west-1\n")
    assert synced.ssohelper(*words, script).stdout == "eu-west-1\n"
    assert synced.ssohelper(*words, script, AWS_REGION="sa-east-1").stdout == "sa-east-1\n"


@pytest.mark.full
def test_shell(synced: Home) -> None:
    """Without a command, it runs the user's shell; there, our commands use the role of the job."""
    shell = synced.path / "shell"
    shell.write_text(
        "#!/bin/sh\nssohelper env --format json | grep -c AWS_SESSION_TOKEN; ssohelper exec -- echo again\n"
    )
    shell.chmod(0o755)
    done = synced.ssohelper("exec", "--profile", PROFILE, SHELL=str(shell))
    assert (done.stdout, done.returncode) == ("1\nagain\n", 0)


@pytest.mark.full
def test_expired_sign_in(synced: Home, identity_center: Simulator) -> None:
    """If the sign-in is known to have expired, cached credentials are used with a warning."""
    execute(synced, "true")
    identity_center.revoke_all_tokens()
    assert synced.ssohelper("roles", "--fresh").returncode == 4
    done = execute(synced, "echo", "running")
    warning = (
        "ssohelper: the sign-in to acme has expired: these credentials cannot be refreshed\n"
        "hint: ssohelper login --session acme\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("running\n", warning, 0)


LAUNCHER_INSIDE = """\
set -e
mark() { ssohelper-credential-process "$@" | grep -c ASIA || :; }
sed -i s/ASIA/MARK/ .local/state/ssohelper/answers/$2/$4/$6
mark "$@"
touch -d "5 seconds" .aws/config
mark "$@"
"""


@pytest.mark.full
def test_launcher(synced: Home) -> None:
    """The launcher prints the prepared answer until the user's own config file changes."""
    words = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
    assert synced.ssohelper("credential-process", *words).returncode == 0
    script = ("exec", "--via", "credential-process", *words, "--", "sh", "-c", LAUNCHER_INSIDE, "sh", *words)
    done = synced.ssohelper(*script)
    assert (done.stdout, done.stderr, done.returncode) == ("0\n1\n", "", 0)


@pytest.mark.full
def test_nested(synced: Home, identity_center: Simulator) -> None:
    """A nested job for the same role uses the same endpoint; one for another role starts its own."""
    show = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
    for profile, same in ((PROFILE, True), (OTHER, False)):
        inner = f"{show}; ssohelper exec --profile {profile} -- printenv AWS_CONTAINER_CREDENTIALS_FULL_URI"
        done = execute(synced, "sh", "-c", inner)
        first, second = done.stdout.splitlines()
        assert ((first == second), done.stderr, done.returncode) == (same, "", 0)
    # With AWS_PROFILE set in between, the endpoint would not be used: it starts its own.
    inner = f"AWS_PROFILE={OTHER} ssohelper exec --profile {PROFILE} -- {sys.executable} -c '{BOTO3}'"
    method, key, _ = json.loads(execute(synced, "sh", "-c", inner).stdout)
    assert (method, issued_for(identity_center, key)) == ("container-role", (ACCOUNT, ROLE))


def expire_sign_in(home: Home, *, seconds: int) -> None:
    """Make the current sign-in older, so that it expires in that many seconds."""
    (history,) = (home.state / "refresh-history").iterdir()
    history.write_text(json.dumps({"signed_in_at": time.time() - 8 * 3600 + seconds}))


def needs(home: Home, needed: str, *more: str) -> tuple[str, str, int]:
    """The output and exit code of a command with `--needs`."""
    done = home.ssohelper("exec", "--needs", needed, *more, "--profile", PROFILE, "--", "echo", "started")
    return done.stdout, done.stderr, done.returncode


def test_needs(synced: Home) -> None:
    """A command that would outlast the sign-in is not started; the hint says what helps."""
    assert needs(synced, "7h") == ("started\n", "", 0)
    expire_sign_in(synced, seconds=7200 + 50)
    assert needs(synced, "2h") == ("started\n", "", 0)
    hint = "hint: ssohelper login --session acme --force\n"
    too_short = f"ssohelper: the sign-in to acme expires in 2h, before 2h 01m\n{hint}"
    assert needs(synced, "2h1m") == ("", too_short, 4)
    (history,) = (synced.state / "refresh-history").iterdir()
    history.write_text("{}")
    unknown = f"ssohelper: the sign-in to acme is not known to last 1h\n{hint}"
    assert needs(synced, "1h") == ("", unknown, 4)
    longer = (
        "ssohelper: the command needs 9h, but a sign-in to acme is valid for 8h"
        " (an assumption: sign_in_hours is not set)\n"
        "hint: set sign_in_hours in config.toml, if yours last longer; or omit --needs: you are notified in time\n"
    )
    assert needs(synced, "9h") == ("", longer, 2)
    synced.settings.parent.mkdir(parents=True)
    synced.settings.write_text("[defaults]\nsign_in_hours = 12\n")
    expire_sign_in(synced, seconds=5 * 3600 + 50)
    assert needs(synced, "9h") == ("started\n", "", 0)
    assert needs(synced, "soon") == (
        "",
        "ssohelper: not a valid duration: 'soon' (expected 30m, 6h or 1h30m)\nhint: --needs 6h\n",
        2,
    )
    variables = (
        "ssohelper: variables are not refreshed: these expire in 7h 59m, the command needs 8h 30m\n"
        "hint: ssohelper exec --via endpoint\n"
    )
    assert needs(synced, "8h30m", "--via", "env") == ("", variables, 2)


@pytest.mark.full
def test_needs_on_a_terminal(synced: Home, identity_center: Simulator) -> None:
    """On a terminal, the user signs in again first, then the command starts."""
    expire_sign_in(synced, seconds=60)
    identity_center.counters.reset()
    words = ("exec", "--needs", "2h", "--profile", PROFILE, "--", "echo", "started")
    run = synced.terminal(*words)
    run.expect("signed in to acme")
    run.expect("started")
    run.wait()
    assert run.exitstatus == 0
    assert identity_center.counters.calls["CreateToken"] == 1
    assert needs(synced, "7h") == ("started\n", "", 0)


def test_not_signed_in(synced: Home) -> None:
    """Without a sign-in, nothing is started, and the hint is to sign in."""
    for path in (synced.path / ".aws" / "sso" / "cache").iterdir():
        path.unlink()
    done = execute(synced, "echo", "started")
    message = "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n"
    assert (done.stdout, done.stderr, done.returncode) == ("", message, 4)
    assert job_folders(synced) == []


# Requests the credentials as an SDK would that obeys proxies.
FETCH = """\
import os, sys, urllib.request
url, token = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
print(urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": token})).status)
print(os.environ["NO_PROXY"] == os.environ["no_proxy"], os.environ["NO_PROXY"])
"""


@pytest.mark.first_is_quick
@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("client", ["python", "curl"])
def test_proxy(synced: Home, client: str, variable: str) -> None:
    """Nothing of the endpoint, and so not its token, passes a proxy; hosts that were excepted before still are."""
    assert execute(synced, "true").returncode == 0  # caches the credentials, so that no request is needed below
    fetch = (sys.executable, "-c", FETCH)
    if client == "curl":
        url = '-H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"'
        fetch = ("sh", "-c", f'{need("curl")} -sS -o /dev/null -w "%{{http_code}}\\n" {url}; echo True $no_proxy')
    with recording_proxy() as proxy:
        done = execute(synced, *fetch, **{variable: proxy.url, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "own"})
        kept = "127.0.0.1,localhost,own"
        assert (done.stdout.splitlines(), done.stderr, proxy.requests) == (["200", f"True {kept}"], "", [])
        for name in ("NO_PROXY", "no_proxy"):
            synced.environment.pop(name, None)
        done = execute(synced, *fetch, **{variable: proxy.url, "no_proxy": "127.0.0.1"})
        assert (done.stdout.splitlines(), proxy.requests) == (["200", "True 127.0.0.1"], [])


def test_options_after_the_profile(synced: Home) -> None:
    """Options between a profile and `--` are named, and where they belong."""
    profile = "payments-prod.ReadOnly"
    done = synced.ssohelper("exec", profile, "--yes", "--", "echo", "hi")
    assert (done.returncode, done.stderr) == (
        127,
        f"ssohelper: options stand before the profile: --yes\nhint: ssohelper exec --yes {profile} -- echo hi\n",
    )
