"""The authorization code grant with PKCE, where the simulator approves by itself; `test_pages` has the consent."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.pkce import CHALLENGE, REDIRECT, Redirect
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import ask

INVALID_GRANT = oauth("invalid_grant")


@pytest.fixture
def simulator(start: Start) -> Simulator:
    """A simulator in which the first user approves everything."""
    return start(auto_approve=True)


def test_a_code_becomes_tokens(simulator: Simulator, sdk: Sdk) -> None:
    """The browser comes back with a code and the state, and the code becomes tokens that open the portal."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(ask(simulator, "GET", pkce.authorize(client)))
    code = redirect.parameters["code"]
    assert redirect == Redirect(REDIRECT, {"code": code, "state": "a state"})
    tokens = pkce.redeem(client, code)
    assert tokens == {
        "accessToken": tokens["accessToken"],
        "tokenType": "Bearer",
        "expiresIn": 3600,
        "refreshToken": tokens["refreshToken"],
    }
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_a_code_is_good_once(simulator: Simulator, sdk: Sdk) -> None:
    """The second use of a code is InvalidGrantException."""
    client = pkce.register(sdk.oidc)
    code = pkce.new_code(simulator, client)
    pkce.redeem(client, code)
    assert pkce.refused(client, code) == INVALID_GRANT


@pytest.mark.parametrize(
    "changes",
    [
        {"codeVerifier": pkce.VERIFIER[:-1] + "l"},
        {"codeVerifier": pkce.VERIFIER + "="},
        {"codeVerifier": CHALLENGE},
        {"codeVerifier": "\ud800"},
        {"redirectUri": pkce.REGISTERED},
        {"redirectUri": REDIRECT + "/"},
        {"redirectUri": "http://127.0.0.1:54322/oauth/callback"},
    ],
)
def test_a_wrong_exchange_uses_the_code_up(simulator: Simulator, sdk: Sdk, changes: dict[str, str]) -> None:
    """Another verifier or redirect URI than that of the request is refused, and the code is gone with it."""
    client = pkce.register(sdk.oidc)
    code = pkce.new_code(simulator, client)
    assert [pkce.refused(client, code, **changes), pkce.refused(client, code)] == [INVALID_GRANT] * 2


def test_a_code_is_its_clients(simulator: Simulator, sdk: Sdk) -> None:
    """Another client cannot redeem a code, even with its verifier."""
    client, thief = pkce.register(sdk.oidc), pkce.register(sdk.oidc)
    assert pkce.refused(thief, pkce.new_code(simulator, client)) == INVALID_GRANT


def test_a_made_up_code_is_refused(sdk: Sdk) -> None:
    """A code that nobody gave out is InvalidGrantException."""
    assert pkce.refused(pkce.register(sdk.oidc), "made-up") == INVALID_GRANT


def test_a_code_lasts_a_minute(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """A code works until its 60 seconds are over."""
    client = pkce.register(sdk.oidc)
    early, late = (pkce.new_code(simulator, client) for _ in range(2))
    clock.advance(59.9)
    assert pkce.redeem(client, early)["tokenType"] == "Bearer"
    clock.advance(0.1)
    assert pkce.refused(client, late) == INVALID_GRANT


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scopes": "sso:account:access codewhisperer:completions"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_goes_back_to_its_client(
    simulator: Simulator, sdk: Sdk, changes: dict[str, str | None], error: str
) -> None:
    """What is wrong with a request of a known client is told to it, in RFC 6749's words, with its state."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(ask(simulator, "GET", pkce.authorize(client, **changes)))
    assert redirect == Redirect(REDIRECT, {"error": error, "state": "a state"})


def test_a_client_without_the_grant_is_told_so(simulator: Simulator, sdk: Sdk) -> None:
    """A client that registered a redirect but not the grant is sent back with `unauthorized_client`."""
    client = pkce.register(sdk.oidc, grantTypes=[DEVICE_CODE])
    redirect = Redirect.of(ask(simulator, "GET", pkce.authorize(client)))
    assert redirect.parameters["error"] == "unauthorized_client"


def test_state_and_scopes_may_be_left_out(simulator: Simulator, sdk: Sdk) -> None:
    """RFC 6749 recommends a state but does not demand one; without one none comes back."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(ask(simulator, "GET", pkce.authorize(client, state=None, scopes=None)))
    assert list(redirect.parameters) == ["code"]


@pytest.mark.parametrize("state", ["&code=x", "a b+c%20d", "\N{SNOWMAN}\r\nSet-Cookie: x=y", "#"])
def test_the_state_comes_back_as_it_was(simulator: Simulator, sdk: Sdk, state: str) -> None:
    """No character of a state gets lost or ends up outside of its parameter."""
    client = pkce.register(sdk.oidc)
    reply = ask(simulator, "GET", pkce.authorize(client, state=state))
    assert Redirect.of(reply).parameters["state"] == state
    assert "set-cookie" not in reply.headers


def test_a_redirect_with_a_query_keeps_it(simulator: Simulator, sdk: Sdk) -> None:
    """The code joins the query that the registered redirect URI has already."""
    client = pkce.register(sdk.oidc, redirectUris=["http://localhost/back?tab=1"])
    redirect = Redirect.of(
        ask(simulator, "GET", pkce.authorize(client, redirect_uri="http://localhost:1/back?tab=1"))
    )
    assert (redirect.to, sorted(redirect.parameters)) == ("http://localhost:1/back", ["code", "state", "tab"])


@pytest.mark.parametrize(
    "redirect_uri",
    [
        None,
        "",
        "http://127.0.0.1:54321/elsewhere",
        "http://localhost:54321/oauth/callback",
        "http://127.0.0.1:54321/oauth/callback?more=1",
        "https://127.0.0.1:54321/oauth/callback",
        "http://example.com/oauth/callback",
        "http://127.0.0.1:54321@example.com/oauth/callback",
        "http://127.0.0.1/oauth/\r\ncallback",
        "http://127.0.0.1/oauth/\tcallback",
    ],
)
def test_nobody_is_sent_to_an_unknown_place(simulator: Simulator, sdk: Sdk, redirect_uri: str | None) -> None:
    """Where the redirect URI is not registered the person is told, and goes nowhere."""
    client = pkce.register(sdk.oidc)
    reply = ask(simulator, "GET", pkce.authorize(client, redirect_uri=redirect_uri))
    assert (reply.status, reply.headers.get("location")) == (400, None)
    assert b"This request cannot be trusted" in reply.body


def test_an_unknown_client_sends_nobody_anywhere(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown or expired client is a page, not a redirect."""
    reply = ask(simulator, "GET", pkce.authorize(Client(sdk.oidc, "unknown", "")))
    assert (reply.status, reply.headers.get("location")) == (400, None)
    assert b"Unknown client" in reply.body


def test_a_code_belongs_to_a_sign_in_of_its_own(start: Start, connect: Connect) -> None:
    """Logging out of one sign-in leaves another of the same client alone."""
    simulator = start(auto_approve=True)
    sdk = connect(simulator)
    client = pkce.register(sdk.oidc)
    first, second = (pkce.redeem(client, pkce.new_code(simulator, client)) for _ in range(2))
    sdk.portal.logout(accessToken=first["accessToken"])
    assert client.refused("refresh_token", refreshToken=first["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=second["refreshToken"])["tokenType"] == "Bearer"
