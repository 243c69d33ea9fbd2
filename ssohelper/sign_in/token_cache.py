"""`~/.aws/sso/cache`: tokens and client registrations in the AWS CLI's own files, so that both see a sign-in.

File names, keys and their order are those of AWS CLI v2 (`botocore/utils.py`, `SSOTokenFetcherAuth`); no private
state of ours goes in here, since botocore drops every key that it does not know when it renews a token.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper import files, paths
from ssohelper.model import Registration, Session, Token
from ssohelper.sign_in import timestamps


def token_path(session: Session) -> Path:
    """The token file of a session: named by the SHA-1 of the session's name."""
    return paths.sso_cache() / f"{_sha1(session.name)}.json"


def registration_path(session: Session) -> Path:
    """The registration file of a session: named by the SHA-1 of what was registered."""
    facts = {
        "tool": "botocore",
        "startUrl": session.start_url,
        "region": session.region,
        "scopes": list(session.scopes),
        "session_name": session.name,
    }
    return paths.sso_cache() / f"{_sha1(json.dumps(facts, sort_keys=True))}.json"


def load_token(session: Session) -> Token | None:
    """The session's token, fresh or not; None where there is none that can be read, or it is for another URL."""
    data = _load(token_path(session))
    expires_at = timestamps.read(data.get("expiresAt"))
    access_token = data.get("accessToken")
    if not isinstance(access_token, str) or expires_at is None or data.get("startUrl") != session.start_url:
        return None
    refresh_token = data.get("refreshToken")
    return Token(
        start_url=session.start_url,
        region=str(data.get("region") or session.region),
        access_token=access_token,
        expires_at=expires_at,
        registration=_registration(data, "registrationExpiresAt", session),
        refresh_token=refresh_token if isinstance(refresh_token, str) else None,
    )


def save_token(session: Session, token: Token) -> None:
    """Write the session's token file. Raises `Failed`."""
    data = {
        "startUrl": session.start_url,
        "region": session.region,
        "accessToken": token.access_token,
        "expiresAt": timestamps.written(token.expires_at),
    }
    if token.registration:
        data["clientId"] = token.registration.client_id
        data["clientSecret"] = token.registration.client_secret
        data["registrationExpiresAt"] = timestamps.written(token.registration.expires_at)
    if token.refresh_token:
        data["refreshToken"] = token.refresh_token
    _save(token_path(session), data)


def load_registration(session: Session) -> Registration | None:
    """The session's registration for device codes; None where there is none, or it is one for PKCE."""
    data = _load(registration_path(session))
    grants = data.get("grantTypes")
    if isinstance(grants, list) and "authorization_code" in grants:
        return None
    return _registration(data, "expiresAt", session)


def save_registration(session: Session, registration: Registration) -> None:
    """Write the session's registration file. Raises `Failed`."""
    data = {
        "clientId": registration.client_id,
        "clientSecret": registration.client_secret,
        "expiresAt": timestamps.written(registration.expires_at),
        "scopes": list(registration.scopes),
    }
    _save(registration_path(session), data)


def _registration(data: dict[str, Any], date_key: str, session: Session) -> Registration | None:
    client_id, secret = data.get("clientId"), data.get("clientSecret")
    expires_at = timestamps.read(data.get(date_key))
    if not isinstance(client_id, str) or not isinstance(secret, str) or expires_at is None:
        return None
    return Registration(client_id, secret, expires_at, session.scopes)


def _load(path: Path) -> dict[str, Any]:
    # A file that cannot be understood is as good as none: the next sign-in replaces it.
    try:
        data = json.loads(files.read(path) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _save(path: Path, data: dict[str, Any]) -> None:
    files.replace(path, json.dumps(data).encode(), private=True)
    for left in files.leftovers(path):  # by a run that was killed; it holds a secret, and nothing else needs it
        with suppress(OSError):
            left.unlink()


def _sha1(text: str) -> str:
    # A name from a config file may hold bytes that are no UTF-8; no other tool could have a file for it.
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
