"""Role credentials in the operating system's keyring, for sessions with `store = "keyring"`."""

import json

from ssohelper.credentials import aws_cli_cache
from ssohelper.credentials.aws_cli_cache import AwsCliCache
from ssohelper.roles import CredentialSource, RoleCredentials
from ssohelper.sign_in.token_cache import SecretStore


class KeyringCache:
    """Role credentials in a secret store. The AWS CLI's files are read as well, and never written."""

    secret_on_disk = False

    def __init__(self, secret_store: SecretStore, files: AwsCliCache) -> None:
        self._secret_store = secret_store
        self._files = files

    def load(self, role: CredentialSource) -> RoleCredentials | None:
        """The credentials of a role, expired or not: those in the keyring or in the file, whichever expire later."""
        found = [self._load(role), self._files.load(role)]
        return max((each for each in found if each), key=lambda each: each.expiration, default=None)

    def save(self, credentials: RoleCredentials) -> None:
        """Store credentials."""
        self._secret_store.put(_name(credentials.role), json.dumps(aws_cli_cache.to_json(credentials)))

    def delete(self, role: CredentialSource) -> None:
        """Delete the credentials of a role; those in a file also if the keyring fails."""
        try:
            self._secret_store.delete(_name(role))
        finally:
            self._files.delete(role)

    def _load(self, role: CredentialSource) -> RoleCredentials | None:
        stored = self._secret_store.get(_name(role))
        try:
            data = json.loads(stored or "{}")
        except ValueError:
            return None
        return aws_cli_cache.from_json(data, role) if isinstance(data, dict) else None


def _name(role: CredentialSource) -> str:
    return f"role/{role.file_name}"
