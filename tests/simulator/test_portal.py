"""The portal's four operations through boto3."""

import pytest

from ssohelper.simulator.companies import generate
from ssohelper.simulator.portal import IssuedCredentials
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import NO_ACCESS, UNAUTHORIZED, Client, Sdk, api_error, without_metadata
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import fetch, fetch_portal


def test_list_accounts(simulator: Simulator, sdk: Sdk) -> None:
    """The accounts in which the user has a role, with names and emails."""
    token = simulator.sign_in("robin@example.com").access_token
    assert without_metadata(sdk.portal.list_accounts(accessToken=token)) == {
        "accountList": [
            {
                "accountId": "111122223333",
                "accountName": "management",
                "emailAddress": "aws+management@example.com",
            },
            {
                "accountId": "222233334444",
                "accountName": "security-audit",
                "emailAddress": "aws+security@example.com",
            },
        ]
    }


def test_list_account_roles(simulator: Simulator, sdk: Sdk) -> None:
    """The user's roles in an account, sorted by name."""
    responses = [
        without_metadata(
            sdk.portal.list_account_roles(accessToken=simulator.sign_in(user).access_token, accountId=account)
        )
        for user, account in [("robin@example.com", "111122223333"), ("alex@example.com", "777788889999")]
    ]
    assert responses == [
        {"roleList": [{"roleName": "Billing", "accountId": "111122223333"}]},
        {
            "roleList": [
                {"roleName": name, "accountId": "777788889999"}
                for name in ("AdministratorAccess", "Developer", "ReadOnly")
            ]
        },
    ]


def test_get_role_credentials(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """Role credentials have AWS's format, and the simulator records to whom it issued them."""
    token = simulator.sign_in("alex@example.com").access_token
    clock.advance(0.75)
    response = without_metadata(
        sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    )
    credentials = response["roleCredentials"]
    key = credentials["accessKeyId"]
    assert response == {
        "roleCredentials": {
            "accessKeyId": key,
            "secretAccessKey": credentials["secretAccessKey"],
            "sessionToken": credentials["sessionToken"],
            "expiration": (1_800_000_000 + 8 * 3600) * 1000,
        }
    }
    assert (key[:4], len(key), len(credentials["secretAccessKey"])) == ("ASIA", 20, 40)
    assert simulator.issued(key) == IssuedCredentials(
        key, "alex@example.com", "333344445555", "ReadOnly", 1_800_000_000 + 8 * 3600
    )


def test_each_call_issues_new_credentials(simulator: Simulator, sdk: Sdk) -> None:
    """Each response has another key, secret and session token."""
    token = simulator.sign_in().access_token
    responses = [
        sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
        for _ in range(5)
    ]
    kinds = ("accessKeyId", "secretAccessKey", "sessionToken")
    assert [len({response["roleCredentials"][kind] for response in responses}) for kind in kinds] == [5, 5, 5]


def test_logout(simulator: Simulator, sdk: Sdk) -> None:
    """Logout invalidates the access and refresh tokens of its sign-in, and of no other."""
    client = Client.register(sdk.oidc)
    ended, other = client.sign_in(simulator), client.sign_in(simulator)
    assert without_metadata(sdk.portal.logout(accessToken=ended["accessToken"])) == {}
    assert api_error(sdk.portal.list_accounts, accessToken=ended["accessToken"]) == UNAUTHORIZED
    assert client.token_error("refresh_token", refreshToken=ended["refreshToken"]).message == "invalid_grant"
    assert len(sdk.portal.list_accounts(accessToken=other["accessToken"])["accountList"]) == 8


@pytest.mark.parametrize("hours", range(1, 13))
def test_expiration(start: StartSimulator, connect: ConnectSdk, hours: int) -> None:
    """`expiration` is `session_hours` from now, in Unix milliseconds."""
    simulator = start(generate(accounts=1, roles=1, session_hours=hours))
    response = connect(simulator).portal.get_role_credentials(
        accessToken=simulator.sign_in().access_token,
        accountId=simulator.world.accounts[0].id,
        roleName="AdministratorAccess",
    )
    assert response["roleCredentials"]["expiration"] == 1_800_000_000_000 + hours * 3_600_000


def test_missing_name_and_email(start: StartSimulator) -> None:
    """A missing name or email is omitted, and not null, which botocore would hide."""
    accounts = [
        Account("000000000001", "named"),
        Account("000000000002", None, "mail@example.com"),
        Account("000000000003"),
        Account("000000000004", "", ""),
    ]
    user = User("someone", frozenset((account.id, "ReadOnly") for account in accounts))
    simulator = start(World(accounts, [PermissionSet("ReadOnly")], [user]))
    response = fetch_portal(simulator, "GET", "/assignment/accounts", simulator.sign_in().access_token)
    assert response.json() == {
        "accountList": [
            {"accountId": "000000000001", "accountName": "named"},
            {"accountId": "000000000002", "emailAddress": "mail@example.com"},
            {"accountId": "000000000003"},
            {"accountId": "000000000004", "accountName": "", "emailAddress": ""},
        ]
    }


def test_awkward_names(start: StartSimulator, connect: ConnectSdk) -> None:
    """Awkward account and role names are returned unchanged."""
    world = generate(accounts=20, roles=8, awkward=True)
    simulator = start(world)
    sdk, token = connect(simulator), simulator.sign_in().access_token
    listed = sdk.portal.list_accounts(accessToken=token)["accountList"]
    listed_accounts = [(each["accountId"], each.get("accountName"), each.get("emailAddress")) for each in listed]
    assert listed_accounts == [(each.id, each.name, each.email) for each in world.accounts]
    roles = sdk.portal.list_account_roles(accessToken=token, accountId=listed_accounts[0][0])["roleList"]
    assert [role["roleName"] for role in roles] == sorted(each.name for each in world.permission_sets)


def test_credentials_for_awkward_roles(start: StartSimulator, connect: ConnectSdk) -> None:
    """Credentials can be requested for each valid role name."""
    world = generate(accounts=1, roles=8, awkward=True)
    simulator = start(world)
    sdk, token, account_id = connect(simulator), simulator.sign_in().access_token, world.accounts[0].id
    keys = [
        sdk.portal.get_role_credentials(accessToken=token, accountId=account_id, roleName=each.name)[
            "roleCredentials"
        ]["accessKeyId"]
        for each in world.permission_sets
    ]
    assert [simulator.issued(key).role_name for key in keys] == [each.name for each in world.permission_sets]


def test_changes_take_effect_immediately(simulator: Simulator, sdk: Sdk) -> None:
    """Assignments, accounts and names that change while the simulator runs are in the next response."""
    token = simulator.sign_in("robin@example.com").access_token
    world = simulator.world
    world.add_account(Account("999900001111", "new"))
    world.add_permission_set(PermissionSet("Fresh", 3))
    world.assign("999900001111", "Fresh", "robin@example.com")
    world.rename_account("111122223333", None)
    world.withdraw("222233334444", "ReadOnly", "robin@example.com")
    assert without_metadata(sdk.portal.list_accounts(accessToken=token)) == {
        "accountList": [
            {"accountId": "111122223333", "emailAddress": "aws+management@example.com"},
            {"accountId": "999900001111", "accountName": "new"},
        ]
    }


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/assignment/accounts"),
        ("GET", "/assignment/roles?account_id=111122223333"),
        ("GET", "/federation/credentials?account_id=111122223333&role_name=ReadOnly"),
        ("POST", "/logout"),
    ],
)
def test_missing_access_token(simulator: Simulator, method: str, target: str) -> None:
    """No token, an empty token and a token of another kind are a 401."""
    refresh_token = simulator.sign_in().refresh_token or ""
    responses = [
        fetch(simulator, method, target),
        fetch_portal(simulator, method, target, ""),
        fetch_portal(simulator, method, target, refresh_token),
        fetch(simulator, method, target, headers={"Authorization": "Bearer x"}),
    ]
    assert [response.status for response in responses] == [401] * 4
    assert {response.headers["x-amzn-errortype"] for response in responses} == {"UnauthorizedException"}


@pytest.mark.parametrize("token", ["garbage", "aoaAAAAA" + "A" * 128, "x" * 10_000])
def test_unknown_access_token(sdk: Sdk, token: str) -> None:
    """Each operation refuses an access token that was never issued."""
    errors = [
        api_error(sdk.portal.list_accounts, accessToken=token),
        api_error(sdk.portal.list_account_roles, accessToken=token, accountId="111122223333"),
        api_error(sdk.portal.get_role_credentials, accessToken=token, accountId="111122223333", roleName="ReadOnly"),
        api_error(sdk.portal.logout, accessToken=token),
    ]
    assert errors == [UNAUTHORIZED] * 4


def test_access_token_expires(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """An access token is valid for `expiresIn` seconds."""
    token = simulator.sign_in().access_token
    clock.advance(3599.9)
    assert len(sdk.portal.list_accounts(accessToken=token)["accountList"]) == 8
    clock.advance(0.1)
    assert api_error(sdk.portal.list_accounts, accessToken=token) == UNAUTHORIZED


def test_revoke_all_tokens(simulator: Simulator, sdk: Sdk) -> None:
    """Revoking invalidates all access and refresh tokens; a new sign-in works."""
    client = Client.register(sdk.oidc)
    first, second = client.sign_in(simulator), client.sign_in(simulator, "robin@example.com")
    simulator.revoke_all_tokens()
    errors = [api_error(sdk.portal.list_accounts, accessToken=each["accessToken"]) for each in (first, second)]
    assert errors == [UNAUTHORIZED] * 2
    refresh_errors = [
        client.token_error("refresh_token", refreshToken=each["refreshToken"]).message for each in (first, second)
    ]
    assert refresh_errors == ["invalid_grant"] * 2
    assert len(sdk.portal.list_accounts(accessToken=client.sign_in(simulator)["accessToken"])["accountList"]) == 8


def test_access_token_of_another_scope(simulator: Simulator, sdk: Sdk) -> None:
    """A token with only Amazon Q's scopes is refused; one without scopes, as for a legacy profile, is valid."""
    other = Client.register(sdk.oidc, scopes=("codewhisperer:completions",)).sign_in(simulator)
    legacy = Client.register(sdk.oidc, scopes=()).sign_in(simulator)
    assert api_error(sdk.portal.list_accounts, accessToken=other["accessToken"]) == UNAUTHORIZED
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
def test_role_is_not_assigned(simulator: Simulator, sdk: Sdk, account_id: str, role_name: str) -> None:
    """ForbiddenException is not in the service model, so botocore raises a ClientError."""
    token = simulator.sign_in("robin@example.com").access_token
    assert (
        api_error(sdk.portal.get_role_credentials, accessToken=token, accountId=account_id, roleName=role_name)
        == NO_ACCESS
    )


@pytest.mark.parametrize("account_id", ["333344445555", "000000000000", "junk"])
def test_list_roles_without_assignment(simulator: Simulator, sdk: Sdk, account_id: str) -> None:
    """The roles of an account in which the user has none cannot be listed."""
    token = simulator.sign_in("robin@example.com").access_token
    assert api_error(sdk.portal.list_account_roles, accessToken=token, accountId=account_id) == NO_ACCESS


def test_withdrawn_assignment(simulator: Simulator, sdk: Sdk) -> None:
    """A withdrawn role is neither listed nor issued; credentials that were issued before are still known."""
    token = simulator.sign_in("alex@example.com").access_token
    account = {"accessToken": token, "accountId": "333344445555"}
    before = sdk.portal.get_role_credentials(**account, roleName="AdministratorAccess")["roleCredentials"]
    simulator.world.withdraw("333344445555", "AdministratorAccess")
    assert api_error(sdk.portal.get_role_credentials, **account, roleName="AdministratorAccess") == NO_ACCESS
    assert [each["roleName"] for each in sdk.portal.list_account_roles(**account)["roleList"]] == ["ReadOnly"]
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
def test_missing_parameter(simulator: Simulator, target: str, missing: str) -> None:
    """A request without a required parameter is a 400 that names it."""
    response = fetch_portal(simulator, "GET", target, simulator.sign_in().access_token)
    assert (response.status, response.json()["message"]) == (400, f"{missing} is missing")


def test_provisioned_session_duration(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """Credentials are valid as long as the version says that is provisioned in the account."""
    simulator.world.change_permission_set("ReadOnly", session_hours=1)
    simulator.world.provision("ReadOnly", "333344445555")
    token = simulator.sign_in().access_token
    keys = [
        sdk.portal.get_role_credentials(accessToken=token, accountId=each, roleName="ReadOnly")["roleCredentials"]
        for each in ("333344445555", "111122223333")
    ]
    assert [each["expiration"] / 1000 - clock() for each in keys] == [3600, 8 * 3600]


def test_disabled_user(simulator: Simulator, sdk: Sdk) -> None:
    """A user who is disabled has no roles any more, and cannot sign in again."""
    robin = "robin@example.com"
    token = simulator.sign_in(robin).access_token
    simulator.world.disable_user(robin)
    assert sdk.portal.list_accounts(accessToken=token)["accountList"] == []
    role = {"accountId": "111122223333", "roleName": "Billing"}
    assert api_error(sdk.portal.get_role_credentials, accessToken=token, **role) == NO_ACCESS
    with pytest.raises(LookupError, match="no such user: robin"):
        simulator.sign_in(robin)
    client = Client.register(sdk.oidc)
    with pytest.raises(LookupError, match="no such user: robin"):
        simulator.approve(client.start(simulator)["userCode"], robin)
    simulator.world.enable_user(robin)
    assert len(sdk.portal.list_accounts(accessToken=token)["accountList"]) == 2
