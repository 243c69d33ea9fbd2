"""Keys that no tool knows."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, Case, check_case, config_findings, fix_config
from tests.fixtures.home import Home

CASES = {
    "session": Case(f"[profile x]\nsso_sesion = acme\n{ROLE}", [("misspelled-key", 10)]),
    "account": Case(
        "[profile x]\nsso_session = acme\nsso_acount_id = 111122223333\nsso_role_name = R\n", [("misspelled-key", 11)]
    ),
    "dashes": Case(
        "[profile x]\nsso_session = acme\nsso-account-id = 111122223333\nSSO-role-name = R\n",
        [("misspelled-key", 11), ("misspelled-key", 12)],
    ),
    "swapped": Case("[profile x]\nregoin = us-east-1\n", [("misspelled-key", 10)]),
    "URL": Case(
        "[sso-session b]\nsso_star_url = https://b\nsso_region = us-east-1\n",
        [("incomplete-session", 9), ("misspelled-key", 10)],
    ),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("name", CASES)
def test_keys(configured: Home, name: str) -> None:
    """Each is renamed, and its profile is not called incomplete."""
    case = CASES[name]
    if name == "URL":
        configured.config.write_text(SESSION + PROFILE + case.text)
        found = [each for each in config_findings(configured) if each["kind"] == "misspelled-key"]
        fix_config(configured, found)
    else:
        check_case(configured, case)


@pytest.mark.first_is_quick
@pytest.mark.parametrize("key", ["sso_account_name", "regions_of_mine", "my_output", "granted_sso_region", "s3"])
def test_other_keys(configured: Home, key: str) -> None:
    """Keys of other tools, and the user's own, are no findings; nor is one beside the key that it is like."""
    configured.config.write_text(f"{SESSION}{PROFILE}{key} = x\nregionn = y\n")
    assert config_findings(configured) == []
