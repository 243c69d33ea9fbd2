"""Profiles that assume a role on top of one of IAM Identity Center."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, SESSION, Case, check_case, config_findings, kinds
from tests.fixtures.home import Home

_ROLE = "role_arn = arn:aws:iam::999988887777:role/Deploy\n"
CHAINED = f"[profile x]\n{_ROLE}source_profile = good\nregion = eu-west-1\n"
CASES = {
    "longer": Case(f"{CHAINED}duration_seconds = 43200\n", [("duration-too-long", 13)]),
    "an hour": Case(f"{CHAINED}duration_seconds = 3600\n", []),
    "ignored": Case(f"{CHAINED}duration_seconds = 12h\n", []),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_duration(configured: Home, case: Case) -> None:
    """A duration that STS refuses becomes an hour."""
    check_case(configured, case)


def test_other_start(configured: Home) -> None:
    """With access keys, STS issues the role for as long as it allows."""
    keys = "[profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n"
    text = CHAINED.replace("= good", "= keys")
    configured.config.write_text(f"{SESSION}{PROFILE}{keys}{text}duration_seconds = 43200\n")
    assert kinds(config_findings(configured)) == []


@pytest.mark.full
def test_inherited(configured: Home) -> None:
    """A duration that other profiles inherit, too, is changed by the user."""
    keys = "[profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n"
    long = f"[profile long]\n{_ROLE}source_profile = keys\nregion = eu-west-1\n"
    text = f"[DEFAULT]\nduration_seconds = 43200\n{SESSION}{PROFILE}{CHAINED}{keys}{long}"
    configured.config.write_text(text)
    (found,) = config_findings(configured)
    assert (found["line"], found["fix"]) == (2, "${EDITOR:-vi} +2 ~/.aws/config")
    configured.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert configured.config.read_text() == text


@pytest.mark.parametrize(("region", "expected"), [("", [("chain-without-region", 9)]), ("region = eu-west-1\n", [])])
def test_region(configured: Home, region: str, expected: list[tuple[str, int | None]]) -> None:
    """A chained profile needs a region of its own, unless the environment has one."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{_ROLE}source_profile = good\n{region}")
    assert kinds(config_findings(configured)) == expected
    assert kinds(config_findings(configured, AWS_DEFAULT_REGION="eu-west-1")) == []


@pytest.mark.full
def test_mfa(configured: Home) -> None:
    """A profile that STS refuses whatever the permissions are is found, with those that lead through it."""
    device = "mfa_serial = arn:aws:iam::111122223333:mfa/alex\n"
    configured.config.write_text(
        f"{SESSION}{PROFILE}{CHAINED}{device}[profile y]\n{_ROLE}source_profile = x\nregion = eu-west-1\n"
    )
    (found,) = config_findings(configured)
    why = "has mfa_serial, but its source is a role, which has no MFA device (line 13 of the config file)"
    assert (found["kind"], found["line"], found["message"]) == ("profile-refused", 13, f"profile 'x' {why}")
