"""The files in which the AWS CLI and the SDKs keep tokens and role credentials: JSON objects, named by a SHA-1."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper import files

# The AWS CLI writes in place: for a moment its file is empty, or half written.
_TORN_TRIES = 3
_TORN_PAUSE_SECONDS = 0.02


def name(text: str) -> str:
    """The name of the file that is about `text`, without its folder and its `.json`."""
    # A name from a config file may hold bytes that are no UTF-8; no other tool could have a file for it.
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file that others may be writing; empty where there is none. Raises `Failed`.

    Of a file with something behind the object, as two writers at once leave it, the object counts. What cannot be
    understood is as good as none: whoever gets something new replaces it.
    """
    for tries_left in reversed(range(_TORN_TRIES)):
        text = (files.read(path) or b"{}").decode("utf-8", "replace")
        try:
            data, _ = json.JSONDecoder().raw_decode(text.lstrip("\ufeff \t\r\n"))
        except (ValueError, RecursionError):
            if tries_left:
                time.sleep(_TORN_PAUSE_SECONDS)
            continue
        return data if isinstance(data, dict) else {}
    return {}


def write(path: Path, data: dict[str, Any]) -> None:
    """Make `data` the whole of a file that nobody else can read. Raises `Failed`."""
    files.replace(path, json.dumps(data).encode(), private=True)
    for left in files.leftovers(path):  # by a run that was killed; it holds a secret, and nothing else needs it
        with suppress(OSError):
            left.unlink()
