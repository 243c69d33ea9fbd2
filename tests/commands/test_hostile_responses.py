"""Commands whose service sends any response: an exit code of ours, one line, and nothing good is lost.

SSOHELPER_ALL_EXAMPLES=50 gives each of them a hundred responses.
"""

import json
import math
import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures import hostile_responses
from tests.fixtures.examples import examples
from tests.fixtures.home import Home
from tests.fixtures.hostile_responses import HttpResponse

pytestmark = pytest.mark.full

ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
LONGEST_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Case:
    """A command, the operation whose responses are hostile, and for how long the access token is still valid."""

    operation: str
    words: tuple[str, ...]
    left: int = 3600

    def __str__(self) -> str:
        return f"{self.operation}-{self.words[0]}-{self.left}"


CASES = [
    Case("ListAccounts", ("accounts", "--json")),
    Case("ListAccounts", ("sync", "--yes")),
    Case("ListAccountRoles", ("roles", "--json")),
    Case("ListAccountRoles", ("sync", "--yes")),
    Case("GetRoleCredentials", ("credential-process", *ROLE)),
    Case("GetRoleCredentials", ("env", "--format", "bash", *ROLE)),
    Case("GetRoleCredentials", ("exec", *ROLE, "--", "true")),
    Case("CreateToken", ("accounts", "--json"), left=600),
    Case("CreateToken", ("credential-process", *ROLE), left=600),
    Case("CreateToken", ("accounts", "--json"), left=-60),
    Case("CreateToken", ("login", "--force")),
    Case("RegisterClient", ("login", "--force")),
    Case("StartDeviceAuthorization", ("login", "--force")),
]


@dataclass(frozen=True, slots=True)
class Scene:
    """A home folder that is signed in and has a profile for each role, and a copy of it."""

    home: Home
    center: Simulator
    copy: Path

    def restore(self, left: int) -> None:
        """Restore everything, with a new sign-in whose access token is valid for `left` seconds."""
        shutil.rmtree(self.home.path)
        shutil.copytree(self.copy, self.home.path, symlinks=True)
        grant = self.center.sign_in()
        facts = self.token() | {
            "accessToken": grant.access_token,
            "refreshToken": grant.refresh_token,
            "clientId": grant.client_id,
            "clientSecret": grant.client_secret,
            "expiresAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + left)),
        }
        self.token_file.write_text(json.dumps(facts))

    @property
    def registration(self) -> Path:
        """The file of the registered client, which a login uses again."""
        (found,) = [each for each in self.token_file.parent.iterdir() if each != self.token_file]
        return found

    @property
    def token_file(self) -> Path:
        """The file of the access token."""
        (found,) = [
            each for each in (self.home.path / ".aws/sso/cache").iterdir() if b"startUrl" in each.read_bytes()
        ]
        return found

    def token(self) -> dict[str, Any]:
        """The content of the token file."""
        found: dict[str, Any] = json.loads(self.token_file.read_bytes())
        return found


@pytest.fixture
def scene(synced: Home, identity_center: Simulator, tmp_path: Path) -> Scene:
    """A home folder to which every example returns."""
    copy = tmp_path / "copy"
    shutil.copytree(synced.path, copy, symlinks=True)
    return Scene(synced, identity_center, copy)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hostile_responses(scene: Scene, case: Case) -> None:
    """A command either uses a valid response, or fails with one line; what was good before still works."""

    @settings(max_examples=examples(2), suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(hostile_responses.responses(case.operation, hostile_responses.FINAL))
    def check(response: HttpResponse) -> None:
        scene.restore(case.left)
        if case.operation == "RegisterClient":
            scene.registration.unlink()
        before, config = scene.token(), scene.home.config.read_bytes()
        scene.center.faults.add(
            case.operation, Fault.response(response.body, response.status, tuple(response.headers.items())), None
        )
        done = scene.home.ssohelper(*case.words)
        scene.center.faults.clear()
        _check_messages(done.stderr)
        assert done.returncode in (0, 1, 4, 5), done.stderr
        if done.returncode:
            assert (done.stderr != "", scene.home.config.read_bytes()) == (True, config)
            # What is listed account by account is printed for the accounts that can be listed.
            assert done.stdout == "" or case.operation == "ListAccountRoles"
        elif case.words[0] == "credential-process":
            _check_credentials(json.loads(done.stdout))
        after = scene.token()
        if case.operation == "CreateToken" and after != before:
            _check_new_token(after, response)
        else:
            _check_still_signed_in(scene, response, done.stderr)

    check()


def _check_messages(stderr: str) -> None:
    """Check that each line is a message or a hint, and says nothing about a bug."""
    for line in stderr.splitlines():
        assert line.isprintable(), stderr
        assert "bug" not in line, stderr
        assert "Traceback" not in line, stderr
    errors = [line for line in stderr.splitlines() if line.startswith("hint: ")]
    assert len(errors) <= 1, stderr


def _check_credentials(printed: dict[str, Any]) -> None:
    """Check the output for an SDK."""
    assert printed["Version"] == 1
    assert all(isinstance(printed[key], str) and printed[key].strip() for key in ("AccessKeyId", "SecretAccessKey"))
    left = datetime.fromisoformat(printed["Expiration"]).timestamp() - time.time()
    assert 0 < left < LONGEST_SECONDS


def _check_new_token(token: dict[str, Any], response: HttpResponse) -> None:
    """Check that what replaced a token is valid, and was in the response."""
    given_ = json.loads(response.body)
    assert response.status < 300
    assert token["accessToken"] == given_["accessToken"]
    assert token["accessToken"].strip()
    assert math.isfinite(given_["expiresIn"])
    assert 0 < datetime.fromisoformat(token["expiresAt"]).timestamp() - time.time() < LONGEST_SECONDS


def _check_still_signed_in(scene: Scene, response: HttpResponse, stderr: str) -> None:
    """Check that the sign-in works, unless the response was a final refusal."""
    final = ("InvalidGrant", "InvalidClient", "UnauthorizedClient")
    if response.status >= 400 and any(word in str(response.headers) + repr(response.body) for word in final):
        return
    done = scene.home.ssohelper("accounts")
    assert done.returncode == 0, (stderr, done.stderr)
