"""The AWS SDK for .NET has the role that was named, in each way of serving it, whatever else is configured."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import dotnet
from tests.fixtures.components import need
from tests.fixtures.exec_jobs import ACCOUNT, OTHER, OTHER_ACCOUNT, PROFILE, ROLE, issued_for
from tests.fixtures.home import Home
from tests.fixtures.recording_proxy import recording_proxy

pytestmark = pytest.mark.full

KEY = "AKIAOFDEFAULT"
KEYS = f"aws_access_key_id = {KEY}\naws_secret_access_key = x\n"
SSO = f"sso_session = acme\nsso_account_id = {OTHER_ACCOUNT}\nsso_role_name = {ROLE}\nregion = us-east-1\n"
BOTH = f"[default]\n{KEYS}[profile  default]\n{KEYS}"
WEB_IDENTITY = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such", "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/x"}
SIGNED_OUT = "[sso-session out]\nsso_start_url = https://out.example/start\nsso_region = us-east-1\n"
SIGNED_OUT += "[profile out]\nsso_session = out\nsso_account_id = 111111111111\nsso_role_name = x\n"


class Case(NamedTuple):
    """What is configured: more lines of both files, more variables, and those that are set inside the command.

    `env` is whose key each of `dotnet.READERS` gets with the variables of `env`: `role`, `other` (the role of the
    default profile), or that profile's own key.
    """

    config: str = ""
    credentials: str = ""
    variables: dict[str, str] = {}  # noqa: RUF012 (a constant)
    inside: str = ""
    env: tuple[str, str, str] = ("role", "role", "role")


_DEFAULTS_KEY = (KEY, "role", KEY)
# Version 3 finds no credentials in a profile of the style sso: the test has no package for it.
CASES = {
    "no default": Case(),
    "keys": Case(f"[default]\n{KEYS}", env=_DEFAULTS_KEY),
    "keys in the credentials file": Case("", f"[default]\n{KEYS}", env=_DEFAULTS_KEY),
    "profile default": Case(f"[profile default]\n{KEYS}", env=_DEFAULTS_KEY),
    "profile default in the credentials file": Case("", f"[profile default]\n{KEYS}", env=_DEFAULTS_KEY),
    "both in both files": Case(BOTH, BOTH, env=_DEFAULTS_KEY),
    "another role, credential-process": Case(
        "[default]\ncredential_process = {other}\n", env=("other", "role", "other")
    ),
    "another role, sso": Case(f"[default]\n{SSO}", env=("role", "role", "other")),
    "web identity": Case(variables=WEB_IDENTITY),
    "AWS_PROFILE that is signed out": Case(SIGNED_OUT, inside="AWS_PROFILE=out"),
    "AWS_PROFILE that is missing": Case(inside="AWS_PROFILE=nope"),
}
EXEC = ("endpoint", "credential-process", "env")


@pytest.fixture
def case(request: pytest.FixtureRequest, synced: Home) -> Case:
    """A case that is configured."""
    found: Case = CASES[request.param]
    launcher = (
        f"{need('ssohelper-credential-process')} --session acme --account-id {OTHER_ACCOUNT} --role-name {ROLE}"
    )
    with synced.config.open("a") as file:
        file.write(f"\n{found.config.replace('{other}', launcher)}")
    (synced.config.parent / "credentials").write_text(found.credentials)
    synced.environment.update({**dotnet.VARIABLES, **found.variables})
    return found


def keys(center: Simulator, printed: str) -> tuple[str, ...]:
    """Whose keys the readers have printed: the role, the other role, the default profile's, or an error."""
    roles = {(ACCOUNT, ROLE): "role", (OTHER_ACCOUNT, ROLE): "other"}
    answers = [dotnet.answer(line) for line in printed.splitlines()]
    return tuple(roles[issued_for(center, each)] if each not in (KEY, "error") else each for each in answers)


@pytest.mark.parametrize("case", [each for each in CASES if not CASES[each].inside], indirect=True)
@pytest.mark.parametrize("via", EXEC)
def test_exec(synced: Home, identity_center: Simulator, case: Case, via: str) -> None:
    """In `exec`, every reader has the role, and the files of the command are gone when it has ended."""
    del case
    done = synced.ssohelper("exec", "--via", via, PROFILE, "--", "sh", "-c", dotnet.script())
    assert (keys(identity_center, done.stdout), done.stderr) == (("role", "role", "role"), "")


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_env(synced: Home, identity_center: Simulator, case: Case) -> None:
    """With the variables of `env`, some readers prefer a default profile with credentials; the doctor warns."""
    load = f'eval "$(ssohelper env {PROFILE})"\n{{}}'
    path = f"{Path(sys.executable).parent}:{synced.environment['PATH']}"
    done = synced.run("sh", "-c", load.format(dotnet.script(case.inside)), PATH=path)
    assert (keys(identity_center, done.stdout), done.stderr) == (case.env, "")
    done = synced.run("sh", "-c", load.format("ssohelper doctor --offline --json"), PATH=path)
    found = [each for each in json.loads(done.stdout)["findings"] if each["kind"] == "default-before-keys"]
    assert bool(found) == (case.env != ("role", "role", "role"))
    for each in found:
        lines = Path(each["file"]).read_text().splitlines()
        assert "default" in lines[each["line"] - 1]


# With credential-process, the role is only in [default], which AWS_PROFILE hides, so a failing profile is an error.
FAILING = {
    ("out", "endpoint"): ("role", "role", "role"),
    ("out", "credential-process"): ("error", "error", "error"),
    ("out", "env"): ("role", "role", "role"),
    ("nope", "endpoint"): ("role", "error", "role"),
    ("nope", "credential-process"): ("error", "error", "error"),
    ("nope", "env"): ("role", "role", "role"),
}


@pytest.mark.parametrize("case", [each for each in CASES if CASES[each].inside], indirect=True)
@pytest.mark.parametrize("via", EXEC)
def test_failing_profile(synced: Home, identity_center: Simulator, case: Case, via: str) -> None:
    """Where AWS_PROFILE names a profile that fails, .NET gets the role of `exec` or an error; `status` warns."""
    lines = f"{dotnet.script(case.inside)}\n{case.inside} ssohelper status >/dev/null"
    path = f"{Path(sys.executable).parent}:{synced.environment['PATH']}"
    done = synced.run("ssohelper", "exec", "--via", via, PROFILE, "--", "sh", "-c", lines, PATH=path)
    assert keys(identity_center, done.stdout) == FAILING[case.inside.removeprefix("AWS_PROFILE="), via]
    assert "tools may use that profile or the job's role\n" in done.stderr


def test_chosen_profile(synced: Home, identity_center: Simulator) -> None:
    """AWS_PROFILE inside `exec` chooses another role."""
    words = ("sh", "-c", dotnet.script(f"AWS_PROFILE={OTHER}"))
    done = synced.ssohelper("exec", PROFILE, "--", *words, **dotnet.VARIABLES)
    # Version 3 has no package for the style sso: it has the role of `exec` instead.
    assert keys(identity_center, done.stdout) == ("role", "other", "other")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_proxy(synced: Home, identity_center: Simulator, variable: str) -> None:
    """In `exec`, neither version sends the endpoint's token to a proxy, which our own requests pass through."""
    exposed = f"env -u NO_PROXY -u no_proxy {need('aws-dotnet-4')} key container"
    with recording_proxy() as proxy:
        variables = {**dotnet.VARIABLES, variable: proxy.url}
        words = ("sh", "-c", f"echo $AWS_CONTAINER_AUTHORIZATION_TOKEN\n{dotnet.script()}")
        done = synced.ssohelper("exec", PROFILE, "--", *words, **variables)
        token, _, printed = done.stdout.partition("\n")
        assert (keys(identity_center, printed), done.stderr) == (("role", "role", "role"), "")
        assert proxy.asked_for(token) == []
        assert proxy.asked_for("/federation/credentials") or variable.lower() == "all_proxy"
        # Without the exception, it would.
        words = ("sh", "-c", f"echo $AWS_CONTAINER_AUTHORIZATION_TOKEN; {exposed}")
        token = synced.ssohelper("exec", PROFILE, "--", *words, **variables).stdout.split()[0]
        assert proxy.asked_for(token) != []
