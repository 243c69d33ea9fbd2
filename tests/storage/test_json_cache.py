"""Cache files that other programs write in place: a reader waits for the writer, and for nothing else."""

import os
import threading
import time
from pathlib import Path

import pytest

from ssohelper.storage import files, json_cache

WHOLE = b'{"startUrl": "https://x", "accessToken": "a"}'
FACTS = {"startUrl": "https://x", "accessToken": "a"}


@pytest.mark.parametrize("length", [0, 1, 20, len(WHOLE) - 1])
def test_incomplete_file(tmp_path: Path, length: int) -> None:
    """A file that is empty or incomplete at the moment is read when it is complete."""
    path = tmp_path / "file"
    path.write_bytes(WHOLE[:length])
    writer = threading.Timer(0.3, path.write_bytes, (WHOLE,))
    writer.start()
    assert json_cache.read(path) == FACTS
    writer.join()


def test_slow_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that is stopped for seconds after it has read half a file reads it again."""
    path, read = tmp_path / "file", files.read

    def slow(path: Path) -> bytes | None:
        data = read(path)
        path.write_bytes(WHOLE)
        os.utime(path, (began, began))
        monkeypatch.setattr(time, "time", lambda: began + 60)
        return data

    path.write_bytes(WHOLE[:20])
    began = time.time()
    monkeypatch.setattr(files, "read", slow)
    assert json_cache.read(path) == FACTS


@pytest.mark.parametrize("data", [b"", b"{", b"no JSON", b"\xff\xfe"])
def test_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """An invalid file that was not written just now is not waited for."""
    path = tmp_path / "file"
    path.write_bytes(data)
    os.utime(path, (time.time() - 60, time.time() - 60))
    monkeypatch.setattr(time, "sleep", pytest.fail)
    assert json_cache.read(path) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_file_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another user is ignored; root uses those of the user whose home folder it has, as with sudo."""
    path = tmp_path / "file"
    path.write_bytes(WHOLE)
    os.chown(path, 12345, -1)
    monkeypatch.setenv("HOME", "/root")
    assert (json_cache.is_own(path), json_cache.read(path)) == (False, {})
    monkeypatch.setenv("HOME", str(tmp_path))
    os.chown(tmp_path, 12345, -1)
    assert (json_cache.is_own(path), json_cache.read(path)) == (True, FACTS)


def test_never_completed(tmp_path: Path) -> None:
    """The wait for a file that is never completed ends."""
    path = tmp_path / "file"
    path.write_bytes(b"{")
    assert json_cache.read(path) == {}


@pytest.mark.parametrize("data", [b"[]", b"null", b"1", b'"x"', b"[" * 99_999], ids=lambda data: data[:5].decode())
def test_not_an_object(tmp_path: Path, data: bytes) -> None:
    """JSON that is not an object counts as an empty one."""
    path = tmp_path / "file"
    path.write_bytes(data)
    assert json_cache.read(path) == {}


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf\n" + WHOLE, WHOLE + b'"}', WHOLE + WHOLE])
def test_text_around_the_object(tmp_path: Path, data: bytes) -> None:
    """A byte order mark before the object, and text after it, are ignored."""
    path = tmp_path / "file"
    path.write_bytes(data)
    assert json_cache.read(path) == FACTS


def test_name() -> None:
    """Names are AWS's SHA-1, also for bytes of a config file that are not UTF-8."""
    assert json_cache.name("s1") == "640d87e741e6aa4c669a82a4cd304787960513ab"
    assert json_cache.name("caf\udce9") != json_cache.name("caf\u00e9")
