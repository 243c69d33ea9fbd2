"""The device authorization grant (RFC 8628) through boto3."""

import re

import pytest

from ssohelper.simulator.device_codes import UnknownUserCode
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import DEVICE_CODE, ApiError, Client, Sdk, api_error, oauth_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator

PENDING, SLOW_DOWN = oauth_error("authorization_pending"), oauth_error("slow_down")
INVALID_GRANT, EXPIRED, DENIED = (
    oauth_error("invalid_grant"),
    oauth_error("expired_token"),
    oauth_error("access_denied"),
)


def poll(client: Client, started: dict[str, str]) -> ApiError:
    """Poll with a device code, which must fail, and return the error."""
    return client.token_error(DEVICE_CODE, deviceCode=started["deviceCode"])


def test_start_device_authorization(start: StartSimulator, connect: ConnectSdk) -> None:
    """The response has both codes, the verification URLs, the lifetime and the interval."""
    simulator = start(interval=5, device_code_seconds=300)
    started = Client.register(connect(simulator).oidc).start(simulator)
    code = started["userCode"]
    assert started == {
        "deviceCode": started["deviceCode"],
        "userCode": code,
        "verificationUri": f"{simulator.url}/device",
        "verificationUriComplete": f"{simulator.url}/device?user_code={code}",
        "expiresIn": 300,
        "interval": 5,
    }
    assert re.fullmatch("[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", code)
    assert re.fullmatch("[0-9a-f]{96}", started["deviceCode"])


def test_tokens_after_approval(simulator: Simulator, sdk: Sdk) -> None:
    """Polling fails with AuthorizationPendingException until the approval, then returns the tokens of that user."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    assert poll(client, started) == PENDING
    simulator.approve(started["userCode"], "robin@example.com")
    tokens = client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert tokens == {
        "accessToken": tokens["accessToken"],
        "tokenType": "Bearer",
        "expiresIn": 3600,
        "refreshToken": tokens["refreshToken"],
    }
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 2


def test_device_code_is_single_use(simulator: Simulator, sdk: Sdk) -> None:
    """After it was exchanged for tokens, neither the device code nor the user code can be used again."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.approve(started["userCode"])
    client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert poll(client, started) == INVALID_GRANT
    with pytest.raises(UnknownUserCode):
        simulator.approve(started["userCode"])


def test_denied_code(simulator: Simulator, sdk: Sdk) -> None:
    """After a denial each poll fails with AccessDeniedException."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.deny(started["userCode"])
    assert [poll(client, started) for _ in range(2)] == [DENIED] * 2
    with pytest.raises(UnknownUserCode):
        simulator.approve(started["userCode"])


def test_polling_too_fast(start: StartSimulator, connect: ConnectSdk, clock: Clock) -> None:
    """A poll before the interval fails with SlowDownException and adds 5 seconds to the interval permanently."""
    simulator = start(interval=2)
    client = Client.register(connect(simulator).oidc)
    started = client.start(simulator)
    results = []
    for seconds in (0, 2, 1.75, 7, 6.75, 12, 11.75, 11.75, 22):
        clock.advance(seconds)
        results.append((seconds, poll(client, started)))
    assert results == [
        (0, PENDING),
        (2, PENDING),
        (1.75, SLOW_DOWN),
        (7, PENDING),
        (6.75, SLOW_DOWN),
        (12, PENDING),
        (11.75, SLOW_DOWN),
        (11.75, SLOW_DOWN),
        (22, PENDING),
    ]


def test_interval_is_per_device_code(simulator: Simulator, sdk: Sdk) -> None:
    """Two device codes of the same client have independent intervals."""
    client = Client.register(sdk.oidc)
    first, second = client.start(simulator), client.start(simulator)
    assert [poll(client, first), poll(client, second)] == [PENDING] * 2


def test_early_poll_after_approval(simulator: Simulator, sdk: Sdk) -> None:
    """After the approval a poll before the interval still returns the tokens."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    poll(client, started)
    simulator.approve(started["userCode"])
    assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_device_code_expires(start: StartSimulator, connect: ConnectSdk, clock: Clock) -> None:
    """After `expiresIn` polling fails with ExpiredTokenException, and the user code cannot be approved."""
    simulator = start(device_code_seconds=60)
    client = Client.register(connect(simulator).oidc)
    pending, approved = client.start(simulator), client.start(simulator)
    clock.advance(59.9)
    assert poll(client, pending) == PENDING
    simulator.approve(approved["userCode"])
    clock.advance(0.1)
    assert [poll(client, pending), poll(client, approved)] == [EXPIRED] * 2
    with pytest.raises(UnknownUserCode):
        simulator.approve(pending["userCode"])


def test_device_code_of_another_client(simulator: Simulator, sdk: Sdk) -> None:
    """A client cannot poll with another client's device code, and the attempt has no effect on it."""
    client, other = Client.register(sdk.oidc), Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.approve(started["userCode"])
    assert poll(other, started) == INVALID_GRANT
    assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_unknown_device_code(sdk: Sdk) -> None:
    """A device code that was never issued fails with InvalidGrantException."""
    assert poll(Client.register(sdk.oidc), {"deviceCode": "unknown"}) == INVALID_GRANT


@pytest.mark.parametrize("suffix", ["", "/", "#", "#/", "/#/"])
def test_start_url_variants(simulator: Simulator, sdk: Sdk, suffix: str) -> None:
    """`/start`, `/start/` and `/start/#/` are the same start URL, as on AWS."""
    response = sdk.oidc.start_device_authorization(
        **Client.register(sdk.oidc).credentials, startUrl=simulator.start_url + suffix
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("start_url", ["https://elsewhere.awsapps.com/start", "junk", "http://127.0.0.1/start"])
def test_start_url_of_another_instance(sdk: Sdk, start_url: str) -> None:
    """Another start URL fails with InvalidRequestException."""
    credentials = Client.register(sdk.oidc).credentials
    assert api_error(sdk.oidc.start_device_authorization, **credentials, startUrl=start_url) == oauth_error(
        "invalid_request"
    )


def test_start_url_of_the_world(start: StartSimulator, connect: ConnectSdk) -> None:
    """If the world has a start URL, clients must use it."""
    simulator = start()
    simulator.world.start_url = "https://x.awsapps.com/start"
    named = start(simulator.world)
    client = Client.register(connect(named).oidc)
    assert named.start_url == "https://x.awsapps.com/start"
    assert client.sign_in(named)["tokenType"] == "Bearer"


def test_auto_approve(start: StartSimulator, connect: ConnectSdk) -> None:
    """With `auto_approve` the first poll returns the tokens of the first user."""
    simulator = start(auto_approve=True)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.token(DEVICE_CODE, deviceCode=client.start(simulator)["deviceCode"])
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_user_code_variants(simulator: Simulator, sdk: Sdk) -> None:
    """Lower case, blanks and a missing hyphen in a user code do not matter."""
    client = Client.register(sdk.oidc)
    for typed in (str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "):
        started = client.start(simulator)
        simulator.approve(typed(started["userCode"]))
        assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_approve_as_unknown_user(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown user cannot approve, and the user code stays pending."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    with pytest.raises(LookupError, match="no such user: nobody"):
        simulator.approve(started["userCode"], "nobody")
    assert poll(client, started) == PENDING
