"""Section headers that are invalid, or that not every SDK can read."""

import pytest

from tests.fixtures.doctor_runs import Case, check_case
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
