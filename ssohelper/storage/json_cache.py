"""The cache files of the AWS CLI and the SDKs: JSON objects, in files named by a SHA-1."""

import json
import time
from pathlib import Path
from typing import Any

from ssohelper import digests
from ssohelper.storage import files, folders

# The AWS CLI writes in place: for a moment, longer on a busy machine, its file is empty or incomplete.
_WRITING_SECONDS = 1.0
_PAUSE_SECONDS = 0.02


def name(text: str) -> str:
    """The name of the file for `text`, without folder and `.json`."""
    # A name from a config file may contain bytes that are not UTF-8; no other tool has a file for it then.
    return digests.sha1(text.encode("utf-8", "surrogateescape"))


def read(path: Path, *, writing_seconds: float = _WRITING_SECONDS) -> dict[str, Any]:
    """The JSON object in a file that another program may be writing; empty if there is none. Raises `Failed`.

    Text after the object, which two writers at once leave, is ignored. So is a file of another user, and one that
    cannot be parsed, unless it was written less than `writing_seconds` ago: then it is read again.
    """
    if not is_own(path):
        return {}
    began = time.time()  # not later: this process may be slow, too
    for _ in range(int(writing_seconds / _PAUSE_SECONDS)):
        found = _parsed(files.read(path))
        if found is not None or not _written_since(path, began - writing_seconds):
            break
        time.sleep(_PAUSE_SECONDS)
    return found or {}


def is_own(path: Path) -> bool:
    """Whether a file belongs to this user (see `folders.is_own`), or does not exist."""
    try:
        return folders.is_own(path.stat())
    except OSError:
        return True


def _parsed(data: bytes | None) -> dict[str, Any] | None:
    """The object in the data; None if it cannot be parsed, an empty one if there is no file (None)."""
    if data is None:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(data.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else {}


def _written_since(path: Path, since: float) -> bool:
    """Whether a file was written since then (Unix seconds)."""
    try:
        return since < path.stat().st_mtime < time.time() + 1
    except OSError:
        return False


def write(path: Path, data: dict[str, Any]) -> None:
    """Replace a file, with mode 0600. Raises `Failed`."""
    files.replace(path, json.dumps(data).encode(), private=True)
