"""The identity store: users, groups and memberships, by name and by id."""

from collections.abc import Sequence
from dataclasses import replace
from threading import RLock

from ssohelper.simulator import identifiers
from ssohelper.simulator.entities import Group, User


class People:
    """Users, without their assignments, and groups."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._users: dict[str, User] = {}
        self._groups: dict[str, Group] = {}
        # Group -> names of its members, in the order in which they joined.
        self._members: dict[str, dict[str, None]] = {}
        # Id of a user or group -> name.
        self._names: dict[str, str] = {}

    @property
    def users(self) -> tuple[User, ...]:
        """All users; the first is the default user."""
        with self._lock:
            return tuple(self._users.values())

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups."""
        with self._lock:
            return tuple(self.group(name) for name in self._groups)

    def user(self, name: str) -> User:
        """Return a user."""
        with self._lock:
            if name not in self._users:
                raise LookupError(f"no such user: {name}")
            return self._users[name]

    def group(self, name: str) -> Group:
        """Return a group."""
        with self._lock:
            if name not in self._groups:
                raise LookupError(f"no such group: {name}")
            return replace(self._groups[name], members=tuple(self._members[name]))

    def find_user(self, user_id: str) -> User | None:
        """Return the user with an id; None if there is none, or not any more."""
        with self._lock:
            return self._users.get(self._names.get(user_id, ""))

    def find_group(self, group_id: str) -> Group | None:
        """Return the group with an id; None if there is none, or not any more."""
        with self._lock:
            name = self._names.get(group_id, "")
            return self.group(name) if name in self._groups else None

    def user_name(self, name: str | None = None) -> str:
        """Return `name`, or the first user for None. Raises LookupError unless the user exists and is enabled."""
        with self._lock:
            enabled = [each.name for each in self._users.values() if each.enabled and name in (None, each.name)]
            if not enabled:
                raise LookupError(f"no such user: {name}")
            return enabled[0]

    def groups_of(self, user: str) -> Sequence[str]:
        """Return the names of the groups that a user is a member of."""
        with self._lock:
            return [group for group, members in self._members.items() if user in members]

    def add_user(self, user: User) -> None:
        """Add a user, or replace the one with the same name."""
        with self._lock:
            self._users[user.name] = replace(user, assignments=frozenset())
            self._names[identifiers.user_id(user.name)] = user.name

    def enable_user(self, name: str) -> None:
        """Enable a user."""
        with self._lock:
            self._users[name] = replace(self.user(name), enabled=True)

    def disable_user(self, name: str) -> None:
        """Disable a user, who then has no roles and cannot sign in."""
        with self._lock:
            self._users[name] = replace(self.user(name), enabled=False)

    def delete_user(self, name: str) -> None:
        """Delete a user with their memberships. Their own assignments stay, as on AWS."""
        with self._lock:
            del self._users[self.user(name).name], self._names[identifiers.user_id(name)]
            for members in self._members.values():
                members.pop(name, None)

    def add_group(self, group: Group) -> None:
        """Add a group with its members, or replace the one with the same name."""
        with self._lock:
            members = dict.fromkeys(self.user(each).name for each in group.members)
            self._groups[group.name] = group
            self._members[group.name] = members
            self._names[identifiers.group_id(group.name)] = group.name

    def delete_group(self, name: str) -> None:
        """Delete a group. Its assignments stay, as on AWS."""
        with self._lock:
            del self._groups[self.group(name).name], self._members[name], self._names[identifiers.group_id(name)]

    def add_member(self, group: str, user: str) -> None:
        """Make a user a member of a group."""
        with self._lock:
            self._members[self.group(group).name][self.user(user).name] = None

    def remove_member(self, group: str, user: str) -> None:
        """End a membership, if there is one."""
        with self._lock:
            self._members[self.group(group).name].pop(self.user(user).name, None)
