"""Sign-ins: tokens, client registrations, and other tools that write them."""

import json
import time
from collections.abc import Callable

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.doctor_runs import (
    HEALTHY_PROFILE,
    PROFILE,
    SESSION,
    change_token,
    check_fix,
    config_findings,
    findings,
    run_fix,
)
from tests.fixtures.drawing import token_file
from tests.fixtures.home import Home

DAY = 24 * 3600


def _missing(home: Home) -> None:
    token_file(home).unlink()


def _corrupt(home: Home) -> None:
    token_file(home).write_text("{")


def _other_start_url(home: Home) -> None:
    change_token(home, startUrl="https://elsewhere.awsapps.com/start")


def _no_refresh_token(home: Home) -> None:
    change_token(home, refreshToken=None)


def _expired(home: Home) -> None:
    change_token(home, refreshToken=None, expiresAt=timestamps.written(time.time() - 60))


def _registration(home: Home) -> None:
    change_token(home, registrationExpiresAt=timestamps.written(time.time() + 3 * DAY))
    folder = home.path / ".aws/sso/cache"
    for path in folder.glob("*.json"):
        data = json.loads(path.read_bytes())
        if "accessToken" not in data:
            path.write_text(json.dumps(data | {"expiresAt": timestamps.written(time.time() + 3 * DAY)}))


def _aws_sso_util(home: Home) -> None:
    change_token(
        home, refreshToken=None, clientId=None, clientSecret=None, receivedAt=timestamps.written(time.time())
    )


def _old_aws_cli(home: Home) -> None:
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SUTC", time.gmtime(time.time() + 3600))
    change_token(home, refreshToken=None, expiresAt=expires_at)


def _another_region(home: Home) -> None:
    home.config.write_text(home.config.read_text().replace("sso_region = us-east-1", "sso_region = eu-west-1"))


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("break_sign_in", "expected"),
    [
        (_missing, [("not-signed-in", "error")]),
        (_corrupt, [("invalid-token", "error")]),
        (_other_start_url, [("invalid-token", "error")]),
        (_no_refresh_token, [("no-auto-refresh", "warning")]),
        (_expired, [("sign-in-expired", "error")]),
        (_registration, [("registration-expires", "warning")]),
        (_aws_sso_util, [("token-of-other-tool", "warning"), ("no-auto-refresh", "warning")]),
        (_old_aws_cli, [("token-of-other-tool", "warning"), ("no-auto-refresh", "warning")]),
        (_another_region, [("wrong-region", "error")]),
    ],
)
def test_sign_in(healthy: Home, break_sign_in: Callable[[Home], None], expected: list[tuple[str, str]]) -> None:
    """Whatever is wrong with a sign-in, the first command fixes it."""
    break_sign_in(healthy)
    found = findings(healthy, "--offline")
    assert [(each["kind"], each["severity"]) for each in found] == expected
    run_fix(healthy, found[0]["fix"])
    assert findings(healthy, "--offline") == []


@pytest.mark.first_is_quick
@pytest.mark.parametrize("wrong", ["us-east-11", "us-esat-1"])
def test_unknown_region(configured: Home, wrong: str) -> None:
    """A similar region is suggested in words; `configure` asks for the region."""
    configured.config.write_text((SESSION + PROFILE).replace("us-east-1", wrong, 1))
    (found,) = config_findings(configured)
    assert (found["kind"], found["message"], found["fix"]) == (
        "wrong-region",
        f"sso-session acme: no IAM Identity Center in region {wrong!r}; did you mean us-east-1?",
        "ssohelper configure --session acme --replace --start-url https://acme.awsapps.com/start",
    )
    person = configured.terminal("-c", found["fix"], program="sh")
    person.expect("region of IAM Identity Center")
    person.sendline("us-east-1")
    person.expect("wrote")
    assert config_findings(configured) == []
    assert configured.config.read_text().count("us-east-1\n") == 2


def test_region_before_sign_in(configured: Home) -> None:
    """A region without Identity Center is reported before the sign-in that would fail there."""
    configured.config.write_text((SESSION + PROFILE).replace("sso_region = us-east-1", "sso_region = us-esat-1"))
    assert [each["kind"] for each in findings(configured, "good")] == ["wrong-region", "not-signed-in"]


def test_no_keyring(healthy: Home) -> None:
    """A keyring that cannot be used is a finding of its session; everything else is checked."""
    healthy.settings.parent.mkdir(parents=True)
    healthy.settings.write_text('[defaults]\nstore = "keyring"\n')
    token_file(healthy).chmod(0o644)
    found = findings(healthy, "--offline", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert [(each["kind"], each["fix"]) for each in found] == [
        ("file-mode", f"chmod go-rwx ~/.aws/sso/cache/{token_file(healthy).name}"),
        ("sign-in-unknown", 'set store = "file" in config.toml'),
    ]
    run_fix(healthy, found[0]["fix"])


@pytest.mark.full
def test_ended_by_an_administrator(healthy: Home, identity_center: Simulator) -> None:
    """A sign-in that was ended in Identity Center is found by a request, and by the sign-in step of a profile."""
    identity_center.revoke_all_tokens()
    assert findings(healthy, "--offline") == []
    (found,) = findings(healthy)
    assert (found["kind"], found["fix"]) == ("token-rejected", "ssohelper login --session acme --force")
    assert [each["kind"] for each in findings(healthy, HEALTHY_PROFILE)] == ["step-sign-in", "token-rejected"]
    # The step has tried to refresh the token, and the result is recorded.
    check_fix(healthy, "--offline")
    assert findings(healthy, HEALTHY_PROFILE) == []
