"""Role credentials in the operating system's keyring, for those who want none in a file."""

import json

from ssohelper.credentials import role_cache
from ssohelper.model import RoleCredentials, Session
from ssohelper.sign_in.token_cache import Vault
from ssohelper.storage import json_cache


class KeyringCache:
    """Role credentials in a vault. What the AWS CLI has in its files is read all the same, and never written."""

    secret_on_disk = False

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._files = role_cache.RoleCache()

    def load(self, session: Session, account_id: str, role_name: str) -> RoleCredentials | None:
        """What is kept for a role, fresh or not; the better of the vault's and the file's."""
        found = [self._load(session, account_id, role_name), self._files.load(session, account_id, role_name)]
        return max((each for each in found if each), key=lambda each: each.expiration, default=None)

    def save(self, session: Session, credentials: RoleCredentials) -> None:
        """Keep credentials."""
        name = _name(session, credentials.account_id, credentials.role_name)
        self._vault.put(name, json.dumps(role_cache.to_json(credentials)))

    def forget(self, session: Session, account_id: str, role_name: str) -> None:
        """Remove what is kept for a role; what is in a file also where the vault fails."""
        try:
            self._vault.delete(_name(session, account_id, role_name))
        finally:
            self._files.forget(session, account_id, role_name)

    def _load(self, session: Session, account_id: str, role_name: str) -> RoleCredentials | None:
        kept = self._vault.get(_name(session, account_id, role_name))
        try:
            data = json.loads(kept or "{}")
        except ValueError:
            return None
        return role_cache.from_json(data, account_id, role_name) if isinstance(data, dict) else None


def _name(session: Session, account_id: str, role_name: str) -> str:
    return f"role/{json_cache.name(f'{session.name} {account_id} {role_name}')}"
