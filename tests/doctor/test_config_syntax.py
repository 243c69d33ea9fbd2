"""Files that AWS's tools cannot read."""

import pytest

from tests.fixtures.doctor_runs import (
    PROFILE,
    SESSION,
    Case,
    botocore_profiles,
    check_case,
    config_findings,
    findings,
    fix_config,
    kinds,
)
from tests.fixtures.home import Home

CASES = {
    "duplicate section": Case(
        "[profile x]\nregion = us-east-1\n[profile x]\nregion = us-east-2\n", [("syntax-error", 11)]
    ),
    "duplicate key": Case("[profile x]\nregion = us-east-1\nRegion = us-east-2\n", [("syntax-error", 11)]),
    "no key": Case("[profile x]\nregion = us-east-1\nstray\n", [("syntax-error", 11)]),
    "all of them": Case(
        "[profile x]\nregion = us-east-1\n[profile x]\nregion = us-east-2\nregion = us-west-2\nstray\n",
        [("syntax-error", 11), ("syntax-error", 14)],
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_syntax_errors(configured: Home, case: Case) -> None:
    """Every line that botocore refuses is found at once, and commented out."""
    check_case(configured, case)


def test_message_of_a_duplicate(configured: Home) -> None:
    """A duplicate option is named together with the line of the first one."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\nregion = us-east-1\nregion = us-east-2\n")
    (found,) = config_findings(configured)
    assert (found["message"], found["line"]) == ("'region' is set twice (first on line 10)", 11)


@pytest.mark.full
@pytest.mark.parametrize(("first", "kind"), [("\ufeff", "encoding"), ("region = x\n", "syntax-error")])
def test_first_line(configured: Home, first: str, kind: str) -> None:
    """A byte order mark, and an option before the first section, are removed."""
    configured.config.write_text(first + SESSION + PROFILE)
    found = config_findings(configured)
    assert kinds(found) == [(kind, 1)]
    fix_config(configured, found)
    assert botocore_profiles(configured.config) == {"good"}


@pytest.mark.full
@pytest.mark.parametrize(
    "below", ["sso_session = acme\nsso_account_id = 222233334444\nsso_role_name = Admin\n", "output = json\n", ""]
)
def test_unclosed_header(configured: Home, below: str) -> None:
    """An unclosed header gets its bracket; the section above, to which tools add its options, is unchanged."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x\n{below}")
    found = config_findings(configured)
    assert kinds(found) == [("unclosed-header", 9)]
    fix_config(configured, found)
    assert configured.config.read_text() == f"{SESSION}{PROFILE}[profile x]\n{below}"


def test_unclosed_header_of_a_session(configured: Home) -> None:
    """If the header of a session is not closed, its profiles are not reported as profiles without a session."""
    valid = configured.config.read_text()
    configured.config.write_text(valid.replace("acme]", "acme", 1))
    found = config_findings(configured)
    assert kinds(found) == [("unclosed-header", 1)]
    fix_config(configured, found)
    assert configured.config.read_text() == valid


def test_duplicate_session(configured: Home) -> None:
    """Of a session that is defined twice, the first one stays; nothing else is reported."""
    valid = configured.config.read_text()
    configured.config.write_text(f"{valid}[sso-session acme]\nsso_start_url = https://x\nsso_region = eu-west-1\n")
    found = findings(configured)
    assert kinds(found) == [("syntax-error", 9)]
    fix_config(configured, found)
    assert configured.config.read_text().startswith(valid)


def test_credentials_file(configured: Home) -> None:
    """Syntax errors of the shared credentials file are found, too."""
    credentials = configured.config.with_name("credentials")
    credentials.write_text("[x]\nstray\n")
    credentials.chmod(0o600)
    found = config_findings(configured)
    assert [(each["kind"], each["line"], each["file"]) for each in found] == [("syntax-error", 2, str(credentials))]
    fix_config(configured, found)


def test_file_that_cannot_be_read(configured: Home) -> None:
    """A config file that cannot be read is a finding, with a profile as argument too."""
    configured.config.unlink()
    configured.config.mkdir()
    assert [each["kind"] for each in findings(configured, "--offline")] == ["config-unreadable"]
    assert [each["kind"] for each in findings(configured, "good")] == ["config-unreadable"]


def test_carriage_returns(configured: Home) -> None:
    """Line endings of a carriage return alone are replaced, and only then lines are changed."""
    text = f"{SESSION}{PROFILE}[profile x]\nsso_session = amce\n"
    configured.config.write_bytes(text.replace("\n", "\r").encode())
    found = config_findings(configured)
    assert kinds(found) == [("line-endings", 1)]
    fix_config(configured, found)
    assert configured.config.read_text() == text.replace("amce", "acme")


@pytest.mark.first_is_quick
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_encoding(configured: Home, encoding: str) -> None:
    """A file that is not UTF-8 is one finding, with one fix; its text stays the same."""
    text = f"{SESSION}{PROFILE}# größer\r\n"
    configured.config.write_bytes(text.encode(encoding))
    found = config_findings(configured)
    assert [each["kind"] for each in found] == ["encoding"]
    fix_config(configured, found)
    assert configured.config.read_bytes() == text.encode()
    assert botocore_profiles(configured.config) == {"good"}


def test_nested_block(configured: Home) -> None:
    """A line without `=` in a nested block, for which botocore refuses the file, is commented out."""
    check_case(configured, Case("[profile x]\ns3 =\n  addressing_style = path\n  invalid\n", [("syntax-error", 12)]))


@pytest.mark.first_is_quick
@pytest.mark.parametrize("header", ["profile stage]", "profile stage", "(profile stage)", "{profile stage}"])
def test_header_without_bracket(configured: Home, header: str) -> None:
    """A header that lost a bracket is told instead of the options below it, which seem to be set twice."""
    stage = PROFILE.replace("[profile good]", header).replace("111122223333", "444455556666")
    configured.config.write_text(SESSION + PROFILE + stage)
    found = config_findings(configured)
    assert kinds(found) == [("unclosed-header", 9)]
    fix_config(configured, found)
    assert configured.config.read_text() == SESSION + PROFILE + stage.replace(header, "[profile stage]")


def test_last_line_of_a_block(configured: Home) -> None:
    """If nothing is left of a nested block, it is commented out as a whole: boto3 fails with an empty one."""
    configured.config.write_text(f"{SESSION}{PROFILE}s3 =\n  addressing_style path\n")
    found = config_findings(configured)
    fix_config(configured, found)
    assert configured.config.read_text() == f"{SESSION}{PROFILE}# s3 =\n#   addressing_style path\n"
