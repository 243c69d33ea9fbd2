"""The files in which the AWS CLI and the SDKs keep tokens and role credentials: JSON objects, named by a SHA-1."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper.storage import files

# The AWS CLI writes in place: for a moment, longer on a busy machine, its file is empty or half written.
_WRITING_SECONDS = 1.0
_PAUSE_SECONDS = 0.02


def name(text: str) -> str:
    """The name of the file that is about `text`, without its folder and its `.json`."""
    # A name from a config file may hold bytes that are no UTF-8; no other tool could have a file for it.
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file that others may be writing; empty where there is none. Raises `Failed`.

    Of a file with something behind the object, as two writers at once leave it, the object counts. What cannot be
    understood although nobody has written it just now is as good as none: whoever gets something new replaces it.
    """
    for _ in range(int(_WRITING_SECONDS / _PAUSE_SECONDS)):
        found = _parsed(files.read(path))
        if found is not None or not _just_written(path):
            break
        time.sleep(_PAUSE_SECONDS)
    return found or {}


def _parsed(data: bytes | None) -> dict[str, Any] | None:
    """The object in these bytes; None where there is none in them, and an empty one where there are no bytes."""
    if data is None:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(data.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else {}


def _just_written(path: Path) -> bool:
    try:
        return abs(time.time() - path.stat().st_mtime) < _WRITING_SECONDS
    except OSError:
        return False


def write(path: Path, data: dict[str, Any]) -> None:
    """Make `data` the whole of a file that nobody else can read. Raises `Failed`."""
    files.replace(path, json.dumps(data).encode(), private=True)
    for left in files.leftovers(path):  # by a run that was killed; it holds a secret, and nothing else needs it
        with suppress(OSError):
            left.unlink()
