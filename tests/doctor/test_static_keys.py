"""Access keys that override a role or a program; `test_javascript` tries them with two SDKs."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, Case, check_case, config_findings, fix_config
from tests.fixtures.home import Home

KEYS = "aws_access_key_id = AKIA\naws_secret_access_key = x\n"
CASES = {
    "with a role": Case(f"[profile x]\nsso_session = acme\n{ROLE}{KEYS}", [("static-keys", 13)]),
    "with a program": Case(f"[profile x]\ncredential_process = /bin/true\n{KEYS}", [("static-keys", 11)]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.first_is_quick
def test_keys_in_the_config_file(configured: Home, case: Case) -> None:
    """Access keys in the profile itself are commented out."""
    check_case(configured, case)


@pytest.mark.parametrize(
    ("source", "affects", "severity"),
    [
        (f"sso_session = acme\n{ROLE}", "the SDKs for JavaScript and Go", "warning"),
        ("credential_process = /bin/true\n", "the AWS CLI, boto3, the SDKs for JavaScript and Go", "error"),
    ],
)
@pytest.mark.first_is_quick
def test_keys_in_the_credentials_file(configured: Home, source: str, affects: str, severity: str) -> None:
    """Access keys of the same profile in the credentials file are found; those of other profiles are not."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{source}")
    credentials = configured.config.with_name("credentials")
    credentials.write_text(f"[other]\n{KEYS}[x]\n{KEYS}")
    credentials.chmod(0o600)
    found = config_findings(configured)
    assert [(each["kind"], each["file"], each["line"], each["affects"], each["severity"]) for each in found] == [
        ("static-keys", str(credentials), 5, affects, severity)
    ]
    fix_config(configured, found)
    commented = "".join(f"# {line}\n" for line in KEYS.splitlines())
    assert credentials.read_text() == f"[other]\n{KEYS}[x]\n{commented}"
