"""The AWS CLI's cache of role credentials, `~/.aws/cli/cache`, so that either tool uses what the other has requested.

Names and format are those of botocore's `SSOCredentialFetcher` and `AssumeRoleCredentialFetcher`.
"""

import json
from pathlib import Path
from typing import Any

from ssohelper.model import Session
from ssohelper.roles import AssumedRole, CredentialSource, RoleCredentials
from ssohelper.storage import files, json_cache, paths, timestamps


class AwsCliCache:
    """Role credentials of a session in the AWS CLI's files."""

    secret_on_disk = True

    def __init__(self, session: Session) -> None:
        self._session = session

    def load(self, role: CredentialSource) -> RoleCredentials | None:
        """The cached credentials of a role, expired or not. Raises `Failed` if the file cannot be read."""
        return from_json(json_cache.read(self.path(role)), role)

    def save(self, credentials: RoleCredentials) -> None:
        """Cache credentials. Raises `Failed`."""
        json_cache.write(self.path(credentials.role), to_json(credentials))

    def delete(self, role: CredentialSource) -> None:
        """Delete the credentials of a role. Raises `Failed`."""
        files.remove(self.path(role))

    def path(self, role: CredentialSource) -> Path:
        """The file of a role."""
        if isinstance(role, AssumedRole):
            return paths.role_cache() / f"{role.file_name}.json"
        facts = {
            "roleName": role.role_name,
            "accountId": role.account_id,
            "startUrl" if self._session.legacy else "sessionName": self._session.name,
        }
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return paths.role_cache() / f"{json_cache.name(text)}.json"


def to_json(credentials: RoleCredentials) -> dict[str, Any]:
    """Credentials as the AWS CLI stores them: of an assumed role, as STS returns them."""
    role, expiration = credentials.role, timestamps.written(credentials.expiration)
    return {
        **({} if isinstance(role, AssumedRole) else {"ProviderType": "sso"}),
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": expiration,
            "AccountId": role.account_id,
        },
    }


def from_json(data: dict[str, Any], role: CredentialSource) -> RoleCredentials | None:
    """Credentials as the AWS CLI stores them; None if the data is something else, or of another account."""
    stored = data.get("Credentials")
    if data.get("ProviderType") != (None if isinstance(role, AssumedRole) else "sso") or not isinstance(stored, dict):
        return None
    expiration = timestamps.read(stored.get("Expiration"))
    key_id, secret, session_token = (stored.get(key) for key in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    if expiration is None or not isinstance(key_id, str) or not isinstance(secret, str):
        return None
    if not isinstance(session_token, str) or stored.get("AccountId", role.account_id) != role.account_id:
        return None
    return RoleCredentials(role, key_id, secret, session_token, expiration)
