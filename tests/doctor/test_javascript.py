"""What the doctor says of the SDK for JavaScript, tried with it."""

import json
import sys
from pathlib import Path

import pytest

from tests.fixtures.clinic import finds, mend
from tests.fixtures.home import Home
from tests.fixtures.javascript import installed

# Prints, for each profile that it is told, the key that it gets, or null.
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
    """A program for Node that gets credentials of profiles."""
    program = installed(tmp_path_factory, worker_id, "@aws-sdk/credential-providers") / f"{worker_id}-doctor.mjs"
    program.write_text(_PROGRAM)
    return program


@pytest.fixture
def gives_keys(home: Home) -> str:
    """A credential_process that gives the key MINE."""
    program = home.path / "keys"
    answer = {"Version": 1, "AccessKeyId": "MINE", "SecretAccessKey": "y"}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    home.environment["NODE_NO_WARNINGS"] = "1"
    home.config.parent.mkdir()
    return str(program)


def keys(home: Home, javascript: Path, *profiles: str) -> dict[str, str | None]:
    """The key that the SDK gets for each profile."""
    done = home.run("node", str(javascript), *profiles)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def test_profiles_that_it_does_not_see(home: Home, javascript: Path, gives_keys: str) -> None:
    """It sees a profile exactly where the doctor does not say the contrary."""
    lines = (f"[{header}]\ncredential_process = {gives_keys}\n" for header in _HEADERS.values())
    home.config.write_text("".join(lines))
    unseen = {
        each["line"] for each in finds(home) if each["kind"] == "unseen-profile" and "JavaScript" in each["affects"]
    }
    said = {name: None if 2 * number + 1 in unseen else "MINE" for number, name in enumerate(_HEADERS)}
    assert keys(home, javascript, *_HEADERS) == said
    assert len(unseen) == 6


def test_carriage_returns(home: Home, javascript: Path, gives_keys: str) -> None:
    """It reads no profile of a file whose lines end with a carriage return alone; once that is mended it does."""
    home.config.write_bytes(f"# mine\n[profile x]\ncredential_process = {gives_keys}\n".replace("\n", "\r").encode())
    (found,) = finds(home)
    assert (found["kind"], keys(home, javascript, "x")) == ("line-ends", {"x": None})
    mend(home, found["mend"])
    assert (finds(home), keys(home, javascript, "x")) == ([], {"x": "MINE"})


def test_two_sources(home: Home, javascript: Path, gives_keys: str) -> None:
    """Of two sources it takes the program, and boto3 Identity Center, where nobody is signed in here."""
    role = "sso_account_id = 111122223333\nsso_role_name = ReadOnly\n"
    where = "sso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
    home.config.write_text(f"[profile x]\n{where}{role}credential_process = {gives_keys}\n")
    (found,) = [each for each in finds(home, "--offline") if each["kind"] == "two-sources"]
    assert found["affects"].startswith("the SDK for JavaScript runs the program; the AWS CLI, boto3")
    assert keys(home, javascript, "x") == {"x": "MINE"}
    asks = "import boto3; print(boto3.Session(profile_name='x').get_credentials().access_key)"
    assert "SSOTokenLoadError" in home.run(sys.executable, "-c", asks).stderr


ASKS_BOTO3 = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)"
KEYS = "aws_access_key_id = STATIC\naws_secret_access_key = x\n"


@pytest.mark.parametrize(
    ("first", "second", "same"), [("default", "profile default", True), ("profile default", "default", False)]
)
def test_two_defaults(home: Home, javascript: Path, gives_keys: str, *, first: str, second: str, same: bool) -> None:
    """boto3 takes the later one, this SDK [profile default]; when it is mended all take the same."""
    other = Path(gives_keys).with_name("other")
    other.write_text(Path(gives_keys).read_text().replace("MINE", "OTHER"))
    other.chmod(0o755)
    home.config.write_text(
        f"[{first}]\ncredential_process = {gives_keys}\n[{second}]\ncredential_process = {other}\n"
    )
    (found,) = finds(home, "--offline")
    assert (found["kind"], found["broken"]) == ("two-defaults", not same)

    def seen() -> list[str | None]:
        return [
            home.run(sys.executable, "-c", ASKS_BOTO3, "default").stdout.strip(),
            keys(home, javascript, "default")["default"],
        ]

    assert seen() == ["OTHER", "OTHER" if same else "MINE"]
    mend(home, found["mend"])
    assert (seen(), finds(home, "--offline")) == (["OTHER", "OTHER"], [])


@pytest.mark.parametrize("place", ["credentials", "config"])
def test_static_keys(home: Home, javascript: Path, gives_keys: str, place: str) -> None:
    """Keys go before a program: with this SDK wherever they are, with boto3 those of the credentials file."""
    profile = f"[profile x]\ncredential_process = {gives_keys}\n"
    home.config.write_text(profile + (KEYS if place == "config" else ""))
    if place == "credentials":
        shared = home.config.with_name("credentials")
        shared.write_text(f"[x]\n{KEYS}")
        shared.chmod(0o600)
    (found,) = finds(home, "--offline")
    assert (found["kind"], "boto3" in found["affects"]) == ("static-keys", place == "credentials")
    assert keys(home, javascript, "x") == {"x": "STATIC"}
    asked = home.run(sys.executable, "-c", ASKS_BOTO3, "x").stdout.strip()
    assert asked == ("STATIC" if place == "credentials" else "MINE")
    mend(home, found["mend"])
    assert (keys(home, javascript, "x"), finds(home, "--offline")) == ({"x": "MINE"}, [])
