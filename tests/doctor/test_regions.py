"""Regions that do not exist."""

import sys

import pytest

from tests.fixtures.doctor_runs import (
    PROFILE,
    SESSION,
    Case,
    check_case,
    check_fix,
    config_findings,
    findings,
    fix_config,
    kinds,
)
from tests.fixtures.home import Home

CASES = {
    "misspelled": Case("[profile x]\nregion = us-esat-1\n", [("unknown-region", 10)], edit="s/esat/east/"),
    "no region": Case("[profile x]\nregion = home\n", [("unknown-region", 10)]),
    "with a comment": Case("[profile x]\nregion = us-east-1 # home\n", [("unknown-region", 10)]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.first_is_quick
def test_profiles(configured: Home, case: Case) -> None:
    """A similar region is suggested, and set by the user; a value like no region is commented out."""
    check_case(configured, case)


@pytest.mark.full
def test_comment(configured: Home) -> None:
    """boto3 reads a comment behind the region as part of it, as the finding says; the fix removes it."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1 # home\n")
    (found,) = config_findings(configured)
    assert (found["message"], found["affects"]) == (
        "profile 'x': not a valid AWS region: us-east-1 # home (the comment is read as part of it)",
        "the AWS CLI, boto3 and all tools based on them",
    )
    program = "import boto3; print(boto3.Session(profile_name='x').region_name)"
    assert configured.run(sys.executable, "-c", program).stdout == "us-east-1 # home\n"
    fix_config(configured, [found])
    assert configured.run(sys.executable, "-c", program).stdout == "us-east-1\n"


def test_new_region(configured: Home) -> None:
    """Another number of a known location may be a region that is newer than botocore."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = eu-central-9\n")
    assert config_findings(configured) == []


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "options",
    [
        "endpoint_url = https://s3.example.com\n",
        "services = r2\n[services r2]\ns3 =\n  endpoint_url = https://s3.example.com\n",
        "s3 =\n  endpoint_url = https://s3.example.com\n",
    ],
)
def test_regions_of_other_providers(configured: Home, options: str) -> None:
    """With an endpoint of its own, a profile may have any region."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile r2]\nregion = auto\n{options}")
    assert config_findings(configured) == []


@pytest.mark.first_is_quick
@pytest.mark.parametrize("used", ["us-east-1", "us-west-1"])
def test_two_similar_regions(configured: Home, used: str) -> None:
    """Of two regions that are equally similar, the one that is used in the config file is suggested."""
    valid = (SESSION + PROFILE).replace("us-east-1", used)
    configured.config.write_text(f"{valid}[profile x]\nregion = us-est-1\n")
    found = config_findings(configured)
    assert [(each["kind"], each["line"], each["message"], each["fix"]) for each in found] == [
        (
            "unknown-region",
            10,
            f"profile 'x': not a valid AWS region: us-est-1; did you mean {used}?",
            "${EDITOR:-vi} +10 ~/.aws/config",
        )
    ]
    fix_config(configured, found, edit=f"s/us-est-1/{used}/")
    (variable,) = (
        each for each in findings(configured, "--offline", AWS_REGION="us-est-1") if each["kind"] == "unknown-region"
    )
    assert (variable["message"], variable["fix"]) == (
        f"AWS_REGION: not a valid AWS region: 'us-est-1'; did you mean {used}?",
        "unset AWS_REGION",
    )


@pytest.mark.first_is_quick
@pytest.mark.parametrize("value", ["us-esat-1", "home"])
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_environment(configured: Home, name: str, value: str) -> None:
    """A variable with an invalid region is to be unset."""
    found = [each for each in findings(configured, "--offline", **{name: value}) if each["kind"] != "not-signed-in"]
    assert [(each["kind"], each["fix"]) for each in found] == [("unknown-region", f"unset {name}")]
    again = configured.run("sh", "-c", f"{found[0]['fix']}; ssohelper doctor --offline --json", **{name: value})
    assert "unknown-region" not in again.stdout


def test_settings(healthy: Home) -> None:
    """An invalid region of a rule in config.toml is found, and corrected by the user."""
    healthy.settings.parent.mkdir(parents=True)
    healthy.settings.write_text('[defaults]\n[[defaults.rules]]\nmatch = "*"\nregion = "eu-wset-1"\n')
    (found,) = findings(healthy, "--offline")
    assert (kinds([found]), found["message"], found["fix"]) == (
        [("unknown-region", None)],
        "not a valid AWS region: region = 'eu-wset-1'; did you mean eu-west-1?",
        "${EDITOR:-vi} ~/.config/ssohelper/config.toml",
    )
    check_fix(healthy, "--offline", edit="s/wset/west/")
