"""Section headers that are invalid, or that not every SDK can read."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, SESSION, Case, check_case, config_findings, fix_config
from tests.fixtures.home import Home

CASES = {
    "unquoted name with a blank": Case("[profile my prof]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "no blank": Case("[profilex]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "blanks inside the brackets": Case("[ profile x ]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "no kind": Case("[mine]\nsso_session = acme\n", [("invalid-header", 9)]),
    "underscore": Case(
        "[sso_session b]\nsso_start_url = https://b\nsso_region = us-east-1\n", [("invalid-header", 9)]
    ),
    "upper case": Case("[Profile y]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "no kind, and the name exists": Case("[profile mine]\n[mine]\nregion = us-east-1\n", [("invalid-header", 10)]),
    "no-break space": Case("[profile\u00a0x]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "upper case of default": Case("[Default]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "default with a no-break space": Case("[default\u00a0]\nregion = us-east-1\n", [("invalid-header", 9)]),
    "zero-width space": Case("[profile x\u200b]\nregion = us-east-1\n", [("header-not-portable", 9)]),
    "quoted name": Case('[profile "my prof"]\nregion = us-east-1\n', [("header-not-portable", 9)]),
    "umlaut": Case("[profile größe]\nregion = us-east-1\n", [("header-not-portable", 9)]),
    "plus": Case("[profile a+b]\nregion = us-east-1\n", [("header-not-portable", 9)]),
    "two blanks": Case("[profile  x]\nregion = us-east-1\n", [("header-not-portable", 9)]),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_headers(configured: Home, case: Case) -> None:
    """Each header is renamed to one that every SDK can read."""
    check_case(configured, case)


def test_default(configured: Home) -> None:
    """`[Default]` becomes `[default]`; if that exists, a profile with another name."""
    configured.config.write_text(f"{SESSION}{PROFILE}[Default]\nregion = us-east-1\n")
    fix_config(configured, config_findings(configured))
    assert configured.config.read_text() == f"{SESSION}{PROFILE}[default]\nregion = us-east-1\n"
    configured.config.write_text(f"{SESSION}{PROFILE}[default]\n[Default]\nregion = us-east-1\n")
    fix_config(configured, config_findings(configured))
    assert configured.config.read_text() == f"{SESSION}{PROFILE}[default]\n[profile Default]\nregion = us-east-1\n"


def test_invisible_character(configured: Home) -> None:
    """The message names what cannot be seen."""
    configured.config.write_text(f"{SESSION}{PROFILE}[profile\u00a0x]\nregion = us-east-1\n")
    (found,) = config_findings(configured)
    assert found["message"] == (
        "[profile\u00a0x] is not a valid section header (it contains U+00A0, which is invisible)"
    )


def test_name_in_dotnet(configured: Home) -> None:
    """The SDK for .NET knows a name in quotes only with the quotes."""
    configured.config.write_text(SESSION + PROFILE + '[profile "my prof"]\nregion = us-east-1\n')
    (found,) = config_findings(configured)
    assert found["affects"].endswith('the SDK for .NET: profile not found (its name in .NET is "my prof")')
