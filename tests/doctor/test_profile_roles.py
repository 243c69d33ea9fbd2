"""Accounts and roles of profiles."""

import pytest

from tests.fixtures.doctor_runs import ROLE, Case, check_case
from tests.fixtures.home import Home

CASES = {
    "account id without its leading zero": Case(
        "[profile x]\nsso_session = acme\nsso_account_id = 11122223333\nsso_role_name = ReadOnly\n",
        [("invalid-account-id", 11)],
    ),
    "account name instead of an id": Case(
        "[profile x]\nsso_session = acme\nsso_account_id = prod\nsso_role_name = R\n", [("invalid-account-id", 11)]
    ),
    "no role": Case("[profile x]\nsso_session = acme\nsso_account_id = 111122223333\n", [("incomplete-profile", 9)]),
    "no account": Case("[profile x]\nsso_session = acme\nsso_role_name = ReadOnly\n", [("incomplete-profile", 9)]),
    "no session and no start URL": Case(f"[profile x]\n{ROLE}", [("incomplete-profile", 9)]),
    "start URL without a region": Case(
        f"[profile x]\nsso_start_url = https://a\n{ROLE}", [("incomplete-profile", 9)]
    ),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_profile_roles(configured: Home, case: Case) -> None:
    """A profile with an incomplete or invalid role is commented out; leading zeros of an account id are restored."""
    check_case(configured, case)
