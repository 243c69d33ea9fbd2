"""Pagination of both listings, with each page size, and invalid `max_result` and `next_token`."""

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from ssohelper.simulator.companies import generate
from ssohelper.simulator.pagination import InvalidToken, Page, Pagination
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account, PermissionSet, User, World
from tests.fixtures.sdk import ApiError, Sdk, api_error
from tests.fixtures.simulators import ConnectSdk, StartSimulator
from tests.fixtures.wire import fetch_portal

SIZES = range(1, 101)


def pages(portal: Any, operation: str, listing: str, size: int, **arguments: str) -> list[list[Any]]:
    """Return the pages of a listing, read with botocore's paginator."""
    paginator = portal.get_paginator(operation)
    return [page[listing] for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": size})]


def split(items: list[Any], size: int) -> list[list[Any]]:
    """Split a list into pages; an empty list is one empty page."""
    return [items[start : start + size] for start in range(0, len(items), size)] or [[]]


@pytest.mark.full
@pytest.mark.parametrize("accounts", [0, 1, 2, 61, 99, 100, 101])
def test_accounts_in_pages_of_any_size(start: StartSimulator, connect: ConnectSdk, accounts: int) -> None:
    """For each page size the pages together are the listing."""
    world = generate(accounts=accounts, roles=1)
    simulator = start(world)
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    listing = [
        {"accountId": each.id, "accountName": each.name, "emailAddress": each.email} for each in world.accounts
    ]
    actual = {size: pages(portal, "list_accounts", "accountList", size, accessToken=token) for size in SIZES}
    assert actual == {size: split(listing, size) for size in SIZES}


@pytest.mark.full
@pytest.mark.parametrize("roles", [1, 2, 30, 101])
def test_roles_in_pages_of_any_size(start: StartSimulator, connect: ConnectSdk, roles: int) -> None:
    """The roles of an account are sorted by name and split in the same way."""
    world = generate(accounts=2, roles=roles, awkward=True)
    simulator = start(world)
    portal, token, account_id = connect(simulator).portal, simulator.sign_in().access_token, world.accounts[1].id
    names = sorted(each.name for each in world.permission_sets)
    listing = [{"roleName": name, "accountId": account_id} for name in names]
    arguments = {"accessToken": token, "accountId": account_id}
    actual = {size: pages(portal, "list_account_roles", "roleList", size, **arguments) for size in SIZES}
    assert actual == {size: split(listing, size) for size in SIZES}


def test_default_page_size(start: StartSimulator, connect: ConnectSdk) -> None:
    """Without `max_result` a page has 100 items."""
    simulator = start(generate(accounts=201, roles=1))
    paginator = connect(simulator).portal.get_paginator("list_accounts")
    read = paginator.paginate(accessToken=simulator.sign_in().access_token)
    assert [len(page["accountList"]) for page in read] == [100, 100, 1]


def test_thousand_accounts(start: StartSimulator, connect: ConnectSdk) -> None:
    """A thousand accounts are listed with ten calls."""
    simulator = start(generate(accounts=1000, roles=1))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    listed = [
        each["accountId"]
        for page in pages(portal, "list_accounts", "accountList", 100, accessToken=token)
        for each in page
    ]
    assert listed == [each.id for each in simulator.world.accounts]
    assert simulator.counters.calls == {"ListAccounts": 10}


def test_page_size_may_change(start: StartSimulator, connect: ConnectSdk) -> None:
    """The next page may have another size, because a `next_token` is an offset."""
    simulator = start(generate(accounts=10, roles=1))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    first = portal.list_accounts(accessToken=token, maxResults=3)
    second = portal.list_accounts(accessToken=token, maxResults=7, nextToken=first["nextToken"])
    listed = [each["accountId"] for page in (first, second) for each in page["accountList"]]
    assert listed == [each.id for each in simulator.world.accounts]
    assert "nextToken" not in second


def test_listing_shrinks_between_pages(start: StartSimulator, connect: ConnectSdk) -> None:
    """If the offset is beyond the end of the listing, the last page is empty."""
    accounts = [Account(f"{number:012}") for number in range(4)]
    user = User("someone", frozenset((account.id, "ReadOnly") for account in accounts))
    simulator = start(World(accounts, [PermissionSet("ReadOnly")], [user]))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    first = portal.list_accounts(accessToken=token, maxResults=3)
    for account in accounts[:2]:
        simulator.world.withdraw(account.id, "ReadOnly")
    second = portal.list_accounts(accessToken=token, maxResults=3, nextToken=first["nextToken"])
    assert (second["accountList"], second.get("nextToken")) == ([], None)


SIZE = "ResultSize parameter must be within the valid limits of: 1-100"


def bad_request(message: str) -> ApiError:
    """Return the portal's InvalidRequestException."""
    return ApiError("InvalidRequestException", "InvalidRequestException", 400, message)


@pytest.mark.parametrize("size", [101, 1000, 10**12])
def test_max_result_above_100(simulator: Simulator, sdk: Sdk, size: int) -> None:
    """`max_result` above 100 is refused by the service, not by botocore."""
    token = simulator.sign_in().access_token
    assert api_error(sdk.portal.list_accounts, accessToken=token, maxResults=size) == bad_request(SIZE)


def test_botocore_refuses_max_result_0(simulator: Simulator, sdk: Sdk) -> None:
    """Botocore checks the service model's minimum before it sends a request."""
    with pytest.raises(ParamValidationError):
        sdk.portal.list_accounts(accessToken=simulator.sign_in().access_token, maxResults=0)
    assert simulator.counters.calls == {}


@pytest.mark.parametrize("size", ["0", "-1", "101", "1.0", "ten", "", "%20", "+5", "%D9%A3", "9" * 5000])
def test_invalid_max_result(simulator: Simulator, size: str) -> None:
    """Any other `max_result` is a 400, in both listings."""
    token = simulator.sign_in().access_token
    responses = [
        fetch_portal(simulator, "GET", f"{path}max_result={size}", token)
        for path in ("/assignment/accounts?", "/assignment/roles?account_id=111122223333&")
    ]
    expected = {"message": SIZE, "__type": "com.amazonaws.switchboard.portal#InvalidRequestException"}
    assert [(response.status, response.json()) for response in responses] == [(400, expected), (400, expected)]


@pytest.mark.parametrize("size", [1, 100])
def test_max_result_limits(simulator: Simulator, sdk: Sdk, size: int) -> None:
    """1 and 100 are valid."""
    response = sdk.portal.list_accounts(accessToken=simulator.sign_in().access_token, maxResults=size)
    assert len(response["accountList"]) == min(size, 8)


@pytest.mark.parametrize("token", ["x", "eyJ4IjoxfQ==", "🚀", " ", "LTE=", "A" * 4000])
def test_unknown_next_token(simulator: Simulator, sdk: Sdk, token: str) -> None:
    """A `next_token` that was never issued is refused."""
    access_token = simulator.sign_in().access_token
    assert api_error(sdk.portal.list_accounts, accessToken=access_token, nextToken=token) == bad_request(
        "Invalid next_token"
    )


def test_next_token_of_another_listing(simulator: Simulator, sdk: Sdk) -> None:
    """A `next_token` is not valid for another account, another user or the other listing."""
    alex, robin = (simulator.sign_in(f"{name}@example.com").access_token for name in ("alex", "robin"))
    token = sdk.portal.list_account_roles(accessToken=alex, accountId="777788889999", maxResults=1)["nextToken"]
    errors = [
        api_error(sdk.portal.list_account_roles, accessToken=alex, accountId="888899990000", nextToken=token),
        api_error(sdk.portal.list_account_roles, accessToken=robin, accountId="111122223333", nextToken=token),
        api_error(sdk.portal.list_accounts, accessToken=alex, nextToken=token),
    ]
    assert errors == [bad_request("Invalid next_token")] * 3


def test_modified_next_token(simulator: Simulator, sdk: Sdk) -> None:
    """A `next_token` with a changed offset or MAC is refused."""
    access_token = simulator.sign_in().access_token
    token = sdk.portal.list_accounts(accessToken=access_token, maxResults=1)["nextToken"]
    modified = [("B" if token[0] == "A" else "A") + token[1:], token[:-4] + "Mg==", token + "=", token + "\n"]
    errors = [api_error(sdk.portal.list_accounts, accessToken=access_token, nextToken=each) for each in modified]
    assert errors == [bad_request("Invalid next_token")] * 4


def test_empty_pages() -> None:
    """An empty page goes on to the items that it would have, and each token is another one."""
    pagination, items = Pagination(), list(range(5))
    first = pagination.page("items", items, 3, None, empty=True)
    second = pagination.page("items", items, 3, first.next_token, empty=True)
    third = pagination.page("items", items, 3, second.next_token)
    fourth = pagination.page("items", items, 3, third.next_token)
    assert [each.items for each in (first, second, third, fourth)] == [(), (), [0, 1, 2], [3, 4]]
    assert (first.next_token != second.next_token, fourth.next_token) == (True, None)


def test_token_of_another_reader() -> None:
    """A token is valid for its listing only, and for the simulator that issued it."""
    pagination = Pagination()
    token = pagination.page("of ann", [1, 2], 1, None).next_token
    assert pagination.page("of ann", [1, 2], 1, token) == Page([2], None)
    for reader, listing in ((pagination, "of bob"), (Pagination(), "of ann")):
        with pytest.raises(InvalidToken):
            reader.page(listing, [1, 2], 1, token)
