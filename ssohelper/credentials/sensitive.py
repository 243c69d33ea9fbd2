"""Sensitive roles: refused until a person unlocks one, for a reason and for a while; each use is written down."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssohelper.credentials import audit_log
from ssohelper.errors import Locked
from ssohelper.model import Session
from ssohelper.storage import files, json_cache, paths, timestamps


@dataclass(frozen=True, slots=True)
class Unlock:
    """A role that is open; `until` is in Unix seconds."""

    until: float
    reason: str


class Guard:
    """Stands before the sensitive roles of a session. `is_sensitive` judges by an account's id and a role's name."""

    def __init__(self, session: Session, is_sensitive: Callable[[str, str], bool], now: Callable[[], float]) -> None:
        self._session = session
        self.is_sensitive = is_sensitive
        self._now = now

    def unlock(self, account_id: str, role_name: str, seconds: float, reason: str) -> Unlock:
        """Open a role, and write it down. Raises `Failed`."""
        unlock = Unlock(self._now() + seconds, reason)
        until = timestamps.written(unlock.until)
        audit_log.add(self._now(), "unlock", {**self._facts(account_id, role_name), "reason": reason, "until": until})
        data = {"until": unlock.until, "reason": reason}
        files.replace(self._path(account_id, role_name), json.dumps(data).encode(), private=True)
        return unlock

    def lock(self, account_id: str, role_name: str) -> bool:
        """Close a role that is open, and write it down; whether it was. Raises `Failed`."""
        unlock = self._unlock(account_id, role_name)
        if unlock is None or unlock.until <= self._now():
            return False
        audit_log.add(self._now(), "lock", {**self._facts(account_id, role_name), "reason": unlock.reason})
        files.remove(self._path(account_id, role_name))
        return True

    def pass_(self, account_id: str, role_name: str) -> None:
        """Let one issue of credentials pass, and write it down first. Raises `Locked`, `Failed`."""
        unlock = self._unlock(account_id, role_name)
        if unlock is None or unlock.until <= self._now():
            role = shlex.quote(f"{account_id}/{role_name}")
            raise Locked(
                f"{role_name} in {account_id} is a sensitive role, and {'no longer' if unlock else 'not'} unlocked",
                hint=f'ssohelper unlock {role} --session {shlex.quote(self._session.name)} --reason "..." --for 1h',
            )
        audit_log.add(self._now(), "issue", {**self._facts(account_id, role_name), "reason": unlock.reason})

    def _unlock(self, account_id: str, role_name: str) -> Unlock | None:
        data = json_cache.read(self._path(account_id, role_name))
        until, reason = data.get("until"), data.get("reason")
        return Unlock(float(until), reason) if isinstance(until, int | float) and isinstance(reason, str) else None

    def _path(self, account_id: str, role_name: str) -> Path:
        name = json_cache.name(f"{self._session.name} {account_id} {role_name}")
        return paths.state() / "unlocked" / f"{name}.json"

    def _facts(self, account_id: str, role_name: str) -> dict[str, str]:
        return {"session": self._session.name, "account_id": account_id, "role_name": role_name}
