"""Permission sets and who has them, as rows, as text and as JSON data."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ssohelper.permission_sets.inventory import (
    Assignment,
    CustomerManagedPolicy,
    Group,
    Inventory,
    PermissionSet,
    Request,
    Unread,
    User,
)
from ssohelper.ui import permission_sets
from ssohelper.ui.look import Look
from ssohelper.ui.output import to_json
from tests.fixtures.inventories import POLICY, PROD, assigned, inventory, permission_set

SANDBOX = "777788889999"
VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
FULL = permission_set(
    provisioned=(PROD, SANDBOX),
    outdated=(SANDBOX,),
    managed_policies=(VIEW_ONLY,),
    customer_managed_policies=(CustomerManagedPolicy("/", "deny"),),
    boundary=CustomerManagedPolicy("/b/", "boundary"),
    tags={"team": "a", "owner": "platform"},
    relay_state="https://console.aws.amazon.com/ec2",
)
QUICK: dict[str, Any] = {"assignments": {}, "group_assignments_complete": True}
WHOLE = inventory(
    FULL,
    assignments=[*assigned("g-developers", FULL), *assigned("u-ann", FULL, PROD)],
    documents={VIEW_ONLY: POLICY, BOUNDARY: POLICY},
)
NOTHING = permission_set(inline_policy="", boundary="", tags={}, relay_state="", description="", provisioned=())
UNKNOWN = PermissionSet("arn:a")
UNREAD = inventory(UNKNOWN, assignments=[], requests_complete=False)
HOSTILE = "evil\x1b]8;;http://evil.example\x07\r\n\u202e\x85name"
SHOWN = "evil?]8;;http://evil.example?????name"


def requests(*statuses: str) -> tuple[Request, ...]:
    """Requests of the permission set with these statuses, and a failed one of another."""
    found = [Request(str(number), "assignment", each, 1.0, FULL.arn) for number, each in enumerate(statuses)]  # type: ignore[arg-type]
    return (*found, Request("other", "assignment", "FAILED", 1.0, "arn:other"))


@pytest.mark.parametrize(
    ("of", "each", "expected"),
    [
        (WHOLE, FULL, ("DeveloperAccess", "4h", "2", "1", "1", "ViewOnlyAccess, /deny, inline", "outdated in 1")),
        (
            inventory(NOTHING, requests=requests("FAILED", "IN_PROGRESS", "FAILED")),
            NOTHING,
            ("DeveloperAccess", "4h", "0", "0", "0", "", "not provisioned, 2 failed, 1 in progress"),
        ),
        (UNREAD, UNKNOWN, ("arn:a", "?", "?", "?", "?", "?, ?, ?", "")),
    ],
    ids=["full", "nothing", "unknown"],
)
def test_list(of: Inventory, each: PermissionSet, expected: tuple[str, ...]) -> None:
    """A row has a cell for each column; `?` is for what could not be read."""
    row = permission_sets.list_row(of, each)
    assert (row, len(permission_sets.LIST_HEADER)) == (expected, len(row))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"assignments": {}}, ("?", "?")),
        ({"assignments": {(FULL.arn, PROD): ()}}, ("?", "?")),
        (
            {
                "assignments": {},
                "group_assignments_complete": True,
                "group_assignments": (Assignment(FULL.arn, PROD, "GROUP", "g-ops"),),
            },
            ("1", "?"),
        ),
        (
            {
                "assignments": {},
                "group_assignments_complete": True,
                "group_assignments": (Assignment("arn:b", PROD, "GROUP", "g-ops"),),
            },
            ("0", "?"),
        ),
    ],
    ids=["nothing", "one account", "quick", "quick, of another"],
)
def test_list_of_groups_and_users(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    """Groups and users are counted if all of them are known; quickly, all groups are."""
    groups, users = permission_sets.list_row(replace(WHOLE, **changes), FULL)[3:5]
    assert (groups, users) == expected


def test_principals_count_once() -> None:
    """A group that has it in two accounts is one group."""
    found = permission_sets.as_json(WHOLE, FULL)
    assert (found["groups"], found["users"]) == (["developers"], ["ann"])


def test_json() -> None:
    """Everything that is known of a permission set, as JSON data; without email addresses."""
    assert json.loads(to_json(permission_sets.as_json(WHOLE, FULL))) == {
        "name": "DeveloperAccess",
        "arn": FULL.arn,
        "description": "Build and run services in development accounts",
        "created": "2026-10-17T08:00:00Z",
        "session_seconds": 14400,
        "relay_state": "https://console.aws.amazon.com/ec2",
        "tags": {"team": "a", "owner": "platform"},
        "managed_policies": [VIEW_ONLY],
        "customer_managed_policies": [{"path": "/", "name": "deny"}],
        "inline_policy": json.loads(POLICY),
        "boundary": {"path": "/b/", "name": "boundary"},
        "provisioned": [PROD, SANDBOX],
        "outdated": [SANDBOX],
        "groups": ["developers"],
        "users": ["ann"],
        "requests": [],
    }


def test_json_of_unknown() -> None:
    """What could not be read is null, which is not the same as nothing."""
    found = permission_sets.as_json(UNREAD, UNKNOWN)
    assert {name for name, value in found.items() if value is not None} == {"arn"}
    known = permission_sets.as_json(inventory(NOTHING), NOTHING)
    assert [known[each] for each in ("description", "boundary", "tags", "groups", "users")] == ["", "", {}, [], []]


@pytest.mark.parametrize(("text", "expected"), [("", None), ("not JSON", "not JSON"), ('{"a": 1}', {"a": 1})])
def test_json_of_inline_policies(text: str, expected: object) -> None:
    """A text that is not JSON is shown as it is."""
    each = permission_set(inline_policy=text)
    assert permission_sets.as_json(inventory(each), each)["inline_policy"] == expected


def test_document() -> None:
    """The records of a command, with the time of reading and what could not be read."""
    of = replace(WHOLE, unread=(Unread("tags", "denied"),))
    assert permission_sets.document(of, [{"name": "a"}], "permission-sets") == {
        "schema": "ssohelper/permission-sets/1",
        "read_at": "2027-01-15T08:00:00Z",
        "complete": False,
        "unread": [{"what": "tags", "reason": "denied"}],
        "permission_sets": [{"name": "a"}],
    }
    assert permission_sets.document(WHOLE, [], "assignments")["complete"] is True


def show(of: Inventory, each: PermissionSet, *, policies: bool = False, look: Look = Look()) -> list[str]:  # noqa: B008 (a tuple)
    """The lines that are shown."""
    return "\n".join(permission_sets.show_lines(of, each, look, policies=policies)).split("\n")


def test_show() -> None:
    """Everything that is known of a permission set, as text."""
    assert show(WHOLE, FULL) == [
        "name        DeveloperAccess",
        f"arn         {FULL.arn}",
        "description Build and run services in development accounts",
        "created     2026-10-17",
        "session     4h",
        "relay state https://console.aws.amazon.com/ec2",
        "tags        owner=platform, team=a",
        "policies    ViewOnlyAccess, /deny, inline",
        "boundary    /b/boundary (in each account)",
        "accounts    payments-prod, sandbox",
        "outdated in sandbox",
        "",
        "assigned to  principal   in",
        "group        developers  payments-prod, sandbox",
        "user         ann         payments-prod",
    ]


def test_show_nothing() -> None:
    """What there is none of is said."""
    assert show(inventory(NOTHING), NOTHING)[2:] == [
        "description none",
        "created     2026-10-17",
        "session     4h",
        "relay state none",
        "tags        none",
        "policies    none",
        "boundary    none",
        "accounts    none",
        "outdated in none",
        "",
        "not assigned to anybody",
    ]


def test_show_unknown() -> None:
    """What could not be read is shown as unknown, not as none."""
    names = ("description", "created", "session", "relay state", "tags")
    assert show(UNREAD, UNKNOWN) == [
        "name        arn:a",
        "arn         arn:a",
        *(f"{each:12}?" for each in names),
        "policies    ?, ?, ?",
        *(f"{each:12}?" for each in ("boundary", "accounts", "outdated in")),
        "",
        "not all of its assignments could be read",
    ]


def test_show_group_assignments() -> None:
    """Where others may exist, those that are known are shown."""
    of = replace(WHOLE, assignments={}, group_assignments=tuple(assigned("g-ops", FULL, PROD)))
    assert show(of, FULL)[12:] == [
        "assigned to  principal  in",
        "group        ops        payments-prod",
        "not all of its assignments could be read",
    ]


def test_show_policies() -> None:
    """The documents that are known are shown in one form, each under its name; color marks the names."""
    each = FULL._replace(boundary=BOUNDARY, managed_policies=(VIEW_ONLY, "arn:unread"))
    lines = show(WHOLE, each, policies=True, look=Look(color=True))
    titles = [line for line in lines[16:] if line.startswith("\x1b")]
    assert titles == [f"\x1b[1m{each}\x1b[0m" for each in ("inline policy", VIEW_ONLY, BOUNDARY)]
    assert json.loads("\n".join(lines[-15:]))["Statement"][0]["Resource"] == ["*"]


def test_show_policy_that_is_none() -> None:
    """An inline policy that is not a policy is shown as it was written."""
    each = permission_set(inline_policy="not\na policy")
    assert show(inventory(each), each, policies=True)[-3:] == ["inline policy", "not", "a policy"]


def test_show_hostile() -> None:
    """Names and descriptions of other people neither act on the terminal nor begin a line."""
    text = HOSTILE
    each = permission_set(
        text,
        description=text,
        relay_state=text,
        tags={text: text},
        inline_policy=text,
        boundary=text,
        outdated=(PROD,),
    )
    account = WHOLE.accounts[PROD]._replace(name=text)
    of = replace(inventory(each), accounts={PROD: account}, groups={"g-developers": Group("g-developers", text)})
    lines = show(of, each, policies=True)
    assert all(line.isprintable() for line in lines)
    assert lines[:16] == [
        f"name        {SHOWN}",
        f"arn         arn:aws:sso:::permissionSet/ssoins-1/ps-{SHOWN}",
        f"description {SHOWN}",
        "created     2026-10-17",
        "session     4h",
        f"relay state {SHOWN}",
        f"tags        {SHOWN}={SHOWN}",
        "policies    inline",
        f"boundary    {SHOWN}",
        f"accounts    {SHOWN}",
        f"outdated in {SHOWN}",
        "",
        f"assigned to  principal{' ' * (len(SHOWN) - 9)}  in",
        f"group        {SHOWN}  {SHOWN}",
        "",
        "inline policy",
    ]


def who(of: Inventory, account_id: str | None = None, *, members: bool = False) -> list[tuple[str, ...]]:
    """The cells of each row."""
    return [each.cells for each in permission_sets.who_rows(of, FULL, account_id, members=members)]


def test_who() -> None:
    """Who has it in each account; of a group, the number of members."""
    assert who(WHOLE) == [
        (PROD, "payments-prod", "group", "developers", "2"),
        (PROD, "payments-prod", "user", "ann", ""),
        (SANDBOX, "sandbox", "group", "developers", "2"),
    ]
    assert len(permission_sets.WHO_HEADER) == 5


def test_who_in_one_account() -> None:
    """Who has it in one account, with the names of users as they are."""
    assert who(WHOLE, PROD, members=True) == [
        (PROD, "payments-prod", "group", "developers", "ann@example.com, bob"),
        (PROD, "payments-prod", "user", "ann@example.com", ""),
    ]
    assert who(WHOLE, "1") == []


def test_members_without_names() -> None:
    """A member whose name could not be read is shown by the id."""
    group = Group("g-developers", "developers", True, ("u-nameless", "u-unknown", "u-bob"))
    of = replace(WHOLE, groups={group.id: group}, users={**WHOLE.users, "u-nameless": User("u-nameless")})
    assert who(of, SANDBOX, members=True)[0][4] == "bob, u-nameless, u-unknown"


def test_who_as_json() -> None:
    """Programs get ids and names; members only if they are asked for."""
    group, user = permission_sets.who_rows(WHOLE, FULL, PROD, members=False)
    common: dict[str, Any] = {
        "account_id": PROD,
        "account_name": "payments-prod",
        "exists": True,
        "members": None,
        "has_more_members": False,
    }
    assert group.record == {
        **common,
        "principal_type": "group",
        "principal_id": "g-developers",
        "principal": "developers",
        "number_of_members": 2,
    }
    assert user.record == {
        **common,
        "principal_type": "user",
        "principal_id": "u-ann",
        "principal": "ann",
        "number_of_members": None,
    }
    assert [each.row.principal_id for each in (group, user)] == ["g-developers", "u-ann"]
    with_members, _ = permission_sets.who_rows(WHOLE, FULL, PROD, members=True)
    assert with_members.record["members"] == ["ann@example.com", "bob"]


@pytest.mark.parametrize(
    ("group", "cells"),
    [
        (Group("g-developers", "developers", True), ("developers", "")),
        (Group("g-developers", "developers", True, ()), ("developers", "0")),
        (Group("g-developers", "developers", True, ("u-1", "u-2"), True), ("developers", "2+")),
        (Group("g-developers", None, True, ("u-1",)), ("g-developers", "1")),
        (Group("g-developers", None, False, ()), ("g-developers (deleted)", "0")),
        (Group("g-developers"), ("g-developers", "")),
    ],
)
def test_groups(group: Group, cells: tuple[str, str]) -> None:
    """Where there are more members than were read, that is shown; a deleted group is marked."""
    of = replace(WHOLE, groups={group.id: group})
    assert who(of, SANDBOX) == [(SANDBOX, "sandbox", "group", *cells)]


@pytest.mark.parametrize(
    ("user", "shown", "principal", "exists"),
    [
        (User("u-ann", "ann@example.com", True, True), "ann", "ann", True),
        (User("u-ann", None, None, False), "u-ann (deleted)", None, False),
        (User("u-ann"), "u-ann", None, True),
    ],
)
def test_users(user: User, shown: str, principal: str | None, exists: bool) -> None:
    """A deleted user is marked, and has no name."""
    of = replace(WHOLE, users={user.id: user})
    _, row = permission_sets.who_rows(of, FULL, PROD, members=False)
    assert (row.cells[3], row.record["principal"], row.record["exists"]) == (shown, principal, exists)


def test_unknown_principals() -> None:
    """Of an account, a group or a user that could not be read, there is the id."""
    of = replace(WHOLE, users={}, groups={}, accounts={})
    assert who(of, PROD) == [(PROD, "", "group", "g-developers", ""), (PROD, "", "user", "u-ann", "")]
    assert {each.record["exists"] for each in permission_sets.who_rows(of, FULL, PROD, members=False)} == {True}


def test_no_email_address() -> None:
    """Without members, no email address is in any output."""
    shown = [
        *permission_sets.list_row(WHOLE, FULL),
        *show(WHOLE, FULL, policies=True),
        to_json(permission_sets.as_json(WHOLE, FULL)),
        *(to_json([each.cells, each.record]) for each in permission_sets.who_rows(WHOLE, FULL, None, members=False)),
    ]
    assert [each for each in shown if "@" in each] == []
