"""What the portal refuses, and how botocore tells of it."""

import pytest
from botocore.exceptions import ParamValidationError

from ssohelper.simulator.server import Simulator
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import NO_ACCESS, UNAUTHORIZED, Client, Refusal, Sdk, refusal
from tests.fixtures.wire import ask, ask_portal

SIZE = "ResultSize parameter must be within the valid limits of: 1-100"


def bad_request(message: str) -> Refusal:
    """The portal's 400."""
    return Refusal("InvalidRequestException", "InvalidRequestException", 400, message)


@pytest.mark.parametrize("size", [101, 1000, 10**12])
def test_max_result_above_100_is_refused(simulator: Simulator, sdk: Sdk, size: int) -> None:
    """A page holds at most 100 items, and botocore leaves it to the service to say so."""
    token = simulator.sign_in().access_token
    assert refusal(sdk.portal.list_accounts, accessToken=token, maxResults=size) == bad_request(SIZE)


def test_botocore_itself_refuses_a_page_of_nothing(simulator: Simulator, sdk: Sdk) -> None:
    """The service model's minimum is checked before anything is sent."""
    with pytest.raises(ParamValidationError):
        sdk.portal.list_accounts(accessToken=simulator.sign_in().access_token, maxResults=0)
    assert simulator.counters.calls == {}


@pytest.mark.parametrize("size", ["0", "-1", "101", "1.0", "ten", "", "%20", "+5", "%D9%A3", "9" * 5000])
def test_max_result_is_a_whole_number_from_1_to_100(simulator: Simulator, size: str) -> None:
    """Whatever else is sent as `max_result` is a 400, in both listings."""
    token = simulator.sign_in().access_token
    replies = [
        ask_portal(simulator, "GET", f"{path}max_result={size}", token)
        for path in ("/assignment/accounts?", "/assignment/roles?account_id=111122223333&")
    ]
    wanted = {"message": SIZE, "__type": "com.amazonaws.switchboard.portal#InvalidRequestException"}
    assert [(reply.status, reply.json()) for reply in replies] == [(400, wanted), (400, wanted)]


@pytest.mark.parametrize("size", [1, 100])
def test_max_result_has_its_limits_within(simulator: Simulator, sdk: Sdk, size: int) -> None:
    """1 and 100 are both allowed."""
    answer = sdk.portal.list_accounts(accessToken=simulator.sign_in().access_token, maxResults=size)
    assert len(answer["accountList"]) == min(size, 8)


@pytest.mark.parametrize("token", ["x", "eyJ4IjoxfQ==", "🚀", " ", "LTE=", "A" * 4000])
def test_a_next_token_that_nobody_gave_out_is_refused(simulator: Simulator, sdk: Sdk, token: str) -> None:
    """A `next_token` cannot be made up."""
    access_token = simulator.sign_in().access_token
    assert refusal(sdk.portal.list_accounts, accessToken=access_token, nextToken=token) == bad_request(
        "Invalid next_token"
    )


def test_a_next_token_belongs_to_its_listing(simulator: Simulator, sdk: Sdk) -> None:
    """The token of one listing is refused by another: another account's, another person's, another kind."""
    alex, robin = (simulator.sign_in(f"{name}@example.com").access_token for name in ("alex", "robin"))
    mine = sdk.portal.list_account_roles(accessToken=alex, accountId="777788889999", maxResults=1)["nextToken"]
    refusals = [
        refusal(sdk.portal.list_account_roles, accessToken=alex, accountId="888899990000", nextToken=mine),
        refusal(sdk.portal.list_account_roles, accessToken=robin, accountId="111122223333", nextToken=mine),
        refusal(sdk.portal.list_accounts, accessToken=alex, nextToken=mine),
    ]
    assert refusals == [bad_request("Invalid next_token")] * 3


def test_a_spoilt_next_token_is_refused(simulator: Simulator, sdk: Sdk) -> None:
    """Neither the place in a token nor its proof can be changed."""
    access_token = simulator.sign_in().access_token
    token = sdk.portal.list_accounts(accessToken=access_token, maxResults=1)["nextToken"]
    spoilt = [("B" if token[0] == "A" else "A") + token[1:], token[:-4] + "Mg==", token + "=", token + "\n"]
    refusals = [refusal(sdk.portal.list_accounts, accessToken=access_token, nextToken=each) for each in spoilt]
    assert refusals == [bad_request("Invalid next_token")] * 4


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/assignment/accounts"),
        ("GET", "/assignment/roles?account_id=111122223333"),
        ("GET", "/federation/credentials?account_id=111122223333&role_name=ReadOnly"),
        ("POST", "/logout"),
    ],
)
def test_nobody_is_let_in_without_a_token(simulator: Simulator, method: str, target: str) -> None:
    """No token, an empty one and one of another service are all a 401."""
    refresh_token = simulator.sign_in().refresh_token or ""
    replies = [
        ask(simulator, method, target),
        ask_portal(simulator, method, target, ""),
        ask_portal(simulator, method, target, refresh_token),
        ask(simulator, method, target, headers={"Authorization": "Bearer x"}),
    ]
    assert [reply.status for reply in replies] == [401] * 4
    assert {reply.headers["x-amzn-errortype"] for reply in replies} == {"UnauthorizedException"}


@pytest.mark.parametrize("token", ["garbage", "aoaAAAAA" + "A" * 128, "x" * 10_000])
def test_a_made_up_token_is_refused(sdk: Sdk, token: str) -> None:
    """A token that was never given out is UnauthorizedException, whatever is asked for."""
    refusals = [
        refusal(sdk.portal.list_accounts, accessToken=token),
        refusal(sdk.portal.list_account_roles, accessToken=token, accountId="111122223333"),
        refusal(sdk.portal.get_role_credentials, accessToken=token, accountId="111122223333", roleName="ReadOnly"),
        refusal(sdk.portal.logout, accessToken=token),
    ]
    assert refusals == [UNAUTHORIZED] * 4


def test_an_access_token_expires_to_the_second(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """A token works until the last moment of its `expiresIn`, and from then on no more."""
    token = simulator.sign_in().access_token
    clock.advance(3599.9)
    assert len(sdk.portal.list_accounts(accessToken=token)["accountList"]) == 8
    clock.advance(0.1)
    assert refusal(sdk.portal.list_accounts, accessToken=token) == UNAUTHORIZED


def test_revoked_tokens_are_refused(simulator: Simulator, sdk: Sdk) -> None:
    """After `revoke_all_tokens` every access and refresh token is dead, and a new sign-in works."""
    client = Client.register(sdk.oidc)
    first, second = client.sign_in(simulator), client.sign_in(simulator, "robin@example.com")
    simulator.revoke_all_tokens()
    refusals = [refusal(sdk.portal.list_accounts, accessToken=each["accessToken"]) for each in (first, second)]
    assert refusals == [UNAUTHORIZED] * 2
    dead = [client.refused("refresh_token", refreshToken=each["refreshToken"]).words for each in (first, second)]
    assert dead == ["invalid_grant"] * 2
    assert len(sdk.portal.list_accounts(accessToken=client.sign_in(simulator)["accessToken"])["accountList"]) == 8


def test_a_token_of_another_scope_does_not_open_the_portal(simulator: Simulator, sdk: Sdk) -> None:
    """Tokens for Amazon Q's scopes alone are refused; without any scope, as of a legacy profile, they work."""
    other = Client.register(sdk.oidc, scopes=("codewhisperer:completions",)).sign_in(simulator)
    legacy = Client.register(sdk.oidc, scopes=()).sign_in(simulator)
    assert refusal(sdk.portal.list_accounts, accessToken=other["accessToken"]) == UNAUTHORIZED
    assert len(sdk.portal.list_accounts(accessToken=legacy["accessToken"])["accountList"]) == 8


@pytest.mark.parametrize(
    ("account_id", "role_name"),
    [
        ("222233334444", "Billing"),
        ("111122223333", "ReadOnly"),
        ("000000000000", "ReadOnly"),
        ("junk", "ReadOnly"),
        ("222233334444", "readonly"),
    ],
)
def test_a_role_that_is_not_assigned_is_no_access(
    simulator: Simulator, sdk: Sdk, account_id: str, role_name: str
) -> None:
    """A role that this person may not use is ForbiddenException, which the model lacks: a plain ClientError."""
    token = simulator.sign_in("robin@example.com").access_token
    assert (
        refusal(sdk.portal.get_role_credentials, accessToken=token, accountId=account_id, roleName=role_name)
        == NO_ACCESS
    )


@pytest.mark.parametrize("account_id", ["333344445555", "000000000000", "junk"])
def test_an_account_without_a_role_has_no_listing(simulator: Simulator, sdk: Sdk, account_id: str) -> None:
    """The roles in an account in which this person has none cannot be listed."""
    token = simulator.sign_in("robin@example.com").access_token
    assert refusal(sdk.portal.list_account_roles, accessToken=token, accountId=account_id) == NO_ACCESS


def test_a_withdrawn_assignment_is_no_access(simulator: Simulator, sdk: Sdk) -> None:
    """Once withdrawn, a role is neither issued nor listed; what was issued before is still known."""
    token = simulator.sign_in("alex@example.com").access_token
    asked = {"accessToken": token, "accountId": "333344445555"}
    before = sdk.portal.get_role_credentials(**asked, roleName="AdministratorAccess")["roleCredentials"]
    simulator.world.withdraw("333344445555", "AdministratorAccess")
    assert refusal(sdk.portal.get_role_credentials, **asked, roleName="AdministratorAccess") == NO_ACCESS
    assert [each["roleName"] for each in sdk.portal.list_account_roles(**asked)["roleList"]] == ["ReadOnly"]
    assert simulator.issued(before["accessKeyId"]).role_name == "AdministratorAccess"


@pytest.mark.parametrize(
    ("target", "missing"),
    [
        ("/assignment/roles", "account_id"),
        ("/assignment/roles?account_id=", "account_id"),
        ("/federation/credentials?role_name=ReadOnly", "account_id"),
        ("/federation/credentials?account_id=111122223333", "role_name"),
    ],
)
def test_a_missing_parameter_is_named(simulator: Simulator, target: str, missing: str) -> None:
    """A request without one of its parameters is a 400 that says which."""
    reply = ask_portal(simulator, "GET", target, simulator.sign_in().access_token)
    assert (reply.status, reply.json()["message"]) == (400, f"{missing} is missing")


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/assignment/accounts"), ("GET", "/logout"), ("GET", "/nowhere"), ("PUT", "/token"), ("GET", "/")],
)
def test_where_nothing_lives_is_a_404(simulator: Simulator, method: str, target: str) -> None:
    """Another method or path is UnknownOperationException, and counts as no call."""
    reply = ask(simulator, method, target)
    assert (reply.status, reply.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert simulator.counters.calls == {}
