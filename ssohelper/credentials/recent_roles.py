"""Which roles were used lately: those that are worth keeping fresh. One small file a role, touched at each use."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.storage import files, json_cache, paths


class Used(NamedTuple):
    """A role, by its session's name, the account's id and its own name."""

    session: str
    account_id: str
    role_name: str


def note(session: Session, account_id: str, role_name: str) -> None:
    """Remember that a role is used now. Only an aid: where that cannot be, nothing happens."""
    names = f"{session.name}\n{account_id}\n{role_name}\n"
    path = paths.used() / json_cache.name(names)
    try:
        os.utime(path)
    except OSError:
        with suppress(Failed):
            files.replace(path, names.encode("utf-8", "surrogateescape"), private=True)


def lately(session: Session, seconds: float) -> Iterator[Used]:
    """The roles of a session that were used within so many seconds; what was used before is forgotten."""
    for path in sorted(paths.used().glob("*")):
        try:
            old = time.time() - path.stat().st_mtime > seconds
            names = path.read_text("utf-8", "surrogateescape").splitlines()
            if len(names) != 3 or names[0] != session.name:
                continue
            if old:
                path.unlink()
        except OSError:
            continue
        if not old:
            yield Used(*names)


def forget(session: Session) -> None:
    """Forget which roles of a session were used."""
    for path in paths.used().glob("*"):
        with suppress(OSError):
            if path.read_text("utf-8", "surrogateescape").partition("\n")[0] == session.name:
                path.unlink()
