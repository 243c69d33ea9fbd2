"""What the doctor says about the SDK for JavaScript, compared with the real one."""

import json
import sys
from pathlib import Path

import pytest

from tests.fixtures.doctor_runs import findings, run_fix
from tests.fixtures.home import Home
from tests.fixtures.javascript import installed

pytestmark = pytest.mark.full

# Prints the access key of each profile in its arguments, or null.
_PROGRAM = """\
import { fromIni } from "@aws-sdk/credential-providers";
const found = {};
for (const profile of process.argv.slice(2))
  found[profile] = await fromIni({ profile })().then((each) => each.accessKeyId, () => null);
console.log(JSON.stringify(found));
"""
_HEADERS = {
    "plain": "profile plain",
    "a.b-c_d@e%f/g": "profile a.b-c_d@e%f/g",
    "a+b:c": "profile a+b:c",
    "quoted": 'profile "quoted"',
    "two words": 'profile "two words"',
    "blanks": "profile  blanks",
    "größe": "profile größe",
    "a,b": "profile a,b",
    "a#b": "profile a#b",
    "a=b": "profile a=b",
}


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A Node program that gets credentials of profiles."""
    program = installed(tmp_path_factory, worker_id, "@aws-sdk/credential-providers") / f"{worker_id}-doctor.mjs"
    program.write_text(_PROGRAM)
    return program


@pytest.fixture
def credential_process(home: Home) -> str:
    """A credential_process that prints the access key MINE."""
    program = home.path / "keys"
    answer = {"Version": 1, "AccessKeyId": "MINE", "SecretAccessKey": "y"}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    home.environment["NODE_NO_WARNINGS"] = "1"
    home.config.parent.mkdir()
    return str(program)


def keys(home: Home, javascript: Path, *profiles: str) -> dict[str, str | None]:
    """The access key that the SDK gets for each profile."""
    done = home.run("node", str(javascript), *profiles)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def test_headers(home: Home, javascript: Path, credential_process: str) -> None:
    """It finds every profile, except those that the doctor reports."""
    lines = (f"[{header}]\ncredential_process = {credential_process}\n" for header in _HEADERS.values())
    home.config.write_text("".join(lines))
    reported = {
        each["line"]
        for each in findings(home)
        if each["kind"] == "header-not-portable" and "JavaScript" in each["affects"]
    }
    expected = {name: None if 2 * number + 1 in reported else "MINE" for number, name in enumerate(_HEADERS)}
    assert keys(home, javascript, *_HEADERS) == expected
    assert len(reported) == 6


def test_carriage_returns(home: Home, javascript: Path, credential_process: str) -> None:
    """It finds no profile in a file whose lines end with a carriage return alone; after the fix it does."""
    home.config.write_bytes(
        f"# mine\n[profile x]\ncredential_process = {credential_process}\n".replace("\n", "\r").encode()
    )
    (found,) = findings(home)
    assert (found["kind"], keys(home, javascript, "x")) == ("line-endings", {"x": None})
    run_fix(home, found["fix"])
    assert (findings(home), keys(home, javascript, "x")) == ([], {"x": "MINE"})


def test_two_sources(home: Home, javascript: Path, credential_process: str) -> None:
    """It uses the program of a profile that has a role, too; boto3 uses the role, and is not signed in here."""
    role = "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
    where = "sso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
    home.config.write_text(f"[profile x]\n{where}{role}credential_process = {credential_process}\n")
    (found,) = [each for each in findings(home, "--offline") if each["kind"] == "two-sources"]
    assert found["affects"].startswith("the SDK for JavaScript runs the program; the AWS CLI, boto3")
    assert keys(home, javascript, "x") == {"x": "MINE"}
    program = "import boto3; print(boto3.Session(profile_name='x').get_credentials().access_key)"
    assert "SSOTokenLoadError" in home.run(sys.executable, "-c", program).stderr


ASK_BOTO3 = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)"
KEYS = "aws_access_key_id = STATIC\naws_secret_access_key = x\n"


@pytest.mark.parametrize(
    ("first", "second", "same"), [("default", "profile default", True), ("profile default", "default", False)]
)
def test_two_defaults(
    home: Home, javascript: Path, credential_process: str, *, first: str, second: str, same: bool
) -> None:
    """boto3 uses the later one, this SDK [profile default]; after the fix they use the same."""
    other = Path(credential_process).with_name("other")
    other.write_text(Path(credential_process).read_text().replace("MINE", "OTHER"))
    other.chmod(0o755)
    home.config.write_text(
        f"[{first}]\ncredential_process = {credential_process}\n[{second}]\ncredential_process = {other}\n"
    )
    (found,) = findings(home, "--offline")
    assert (found["kind"], found["severity"]) == ("two-defaults", "warning" if same else "error")

    def used() -> list[str | None]:
        return [
            home.run(sys.executable, "-c", ASK_BOTO3, "default").stdout.strip(),
            keys(home, javascript, "default")["default"],
        ]

    assert used() == ["OTHER", "OTHER" if same else "MINE"]
    run_fix(home, found["fix"])
    assert (used(), findings(home, "--offline")) == (["OTHER", "OTHER"], [])


@pytest.mark.parametrize("place", ["credentials", "config"])
def test_static_keys(home: Home, javascript: Path, credential_process: str, place: str) -> None:
    """Access keys override a program: in this SDK from either file, in boto3 those of the credentials file."""
    profile = f"[profile x]\ncredential_process = {credential_process}\n"
    home.config.write_text(profile + (KEYS if place == "config" else ""))
    if place == "credentials":
        shared = home.config.with_name("credentials")
        shared.write_text(f"[x]\n{KEYS}")
        shared.chmod(0o600)
    (found,) = findings(home, "--offline")
    assert (found["kind"], "boto3" in found["affects"]) == ("static-keys", place == "credentials")
    assert keys(home, javascript, "x") == {"x": "STATIC"}
    found_by_boto3 = home.run(sys.executable, "-c", ASK_BOTO3, "x").stdout.strip()
    assert found_by_boto3 == ("STATIC" if place == "credentials" else "MINE")
    run_fix(home, found["fix"])
    assert (keys(home, javascript, "x"), findings(home, "--offline")) == ({"x": "MINE"}, [])
