"""The way into the console: sign-in tokens for role credentials, the access portal's links, and who is let in."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from ssohelper.simulator.console import place_of
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.person import Page, visit
from tests.fixtures.sdk import Sdk
from tests.fixtures.simulators import Start
from tests.fixtures.wire import Reply, ask

ACCOUNT, ROLE = "333344445555", "ReadOnly"
DESTINATION = "https://eu-central-1.console.aws.amazon.com/s3/home?region=eu-central-1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def session(simulator: Simulator, sdk: Sdk) -> dict[str, str]:
    """Credentials of a role, as the federation endpoint takes them."""
    token = simulator.sign_in("alex@example.com").access_token
    found = sdk.portal.get_role_credentials(accessToken=token, accountId=ACCOUNT, roleName=ROLE)["roleCredentials"]
    names = {"sessionId": "accessKeyId", "sessionKey": "secretAccessKey", "sessionToken": "sessionToken"}
    return {name: found[theirs] for name, theirs in names.items()}


def exchange(simulator: Simulator, session: object, target: str = "/federation", **more: str) -> Reply:
    """The answer to getSigninToken."""
    form = {"Action": "getSigninToken", "Session": json.dumps(session), **more}
    return ask(simulator, "POST", target, urlencode(form).encode(), FORM)


def log_in(simulator: Simulator, token: str, **more: str) -> Page:
    """The page to which a sign-in token leads."""
    query = {"Action": "login", "Issuer": "x", "Destination": DESTINATION, "SigninToken": token, **more}
    return visit(simulator, f"/federation?{urlencode(query)}")


def shown(page: Page) -> tuple[int, list[str]]:
    """The status of a page, and what it says below its heading."""
    return page.reply.status, page.text[page.elements.count("title") + 2 : -1]


def entered(seconds: int = 8 * 3600, service: str = "s3", region: str = "eu-central-1") -> tuple[int, list[str]]:
    """The console as alex sees it."""
    lines = [
        "User: alex@example.com",
        f"Account: payments-prod ({ACCOUNT})",
        f"Role: {ROLE}",
        f"Service: {service}",
        f"Region: {region}",
        f"Session: {seconds} seconds",
    ]
    return 200, lines


@pytest.mark.parametrize(("more", "seconds"), [({}, 8 * 3600), ({"SessionDuration": "900"}, 900)])
def test_credentials_lead_in(
    simulator: Simulator, session: dict[str, str], more: dict[str, str], seconds: int
) -> None:
    """A token for credentials shows the console of their account and role, for as long as was asked for."""
    answer = exchange(simulator, session, **more)
    assert (answer.status, list(answer.json())) == (200, ["SigninToken"])
    assert shown(log_in(simulator, answer.json()["SigninToken"])) == entered(seconds)
    assert simulator.counters.calls["GetSigninToken"] == 1


@pytest.mark.parametrize(
    ("change", "more", "said"),
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
def test_what_is_wrong_gets_no_token(
    simulator: Simulator, session: dict[str, str], change: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    """Credentials not issued here, durations out of range and whatever stands in the address are refused."""
    answer = exchange(simulator, {**session, **change}, **more)
    assert (answer.status, answer.body.decode()) == (400, said)


def test_credentials_that_have_expired_get_no_token(
    simulator: Simulator, session: dict[str, str], clock: Clock
) -> None:
    """After their time credentials lead nowhere."""
    clock.advance(8 * 3600)
    assert exchange(simulator, session).status == 400


def test_json_is_no_form(simulator: Simulator, session: dict[str, str]) -> None:
    """The endpoint takes forms alone, and no credentials in a GET."""
    assert ask(simulator, "POST", "/federation", {"Action": "getSigninToken"}).status == 400
    query = urlencode({"Action": "getSigninToken", "Session": json.dumps(session)})
    assert ask(simulator, "GET", f"/federation?{query}").status == 400


def test_a_token_is_good_once(simulator: Simulator, session: dict[str, str]) -> None:
    """A token that was used, or that nobody was given, leads nowhere."""
    token = exchange(simulator, session).json()["SigninToken"]
    refused = (400, ["The sign-in token is unknown, expired or used."])
    assert [shown(log_in(simulator, each)) for each in (token, token, "made-up")] == [entered(), refused, refused]


def test_a_token_is_good_for_a_quarter_of_an_hour(
    simulator: Simulator, session: dict[str, str], clock: Clock
) -> None:
    """A token ends after 15 minutes."""
    tokens = [exchange(simulator, session).json()["SigninToken"] for _ in range(2)]
    clock.advance(899)
    assert log_in(simulator, tokens[0]).reply.status == 200
    clock.advance(1)
    assert log_in(simulator, tokens[1]).reply.status == 400


@pytest.mark.parametrize(
    "more", [{"Destination": "https://evil.example/"}, {"Destination": ""}, {"Action": "logout"}], ids=str
)
def test_a_wrong_way_in_uses_nothing_up(simulator: Simulator, session: dict[str, str], more: dict[str, str]) -> None:
    """A destination that is no page of the console is refused before the token is looked at."""
    token = exchange(simulator, session).json()["SigninToken"]
    assert log_in(simulator, token, **more).reply.status == 400
    assert log_in(simulator, token).reply.status == 200


def test_faults_strike_it(simulator: Simulator, session: dict[str, str]) -> None:
    """What goes wrong can be switched on for getSigninToken too."""
    simulator.faults.add("GetSigninToken", Fault.error(503))
    assert [exchange(simulator, session).status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("destination", "place"),
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
def test_destinations(destination: str, place: tuple[str, str] | None) -> None:
    """A page of the console is known by its whole host, in every partition."""
    assert place_of(destination) == place


def link(role: str = ROLE, destination: str = DESTINATION) -> str:
    """Where the start page's script leads."""
    query = {"account_id": ACCOUNT, "role_name": role, "destination": destination}
    return f"/console?{urlencode({name: value for name, value in query.items() if value})}"


def test_a_shortcut_link_leads_in(simulator: Simulator) -> None:
    """Whoever follows a shortcut link says who they are, and sees the console if the role is theirs."""
    pages = [
        visit(simulator, link(destination=destination)).submit(user="alex@example.com", decision="approve")
        for destination in (DESTINATION, "")
    ]
    assert [shown(page) for page in pages] == [entered(), entered(service="home", region="as last time")]


@pytest.mark.parametrize(("user", "role"), [("robin@example.com", ROLE), ("alex@example.com", "Billing")])
def test_a_role_of_somebody_else(simulator: Simulator, user: str, role: str) -> None:
    """Who does not have the role sees that, and no console."""
    page = visit(simulator, link(role)).submit(user=user, decision="approve")
    assert shown(page) == (403, [f"{user} has no role {role} in the account {ACCOUNT}."])


def test_a_visit_is_denied(simulator: Simulator) -> None:
    """Who denies it sees no console."""
    page = visit(simulator, link()).submit(user="alex@example.com", decision="deny")
    assert shown(page) == (200, ["Nobody came in."])


def test_a_link_without_a_person(start: Start) -> None:
    """Where sign-ins are approved by themselves, the first user comes in at once."""
    simulator = start(auto_approve=True)
    assert shown(visit(simulator, link())) == entered()


@pytest.mark.parametrize("target", [link(destination="https://evil.example"), link(role=""), "/console"])
def test_links_that_are_none(simulator: Simulator, target: str) -> None:
    """A link without account and role, or to another site, is refused."""
    assert visit(simulator, target).reply.status == 400
