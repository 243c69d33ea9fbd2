"""The AWS CLI's cache of role credentials, `~/.aws/cli/cache`: what either of us gets, the other need not ask for.

Names and format are those of botocore's `SSOCredentialFetcher`.
"""

import json
from pathlib import Path
from typing import Any

from ssohelper.model import RoleCredentials, Session
from ssohelper.storage import files, json_cache, paths, timestamps


class RoleCache:
    """Role credentials in the AWS CLI's files."""

    secret_on_disk = True

    def load(self, session: Session, account_id: str, role_name: str) -> RoleCredentials | None:
        """What is kept for a role, fresh or not. Raises `Failed` where the file cannot be read."""
        return from_json(json_cache.read(path(session, account_id, role_name)), account_id, role_name)

    def save(self, session: Session, credentials: RoleCredentials) -> None:
        """Keep credentials. Raises `Failed`."""
        target = path(session, credentials.account_id, credentials.role_name)
        json_cache.write(target, to_json(credentials))

    def forget(self, session: Session, account_id: str, role_name: str) -> None:
        """Remove what is kept for a role. Raises `Failed`."""
        files.remove(path(session, account_id, role_name))


def path(session: Session, account_id: str, role_name: str) -> Path:
    """The file of a role."""
    facts = {
        "roleName": role_name,
        "accountId": account_id,
        "startUrl" if session.legacy else "sessionName": session.name,
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return paths.role_cache() / f"{json_cache.name(text)}.json"


def to_json(credentials: RoleCredentials) -> dict[str, Any]:
    """Credentials as the AWS CLI keeps them."""
    return {
        "ProviderType": "sso",
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": timestamps.written(credentials.expiration),
            "AccountId": credentials.account_id,
        },
    }


def from_json(data: dict[str, Any], account_id: str, role_name: str) -> RoleCredentials | None:
    """Credentials as the AWS CLI keeps them; None where that is something else, or is another account's."""
    kept = data.get("Credentials")
    if data.get("ProviderType") != "sso" or not isinstance(kept, dict):
        return None
    expiration = timestamps.read(kept.get("Expiration"))
    key_id, secret, session_token = (kept.get(key) for key in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    if expiration is None or not isinstance(key_id, str) or not isinstance(secret, str):
        return None
    if not isinstance(session_token, str) or kept.get("AccountId", account_id) != account_id:
        return None
    return RoleCredentials(account_id, role_name, key_id, secret, session_token, expiration)
