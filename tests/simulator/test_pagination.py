"""Every page size over listings of several lengths: each item exactly once, no page empty or overfull."""

from typing import Any

import pytest

from ssohelper.simulator.world import Account, PermissionSet, User, World, generate
from tests.fixtures.simulators import Connect, Start

SIZES = range(1, 101)


def pages(portal: Any, operation: str, listing: str, size: int, **arguments: str) -> list[list[Any]]:
    """What each page of a listing holds, read by botocore's own paginator."""
    paginator = portal.get_paginator(operation)
    return [page[listing] for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": size})]


def cut(items: list[Any], size: int) -> list[list[Any]]:
    """A list cut into pages; an empty one is one empty page."""
    return [items[start : start + size] for start in range(0, len(items), size)] or [[]]


@pytest.mark.parametrize("accounts", [0, 1, 2, 61, 99, 100, 101])
def test_every_account_comes_once(start: Start, connect: Connect, accounts: int) -> None:
    """For each page size the pages are the listing, cut: nothing is left out, repeated or moved."""
    world = generate(accounts=accounts, roles=1)
    simulator = start(world)
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    listing = [
        {"accountId": each.id, "accountName": each.name, "emailAddress": each.email} for each in world.accounts
    ]
    seen = {size: pages(portal, "list_accounts", "accountList", size, accessToken=token) for size in SIZES}
    assert seen == {size: cut(listing, size) for size in SIZES}


@pytest.mark.parametrize("roles", [1, 2, 30, 101])
def test_every_role_comes_once(start: Start, connect: Connect, roles: int) -> None:
    """The roles of an account are cut in the same way, in the order of their names."""
    world = generate(accounts=2, roles=roles, awkward=True)
    simulator = start(world)
    portal, token, account_id = connect(simulator).portal, simulator.sign_in().access_token, world.accounts[1].id
    names = sorted(each.name for each in world.permission_sets)
    listing = [{"roleName": name, "accountId": account_id} for name in names]
    asked = {"accessToken": token, "accountId": account_id}
    seen = {size: pages(portal, "list_account_roles", "roleList", size, **asked) for size in SIZES}
    assert seen == {size: cut(listing, size) for size in SIZES}


def test_a_page_holds_100_unless_told_otherwise(start: Start, connect: Connect) -> None:
    """Without `max_result` a page holds 100 items."""
    simulator = start(generate(accounts=201, roles=1))
    paginator = connect(simulator).portal.get_paginator("list_accounts")
    read = paginator.paginate(accessToken=simulator.sign_in().access_token)
    assert [len(page["accountList"]) for page in read] == [100, 100, 1]


def test_a_thousand_accounts_take_ten_calls(start: Start, connect: Connect) -> None:
    """A large organisation is listed in calls of a hundred, and every account is there once."""
    simulator = start(generate(accounts=1000, roles=1))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    listed = [
        each["accountId"]
        for page in pages(portal, "list_accounts", "accountList", 100, accessToken=token)
        for each in page
    ]
    assert listed == [each.id for each in simulator.world.accounts]
    assert simulator.counters.calls == {"ListAccounts": 10}


def test_the_page_size_may_change_on_the_way(start: Start, connect: Connect) -> None:
    """A `next_token` is a place in the listing, so the next page may have another size."""
    simulator = start(generate(accounts=10, roles=1))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    first = portal.list_accounts(accessToken=token, maxResults=3)
    second = portal.list_accounts(accessToken=token, maxResults=7, nextToken=first["nextToken"])
    listed = [each["accountId"] for page in (first, second) for each in page["accountList"]]
    assert listed == [each.id for each in simulator.world.accounts]
    assert "nextToken" not in second


def test_a_listing_that_shrank_ends_early(start: Start, connect: Connect) -> None:
    """A place beyond the end of a listing that became shorter is an empty last page."""
    accounts = [Account(f"{number:012}") for number in range(4)]
    user = User("someone", frozenset((account.id, "ReadOnly") for account in accounts))
    simulator = start(World(accounts, [PermissionSet("ReadOnly")], [user]))
    portal, token = connect(simulator).portal, simulator.sign_in().access_token
    first = portal.list_accounts(accessToken=token, maxResults=3)
    for account in accounts[:2]:
        simulator.world.withdraw(account.id, "ReadOnly")
    second = portal.list_accounts(accessToken=token, maxResults=3, nextToken=first["nextToken"])
    assert (second["accountList"], second.get("nextToken")) == ([], None)
