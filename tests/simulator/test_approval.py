"""Approving and denying in the browser, over plain HTTP; `test_browser` uses a real browser."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.html_client import open_page
from tests.fixtures.pkce import REDIRECT_URI, Redirect
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth_error, without_metadata
from tests.fixtures.wire import fetch

ALEX, ROBIN = "alex@example.com", "robin@example.com"


def test_approve_device(simulator: Simulator, sdk: Sdk) -> None:
    """The user types the code, checks it and the client name, chooses a user and allows the request."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    consent = open_page(simulator, "/device").submit(user_code=started["userCode"].lower())
    assert {"a test", started["userCode"]} < set(consent.text)
    assert (consent.form.options, consent.form.buttons) == (
        [ALEX, ROBIN],
        [("decision", "approve"), ("decision", "deny")],
    )
    done = consent.submit(user=ROBIN, decision="approve")
    assert (done.response.status, "Request approved" in done.text) == (200, True)
    tokens = client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert len(without_metadata(sdk.portal.list_accounts(accessToken=tokens["accessToken"]))["accountList"]) == 2


def test_deny_device(simulator: Simulator, sdk: Sdk) -> None:
    """The user opens the complete verification URL and denies the request."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    page = open_page(simulator, started["verificationUriComplete"].removeprefix(simulator.url))
    done = page.submit(user=ALEX, decision="deny")
    assert (done.response.status, "Request denied" in done.text) == (200, True)
    assert client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth_error("access_denied")


@pytest.mark.parametrize("decision", ["", "yes", "APPROVE"])
def test_only_approve_approves(simulator: Simulator, sdk: Sdk, decision: str) -> None:
    """Any other value of `decision` denies."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    open_page(simulator, f"/device?user_code={started['userCode']}").submit(user=ALEX, decision=decision)
    assert client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth_error("access_denied")


@pytest.mark.parametrize("code", ["BCDF-GHJK", "", "-", "%3Cscript%3Ealert(1)%3C/script%3E"])
def test_unknown_user_code(simulator: Simulator, code: str) -> None:
    """An unknown code is a 404 page, which does not include the code."""
    page = open_page(simulator, f"/device?user_code={code}")
    assert (page.response.status, page.forms, "script" in page.elements) == (404, [], False)
    assert "Sorry, the code is invalid, already used or expired." in page.text


def test_code_expires_while_the_page_is_open(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """Allowing a code that expired while its page was open has no effect."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    page = open_page(simulator, f"/device?user_code={started['userCode']}")
    clock.advance(600)
    assert page.submit(user=ALEX, decision="approve").response.status == 404
    assert client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"]) == oauth_error("expired_token")


def test_approve_authorization_request(simulator: Simulator, sdk: Sdk) -> None:
    """Allowing an authorization request redirects with a code for tokens of the chosen user."""
    client = pkce.register(sdk.oidc)
    consent = open_page(simulator, pkce.authorize_target(client))
    assert "a test" in consent.text
    redirect = Redirect.of(consent.send(user=ROBIN, decision="approve"))
    code = redirect.parameters["code"]
    assert redirect == Redirect(REDIRECT_URI, {"code": code, "state": "a state"})
    tokens = pkce.redeem(client, code)
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 2


def test_deny_authorization_request(simulator: Simulator, sdk: Sdk) -> None:
    """Denying an authorization request redirects with `access_denied`."""
    page = open_page(simulator, pkce.authorize_target(pkce.register(sdk.oidc)))
    redirect = Redirect.of(page.send(user=ALEX, decision="deny"))
    assert redirect == Redirect(REDIRECT_URI, {"error": "access_denied", "state": "a state"})


def test_form_is_submitted_once(simulator: Simulator, sdk: Sdk) -> None:
    """A form cannot be submitted again, neither to approve twice nor to change the decision."""
    page = open_page(simulator, pkce.authorize_target(pkce.register(sdk.oidc)))
    statuses = [page.send(user=ALEX, decision=decision).status for decision in ("deny", "approve", "approve")]
    assert statuses == [302, 403, 403]


def test_each_page_has_its_own_form_token(simulator: Simulator, sdk: Sdk) -> None:
    """Two pages for the same code have different form tokens, and only the first decision counts."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    first, second = (open_page(simulator, f"/device?user_code={started['userCode']}") for _ in range(2))
    assert first.form.fields["form_token"] != second.form.fields["form_token"]
    assert [page.send(user=ALEX, decision="approve").status for page in (first, second)] == [200, 404]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (b"user=alex%40example.com&decision=approve", 403),
        (b"user=alex%40example.com&decision=approve&form_token=unknown", 403),
        (b"user=alex%40example.com&decision=approve&form_token=BCDF-GHJK", 403),
        (b"user=nobody&decision=approve&form_token=unknown", 400),
        (b"\xff", 400),
        (b"a=b&" * 60, 400),
    ],
)
def test_form_of_another_site(simulator: Simulator, form: bytes, status: int) -> None:
    """Without a form token of one of our pages, nothing is approved."""
    assert fetch(simulator, "POST", "/decide", form).status == status


def test_unknown_user_does_not_use_up_the_form(simulator: Simulator, sdk: Sdk) -> None:
    """A form with an unknown user is refused, and its token stays valid."""
    page = open_page(simulator, pkce.authorize_target(pkce.register(sdk.oidc)))
    statuses = [page.send(user=user, decision="approve").status for user in ("nobody", ALEX)]
    assert statuses == [400, 302]


@pytest.mark.full
def test_number_of_open_forms_is_limited(simulator: Simulator, sdk: Sdk) -> None:
    """With 1001 open forms the oldest is invalid."""
    target = pkce.authorize_target(pkce.register(sdk.oidc))
    first, second = open_page(simulator, target), open_page(simulator, target)
    for _ in range(999):
        fetch(simulator, "GET", target)
    assert [page.send(user=ALEX, decision="approve").status for page in (first, second)] == [403, 302]


def test_redirect_is_not_cached(simulator: Simulator, sdk: Sdk) -> None:
    """The redirect with the code must not be cached."""
    page = open_page(simulator, pkce.authorize_target(pkce.register(sdk.oidc)))
    assert page.send(user=ALEX, decision="approve").headers["cache-control"] == "no-store"
