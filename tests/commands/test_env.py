"""`ssohelper env`: role credentials as environment variables."""

import json
import sys
from datetime import datetime

import pexpect
import pytest

from ssohelper.aws_config.selection import OUTRANKING_VARIABLES
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.home import Home

ACCOUNT, ROLE = "111122223333", "ReadOnly"
ROLE_OPTIONS = ("--session", "acme", "--account-id", ACCOUNT, "--role-name", ROLE)
PROFILE, OTHER = "mine", "other"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION")
LABEL = "ReadOnly in 111122223333"
SYNC_HINT = "hint: `ssohelper sync` adds a profile for each of your roles\n"
REGIONS = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
# Prints the credentials that boto3 finds, and the variables that name profiles.
BOTO3 = """\
import json, os, boto3
session = boto3.Session()
found = session.get_credentials()
profiles = [os.environ.get(name) for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")]
print(json.dumps([found.method, found.access_key, found.secret_key, found.token, session.region_name, profiles]))
"""


@pytest.fixture
def profiled(signed_in: Home) -> Home:
    """A home folder, signed in, with profiles for two roles, and one without a role."""
    with signed_in.config.open("a") as file:
        file.write(
            f"\n[profile {PROFILE}]\nsso_session = acme\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n"
            "region = eu-central-1\n"
            f"\n[profile {OTHER}]\nsso_session = acme\nsso_account_id = 777788889999\nsso_role_name = Developer\n"
            "region = us-west-2\n\n[profile static]\nregion = us-west-2\n"
        )
    signed_in.environment["SHELL"] = "/bin/bash"
    return signed_in


def cached_variables(home: Home) -> dict[str, str]:
    """The variables for the credentials that `credential-process` prints."""
    answer = json.loads(home.ssohelper("credential-process", *ROLE_OPTIONS).stdout)
    values = (answer[key] for key in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"))
    return dict(zip(KEYS, values, strict=True))


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "words",
    [
        ("bash", "--norc", "-c", 'eval "$(ssohelper env --profile mine)" && exec "$0" -c "$1"'),
        ("dash", "-c", 'eval "$(ssohelper env --profile mine)" && exec "$0" -c "$1"'),
        ("zsh", "-f", "-c", 'eval "$(ssohelper env --profile mine)" && exec "$0" -c "$1"'),
        (
            "fish",
            "--no-config",
            "-c",
            "ssohelper env --format fish --profile mine | source; exec $argv[1] -c $argv[2]",
        ),
    ],
    ids=lambda words: words[0],
)
def test_in_a_shell(profiled: Home, identity_center: Simulator, words: tuple[str, ...]) -> None:
    """The commands in the help: boto3 then has the role's credentials and region, whatever AWS_PROFILE was."""
    variables = cached_variables(profiled)
    identity_center.counters.reset()
    done = profiled.run(
        need(words[0]),
        *words[1:],
        sys.executable,
        BOTO3,
        PATH=f"{need('ssohelper').rpartition('/')[0]}:{profiled.environment['PATH']}",
        SHELL=need(words[0]),
        AWS_PROFILE="static",
        AWS_DEFAULT_PROFILE=OTHER,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout) == ["env", *(variables[key] for key in KEYS[:3]), "eu-central-1", [None, None]]
    assert identity_center.issued(variables["AWS_ACCESS_KEY_ID"]).account_id == ACCOUNT
    assert identity_center.counters.calls == {}


def test_cached(profiled: Home, identity_center: Simulator) -> None:
    """Credentials are requested once, and cached for the next command."""
    identity_center.counters.reset()
    variables = json.loads(profiled.ssohelper("env", "--profile", PROFILE, "--json").stdout)
    assert variables == {**cached_variables(profiled), **REGIONS}
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
    issued = identity_center.issued(variables["AWS_ACCESS_KEY_ID"])
    assert (issued.account_id, issued.role_name) == (ACCOUNT, ROLE)
    assert datetime.fromisoformat(variables["AWS_CREDENTIAL_EXPIRATION"]).timestamp() == issued.expiration


def text(lines: list[str]) -> str:
    """Lines as one text."""
    return "".join(f"{line}\n" for line in lines)


def test_formats(profiled: Home) -> None:
    """Every format is printed exactly; the default is for POSIX shells, whatever $SHELL is; --json is one, too."""
    variables = {**cached_variables(profiled), **REGIONS}
    others = [name for name in OUTRANKING_VARIABLES if name not in variables]
    unset_in_powershell = (f"$Env:{name} = $null" for name in others)
    set_in_powershell = (f"$Env:{name} = '{value}'" for name, value in variables.items())
    expected = {
        "bash": text([*(f"unset {k}" for k in others), *(f"export {k}='{v}'" for k, v in variables.items())]),
        "fish": text(
            [*(f"set -e {k}; or true" for k in others), *(f"set -gx {k} '{v}'" for k, v in variables.items())]
        ),
        "powershell": text(["; ".join([*unset_in_powershell, *set_in_powershell])]),
        "cmd": text([*(f'set "{k}="' for k in others), *(f'set "{k}={v}"' for k, v in variables.items())]),
        "dotenv": text([f"{k}={v}" for k, v in variables.items()]),
        "json": json.dumps(variables, indent=2) + "\n",
    }
    for format_, printed in expected.items():
        done = profiled.ssohelper("env", "--profile", PROFILE, "--format", format_)
        assert (done.stdout, done.stderr, done.returncode) == (printed, "", 0)
    for more, format_ in (([], "bash"), (["--json"], "json"), (["--json", "--format", "bash"], "json")):
        done = profiled.ssohelper("env", "--profile", PROFILE, *more, SHELL="/usr/bin/fish")
        assert (done.stdout, done.stderr, done.returncode) == (expected[format_], "", 0)


def test_current_profile(profiled: Home, identity_center: Simulator) -> None:
    """Without options, the profile of the environment is used, in botocore's order."""

    def role(**more: str) -> tuple[str, str]:
        done = profiled.ssohelper("env", "--json", **more)
        assert (done.stderr, done.returncode) == ("", 0)
        variables = json.loads(done.stdout)
        issued = identity_center.issued(variables["AWS_ACCESS_KEY_ID"])
        return issued.account_id, variables["AWS_REGION"]

    assert role(AWS_PROFILE=PROFILE) == (ACCOUNT, "eu-central-1")
    assert role(AWS_PROFILE=PROFILE, AWS_DEFAULT_PROFILE=OTHER) == ("777788889999", "us-west-2")


def test_without_a_profile(profiled: Home) -> None:
    """With session, account and role the region is that of a profile for the role, whatever AWS_PROFILE says."""
    done = profiled.ssohelper("env", *ROLE_OPTIONS, "--json", AWS_PROFILE=OTHER)
    expected = {**cached_variables(profiled), **REGIONS}
    assert (json.loads(done.stdout), done.stderr, done.returncode) == (expected, "", 0)


@pytest.mark.parametrize(
    ("words", "errors", "code"),
    [
        ((), "ssohelper: no profile or role given\nhint: --profile NAME, or --account NAME --role ROLE\n", 2),
        (
            ("--profile", "static"),
            "ssohelper: profile 'static' is not for a role of IAM Identity Center: it names no account and role\n"
            + SYNC_HINT,
            2,
        ),
        (
            ("--profile", "mime"),
            f"ssohelper: profile 'mime' not found in ~/.aws/config; did you mean mine ({LABEL})?\n{SYNC_HINT}",
            2,
        ),
        (
            ("--profile", PROFILE, "--role-name", ROLE),
            "ssohelper: --profile already names the account and the role\nhint: omit the other options\n",
            2,
        ),
        (
            (*ROLE_OPTIONS[:-1], "Billing"),
            (
                "ssohelper: role Billing in account 111122223333 is not assigned to you (assigned: ReadOnly)\n"
                "hint: ssohelper roles --session acme\n"
            ),
            1,
        ),
    ],
    ids=["no role", "profile without role", "unknown profile", "contradiction", "not assigned"],
)
def test_errors(profiled: Home, words: tuple[str, ...], errors: str, code: int) -> None:
    """Errors go to stderr; stdout, which a shell evaluates, stays empty."""
    done = profiled.ssohelper("env", *words)
    assert (done.stdout, done.stderr, done.returncode) == ("", errors, code)


def test_unknown_format(profiled: Home, identity_center: Simulator) -> None:
    """An unknown format is refused before any request."""
    identity_center.counters.reset()
    done = profiled.ssohelper("env", "--profile", PROFILE, "--format", "tcsh")
    assert (done.stdout, done.stderr.splitlines()[1:], done.returncode) == ("", ["hint: ssohelper env --help"], 2)
    assert identity_center.counters.calls == {}


def test_not_signed_in(profiled: Home) -> None:
    """Without a sign-in, the variables of the shell stay as they are, and the error names the login command."""
    assert profiled.ssohelper("logout").returncode == 0
    script = 'AWS_ACCESS_KEY_ID=old; eval "$(ssohelper env --profile mine)"; echo "$AWS_ACCESS_KEY_ID $AWS_PROFILE"'
    path = f"{need('ssohelper').rpartition('/')[0]}:{profiled.environment['PATH']}"
    done = profiled.run("bash", "--norc", "-c", script, PATH=path, AWS_PROFILE=PROFILE)
    assert (done.stdout, done.stderr) == (
        f"old {PROFILE}\n",
        "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n",
    )
    assert profiled.ssohelper("env", "--profile", PROFILE).returncode == 4


def test_on_a_terminal(profiled: Home) -> None:
    """On a terminal, stderr shows the role, and how long the credentials are valid."""
    cached_variables(profiled)
    script = f'eval "$({need("ssohelper")} env --profile mine)"; echo "<$AWS_CREDENTIAL_EXPIRATION>"'
    shown = pexpect.run(
        f"bash --norc -c {script!r}", env=profiled.environment, cwd=profiled.path, encoding="utf-8", timeout=60
    )
    assert isinstance(shown, str)
    assert (
        shown == f"ssohelper: ReadOnly in {ACCOUNT}: valid for 7h 59m\r\n<{cached_variables(profiled)[KEYS[3]]}>\r\n"
    )
