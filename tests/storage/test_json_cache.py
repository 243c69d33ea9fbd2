"""The files that others write in place: a reader waits for a writer, and for nothing else."""

import os
import threading
import time
from pathlib import Path

import pytest

from ssohelper.storage import json_cache

WHOLE = b'{"startUrl": "https://x", "accessToken": "a"}'
FACTS = {"startUrl": "https://x", "accessToken": "a"}


@pytest.mark.parametrize("length", [0, 1, 20, len(WHOLE) - 1])
def test_a_writer_that_takes_its_time(tmp_path: Path, length: int) -> None:
    """What is half written, or emptied for now, is read when it is whole."""
    path = tmp_path / "file"
    path.write_bytes(WHOLE[:length])
    writer = threading.Timer(0.3, path.write_bytes, (WHOLE,))
    writer.start()
    assert json_cache.read(path) == FACTS
    writer.join()


@pytest.mark.parametrize("data", [b"", b"{", b"no JSON", b"\xff\xfe"])
def test_a_file_at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """What nobody writes any more is not waited for, however broken it is."""
    path = tmp_path / "file"
    path.write_bytes(data)
    os.utime(path, (time.time() - 60, time.time() - 60))
    monkeypatch.setattr(time, "sleep", pytest.fail)
    assert json_cache.read(path) == {}


def test_a_writer_that_died(tmp_path: Path) -> None:
    """What was just written and never becomes whole is given up in the end."""
    path = tmp_path / "file"
    path.write_bytes(b"{")
    assert json_cache.read(path) == {}
