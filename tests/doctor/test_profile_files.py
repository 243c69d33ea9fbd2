"""Files that profiles name."""

import pytest

from tests.fixtures.doctor_runs import Case, check_case
from tests.fixtures.home import Home


@pytest.mark.first_is_quick
@pytest.mark.parametrize("key", ["ca_bundle", "proxy_ca_bundle", "proxy_client_cert"])
def test_missing_files(configured: Home, key: str) -> None:
    """A CA bundle or a client certificate that does not exist is found; the user corrects its path."""
    case = Case(f"[profile x]\n{key} = /none\n", [("file-not-found", 10)], edit="s#/none#/dev/null#")
    check_case(configured, case)
