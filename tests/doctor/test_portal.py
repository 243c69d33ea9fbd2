"""The request to the access portal."""

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.doctor_runs import findings
from tests.fixtures.home import Home

# How the last line is erased on a terminal.
CLEARED = "\r\x1b[1A\x1b[2K"


def test_unreachable(healthy: Home) -> None:
    """That Identity Center cannot be reached is found, but not offline."""
    unreachable = {"AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:9"}
    assert [each["kind"] for each in findings(healthy, **unreachable)] == ["unreachable"]
    assert findings(healthy, "--offline", **unreachable) == []


FAULTS = {
    "error": (Fault.error(500), "Identity Center returned HTTP 500"),
    "throttled": (Fault.error(429), "Identity Center is throttling requests (HTTP 429)"),
    "denied": (Fault.error(403), "Identity Center denied access"),
    "captive portal": (Fault.html(), "invalid response from Identity Center (a proxy or captive portal?)"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(healthy: Home, identity_center: Simulator, name: str) -> None:
    """An error response of Identity Center is found, also that of a proxy."""
    fault, message = FAULTS[name]
    identity_center.faults.add("ListAccounts", fault, None)
    (found,) = findings(healthy)
    assert (found["kind"], found["message"]) == ("unreachable", f"acme: {message}")


@pytest.mark.full
def test_slow_service(healthy: Home, identity_center: Simulator) -> None:
    """On a terminal, the user sees what the doctor waits for; the line is erased afterwards."""
    identity_center.faults.add("ListAccounts", Fault.hang(2))
    person = healthy.terminal("doctor")
    person.expect_exact("connecting to Identity Center (acme)")
    person.expect_exact(f"{CLEARED}no problems found")
    person.expect(pexpect.EOF)
