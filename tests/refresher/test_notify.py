"""Desktop notifications: shown if there is a desktop, and never a reason to fail or wait."""

import os
import sys
from pathlib import Path

import pytest

from ssohelper.refresher import notify
from tests.fixtures.components import absent
from tests.fixtures.concurrency import is_running, wait_until


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `notify-send` on PATH that writes its arguments to a file, one a line; there is a desktop."""
    if sys.platform != "linux":
        absent("notify-send is only on Linux")
    path = tmp_path / "notify-send"
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/shown\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":99")
    return path


def test_shown(program: Path) -> None:
    """Title and text are arguments of their own, after `--`, whatever is in them."""
    notify.notify("ssohelper", "--help; the sign-in to $HOME expires")
    shown = program.parent / "shown"
    wait_until(lambda: shown.exists() and shown.read_text().count("\n") == 4)
    assert shown.read_text().splitlines() == [
        "--app-name=ssohelper",
        "--",
        "ssohelper",
        "--help; the sign-in to $HOME expires",
    ]


def test_no_desktop(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a display nothing is started; without the program nothing fails."""
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    notify.notify("ssohelper", "text")
    assert not (program.parent / "shown").exists()
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("PATH", "/nonexistent")
    notify.notify("ssohelper", "text")


def test_failing_or_hanging(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that fails is not an error; one that hangs is not waited for, and killed after some time."""
    path, failed = program.parent / "id", program.parent / "failed"
    program.write_text(f"#!/bin/sh\ntouch {failed}; exit 1\n")
    notify.notify("ssohelper", "text")
    wait_until(failed.exists)
    monkeypatch.setattr(notify, "_SECONDS", 2)
    program.write_text(f"#!/bin/sh\necho $$ > {path}.new; mv {path}.new {path}; exec sleep 60\n")
    notify.notify("ssohelper", "text")
    wait_until(path.exists)
    process_id = int(path.read_text())
    os.kill(process_id, 0)  # it is still running here
    wait_until(lambda: not is_running(process_id))
