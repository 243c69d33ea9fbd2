"""The steps from a profile to its credentials."""

import json

import pytest

from tests.fixtures.doctor_runs import HEALTHY_PROFILE, check_fix, findings, silent_process
from tests.fixtures.home import Home


def test_all_steps(healthy: Home) -> None:
    """Without a problem, every step is shown; the last line says which clients cannot use the profile."""
    done = healthy.ssohelper("doctor", HEALTHY_PROFILE)
    lines = [line.split() for line in done.stdout.splitlines()]
    names = ("profile", "session", "sign-in", "role", "credentials")
    assert ([line[:2] for line in lines], done.returncode, done.stderr) == (
        [*(["ok", name] for name in names), ["no", "problems"], ["not", "supported"]],
        0,
        "",
    )
    clients = [
        "object_store (polars without boto3)",
        "restic",
        "Serverless Framework 3",
        "SDK for Java 1",
        "SDK for Java 2 without its modules sso and ssooidc",
        "SDK for .NET without its packages AWSSDK.SSO and AWSSDK.SSOOIDC",
        "SDKs from before mid-2023",
    ]
    assert done.stdout.splitlines()[-1] == f"not supported by this profile (use ssohelper exec): {', '.join(clients)}"
    printed = json.loads(healthy.ssohelper("doctor", HEALTHY_PROFILE, "--json").stdout)
    assert printed["unsupported"] == clients


def test_profile_in_the_credentials_file(healthy: Home) -> None:
    """A profile may be in the credentials file only; where a step fails, it is that file's line."""
    path = healthy.config.with_name("credentials")
    keys = "sso_session = acme\nsso_account_id = 333344445555\nsso_role_name"
    path.write_text(f"[there]\n{keys} = ReadOnly\nregion = us-east-1\n\n[wrong]\n{keys} = Nothing\n")
    path.chmod(0o600)
    done = healthy.ssohelper("doctor", "there")
    assert (done.returncode, "ok credentials" in done.stdout, done.stderr) == (0, True, "")
    (found,) = [each for each in findings(healthy, "wrong") if each["kind"] == "role-not-assigned"]
    assert (found["file"], found["line"]) == (str(path), 10)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("role", "suggestion"), [("ReadOnyl", "; did you mean ReadOnly?"), ("Nothing", "")])
def test_role_not_assigned(healthy: Home, role: str, suggestion: str) -> None:
    """A role that is not assigned is found, with those that are; a similar one is suggested in words only."""
    account = "sso_session = acme\nsso_account_id = 222233334444\n"
    with healthy.config.open("a") as file:
        file.write(f"\n[profile mine]\n{account}sso_role_name = {role}\n")
    (found,) = findings(healthy, "mine")
    line = healthy.config.read_text().splitlines().index(f"sso_role_name = {role}") + 1
    assert (found["kind"], found["message"], found["line"]) == (
        "role-not-assigned",
        f"role {role} in 222233334444 is not assigned to you (assigned: ReadOnly){suggestion}",
        line,
    )
    if suggestion:
        assert found["fix"] == f"${{EDITOR:-vi}} +{line} ~/.aws/config"
        check_fix(healthy, "mine", edit=f"s/{role}/ReadOnly/")


def test_needs(healthy: Home) -> None:
    """Credentials that expire before they are no longer needed: `exec` refreshes them."""
    assert findings(healthy, HEALTHY_PROFILE, "--needs", "1h") == []
    (found,) = findings(healthy, HEALTHY_PROFILE, "--needs", "24h")
    assert (found["kind"], found["fix"]) == (
        "role-session-too-short",
        f"ssohelper exec --profile {HEALTHY_PROFILE} -- COMMAND",
    )


def test_credential_process(healthy: Home) -> None:
    """A credential_process that fails is a step that fails."""
    lines = healthy.config.read_text().splitlines()
    at = lines.index(f"[profile {HEALTHY_PROFILE}]")
    managed = "ssohelper_account_id = 333344445555\nssohelper_role_name = ReadOnly\nssohelper_session = acme"
    process = silent_process(healthy, "ReadOnly", 1)
    profile = f"[profile failing]\n{managed}\ncredential_process = {process}"
    healthy.config.write_text("\n".join([*lines[:at], profile, *lines[at:]]))
    found = findings(healthy, "failing")
    assert [(each["kind"], each["message"]) for each in found] == [
        ("step-credential_process", "credential_process: exit code 1")
    ]
