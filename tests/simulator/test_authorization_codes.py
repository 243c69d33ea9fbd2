"""The authorization code grant with PKCE, with `auto_approve`; see `test_approval` for the consent form."""

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures import pkce
from tests.fixtures.clock import Clock
from tests.fixtures.pkce import CHALLENGE, REDIRECT_URI, Redirect
from tests.fixtures.sdk import DEVICE_CODE, Client, Sdk, oauth_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import fetch

INVALID_GRANT = oauth_error("invalid_grant")


@pytest.fixture
def simulator(start: StartSimulator) -> Simulator:
    """A simulator in which the first user approves everything."""
    return start(auto_approve=True)


def test_redeem_code(simulator: Simulator, sdk: Sdk) -> None:
    """/authorize redirects with a code and the state; the code is exchanged for tokens that the portal accepts."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(fetch(simulator, "GET", pkce.authorize_target(client)))
    code = redirect.parameters["code"]
    assert redirect == Redirect(REDIRECT_URI, {"code": code, "state": "a state"})
    tokens = pkce.redeem(client, code)
    assert tokens == {
        "accessToken": tokens["accessToken"],
        "tokenType": "Bearer",
        "expiresIn": 3600,
        "refreshToken": tokens["refreshToken"],
    }
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_code_is_single_use(simulator: Simulator, sdk: Sdk) -> None:
    """The second use of a code fails with InvalidGrantException."""
    client = pkce.register(sdk.oidc)
    code = pkce.new_code(simulator, client)
    pkce.redeem(client, code)
    assert pkce.redeem_error(client, code) == INVALID_GRANT


@pytest.mark.parametrize(
    "changes",
    [
        {"codeVerifier": pkce.VERIFIER[:-1] + "l"},
        {"codeVerifier": pkce.VERIFIER + "="},
        {"codeVerifier": CHALLENGE},
        {"codeVerifier": "\ud800"},
        {"redirectUri": pkce.REGISTERED_URI},
        {"redirectUri": REDIRECT_URI + "/"},
        {"redirectUri": "http://127.0.0.1:54322/oauth/callback"},
    ],
)
def test_mismatch_uses_up_the_code(simulator: Simulator, sdk: Sdk, changes: dict[str, str]) -> None:
    """A wrong verifier or redirect URI is refused, and the code cannot be used again."""
    client = pkce.register(sdk.oidc)
    code = pkce.new_code(simulator, client)
    assert [pkce.redeem_error(client, code, **changes), pkce.redeem_error(client, code)] == [INVALID_GRANT] * 2


def test_code_of_another_client(simulator: Simulator, sdk: Sdk) -> None:
    """A client cannot redeem another client's code, even with its verifier."""
    client, other = pkce.register(sdk.oidc), pkce.register(sdk.oidc)
    assert pkce.redeem_error(other, pkce.new_code(simulator, client)) == INVALID_GRANT


def test_unknown_code(sdk: Sdk) -> None:
    """A code that was never issued fails with InvalidGrantException."""
    assert pkce.redeem_error(pkce.register(sdk.oidc), "unknown") == INVALID_GRANT


def test_code_expires_after_60_seconds(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """A code is valid for 60 seconds."""
    client = pkce.register(sdk.oidc)
    early, late = (pkce.new_code(simulator, client) for _ in range(2))
    clock.advance(59.9)
    assert pkce.redeem(client, early)["tokenType"] == "Bearer"
    clock.advance(0.1)
    assert pkce.redeem_error(client, late) == INVALID_GRANT


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
def test_error_is_returned_by_redirect(
    simulator: Simulator, sdk: Sdk, changes: dict[str, str | None], error: str
) -> None:
    """An invalid request of a known client is redirected to it with RFC 6749's error and its state."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(fetch(simulator, "GET", pkce.authorize_target(client, **changes)))
    assert redirect == Redirect(REDIRECT_URI, {"error": error, "state": "a state"})


def test_client_without_the_grant(simulator: Simulator, sdk: Sdk) -> None:
    """A client that did not register the grant gets `unauthorized_client` by redirect."""
    client = pkce.register(sdk.oidc, grantTypes=[DEVICE_CODE])
    redirect = Redirect.of(fetch(simulator, "GET", pkce.authorize_target(client)))
    assert redirect.parameters["error"] == "unauthorized_client"


def test_state_and_scopes_are_optional(simulator: Simulator, sdk: Sdk) -> None:
    """RFC 6749 recommends a state but does not require it; without one the redirect has none."""
    client = pkce.register(sdk.oidc)
    redirect = Redirect.of(fetch(simulator, "GET", pkce.authorize_target(client, state=None, scopes=None)))
    assert list(redirect.parameters) == ["code"]


@pytest.mark.parametrize("state", ["&code=x", "a b+c%20d", "\N{SNOWMAN}\r\nSet-Cookie: x=y", "#"])
def test_state_is_returned_unchanged(simulator: Simulator, sdk: Sdk, state: str) -> None:
    """Special characters in a state are preserved and cannot add parameters or headers."""
    client = pkce.register(sdk.oidc)
    response = fetch(simulator, "GET", pkce.authorize_target(client, state=state))
    assert Redirect.of(response).parameters["state"] == state
    assert "set-cookie" not in response.headers


def test_redirect_uri_with_a_query(simulator: Simulator, sdk: Sdk) -> None:
    """The code is appended to the query of the registered redirect URI."""
    client = pkce.register(sdk.oidc, redirectUris=["http://localhost/back?tab=1"])
    redirect = Redirect.of(
        fetch(simulator, "GET", pkce.authorize_target(client, redirect_uri="http://localhost:1/back?tab=1"))
    )
    assert (redirect.url, sorted(redirect.parameters)) == ("http://localhost:1/back", ["code", "state", "tab"])


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
def test_unregistered_redirect_uri(simulator: Simulator, sdk: Sdk, redirect_uri: str | None) -> None:
    """With a redirect URI that is not registered, the response is an error page and not a redirect."""
    client = pkce.register(sdk.oidc)
    response = fetch(simulator, "GET", pkce.authorize_target(client, redirect_uri=redirect_uri))
    assert (response.status, response.headers.get("location")) == (400, None)
    assert b"Invalid request" in response.body


def test_unknown_client(simulator: Simulator, sdk: Sdk) -> None:
    """With an unknown client the response is an error page and not a redirect."""
    response = fetch(simulator, "GET", pkce.authorize_target(Client(sdk.oidc, "unknown", "")))
    assert (response.status, response.headers.get("location")) == (400, None)
    assert b"Unknown client" in response.body


def test_each_code_starts_its_own_sign_in(start: StartSimulator, connect: ConnectSdk) -> None:
    """Logout from one sign-in does not affect another of the same client."""
    simulator = start(auto_approve=True)
    sdk = connect(simulator)
    client = pkce.register(sdk.oidc)
    first, second = (pkce.redeem(client, pkce.new_code(simulator, client)) for _ in range(2))
    sdk.portal.logout(accessToken=first["accessToken"])
    assert client.token_error("refresh_token", refreshToken=first["refreshToken"]) == INVALID_GRANT
    assert client.token("refresh_token", refreshToken=second["refreshToken"])["tokenType"] == "Bearer"
