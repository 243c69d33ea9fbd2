"""Users, groups and memberships."""

from functools import partial
from threading import RLock

import pytest

from ssohelper.simulator.entities import Group, User
from ssohelper.simulator.identifiers import group_id, user_id
from ssohelper.simulator.people import People


@pytest.fixture
def people() -> People:
    """Two users, one of whom is a member of two of three groups."""
    found = People(RLock())
    for user in (User("ann", frozenset({("111122223333", "Admin")}), email="ann@example.com"), User("bob")):
        found.add_user(user)
    for group in (Group("one", ("ann",)), Group("two", ("ann", "bob"), "Both"), Group("none")):
        found.add_group(group)
    return found


def test_found(people: People) -> None:
    """By name and by id, and groups by member. Assignments are not kept here."""
    ann = User("ann", email="ann@example.com")
    assert (people.user("ann"), people.find_user(user_id("ann")), people.users) == (ann, ann, (ann, User("bob")))
    two = Group("two", ("ann", "bob"), "Both")
    assert (people.group("two"), people.find_group(group_id("two"))) == (two, two)
    assert [people.groups_of(each) for each in ("ann", "bob", "nobody")] == [["one", "two"], ["two"], []]
    assert (people.find_user(group_id("two")), people.find_group(user_id("ann"))) == (None, None)


def test_memberships(people: People) -> None:
    """A member joins once, and leaves; who deletes a user ends their memberships."""
    people.add_member("none", "bob")
    people.add_member("none", "bob")
    people.remove_member("two", "ann")
    people.remove_member("two", "ann")
    assert [each.members for each in people.groups] == [("ann",), ("bob",), ("bob",)]
    people.delete_user("bob")
    assert [each.members for each in people.groups] == [("ann",), (), ()]


def test_deleted(people: People) -> None:
    """Who is deleted is not found any more."""
    people.delete_user("ann")
    people.delete_group("two")
    assert (people.find_user(user_id("ann")), people.find_group(group_id("two"))) == (None, None)
    names = [each.name for each in people.users], [each.name for each in people.groups]
    assert names == (["bob"], ["one", "none"])


def test_replaced(people: People) -> None:
    """A user or group with an existing name replaces it, and keeps the position."""
    people.add_user(User("ann", display_name="Ann"))
    people.add_group(Group("one", ("bob",)))
    assert (people.users[0], people.groups[0]) == (User("ann", display_name="Ann"), Group("one", ("bob",)))


def test_enabled(people: People) -> None:
    """A disabled user cannot sign in, and is not the default user."""
    assert (people.user_name(), people.user_name("bob")) == ("ann", "bob")
    people.disable_user("ann")
    assert (people.user_name(), people.user("ann").enabled) == ("bob", False)
    with pytest.raises(LookupError, match="no such user: ann"):
        people.user_name("ann")
    people.enable_user("ann")
    assert people.user_name() == "ann"


def test_unknown(people: People) -> None:
    """A change that names an unknown user or group is a LookupError, and has no effect."""
    before = people.users, people.groups
    changes = (
        partial(people.delete_user, "nobody"),
        partial(people.disable_user, "nobody"),
        partial(people.enable_user, "nobody"),
        partial(people.delete_group, "nothing"),
        partial(people.add_member, "nothing", "ann"),
        partial(people.add_member, "one", "nobody"),
        partial(people.remove_member, "one", "nobody"),
        partial(people.add_group, Group("one", ("bob", "nobody"))),
    )
    for change in changes:
        with pytest.raises(LookupError, match=r"no such (user: nobody|group: nothing)"):
            change()
    assert (people.users, people.groups) == before


def test_default_user() -> None:
    """Without users there is no default user."""
    with pytest.raises(LookupError, match="no such user"):
        People(RLock()).user_name()
