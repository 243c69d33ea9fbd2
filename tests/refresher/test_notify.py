"""Desktop notifications: shown if there is a desktop, and never a reason to fail or wait."""

import os
import sys
import time
from pathlib import Path

import pytest

from ssohelper.refresher import notify
from tests.fixtures.components import absent


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
    assert (program.parent / "shown").read_text().splitlines() == [
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
    """A program that fails or hangs is not an error, and is not waited for."""
    program.write_text("#!/bin/sh\necho failed >&2; exit 1\n")
    notify.notify("ssohelper", "text")
    monkeypatch.setattr(notify, "_SECONDS", 0.2)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    began = time.monotonic()
    notify.notify("ssohelper", "text")
    assert time.monotonic() - began < 30
