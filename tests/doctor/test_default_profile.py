"""The default profile under both of its headers; `test_javascript` compares two SDKs."""

import pytest

from tests.fixtures.doctor_runs import Case, check_case
from tests.fixtures.home import Home

CASES = {
    "[default] first": Case("[default]\noutput = json\n[profile default]\noutput = text\n", [("two-defaults", 9)]),
    "[default] last": Case("[profile default]\noutput = json\n[default]\noutput = text\n", [("two-defaults", 9)]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.first_is_quick
def test_two_defaults(configured: Home, case: Case) -> None:
    """The first one is commented out."""
    check_case(configured, case)
