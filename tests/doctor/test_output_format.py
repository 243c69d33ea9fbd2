"""Output formats that the AWS CLI does not know."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.doctor_runs import PROFILE, SESSION, Case, check_case, config_findings
from tests.fixtures.home import Home

CASES = {
    "misspelled": Case("[profile x]\noutput = tabel\n", [("unknown-output", 10)], edit="s/tabel/table/"),
    "no format": Case("[profile x]\noutput = zzz\n", [("unknown-output", 10)]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_profiles(configured: Home, case: Case) -> None:
    """A similar format is suggested, and set by the user; a value like no format is commented out."""
    check_case(configured, case)


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("value", "expected"), [("text", []), ("table", []), ("tabel", ["unknown-output"])])
def test_aws_cli(configured: Home, identity_center: Simulator, value: str, expected: list[str]) -> None:
    """With a format that is reported as invalid, the real AWS CLI prints nothing; with the others it does."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\noutput = {value}\n")
    assert [each["kind"] for each in config_findings(configured)] == expected
    words = ("sso-oidc", "register-client", "--client-name", "x", "--client-type", "public", "--profile", "x")
    done = configured.run("aws", *words, "--no-sign-request", "--endpoint-url", identity_center.url)
    assert (done.stdout == "", f"Unknown output type: {value}" in done.stderr) == (bool(expected),) * 2
