"""What a `credential_process` prints, and the answers that are prepared for it (see `prepared`).

The JSON is version 1 of the SDKs': https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ssohelper.credentials import prepared
from ssohelper.errors import Failed
from ssohelper.roles import AssumedRole, CredentialSource, RoleCredentials, parse_source
from ssohelper.storage import files, folders, json_cache, paths, timestamps

# An answer becomes stale before any SDK asks for newer credentials: until it gets them, it may ask again on every
# request. The first one is .NET 4, with 16 minutes left (15, and 1 in which it refreshes in the background); botocore
# asks with 15 left, JavaScript with 5, Java with 15 seconds, others when they have expired.
STALE_SECONDS = 17 * 60
# With less than that left, since a refresh failed, the answer is used for a minute before the next attempt.
_LAST_RESORT_SECONDS = 60
# Credentials that expire while they are on their way are not handed out.
_LAST_SECONDS = 5
# Role credentials are valid for at most 12 hours.
_LONGEST_SECONDS = 12 * 3600


class CachedRole(NamedTuple):
    """A role whose credentials are cached; `expiration` is in Unix seconds."""

    role: CredentialSource
    expiration: float


def as_dict(credentials: RoleCredentials) -> dict[str, object]:
    """The JSON as a dict. `Expiration` ends in `Z`: the Go SDK accepts nothing else."""
    return {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": timestamps.written(credentials.expiration),
        "AccountId": credentials.role.account_id,
    }


def version_1(credentials: RoleCredentials) -> str:
    """The JSON, on one line."""
    return json.dumps(as_dict(credentials))


def prepare(
    credentials: RoleCredentials, now: float, *, secret: bool = True, versions: tuple[str, str] | None = None
) -> None:
    """Write the answer for the launcher; without `secret`, only a record that there are credentials.

    `now` is in Unix seconds. `versions` are those of the files that the role was read from, by default those of now
    (see `prepared`). A failure is ignored: the next call only takes longer.
    """
    role = credentials.role
    path = file_of(role)
    # The launcher looks neither for assumed roles nor for names that are not plain enough to be parts of a path.
    secret &= prepared.path(role.session, role.account_id, role.role_name) == str(path)
    versions = versions or prepared.versions()
    secret &= prepared.UNKNOWN not in versions
    stale = max(credentials.expiration - STALE_SECONDS, now + _LAST_RESORT_SECONDS)
    stale = int(min(stale, credentials.expiration - _LAST_SECONDS)) if secret else 0
    header = " ".join((str(stale), str(int(credentials.expiration)), *versions, role.text))
    lines = [header, *([version_1(credentials)] if secret else [])]
    with suppress(Failed, OSError):
        for each in versions:
            _keep_version(each)
        with suppress(Failed, OSError):  # without it, the launcher starts `date`
            _keep_until(stale, now)
        data = "".join(f"{line}\n" for line in lines).encode()
        if _holds(path, data):
            os.utime(path)  # the launcher trusts only an answer that is newer than the files
        else:
            files.replace(path, data, private=True)


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file of this user, which nobody else can read, has this content."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            private = sys.platform == "win32" or not found.st_mode & 0o077
            return private and folders.is_own(found) and file.read() == data
    except OSError:
        return False


def _keep_version(version: str) -> None:
    """Make the file of a version (see `prepared`), and remove those of which there is no answer any more."""
    folder = paths.answers() / prepared.VERSIONS
    if version in ("-", prepared.UNKNOWN) or _has_time(folder / version, int(version)):
        return
    files.make_folder(folder)
    for each in folder.iterdir():
        with suppress(OSError):  # another process does the same
            if time.time() - each.stat().st_ctime > _LONGEST_SECONDS:
                each.unlink()
    _make_with_time(folder / version, int(version))


def _keep_until(stale: int, now: float) -> None:
    """Make the file of a stale time (see `prepared`), in Unix seconds, and remove those that have passed."""
    folder = paths.answers() / prepared.UNTIL
    path, moment = folder / str(stale), stale * 10**9
    faked = os.environ.get("FAKETIME") or os.environ.get("LD_PRELOAD")  # the time may be another one for others
    if faked or stale <= now or _has_time(path, moment):
        return
    files.make_folder(folder)
    for each in folder.iterdir():
        if not each.name.isdecimal() or int(each.name) <= now:
            with suppress(OSError):  # another process does the same
                each.unlink()
    _make_with_time(path, moment)


def _has_time(path: Path, moment: int) -> bool:
    """Whether a file exists with this time, in nanoseconds; a copy of it may have another."""
    try:
        return path.stat().st_mtime_ns == moment
    except OSError:
        return False


def _make_with_time(path: Path, moment: int) -> None:
    """Make an empty file with this time, in nanoseconds; for a moment it is now, and no answer is printed."""
    path.touch(mode=0o600)
    os.utime(path, ns=(moment, moment))


def delete(role: CredentialSource) -> None:
    """Delete the answer for a role. Raises `Failed`."""
    files.remove(file_of(role))


def records(session: str) -> list[CachedRole]:
    """The roles of a session, by its name, that have an answer; the latest expiration first."""
    found = [_record(path) for path in paths.answers().glob(f"{_part(session)}/*/*")]
    return sorted(
        (each for each in found if each and each.role.session == session), key=lambda each: -each.expiration
    )


def file_of(role: CredentialSource) -> Path:
    """The file of the answer for a role, or of the record that there is one."""
    assumed = isinstance(role, AssumedRole)
    parts = (role.session, "assumed", role.file_name) if assumed else (role.session, role.account_id, role.role_name)
    return paths.answers().joinpath(*map(_part, parts))


def _part(name: str) -> str:
    """A name as part of a path: itself where the launcher would look for it, else its SHA-1."""
    return name if prepared.path(name, "x", "x") else json_cache.name(name)


def _record(path: Path) -> CachedRole | None:
    try:
        line = (files.read(path) or b"").decode().partition("\n")[0]
        _, expiration, _, _, text = line.split(" ", 4)
        role = parse_source(text)
        return CachedRole(role, float(expiration)) if role else None
    except (ValueError, Failed):
        return None
