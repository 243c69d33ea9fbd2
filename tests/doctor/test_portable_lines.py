"""Lines that not every SDK can read."""

import pytest

from tests.fixtures.doctor_runs import Case, check_case
from tests.fixtures.home import Home

CASES = {
    "colon": Case("[profile x]\nregion: us-east-1\noutput : json\n", [("colon", 10), ("colon", 11)]),
    "comment": Case("[profile x]\n  # mine\nregion = us-east-1\n", [("indented-line", 10)]),
    "options": Case("[profile x]\n  region = us-east-1\n  s3 =\n    x = 1\n", [("indented-line", 10)]),
    "options below a comment": Case("[profile x]\n# c\n\n\t# d\n\tregion = us-east-1\n", [("indented-line", 12)]),
    "comment without options": Case("[profile x]\n  # c\n", []),
    "name in a block": Case("[profile x]\ns3 =\n  x = 1\n  = 2\n", [("empty-name", 12)]),
    "after a header": Case("[profile x] # mine\noutput = json\n", [("text-after-header", 9)], "9s/ #.*//"),
    "continued": Case("[profile x]\nnote = a\n\n  # c\n  b\n", [("continued-value", 13)]),
    "URL": Case("[profile x]\nendpoint_url = https://x:1/\n", []),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lines(configured: Home, case: Case) -> None:
    """Each line is changed so that every SDK reads it."""
    check_case(configured, case)
