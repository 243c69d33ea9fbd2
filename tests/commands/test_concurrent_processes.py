"""Concurrent processes that need the same thing make one request, and open one browser."""

import json
from collections import Counter
from collections.abc import Callable, Iterator

import pexpect
import pytest

from tests.fixtures.company import ACCOUNT, ROLE, WAITING, Company, make_company
from tests.fixtures.home import HANG_SECONDS, Home
from tests.fixtures.recorded_browser import install_browser
from tests.fixtures.waiting import outputs

pytestmark = pytest.mark.full

MANY = 64
SIGNED_IN = "ssohelper: signed in to acme"


@pytest.fixture
def company(make_home: Callable[..., Home]) -> Iterator[Company]:
    """A company in which sign-ins are approved at once, and a refresh token works once."""
    with make_company(make_home, auto_approve=True) as company:
        yield company


def test_one_cold_role(company: Company) -> None:
    """64 concurrent processes for one role: one requests the credentials, and all print the same."""
    company.sign_in()
    answers = Counter(outputs([company.start_credential_process() for _ in range(MANY)]))
    ((answer, number),) = answers.items()
    issued = company.service.issued(json.loads(answer)["AccessKeyId"])
    assert (number, issued.account_id, issued.role_name) == (MANY, ACCOUNT, ROLE)
    assert company.service.counters.calls == {"GetRoleCredentials": 1}


def test_one_expired_token(company: Company) -> None:
    """64 concurrent processes for eight roles, with an expired token: one refresh, and one request for each role."""
    company.sign_in(left=-60)
    account_ids = [account.id for account in company.service.world.accounts if account.id != ACCOUNT] + [ACCOUNT]
    answers = Counter(
        outputs(
            [company.start_credential_process(account_id) for _ in range(MANY // 8) for account_id in account_ids]
        )
    )
    issued = {
        company.service.issued(json.loads(answer)["AccessKeyId"]).account_id: n for answer, n in answers.items()
    }
    assert issued == dict.fromkeys(account_ids, MANY // 8)
    assert company.service.counters.calls == {"CreateToken": 1, "GetRoleCredentials": 8}
    company.check_refresh()


def test_several_commands_and_one_expired_token(company: Company) -> None:
    """Different commands that find an expired token refresh it once, too."""
    company.sign_in(left=-60)
    kinds = (("login",), ("accounts",), ("roles",), ("sync", "--dry-run"))
    processes = [company.start("ssohelper", *kind) for _ in range(3) for kind in kinds]
    for process in processes:
        process.communicate(timeout=HANG_SECONDS)
    assert [process.returncode for process in processes] == [0] * 12
    assert company.service.counters.calls["CreateToken"] == 1


def test_one_browser(company: Company) -> None:
    """Of 20 concurrent logins, one opens a browser; after the sign-in, all 20 are signed in."""
    browser = install_browser(company.home)
    logins = [company.home.terminal("login") for _ in range(20)]
    waits = 0
    for login in logins:
        waits += login.expect([r"in your browser", WAITING])
    browser.go()
    for login in logins:
        login.expect_exact(f"{SIGNED_IN}\r\n")
        login.expect(pexpect.EOF)
        login.close()
    assert ([login.exitstatus for login in logins], waits, browser.starts) == ([0] * 20, 19, 1)
    assert company.service.counters.calls == {"RegisterClient": 1, "CreateToken": 1}
    assert "The access token is valid until" in browser.page()
    company.check_refresh()


def test_browser_in_the_foreground(company: Company) -> None:
    """A browser whose command runs until it is closed (w3m, BROWSER='firefox %s') works as well."""
    browser = install_browser(company.home, background=False)
    browser.go()
    login = company.home.terminal("login")
    matched = login.expect_exact([f"{SIGNED_IN}\r\n", pexpect.TIMEOUT, "device code"], timeout=25)
    login.close(force=True)
    assert (matched, browser.starts) == (0, 1)
    assert company.service.counters.calls == {"RegisterClient": 1, "CreateToken": 1}
