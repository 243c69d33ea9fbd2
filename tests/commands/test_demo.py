"""`ssohelper demo`: the tour that everybody starts with."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fixtures.home import HANG_SECONDS, Home, command


def demo_of(home: Home) -> Path:
    """The folder in which a demo keeps what it makes while it runs."""
    found = list((home.path / "tmp").iterdir())
    assert len(found) == 1, found
    return found[0]


def test_the_tour(make_home: Callable[..., Home]) -> None:
    """The demo plays to its end, leaves nothing behind, and never touches the user's own files."""
    home = make_home(TMPDIR="", AWS_PROFILE="mine", AWS_CONFIG_FILE="/nonexistent/config", SSOHELPER_SESSION="mine")
    home.environment["TMPDIR"] = str(home.path)
    done = home.ssohelper("demo")
    assert (done.stderr, done.returncode) == ("", 0)
    said = [line.removeprefix(":: ") for line in done.stdout.splitlines() if line.startswith(":: ")]
    assert len(said) == 8
    assert done.stdout.count("$ ssohelper ") == 6
    assert "1 to add, 1 to remove, 15 unchanged" in done.stdout
    assert re.search(r"^data-platform-dev\.Developer: sso gave ASIA[A-Z2-7]{16}$", done.stdout, re.MULTILINE)
    assert re.search(
        r"^payments-staging\.Developer: custom-process gave ASIA[A-Z2-7]{16}$", done.stdout, re.MULTILINE
    )
    assert "Identity Center was asked 2 times for role credentials" in done.stdout.splitlines()
    assert home.tree() == {}


def test_keep(make_home: Callable[..., Home]) -> None:
    """With --keep the printed environment works in another shell, until Ctrl-C removes it all."""
    home = make_home()
    (home.path / "tmp").mkdir()
    home.environment["TMPDIR"] = str(home.path / "tmp")
    with subprocess.Popen(
        command("ssohelper", "demo", "--keep"),
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if line.startswith("export PATH="):
                break
        exports = "".join(line for line in lines if line.startswith(("export ", "unset ")))
        script = f"{exports}ssohelper sync --check && ssohelper accounts --csv | wc -l"
        done = home.run("sh", "-c", script, PATH="/usr/bin:/bin", AWS_PROFILE="mine")
        assert (done.stdout.split(), done.returncode) == (["nothing", "to", "do,", "16", "unchanged", "10"], 0)
        assert demo_of(home).is_dir()
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(HANG_SECONDS) == 0
    assert list((home.path / "tmp").iterdir()) == []


def test_in_a_hostile_folder(make_home: Callable[..., Home]) -> None:
    """Modules that lie in the current folder are not run."""
    home = make_home()
    for name in ("click", "boto3", "json"):
        (home.path / f"{name}.py").write_text("raise SystemExit(66)\n")
    assert home.ssohelper("demo").returncode == 0


def test_without_a_home_for_programs(make_home: Callable[..., Home]) -> None:
    """`python -m ssohelper demo` plays as well."""
    home = make_home()
    assert home.run(sys.executable, "-m", "ssohelper", "demo").returncode == 0
