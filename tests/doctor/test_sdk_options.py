"""Options of a profile because of which an SDK does not find it."""

from tests.fixtures.doctor_runs import HEALTHY_PROFILE, findings
from tests.fixtures.home import Home


def test_profile(healthy: Home) -> None:
    """`doctor PROFILE` says in a line each which version does not find the profile, also one that it starts at."""
    name = HEALTHY_PROFILE
    text = healthy.config.read_text()
    section = f"[profile {name}]\n"
    chained = f"[profile chained]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = {name}\n"
    options = "retry_mode = legacy\nmax_attempts = many\nuse_fips_endpoint = 1\n"
    healthy.config.write_text(text.replace(section, section + options) + chained)
    for profile in (name, "chained"):
        found = [each for each in findings(healthy, profile) if each["kind"] == "option-not-portable"]
        assert [(each["message"], each["affects"]) for each in found] == [
            ("retry_mode = legacy is not valid in every SDK", "version 4 of the SDK for .NET: profile not found"),
            ("max_attempts = many is not valid in every SDK", "the SDK for .NET: profile not found"),
            ("use_fips_endpoint = 1 is not valid in every SDK", "the SDK for .NET: profile not found"),
        ]
        lines = healthy.config.read_text().splitlines()
        assert [lines[each["line"] - 1].split()[0] for each in found] == [
            each["message"].split()[0] for each in found
        ]
    assert [each for each in findings(healthy, "--offline") if each["kind"] == "option-not-portable"] == []


def test_current_profile(healthy: Home) -> None:
    """Without a PROFILE, that of AWS_PROFILE is looked at."""
    text = healthy.config.read_text()
    section = f"[profile {HEALTHY_PROFILE}]\n"
    healthy.config.write_text(text.replace(section, f"{section}retry_mode = legacy\n"))
    found = findings(healthy, "--offline", AWS_PROFILE=HEALTHY_PROFILE)
    assert [each["kind"] for each in found] == ["option-not-portable"]


def test_beside_credential_process(healthy: Home) -> None:
    """Some options are a problem only beside a credential_process."""
    text = healthy.config.read_text()
    program = (
        "credential_process = /bin/echo {}\nmfa_serial = arn:aws:iam::111122223333:mfa/x\nendpoint_url = https://x\n"
    )
    healthy.config.write_text(
        f"{text}[profile p]\n{program}[profile q]\nsource_profile = q\nendpoint_url = https://x\n"
    )
    found = [each for each in findings(healthy, "p") if each["kind"] == "option-not-portable"]
    assert [(each["message"], each["affects"]) for each in found] == [
        ("mfa_serial is set beside credential_process", "the SDK for .NET: profile not found"),
        ("endpoint_url is set beside credential_process", "version 3 of the SDK for .NET: profile not found"),
    ]
    assert [each for each in findings(healthy, "q") if each["kind"] == "option-not-portable"] == []
