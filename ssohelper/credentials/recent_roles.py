"""Which roles were used recently: the agent keeps those fresh. One small file per role, touched on each use."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress

from ssohelper.errors import Failed
from ssohelper.roles import CredentialSource, parse_source
from ssohelper.storage import files, paths


def record(source: CredentialSource) -> None:
    """Record that a role is used now. A failure is ignored."""
    path = paths.recent_roles() / source.file_name
    try:
        os.utime(path)
    except OSError:
        with suppress(Failed):
            files.replace(path, source.text.encode("utf-8", "surrogateescape"), private=True)


def since(session: str, seconds: float) -> Iterator[CredentialSource]:
    """The roles of a session, by its name, that were used within so many seconds; older records are deleted."""
    for path in sorted(paths.recent_roles().glob("*")):
        try:
            old = time.time() - path.stat().st_mtime > seconds
            role = parse_source(path.read_text("utf-8", "surrogateescape"))
            if role is None or role.session != session:
                continue
            if old:
                path.unlink()
        except OSError:
            continue
        if not old:
            yield role


def delete(session: str) -> None:
    """Delete the records of a session, by its name."""
    for path in paths.recent_roles().glob("*"):
        with suppress(OSError):
            role = parse_source(path.read_text("utf-8", "surrogateescape"))
            if role and role.session == session:
                path.unlink()
