"""Accounts and roles of profiles."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, Case, check_case, config_findings, fix_config
from tests.fixtures.home import Home

CASES = {
    "account id without its leading zero": Case(
        "[profile x]\nsso_session = acme\nsso_account_id = 11122223333\nsso_role_name = ReadOnly\n",
        [("invalid-account-id", 11)],
        edit="s/ 11122223333/ 011122223333/",
    ),
    "account name instead of an id": Case(
        "[profile x]\nsso_session = acme\nsso_account_id = prod\nsso_role_name = R\n",
        [("invalid-account-id", 11)],
        edit="s/prod/111122223333/",
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


DAMAGED = {
    "comment": "111122223333 # prod",
    "dashes": "1111-2222-3333",
    "quotes": '"111122223333"',
    "curly quotes": "\u201c111122223333\u201d",
    "no-break space": "1111\u00a022223333",
    "zero width": "1111\u200b22223333",
    "quotes and a comment": "'111122223333' ; x",
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("account_id", DAMAGED.values(), ids=DAMAGED)
def test_damaged_values(configured: Home, account_id: str) -> None:
    """What people paste is repaired, and the profile gives its role."""
    role = f"sso_account_id = {account_id}\nsso_role_name = 'ReadOnly'  # mine\nsso_session = \u200bacme\n"
    configured.config.write_text(f"{SESSION}{PROFILE}[profile x]\n{role}")
    found = config_findings(configured)
    assert sorted(each["kind"] for each in found) == ["invalid-account-id", "invalid-role-name", "session-not-found"]
    fix_config(configured, found)
    assert configured.config.read_text().endswith(
        "[profile x]\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\nsso_session = acme\n"
    )
