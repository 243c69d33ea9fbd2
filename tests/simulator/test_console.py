"""Console sign-in: GetSigninToken, the login page, and shortcut links of the access portal."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from ssohelper.simulator.console import parse_destination
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.html_client import Page, open_page
from tests.fixtures.sdk import Sdk
from tests.fixtures.simulators import StartSimulator
from tests.fixtures.wire import HttpResponse, fetch

ACCOUNT, ROLE = "333344445555", "ReadOnly"
DESTINATION = "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def session(simulator: Simulator, sdk: Sdk) -> dict[str, str]:
    """Role credentials in the format of the federation endpoint."""
    token = simulator.sign_in("alex@example.com").access_token
    credentials = sdk.portal.get_role_credentials(accessToken=token, accountId=ACCOUNT, roleName=ROLE)[
        "roleCredentials"
    ]
    names = {"sessionId": "accessKeyId", "sessionKey": "secretAccessKey", "sessionToken": "sessionToken"}
    return {name: credentials[key] for name, key in names.items()}


def get_signin_token(
    simulator: Simulator, session: object, target: str = "/federation", **changes: str
) -> HttpResponse:
    """Call getSigninToken."""
    form = {"Action": "getSigninToken", "Session": json.dumps(session), **changes}
    return fetch(simulator, "POST", target, urlencode(form).encode(), FORM)


def log_in(simulator: Simulator, token: str, **changes: str) -> Page:
    """Open the console with a sign-in token."""
    query = {"Action": "login", "Issuer": "x", "Destination": DESTINATION, "SigninToken": token, **changes}
    return open_page(simulator, f"/federation?{urlencode(query)}")


def shown(page: Page) -> tuple[int, list[str]]:
    """Return the status of a page and its text below the heading."""
    return page.response.status, page.text[page.elements.count("title") + 2 : -1]


def console_page(seconds: int = 8 * 3600, service: str = "s3", region: str = "eu-central-1") -> tuple[int, list[str]]:
    """Return the expected console page of alex."""
    lines = [
        "User: alex@example.com",
        f"Account: payments-prod ({ACCOUNT})",
        f"Role: {ROLE}",
        f"Service: {service}",
        f"Region: {region}",
        f"Session: {seconds} seconds",
    ]
    return 200, lines


@pytest.mark.parametrize(("form", "seconds"), [({}, 8 * 3600), ({"SessionDuration": "900"}, 900)])
def test_sign_in_with_credentials(
    simulator: Simulator, session: dict[str, str], form: dict[str, str], seconds: int
) -> None:
    """A sign-in token opens the console with the role of its credentials, for the requested duration."""
    response = get_signin_token(simulator, session, **form)
    assert (response.status, list(response.json())) == (200, ["SigninToken"])
    assert shown(log_in(simulator, response.json()["SigninToken"])) == console_page(seconds)
    assert simulator.counters.calls["GetSigninToken"] == 1


@pytest.mark.parametrize(
    ("change", "form", "message"),
    [
        ({"sessionKey": "another"}, {}, "Invalid credentials parameter"),
        ({"sessionToken": "another"}, {}, "Invalid credentials parameter"),
        ({"sessionId": "ASIAANOTHER"}, {}, "Invalid credentials parameter"),
        ({"sessionId": 1}, {}, "Invalid credentials parameter"),
        ({"more": "x"}, {}, "Invalid credentials parameter"),
        ({}, {"Session": "{"}, "Invalid credentials parameter"),
        ({}, {"Session": "[]"}, "Invalid credentials parameter"),
        ({}, {"Action": "getSignInToken"}, "Invalid action parameter"),
        ({}, {"SessionDuration": "899"}, "Invalid session duration parameter"),
        ({}, {"SessionDuration": "43201"}, "Invalid session duration parameter"),
        ({}, {"SessionDuration": "1h"}, "Invalid session duration parameter"),
        ({}, {"SessionDuration": ""}, "Invalid session duration parameter"),
        ({}, {"target": "/federation?Action=getSigninToken"}, "Invalid action parameter"),
    ],
)
def test_invalid_request_for_a_token(
    simulator: Simulator, session: dict[str, str], change: dict[str, Any], form: dict[str, str], message: str
) -> None:
    """Invalid credentials, parameters and durations are refused, and so are parameters in the URL."""
    response = get_signin_token(simulator, {**session, **change}, **form)
    assert (response.status, response.body.decode()) == (400, message)


def test_expired_credentials(simulator: Simulator, session: dict[str, str], clock: Clock) -> None:
    """Expired credentials are refused."""
    clock.advance(8 * 3600)
    assert get_signin_token(simulator, session).status == 400


def test_only_posted_forms_are_accepted(simulator: Simulator, session: dict[str, str]) -> None:
    """A JSON body is refused, and so are credentials in a GET request."""
    assert fetch(simulator, "POST", "/federation", {"Action": "getSigninToken"}).status == 400
    query = urlencode({"Action": "getSigninToken", "Session": json.dumps(session)})
    assert fetch(simulator, "GET", f"/federation?{query}").status == 400


def test_signin_token_is_single_use(simulator: Simulator, session: dict[str, str]) -> None:
    """A used or unknown sign-in token is refused."""
    token = get_signin_token(simulator, session).json()["SigninToken"]
    refused = (400, ["The sign-in token is unknown, expired or already used."])
    assert [shown(log_in(simulator, each)) for each in (token, token, "unknown")] == [
        console_page(),
        refused,
        refused,
    ]


def test_signin_token_expires_after_15_minutes(simulator: Simulator, session: dict[str, str], clock: Clock) -> None:
    """A sign-in token is valid for 15 minutes."""
    tokens = [get_signin_token(simulator, session).json()["SigninToken"] for _ in range(2)]
    clock.advance(899)
    assert log_in(simulator, tokens[0]).response.status == 200
    clock.advance(1)
    assert log_in(simulator, tokens[1]).response.status == 400


@pytest.mark.parametrize(
    "changes", [{"Destination": "https://evil.example/"}, {"Destination": ""}, {"Action": "logout"}], ids=str
)
def test_invalid_login_keeps_the_token(
    simulator: Simulator, session: dict[str, str], changes: dict[str, str]
) -> None:
    """A login with an invalid destination or action is refused and does not use up the token."""
    token = get_signin_token(simulator, session).json()["SigninToken"]
    assert log_in(simulator, token, **changes).response.status == 400
    assert log_in(simulator, token).response.status == 200


def test_faults_apply_to_get_signin_token(simulator: Simulator, session: dict[str, str]) -> None:
    """A fault can be injected into getSigninToken."""
    simulator.faults.add("GetSigninToken", Fault.error(503))
    assert [get_signin_token(simulator, session).status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("https://console.aws.amazon.com/", ("", "")),
        ("https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1", ("", "eu-west-1")),
        ("https://console.amazonaws.cn/ec2/home?region=cn-north-1", ("ec2", "cn-north-1")),
        ("https://us-gov-east-1.console.amazonaws-us-gov.com/s3/home", ("s3", "us-gov-east-1")),
        ("https://eusc-de-east-1.console.amazonaws-eusc.eu/s3/buckets/x", ("s3/buckets/x", "eusc-de-east-1")),
        ("http://console.aws.amazon.com/", None),
        ("https://console.aws.amazon.com.evil.example/", None),
        ("https://evil.example/console.aws.amazon.com", None),
        ("https://x@console.aws.amazon.com/", None),
        ("https://console.aws.amazon.com:8443/", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_parse_destination(destination: str, expected: tuple[str, str] | None) -> None:
    """A console URL is recognized by its full host, in all partitions."""
    assert parse_destination(destination) == expected


def shortcut_target(role: str = ROLE, destination: str = DESTINATION) -> str:
    """Return the path that the access portal's script opens for a shortcut shortcut_target."""
    query = {"account_id": ACCOUNT, "role_name": role, "destination": destination}
    return f"/console?{urlencode({name: value for name, value in query.items() if value})}"


def test_shortcut_link(simulator: Simulator) -> None:
    """After consent a shortcut link opens the console."""
    pages = [
        open_page(simulator, shortcut_target(destination=destination)).submit(
            user="alex@example.com", decision="approve"
        )
        for destination in (DESTINATION, "")
    ]
    assert [shown(page) for page in pages] == [console_page(), console_page(service="home", region="last used")]


@pytest.mark.parametrize(("user", "role"), [("robin@example.com", ROLE), ("alex@example.com", "Billing")])
def test_shortcut_link_without_the_role(simulator: Simulator, user: str, role: str) -> None:
    """A user without the role gets a 403."""
    page = open_page(simulator, shortcut_target(role)).submit(user=user, decision="approve")
    assert shown(page) == (403, [f"{user} is not assigned the role {role} in the account {ACCOUNT}."])


def test_shortcut_link_denied(simulator: Simulator) -> None:
    """A denied shortcut link does not open the console."""
    page = open_page(simulator, shortcut_target()).submit(user="alex@example.com", decision="deny")
    assert shown(page) == (200, ["The console was not opened."])


def test_shortcut_link_with_auto_approve(start: StartSimulator) -> None:
    """With `auto_approve` the console opens for the first user without a consent form."""
    simulator = start(auto_approve=True)
    assert shown(open_page(simulator, shortcut_target())) == console_page()


@pytest.mark.parametrize(
    "target", [shortcut_target(destination="https://evil.example"), shortcut_target(role=""), "/console"]
)
def test_invalid_shortcut_link(simulator: Simulator, target: str) -> None:
    """A shortcut link without account or role, or to another site, is refused."""
    assert open_page(simulator, target).response.status == 400
