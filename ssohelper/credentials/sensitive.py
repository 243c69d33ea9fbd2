"""Sensitive roles: refused until a person unlocks one, for a reason and a limited time; each use is recorded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ssohelper import hints
from ssohelper.credentials import audit_log
from ssohelper.errors import Locked
from ssohelper.roles import AssumedRole, CredentialSource, RoleRef
from ssohelper.storage import files, json_cache, paths, timestamps

# A role that is unlocked for longer was not unlocked by us, or under a clock that was wrong.
LONGEST_SECONDS = 12 * 3600


class Unlock(NamedTuple):
    """An unlocked role; `until` is in Unix seconds."""

    until: float
    reason: str


class Guard:
    """Refuses the sensitive roles of a session that are not unlocked. `is_sensitive` decides which ones are."""

    def __init__(self, is_sensitive: Callable[[CredentialSource], bool], now: Callable[[], float]) -> None:
        self.is_sensitive = is_sensitive
        self._now = now

    def sensitive_in(self, role: CredentialSource) -> list[CredentialSource]:
        """The sensitive roles in the chain of a role, which may be that role alone."""
        return [each for each in role.chain if self.is_sensitive(each)]

    def unlock(self, role: CredentialSource, seconds: float, reason: str) -> Unlock:
        """Unlock a role, and record it in the audit log. Raises `Failed`."""
        unlock = Unlock(self._now() + seconds, reason)
        until = timestamps.written(unlock.until)
        audit_log.add(self._now(), "unlock", role.ref, {"reason": reason, "until": until})
        data = {"until": unlock.until, "reason": reason, "role": role.ref.text}
        files.replace(_path(role.ref), json.dumps(data).encode(), private=True)
        return unlock

    def lock(self, role: CredentialSource) -> bool:
        """Lock a role again, and record it. Returns whether it was unlocked. Raises `Failed`."""
        unlock = _read(role.ref)
        if unlock is None or unlock.until <= self._now():
            return False
        audit_log.add(self._now(), "lock", role.ref, {"reason": unlock.reason})
        files.remove(_path(role.ref))
        return True

    def lock_all(self, session: str) -> None:
        """Lock all roles of a session, by its name. Raises `Failed`."""
        for path in sorted(_folder().glob("*.json")):
            role = RoleRef.parse(str(json_cache.read(path).get("role")))
            if role and role.session == session:
                self.lock(role)

    def authorize(self, role: CredentialSource) -> None:
        """Allow credentials of a role to be handed out once, and record it first.

        Each sensitive role in its chain has to be unlocked. Raises `Locked`, `Failed`.
        """
        reasons = [self._reason(each) for each in self.sensitive_in(role)]
        audit_log.add(self._now(), "issue", role.ref, {"reason": reasons[0]})

    def _reason(self, role: CredentialSource) -> str:
        """Why a sensitive role is unlocked. Raises `Locked`."""
        unlock = _read(role.ref)
        if unlock is None or not 0 < unlock.until - self._now() <= LONGEST_SECONDS:
            raise Locked(
                f"{role.label} is a sensitive role, and {'no longer' if unlock else 'not'} unlocked",
                hint=_unlock_command(role),
            )
        return unlock.reason


def _unlock_command(role: CredentialSource) -> str:
    """The command that unlocks a role; one that is assumed with access keys is named by its profile."""
    if isinstance(role, AssumedRole) and role.sso_role is None:
        return hints.command("unlock", role.settings_profile, "--for", "1h")
    name = f"{role.account_id}/{role.role_name}"
    return hints.command("unlock", name, "--session", role.session, "--for", "1h")


def _read(role: RoleRef) -> Unlock | None:
    data = json_cache.read(_path(role))
    until, reason = data.get("until"), data.get("reason")
    return Unlock(float(until), reason) if isinstance(until, int | float) and isinstance(reason, str) else None


def _path(role: RoleRef) -> Path:
    return _folder() / f"{role.file_name}.json"


def _folder() -> Path:
    return paths.state() / "unlocked"
