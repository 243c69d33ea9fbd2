"""Profiles that assume a role on top of one of Identity Center: boto3, the AWS CLI and ssohelper agree on them."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import boto3
import pytest

from ssohelper.errors import Unavailable
from ssohelper.simulator.server import Simulator
from tests.fixtures import signing_in, wire
from tests.fixtures.home import HANG_SECONDS, Home, command
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

REFUSED = "refused"
KEY, TEMPORARY_KEY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
_BASES = """
[profile base]
sso_session = acme
sso_account_id = 333344445555
sso_role_name = ReadOnly
region = eu-central-1

[profile base-beta]
sso_session = beta
sso_account_id = 777788889999
sso_role_name = Developer
region = eu-west-1

[profile base-process]
credential_process = @program@ credential-process --session acme --account-id 444455556666 --role-name ReadOnly

[profile base-legacy]
sso_start_url = @start_url@
sso_region = us-east-1
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile base-gov]
sso_session = gov
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile base-china]
sso_session = china
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile keys]
aws_access_key_id = @key@
aws_secret_access_key = secret

[profile temporary-keys]
aws_access_key_id = @temporary-key@
aws_secret_access_key = secret
aws_session_token = token

[profile first-on-keys]
role_arn = arn:aws:iam::888877776666:role/First
source_profile = keys-of-user

[profile not-assigned]
sso_session = acme
sso_account_id = 333344445555
sso_role_name = Billing

[profile no-session]
sso_session = nowhere
sso_account_id = 333344445555
sso_role_name = ReadOnly

[profile first]
role_arn = arn:aws:iam::888877776666:role/First
source_profile = base
region = us-west-2

[profile second]
role_arn = arn:aws:iam::777766665555:role/Second
source_profile = first
region = ap-south-1

[services local]
sts =
  endpoint_url = @sts@
"""
_DEPLOY = "role_arn = arn:aws:iam::999988887777:role/Deploy"
_EU = "region = eu-west-2"
_ON_BASE = ("source_profile = base", _EU)
# The options of a profile, by what is special in it.
SHAPES: dict[str, tuple[str, ...]] = {
    "one-link": (_DEPLOY, *_ON_BASE),
    "two-links": ("role_arn = arn:aws:iam::666655554444:role/Two", "source_profile = first", _EU),
    "three-links": ("role_arn = arn:aws:iam::666655554444:role/Three", "source_profile = second", _EU),
    "second-session": (_DEPLOY.replace("Deploy", "Beta"), "source_profile = base-beta", _EU),
    "through-a-process": (_DEPLOY.replace("Deploy", "Process"), "source_profile = base-process", _EU),
    "legacy": (_DEPLOY.replace("Deploy", "Legacy"), "source_profile = base-legacy", _EU),
    "path": ("role_arn = arn:aws:iam::999988887777:role/teams/ci/Path", *_ON_BASE),
    "external-id": (_DEPLOY, *_ON_BASE, "external_id = partner-4711"),
    "session-name": (_DEPLOY, *_ON_BASE, "role_session_name = alex@example.com"),
    "empty-session-name": (_DEPLOY, *_ON_BASE, "role_session_name ="),
    "short": (_DEPLOY, *_ON_BASE, "duration_seconds = 1800"),
    "words-for-a-duration": (_DEPLOY, *_ON_BASE, "duration_seconds = an hour"),
    "own-region": (_DEPLOY.replace("Deploy", "Own"), "source_profile = base", "region = ap-southeast-2"),
    "global-endpoint": (
        *(_DEPLOY.replace("Deploy", "Global"), "source_profile = base", "region = us-east-1"),
        "sts_regional_endpoints = legacy",
    ),
    "govcloud": (
        "role_arn = arn:aws-us-gov:iam::999988887777:role/Gov",
        "source_profile = base-gov",
        "region = us-gov-west-1",
    ),
    "china": (
        "role_arn = arn:aws-cn:iam::999988887777:role/China",
        "source_profile = base-china",
        "region = cn-north-1",
    ),
    "own-endpoint": (_DEPLOY.replace("Deploy", "Endpoint"), *_ON_BASE, "services = local"),
    "own-role-ignored": (
        _DEPLOY.replace("Deploy", "Over"),
        *_ON_BASE,
        "sso_session = acme",
        "sso_account_id = 444455556666",
    ),
    "quiet-options": (_DEPLOY.replace("Deploy", "Quiet"), *_ON_BASE, "output = text", "retry_mode = standard"),
    "one-link-on-keys": (_DEPLOY.replace("Deploy", "Keys"), "source_profile = keys", _EU),
    "keys-in-other-file": (_DEPLOY.replace("Deploy", "Other"), "source_profile = keys-of-user", _EU),
    "one-link-on-temporary-keys": (_DEPLOY.replace("Deploy", "Temporary"), "source_profile = temporary-keys", _EU),
    "keys-beside-a-role": (
        *(_DEPLOY.replace("Deploy", "Beside"), "source_profile = keys-beside-a-role", _EU),
        *("aws_access_key_id = @key@", "aws_secret_access_key = secret"),
    ),
    "keys-for-hours": (_DEPLOY.replace("Deploy", "Hours"), "source_profile = keys", _EU, "duration_seconds = 7200"),
    "two-links-on-keys": ("role_arn = arn:aws:iam::666655554444:role/Last", "source_profile = first-on-keys", _EU),
    # Refused by all.
    "keys-mfa": (_DEPLOY, "source_profile = keys", _EU, "mfa_serial = arn:aws:iam::333344445555:mfa/alex"),
    "keys-without-secret": (_DEPLOY.replace("Deploy", "Q"), "source_profile = half-keys", _EU),
    "half-keys": ("aws_access_key_id = @key@", _EU),
    "loop": (_DEPLOY, "source_profile = loop-back", _EU),
    "loop-back": (_DEPLOY, "source_profile = loop", _EU),
    "its-own-source": (_DEPLOY, "source_profile = its-own-source", _EU),
    "no-such-source": (_DEPLOY, "source_profile = nobody", _EU),
    "source-without-credentials": (_DEPLOY, "source_profile = nothing", _EU),
    "nothing": (_EU,),
    "two-kinds-of-source": (_DEPLOY, *_ON_BASE, "credential_source = Environment"),
    "no-source": (_DEPLOY, _EU),
    "unknown-source": (_DEPLOY, "credential_source = Cloud", _EU),
    "keys-not-in-environment": (_DEPLOY, "credential_source = Environment", _EU),
    "short-arn": ("role_arn = Deploy", *_ON_BASE),
    "mfa": (_DEPLOY, *_ON_BASE, "mfa_serial = arn:aws:iam::333344445555:mfa/alex"),
    "empty-external-id": (_DEPLOY, *_ON_BASE, "external_id ="),
    "too-short": (_DEPLOY, *_ON_BASE, "duration_seconds = 60"),
    "spaces-in-session-name": (_DEPLOY, *_ON_BASE, "role_session_name = a b"),
    "base-not-assigned": (_DEPLOY.replace("Deploy", "N"), "source_profile = not-assigned", _EU),
    "base-without-session": (_DEPLOY.replace("Deploy", "O"), "source_profile = no-session", _EU),
    "no-region": (_DEPLOY.replace("Deploy", "P"), "source_profile = base"),
    "block": (_DEPLOY, *_ON_BASE, "external_id =\n  a = b"),
}
_PROGRAM = """
import json, re, sys
import boto3
found = {}
for profile in sys.argv[1:]:
    try:
        session = boto3.Session(profile_name=profile)
        found[profile] = session.client("sts").get_caller_identity()["Arn"]
    except BaseException as error:
        found[profile] = f"refused: {type(error).__name__}: {error}"
print(json.dumps(found))
"""


class Chains(NamedTuple):
    """A home folder with a profile of each shape, and the STS that they use."""

    home: Home
    sts: Sts


@pytest.fixture
def chains(signed_in: Home, identity_center: Simulator, caller_identity: Sts) -> Chains:
    """Both sessions are signed in to, and one each in GovCloud and China."""
    signing_in.write_sign_in(signed_in.path, identity_center, "beta")
    for name, region in (("gov", "us-gov-west-1"), ("china", "cn-north-1")):
        signing_in.write_sign_in(signed_in.path, identity_center, name, region=region)
    caller_identity.issued |= dict.fromkeys((KEY, TEMPORARY_KEY), 2**40)
    values = {
        "@program@": command("ssohelper")[0],
        "@start_url@": identity_center.start_url,
        "@key@": KEY,
        "@temporary-key@": TEMPORARY_KEY,
        "@sts@": caller_identity.url,
    }
    sections = [f"[profile {name}]\n" + "\n".join(lines) for name, lines in SHAPES.items()]
    text = _BASES + "\n\n".join([*sections, ""])
    for name, value in values.items():
        text = text.replace(name, value)
    with signed_in.config.open("a") as file:
        file.write(text)
    keys = signed_in.path / ".aws" / "credentials"
    keys.write_text(f"[keys-of-user]\naws_access_key_id = {KEY}\naws_secret_access_key = secret\n")
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = caller_identity.url
    return Chains(signed_in, caller_identity)


def test_shapes(chains: Chains) -> None:
    """For each shape the three give the same identity, or refuse it. The AWS CLI and ours share a cache."""
    profiles = [*SHAPES]
    by_boto3 = _by_boto3(chains, profiles)
    calls = _requests(chains)
    with ThreadPoolExecutor(4) as pool:
        by_ssohelper = dict(zip(profiles, pool.map(lambda each: _by_ssohelper(chains, each), profiles), strict=True))
    assert by_ssohelper == by_boto3
    assert sum(each != REFUSED for each in by_boto3.values()) >= 25
    assert _requests(chains) <= calls
    with ThreadPoolExecutor(4) as pool:
        by_aws_cli = dict(zip(profiles, pool.map(lambda each: _by_aws_cli(chains, each), profiles), strict=True))
    assert by_aws_cli == by_boto3
    assert _requests(chains) == set()


def test_console(chains: Chains, identity_center: Simulator) -> None:
    """The console opens with the role's credentials, and without a duration, which AWS refuses for them."""
    done = chains.home.ssohelper("console", "one-link", "--service", "s3", "--json")
    link = json.loads(done.stdout)
    assert (link["how"], link["account_id"], link["role_name"]) == ("federation", "999988887777", "Deploy")
    shown = wire.fetch(identity_center, "GET", link["url"].removeprefix(identity_center.url)).body.decode()
    assert [each in shown for each in ("999988887777", "Deploy", "s3", "eu-west-2")] == [True] * 4
    done = chains.home.ssohelper("console", "one-link", "--federate", "--duration", "2h")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "ssohelper: --duration is not available for Deploy in 999988887777: AWS does not allow it with role chaining",
    )
    assert identity_center.counters.calls["GetSigninToken"] == 1


@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_exec(chains: Chains, via: str) -> None:
    """Inside `exec` the role is the default of other tools and of ours; a nested `exec` may be for another one."""
    account = """ssohelper credential-process | grep -o '"AccountId": "[0-9]*"'"""
    script = f"aws sts get-caller-identity; {account}; ssohelper exec -- true; ssohelper prompt"
    chains.home.environment["PATH"] = f"{Path(sys.executable).parent}:{chains.home.environment['PATH']}"
    done = chains.home.ssohelper("exec", "--profile", "three-links", "--via", via, "--", "sh", "-ec", script)
    assert (done.stderr, done.returncode) == ("", 0)
    assert ":assumed-role/Three/" in done.stdout
    assert '"AccountId": "666655554444"' in done.stdout
    assert done.stdout.endswith("acme exec 666655554444/Three\n")
    nested = "ssohelper exec --profile base -- sh -c 'env | grep SSOHELPER_EXEC; ssohelper prompt'"
    done = chains.home.ssohelper("exec", "--profile", "three-links", "--via", via, "--", "sh", "-ec", nested)
    assert done.stdout == "SSOHELPER_EXEC=acme 333344445555 ReadOnly\nacme exec 333344445555/ReadOnly\n"


def test_recently_used(chains: Chains) -> None:
    """The agent's worker refreshes a chain that was used recently, with all its links."""
    chains.sts.lasts = 900
    first = chains.home.ssohelper("credential-process", "--profile", "two-links")
    assert first.returncode == 0, first.stderr
    chains.sts.assumptions.clear()
    done = subprocess.run(
        command("ssohelper", "refresh"),
        env=chains.home.environment,
        input=json.dumps({"role": None}),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=True,
    )
    (roles,) = [each["roles"] for each in json.loads(done.stdout) if each["roles"]]
    assert [(json.loads(each["source"])["settings_profile"], each["problem"]) for each in roles] == [
        ("two-links", None)
    ]
    assert [each.role for each in chains.sts.assumptions] == ["First", "Two"]


def _requests(chains: Chains) -> set[tuple[str, ...]]:
    """What STS was asked for since the last time, without names that contain the time."""
    found = {
        (each.region, *(f"{key}={_plain(value)}" for key, value in sorted(each.arguments.items())))
        for each in chains.sts.assumptions
    }
    chains.sts.assumptions.clear()
    return found


def _by_boto3(chains: Chains, profiles: list[str]) -> dict[str, str]:
    done = chains.home.run(sys.executable, "-c", _PROGRAM, *profiles)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return {name: REFUSED if arn.startswith(REFUSED) else _plain(arn) for name, arn in found.items()}


def _by_aws_cli(chains: Chains, profile: str) -> str:
    done = chains.home.run("aws", "sts", "get-caller-identity", "--output", "json", "--profile", profile)
    return REFUSED if done.returncode else _plain(json.loads(done.stdout)["Arn"])


def _by_ssohelper(chains: Chains, profile: str) -> str:
    done = chains.home.ssohelper("credential-process", "--profile", profile)
    if done.returncode:
        assert done.returncode != Unavailable.exit_code, (profile, done.stderr)
        assert "bug" not in done.stderr, done.stderr
        return REFUSED
    found = json.loads(done.stdout)
    client = boto3.client(
        "sts",
        region_name=_region(chains, profile),
        endpoint_url=chains.sts.url,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    return _plain(client.get_caller_identity()["Arn"])


def _region(_chains: Chains, profile: str) -> str:
    """The region of a profile, by which moto knows the partition."""
    regions = [line.removeprefix("region = ") for line in SHAPES[profile] if line.startswith("region = ")]
    return regions[0]


def _plain(text: str) -> str:
    """Without the time in the name of a session."""
    return re.sub(r"botocore-session-\d+", "botocore-session-N", text)
