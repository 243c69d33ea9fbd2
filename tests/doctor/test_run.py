"""The whole report: which findings there are, and in which order."""

import json
import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.fixtures.doctor_runs import (
    HEALTHY_PROFILE,
    PROFILE,
    ROLE,
    SESSION,
    check_fix,
    config_findings,
    findings,
    kinds,
    silent_process,
)
from tests.fixtures.drawing import token_file
from tests.fixtures.home import Home

# Runs ssohelper, and prints on stderr how often each file of ours and of AWS is opened.
_COUNT = """\
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from ssohelper import cli
cli.run(sys.argv[1:])
names = (".aws/config", ".aws/credentials", "/config.toml")
print(json.dumps([sum(path.endswith(name) for path in opened) for name in names]), file=sys.stderr)
"""


@pytest.mark.first_is_quick
@pytest.mark.parametrize("words", [("--offline",), (HEALTHY_PROFILE,)])
def test_reads_invalid_files_once(healthy: Home, words: tuple[str, ...]) -> None:
    """Files are opened once each, even if they are invalid; `test_reads` has the same for valid ones."""
    healthy.settings.parent.mkdir(parents=True)
    healthy.settings.write_text("[")
    healthy.config.write_text(f"{healthy.config.read_text()}stray\n")
    credentials = healthy.config.with_name("credentials")
    credentials.write_text("stray\n")
    for path in (healthy.config, credentials):
        os.utime(path, (time.time() - 60, time.time() - 60))  # a file that has just changed is read again
    done = healthy.run(sys.executable, "-c", _COUNT, "doctor", *words)
    assert json.loads(done.stderr) == [1, 1, 1]


def test_changes_nothing(healthy: Home) -> None:
    """The doctor writes no file, with and without a profile."""
    before = healthy.tree()
    findings(healthy)
    findings(healthy, HEALTHY_PROFILE)
    assert healthy.tree() == before


def test_no_findings(configured: Home) -> None:
    """Valid configurations that look unusual are no findings."""
    configured.config.write_text(
        textwrap.dedent(
            f"""\
            ; mine
            [DEFAULT]
            output = json
            [default]
            region = us-east-1
            s3 =
              max_concurrent_requests = 20

            [plugins]
            cli_legacy_plugin_path = /x
            [services local]
            s3 =
              endpoint_url = http://127.0.0.1
            [profile codeartifact]
            sso_session = acme
            [profile chained]
            role_arn = arn:aws:iam::999988887777:role/x
            source_profile = good
            region = us-east-1
            [profile lone]
            source_profile = nowhere
            [profile keys]
            aws_access_key_id = x
            aws_secret_access_key = y
            [profile run]
            credential_process = {Path("/bin/sh")} -c true
            """
        )
        + SESSION
        + PROFILE
    )
    assert config_findings(configured) == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("line", "kind", "edit"),
    [
        ("credential_process = /none/such", "two-sources", ""),
        ("output = tabel", "unknown-output", "s/tabel/table/"),
        ("region = us-esat-1", "unknown-region", "s/esat/east/"),
        ("aws_access_key_id = AKIA\naws_secret_access_key = x", "static-keys", ""),
    ],
)
def test_findings_that_prevent_no_step(healthy: Home, line: str, kind: str, edit: str) -> None:
    """With a problem that does not concern its role, every step of a profile is tried."""
    with healthy.config.open("a") as file:
        file.write(
            f"\n[profile mine]\nsso_session = acme\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n{line}\n"
        )
    report = json.loads(healthy.ssohelper("doctor", "mine", "--json").stdout)
    assert ([each["kind"] for each in report["findings"]], list(report["steps"])) == (
        [kind],
        ["profile", "session", "sign-in", "role", "credentials"],
    )
    check_fix(healthy, "mine", edit=edit)


def test_one_problem_is_one_finding(healthy: Home) -> None:
    """A step that fails is not reported if its cause is."""
    token_file(healthy).unlink()
    assert [each["kind"] for each in findings(healthy, HEALTHY_PROFILE)] == ["not-signed-in"]
    healthy.config.write_text(healthy.config.read_text().replace("sso_session = acme", "sso_session = amce", 1))
    changed = next(line for line in healthy.config.read_text().splitlines() if line.startswith("[profile"))
    name = changed.removeprefix("[profile ").removesuffix("]")
    assert [each["kind"] for each in findings(healthy, name)] == ["session-not-found", "not-signed-in"]


def test_same_fix_for_another_profile(healthy: Home) -> None:
    """A step that fails is reported even if a finding about another profile has the same fix."""
    managed = "ssohelper_session = acme\nssohelper_account_id = 333344445555\nssohelper_role_name = {}\n"
    with healthy.config.open("a") as file:
        process = silent_process(healthy, "ReadOnly", 0)
        file.write(f"\n[profile x]\ncredential_process = {process}\n{managed.format('ReadOnly')}")
        file.write(f"\n[profile y]\ncredential_process = /none/such\n{managed.format('AdministratorAccess')}")
    found = [(each["kind"], each["fix"]) for each in findings(healthy, "x")]
    assert found == [
        ("step-credential_process", "ssohelper sync --yes"),
        ("program-not-found", "ssohelper sync --yes"),
    ]


def test_order_without_a_profile(configured: Home) -> None:
    """Findings in the config file are sorted by line."""
    text = f"[profile x]\noutput = tabel\nregion = us-esat-1\nsso_session = acme\n{ROLE.replace('1', '', 1)}"
    configured.config.write_text(f"{SESSION}{PROFILE}{text}[profile y]\nregion = us-esat-1\n")
    assert kinds(config_findings(configured)) == [
        ("unknown-output", 10),
        ("unknown-region", 11),
        ("invalid-account-id", 13),
        ("unknown-region", 16),
    ]


def test_order(configured: Home) -> None:
    """With a profile, the step that failed comes first, then the profile's own findings, then all others."""
    others = "".join(f"[profile {name}]\nsso_session = acme\n{ROLE}output = tabel\n" for name in ("a", "x", "z"))
    configured.config.write_text(SESSION + PROFILE + others)
    found = findings(configured, "x", HTTPS_PROXY="http://127.0.0.1:9")
    assert kinds(found) == [
        ("not-signed-in", None),
        ("unknown-output", 18),
        ("unknown-output", 13),
        ("unknown-output", 23),
        ("unreachable", None),
    ]


def test_unknown_profile(healthy: Home) -> None:
    """A similar profile is suggested in words; the fix does not check another profile than the one that was named."""
    (found,) = findings(healthy, f"{HEALTHY_PROFILE}y")
    assert (found["kind"], found["message"], found["fix"]) == (
        "step-profile",
        (
            f"profile '{HEALTHY_PROFILE}y' not found in ~/.aws/config; did you mean {HEALTHY_PROFILE} (ReadOnly in"
            " 333344445555) or management.ReadOnly (ReadOnly in 111122223333)?"
        ),
        "ssohelper sync",
    )


def test_foreign_profile(healthy: Home) -> None:
    """The credentials of a profile that is not for Identity Center cannot be checked, which is only a warning."""
    with healthy.config.open("a") as file:
        file.write("\n[profile other]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Ec2InstanceMetadata\n")
    (found,) = findings(healthy, "other")
    assert (found["kind"], found["severity"]) == ("step-profile", "warning")
