"""The portal's four operations, asked through boto3."""

import pytest

from ssohelper.simulator.portal import Issued
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World, generate
from tests.fixtures.clock import Clock
from tests.fixtures.sdk import UNAUTHORIZED, Client, Sdk, members, refusal
from tests.fixtures.simulators import Connect, Start
from tests.fixtures.wire import ask_portal


def test_accounts_are_listed(simulator: Simulator, sdk: Sdk) -> None:
    """A person sees the accounts in which they have a role, with names and emails."""
    token = simulator.sign_in("robin@example.com").access_token
    assert members(sdk.portal.list_accounts(accessToken=token)) == {
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


def test_roles_are_listed(simulator: Simulator, sdk: Sdk) -> None:
    """A person sees their own roles in an account, in the order of their names."""
    answers = [
        members(sdk.portal.list_account_roles(accessToken=simulator.sign_in(user).access_token, accountId=account))
        for user, account in [("robin@example.com", "111122223333"), ("alex@example.com", "777788889999")]
    ]
    assert answers == [
        {"roleList": [{"roleName": "Billing", "accountId": "111122223333"}]},
        {
            "roleList": [
                {"roleName": name, "accountId": "777788889999"}
                for name in ("AdministratorAccess", "Developer", "ReadOnly")
            ]
        },
    ]


def test_credentials_are_issued(simulator: Simulator, sdk: Sdk, clock: Clock) -> None:
    """Role credentials look like AWS's, and the simulator remembers to whom it issued them."""
    token = simulator.sign_in("alex@example.com").access_token
    clock.advance(0.75)
    answer = members(
        sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
    )
    credentials = answer["roleCredentials"]
    key = credentials["accessKeyId"]
    assert answer == {
        "roleCredentials": {
            "accessKeyId": key,
            "secretAccessKey": credentials["secretAccessKey"],
            "sessionToken": credentials["sessionToken"],
            "expiration": (1_800_000_000 + 8 * 3600) * 1000,
        }
    }
    assert (key[:4], len(key), len(credentials["secretAccessKey"])) == ("ASIA", 20, 40)
    assert simulator.issued(key) == Issued(
        key, "alex@example.com", "333344445555", "ReadOnly", 1_800_000_000 + 8 * 3600
    )


def test_credentials_are_new_each_time(simulator: Simulator, sdk: Sdk) -> None:
    """No two answers share a key, a secret or a session token."""
    token = simulator.sign_in().access_token
    answers = [
        sdk.portal.get_role_credentials(accessToken=token, accountId="333344445555", roleName="ReadOnly")
        for _ in range(5)
    ]
    kinds = ("accessKeyId", "secretAccessKey", "sessionToken")
    assert [len({answer["roleCredentials"][kind] for answer in answers}) for kind in kinds] == [5, 5, 5]


def test_logout_ends_the_sign_in(simulator: Simulator, sdk: Sdk) -> None:
    """After Logout neither the access token nor the refresh token works, and another sign-in is untouched."""
    client = Client.register(sdk.oidc)
    gone, other = client.sign_in(simulator), client.sign_in(simulator)
    assert members(sdk.portal.logout(accessToken=gone["accessToken"])) == {}
    assert refusal(sdk.portal.list_accounts, accessToken=gone["accessToken"]) == UNAUTHORIZED
    assert client.refused("refresh_token", refreshToken=gone["refreshToken"]).words == "invalid_grant"
    assert len(sdk.portal.list_accounts(accessToken=other["accessToken"])["accountList"]) == 8


@pytest.mark.parametrize("hours", range(1, 13))
def test_credentials_last_as_long_as_the_permission_set_says(start: Start, connect: Connect, hours: int) -> None:
    """`expiration` is in milliseconds since 1970, `session_hours` from now."""
    simulator = start(generate(accounts=1, roles=1, session_hours=hours))
    answer = connect(simulator).portal.get_role_credentials(
        accessToken=simulator.sign_in().access_token,
        accountId=simulator.world.accounts[0].id,
        roleName="AdministratorAccess",
    )
    assert answer["roleCredentials"]["expiration"] == 1_800_000_000_000 + hours * 3_600_000


def test_what_is_not_known_is_absent(start: Start) -> None:
    """An account without a name or an email comes without the member: no null, which botocore would hide."""
    accounts = [
        Account("000000000001", "named"),
        Account("000000000002", None, "mail@example.com"),
        Account("000000000003"),
        Account("000000000004", "", ""),
    ]
    user = User("someone", frozenset((account.id, "ReadOnly") for account in accounts))
    simulator = start(World(accounts, [PermissionSet("ReadOnly")], [user]))
    reply = ask_portal(simulator, "GET", "/assignment/accounts", simulator.sign_in().access_token)
    assert reply.json() == {
        "accountList": [
            {"accountId": "000000000001", "accountName": "named"},
            {"accountId": "000000000002", "emailAddress": "mail@example.com"},
            {"accountId": "000000000003"},
            {"accountId": "000000000004", "accountName": "", "emailAddress": ""},
        ]
    }


def test_awkward_names_come_through_unharmed(start: Start, connect: Connect) -> None:
    """Names that break tools arrive as they are, in accounts and in roles."""
    world = generate(accounts=20, roles=8, awkward=True)
    simulator = start(world)
    sdk, token = connect(simulator), simulator.sign_in().access_token
    listed = sdk.portal.list_accounts(accessToken=token)["accountList"]
    seen = [(each["accountId"], each.get("accountName"), each.get("emailAddress")) for each in listed]
    assert seen == [(each.id, each.name, each.email) for each in world.accounts]
    roles = sdk.portal.list_account_roles(accessToken=token, accountId=seen[0][0])["roleList"]
    assert [role["roleName"] for role in roles] == sorted(each.name for each in world.permission_sets)


def test_credentials_are_issued_for_awkward_roles(start: Start, connect: Connect) -> None:
    """Every name that a permission set may have can be asked for."""
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


def test_the_world_may_change(simulator: Simulator, sdk: Sdk) -> None:
    """What is assigned, renamed or added while the simulator runs shows in the next answer."""
    token = simulator.sign_in("robin@example.com").access_token
    world = simulator.world
    world.add_account(Account("999900001111", "new"))
    world.add_permission_set(PermissionSet("Fresh", 3))
    world.assign("999900001111", "Fresh", "robin@example.com")
    world.rename_account("111122223333", None)
    world.withdraw("222233334444", "ReadOnly", "robin@example.com")
    assert members(sdk.portal.list_accounts(accessToken=token)) == {
        "accountList": [
            {"accountId": "111122223333", "emailAddress": "aws+management@example.com"},
            {"accountId": "999900001111", "accountName": "new"},
        ]
    }
