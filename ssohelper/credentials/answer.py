"""What a `credential_process` prints, and the answers that are prepared for it (see `prepared`).

The JSON is version 1 of the SDKs': https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ssohelper.credentials import prepared
from ssohelper.errors import Failed
from ssohelper.model import RoleCredentials, Session
from ssohelper.storage import files, json_cache, timestamps

# botocore asks again, for every request, once less than 15 minutes are left: by then something newer has to be there.
STALE_SECONDS = 15 * 60
# What is older than that because nothing newer could be had is handed out for a minute, before that is tried again.
_LAST_RESORT_SECONDS = 60
# Nothing is handed out that ends while it is on its way.
_LAST_SECONDS = 5


class Record(NamedTuple):
    """A role whose credentials were asked for; `expiration` is in Unix seconds."""

    session: str
    account_id: str
    role_name: str
    expiration: float


def facts(credentials: RoleCredentials) -> dict[str, object]:
    """The JSON as plain data. `Expiration` ends in `Z`: the Go SDK takes nothing else."""
    return {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": timestamps.written(credentials.expiration),
        "AccountId": credentials.account_id,
    }


def version_1(credentials: RoleCredentials) -> str:
    """The JSON, on one line."""
    return json.dumps(facts(credentials))


def prepare(session: Session, credentials: RoleCredentials, now: float, *, secret: bool = True) -> None:
    """Leave the answer for the launcher; only a record of it where nothing `secret` may be on disk.

    `now` is in Unix seconds. An answer that cannot be left is no failure: the next one only takes longer.
    """
    path = _path(session, credentials.account_id, credentials.role_name)
    # Under names that are no parts of a path nobody looks for an answer.
    secret &= prepared.path(session.name, credentials.account_id, credentials.role_name) == str(path)
    stale = max(credentials.expiration - STALE_SECONDS, now + _LAST_RESORT_SECONDS)
    stale = int(min(stale, credentials.expiration - _LAST_SECONDS)) if secret else 0
    names = f"{session.name} {credentials.account_id} {credentials.role_name}"
    lines = [f"{stale} {int(credentials.expiration)} {names}", *([version_1(credentials)] if secret else [])]
    with suppress(Failed):
        files.replace(path, "".join(f"{line}\n" for line in lines).encode(), private=True)


def forget(session: Session, account_id: str, role_name: str) -> None:
    """Remove the answer for a role. Raises `Failed`."""
    files.remove(_path(session, account_id, role_name))


def records(session: Session) -> list[Record]:
    """The roles of a session for which an answer was left, the latest expiration first."""
    found = [_record(path) for path in Path(prepared.folder()).glob(f"{_part(session.name)}/*/*")]
    return sorted(
        (each for each in found if each and each.session == session.name), key=lambda each: -each.expiration
    )


def _path(session: Session, account_id: str, role_name: str) -> Path:
    return Path(prepared.folder()).joinpath(*map(_part, (session.name, account_id, role_name)))


def _part(name: str) -> str:
    """What stands for a name in a path: itself where the launcher would look for it, else its SHA-1."""
    return name if prepared.path(name, "x", "x") else json_cache.name(name)


def _record(path: Path) -> Record | None:
    try:
        _, expiration, session, account_id, role_name = (
            (files.read(path) or b"").decode().partition("\n")[0].split(" ")
        )
        return Record(session, account_id, role_name, float(expiration))
    except (ValueError, Failed):
        return None
