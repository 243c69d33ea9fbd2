"""The device authorization grant (RFC 8628) through boto3."""

import re

import pytest

from ssohelper.simulator.device_codes import UnknownUserCode
from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import DEVICE_CODE, Client, Refusal, Sdk, oauth, refusal
from tests.fixtures.simulators import Connect, Start

PENDING, SLOW_DOWN = oauth("authorization_pending"), oauth("slow_down")
INVALID_GRANT, EXPIRED, DENIED = oauth("invalid_grant"), oauth("expired_token"), oauth("access_denied")


def poll(client: Client, started: dict[str, str]) -> Refusal:
    """How a poll with this device code is refused."""
    return client.refused(DEVICE_CODE, deviceCode=started["deviceCode"])


def test_a_device_authorization_begins(start: Start, connect: Connect) -> None:
    """StartDeviceAuthorization gives both codes, where to type one of them, how long and how often."""
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


def test_an_approved_code_becomes_tokens(simulator: Simulator, sdk: Sdk) -> None:
    """Before the approval a poll is AuthorizationPendingException, after it the tokens of the person who approved."""
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


def test_a_device_code_is_good_once(simulator: Simulator, sdk: Sdk) -> None:
    """Once it became tokens a device code is InvalidGrantException, and its user code means nothing."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.approve(started["userCode"])
    client.token(DEVICE_CODE, deviceCode=started["deviceCode"])
    assert poll(client, started) == INVALID_GRANT
    with pytest.raises(UnknownUserCode):
        simulator.approve(started["userCode"])


def test_a_denied_code_is_access_denied(simulator: Simulator, sdk: Sdk) -> None:
    """After the person said no, every poll is AccessDeniedException."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.deny(started["userCode"])
    assert [poll(client, started) for _ in range(2)] == [DENIED] * 2
    with pytest.raises(UnknownUserCode):
        simulator.approve(started["userCode"])


def test_polling_too_fast_slows_down(start: Start, connect: Connect, clock: Clock) -> None:
    """A poll before its time is SlowDownException and adds 5 seconds to the interval for good."""
    simulator = start(interval=2)
    client = Client.register(connect(simulator).oidc)
    started = client.start(simulator)
    seen = []
    for waited in (0, 2, 1.75, 7, 6.75, 12, 11.75, 11.75, 22):
        clock.advance(waited)
        seen.append((waited, poll(client, started)))
    assert seen == [
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


def test_each_device_is_slowed_down_alone(simulator: Simulator, sdk: Sdk) -> None:
    """The polls of one device do not count against another of the same client."""
    client = Client.register(sdk.oidc)
    first, second = client.start(simulator), client.start(simulator)
    assert [poll(client, first), poll(client, second)] == [PENDING] * 2


def test_an_approval_is_told_to_whoever_hurries(simulator: Simulator, sdk: Sdk) -> None:
    """Once the person has approved, a poll before its time gets the tokens all the same."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    poll(client, started)
    simulator.approve(started["userCode"])
    assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_a_device_code_expires(start: Start, connect: Connect, clock: Clock) -> None:
    """At `expiresIn` a device code is ExpiredTokenException, approved or not, and cannot be approved."""
    simulator = start(device_code_seconds=60)
    client = Client.register(connect(simulator).oidc)
    waiting, approved = client.start(simulator), client.start(simulator)
    clock.advance(59.9)
    assert poll(client, waiting) == PENDING
    simulator.approve(approved["userCode"])
    clock.advance(0.1)
    assert [poll(client, waiting), poll(client, approved)] == [EXPIRED] * 2
    with pytest.raises(UnknownUserCode):
        simulator.approve(waiting["userCode"])


def test_a_device_code_is_its_clients(simulator: Simulator, sdk: Sdk) -> None:
    """Another client cannot poll with a device code, and the attempt does the first no harm."""
    client, thief = Client.register(sdk.oidc), Client.register(sdk.oidc)
    started = client.start(simulator)
    simulator.approve(started["userCode"])
    assert poll(thief, started) == INVALID_GRANT
    assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_a_made_up_device_code_is_refused(sdk: Sdk) -> None:
    """A device code that nobody gave out is InvalidGrantException."""
    assert poll(Client.register(sdk.oidc), {"deviceCode": "made-up"}) == INVALID_GRANT


@pytest.mark.parametrize("suffix", ["", "/", "#", "#/", "/#/"])
def test_the_start_url_has_many_spellings(simulator: Simulator, sdk: Sdk, suffix: str) -> None:
    """`/start`, `/start/` and `/start/#/` are one place, as on AWS."""
    answer = sdk.oidc.start_device_authorization(
        **Client.register(sdk.oidc).proof, startUrl=simulator.start_url + suffix
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("start_url", ["https://elsewhere.awsapps.com/start", "junk", "http://127.0.0.1/start"])
def test_an_unknown_start_url_is_refused(sdk: Sdk, start_url: str) -> None:
    """The start URL of another instance is InvalidRequestException."""
    proof = Client.register(sdk.oidc).proof
    assert refusal(sdk.oidc.start_device_authorization, **proof, startUrl=start_url) == oauth("invalid_request")


def test_the_world_may_name_its_start_url(start: Start, connect: Connect) -> None:
    """A start URL that the world has is the one that clients must give."""
    simulator = start()
    simulator.world.start_url = "https://x.awsapps.com/start"
    named = start(simulator.world)
    client = Client.register(connect(named).oidc)
    assert named.start_url == "https://x.awsapps.com/start"
    assert client.sign_in(named)["tokenType"] == "Bearer"


def test_auto_approve_needs_nobody(start: Start, connect: Connect) -> None:
    """With `auto_approve` the first poll gets the tokens of the first user."""
    simulator = start(auto_approve=True)
    sdk = connect(simulator)
    client = Client.register(sdk.oidc)
    tokens = client.token(DEVICE_CODE, deviceCode=client.start(simulator)["deviceCode"])
    assert len(sdk.portal.list_accounts(accessToken=tokens["accessToken"])["accountList"]) == 8


def test_a_user_code_may_be_typed_in_any_way(simulator: Simulator, sdk: Sdk) -> None:
    """Small letters, blanks and a missing hyphen do not matter."""
    client = Client.register(sdk.oidc)
    for typed in (str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "):
        started = client.start(simulator)
        simulator.approve(typed(started["userCode"]))
        assert client.token(DEVICE_CODE, deviceCode=started["deviceCode"])["tokenType"] == "Bearer"


def test_approving_needs_someone_who_exists(simulator: Simulator, sdk: Sdk) -> None:
    """An unknown user approves nothing: the device still waits."""
    client = Client.register(sdk.oidc)
    started = client.start(simulator)
    with pytest.raises(LookupError, match="no such user: nobody"):
        simulator.approve(started["userCode"], "nobody")
    assert poll(client, started) == PENDING
