"""`~/.aws/sso/cache`: tokens and client registrations in the AWS CLI's own files, so that both see a sign-in.

File names, keys and their order are those of AWS CLI v2 (`botocore/utils.py`, `SSOTokenFetcherAuth`); ssohelper adds
no keys of its own, since botocore drops every key that it does not know when it refreshes a token. With a
secret store, the refresh token is kept there instead of in the file.
"""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ssohelper.errors import Failed
from ssohelper.model import Registration, Session, Token, same_start_url
from ssohelper.storage import files, json_cache, leftovers, paths, timestamps

_AUTHORIZATION_CODE = "authorization_code"
# How long the AWS CLI may take to write a token. If we gave up sooner, the person would have to sign in for nothing.
_WRITING_SECONDS = 5.0
# Before a new token is saved in another way, in seconds.
_RETRY_SECONDS = 0.1


class SecretStore(Protocol):
    """A place for secrets outside the file system."""

    def get(self, name: str) -> str | None:
        """The secret of that name, None if there is none."""
        ...

    def put(self, name: str, secret: str) -> None:
        """Store a secret under a name."""
        ...

    def delete(self, name: str) -> None:
        """Delete the secret of that name, if there is one."""
        ...


def digest(session: Session) -> str:
    """The AWS CLI's name of the session's token file: the SHA-1 of its name, or of a legacy one's start URL."""
    return json_cache.name(session.name)


def token_path(session: Session) -> Path:
    """The token file of a session."""
    return paths.sso_cache() / f"{digest(session)}.json"


def lock_name(session: Session) -> str:
    """The name of the lock that a process holds while it changes the token."""
    return f"token-{digest(session)}"


def registration_path(session: Session) -> Path:
    """The registration file of a session: named by the SHA-1 of what was registered."""
    arguments = {
        "tool": "botocore",
        "startUrl": session.start_url,
        "region": session.region,
        "scopes": None if session.legacy else list(session.scopes),
        "session_name": None if session.legacy else session.name,
    }
    return paths.sso_cache() / f"{json_cache.name(json.dumps(arguments, sort_keys=True))}.json"


def load_token(session: Session, secret_store: SecretStore | None = None) -> Token | None:
    """The session's token, expired or not; None if there is no readable one, or it is for another start URL."""
    return _token(session, json_cache.read(token_path(session), writing_seconds=_WRITING_SECONDS), secret_store)


def unsaved_token(session: Session, secret_store: SecretStore | None = None) -> Token | None:
    """The newest token that a refresh could not put into the file: it was killed, or the disk was full."""
    found = list[Token]()
    for path in (*leftovers.of_file(token_path(session)), *_unsaved_paths(session)):
        with suppress(Failed):
            token = _token(session, json_cache.read(path), secret_store)
            found += [token] if token else []
    return max(found, key=lambda each: each.expires_at, default=None)


def _token(session: Session, data: dict[str, Any], secret_store: SecretStore | None) -> Token | None:
    expires_at = timestamps.read(data.get("expiresAt"))
    access_token = data.get("accessToken")
    if not isinstance(access_token, str) or expires_at is None or not _is_of(session, data):
        return None
    refresh_token = data.get("refreshToken")
    if refresh_token is None and secret_store is not None:
        refresh_token = secret_store.get(secret_name(session))
    return Token(
        start_url=session.start_url,
        region=str(data.get("region") or session.region),
        access_token=access_token,
        expires_at=expires_at,
        registration=_registration(data, "registrationExpiresAt", session),
        refresh_token=refresh_token if isinstance(refresh_token, str) else None,
    )


def file_problem(session: Session) -> str | None:
    """Why the token file gives no token; None if there is no file."""
    path = token_path(session)
    if not json_cache.is_own(path):
        return f"{paths.shown(path)} belongs to another user"
    if not files.read(path):
        return None
    if "accessToken" in (data := json_cache.read(path)) and not _is_of(session, data):
        return f"{paths.shown(path)} is for another start URL"
    return f"{paths.shown(path)} is not a valid token file"


def _is_of(session: Session, data: dict[str, Any]) -> bool:
    """Whether a token is for the session's start URL; the file is named by the session alone."""
    return same_start_url(str(data.get("startUrl")), session.start_url)


def save_token(session: Session, token: Token, secret_store: SecretStore | None = None) -> None:
    """Write the session's token file. Raises `Failed`, and what the secret store does."""
    if token.refresh_token and secret_store is not None:
        secret_store.put(secret_name(session), token.refresh_token)
        token = token._replace(refresh_token=None)
    json_cache.write(token_path(session), _to_json(session, token))
    remove_unsaved_tokens(session)


def save_refreshed_token(session: Session, token: Token, secret_store: SecretStore | None = None) -> None:
    """Save a refreshed token. The old one may be used up: if no new file can be written, its file is overwritten.

    Raises the first error if that fails, too; the token may then be an `unsaved_token`.
    """
    try:
        save_token(session, token, secret_store)
    except Failed as error:
        time.sleep(_RETRY_SECONDS)
        with suppress(Failed):
            save_token(session, token, secret_store)
            return
        if secret_store is not None:
            token = token._replace(refresh_token=None)
        data = json.dumps(_to_json(session, token)).encode()
        _write_unsaved(session, data)  # first: a process that is killed while it overwrites a file leaves it damaged
        try:
            files.overwrite(token_path(session), data)
        except Failed:
            raise error from None
        remove_unsaved_tokens(session)


def _unsaved_paths(session: Session) -> list[Path]:
    return [folder / f"{digest(session)}.json" for folder in paths.unsaved_tokens()]


def _write_unsaved(session: Session, data: bytes) -> None:
    for path in _unsaved_paths(session):
        with suppress(Failed):
            files.replace(path, data, private=True)
            return


def remove_unsaved_tokens(session: Session) -> None:
    """Remove what `unsaved_token` finds, as far as possible."""
    leftovers.remove(token_path(session))
    for path in _unsaved_paths(session):
        with suppress(Failed):
            files.remove(path)


def _to_json(session: Session, token: Token) -> dict[str, Any]:
    """A token as the AWS CLI writes it."""
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
    return data


def delete_token(session: Session, secret_store: SecretStore | None = None) -> None:
    """Delete the session's token; its file also if the secret store fails."""
    try:
        if secret_store is not None:
            secret_store.delete(secret_name(session))
    finally:
        remove_unsaved_tokens(session)
        leftovers.remove(registration_path(session))
        files.remove(token_path(session))


def load_registration(session: Session, *, browser: bool = False) -> Registration | None:
    """The session's registration for browser sign-ins, or for device codes; None if there is none of that kind."""
    data = json_cache.read(registration_path(session))
    grants = data.get("grantTypes")
    if (isinstance(grants, list) and _AUTHORIZATION_CODE in grants) != browser:
        return None
    found = _registration(data, "expiresAt", session)
    return found._replace(browser=browser) if found else None


def save_registration(session: Session, registration: Registration) -> None:
    """Write the session's registration file. Raises `Failed`."""
    data: dict[str, Any] = {
        "clientId": registration.client_id,
        "clientSecret": registration.client_secret,
        "expiresAt": timestamps.written(registration.expires_at),
    }
    if registration.scopes:
        data["scopes"] = list(registration.scopes)
    if registration.browser:
        data["grantTypes"] = [_AUTHORIZATION_CODE, "refresh_token"]
    json_cache.write(registration_path(session), data)


def secret_name(session: Session) -> str:
    """The name of the session's refresh token in a secret store."""
    return f"refresh-token/{digest(session)}"


def _registration(data: dict[str, Any], date_key: str, session: Session) -> Registration | None:
    client_id, secret = data.get("clientId"), data.get("clientSecret")
    expires_at = timestamps.read(data.get(date_key))
    if not isinstance(client_id, str) or not isinstance(secret, str) or expires_at is None:
        return None
    return Registration(client_id, secret, expires_at, session.scopes)
