"""`ssohelper demo`, run as a process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator import examples
from tests.fixtures.components import need
from tests.fixtures.home import HANG_SECONDS, Home, command

PROFILE = "data-platform-dev.ReadOnly"


def demo_folder(home: Home) -> Path:
    """Return the temporary folder of the running demo."""
    (found,) = (home.path / "tmp").glob("ssohelper-demo-*")
    return found


@pytest.mark.full
def test_demo(make_home: Callable[..., Home]) -> None:
    """The demo runs all steps, deletes its folder, and does not touch the user's files."""
    home = make_home(TMPDIR="", AWS_PROFILE="mine", AWS_CONFIG_FILE="/nonexistent/config", SSOHELPER_SESSION="mine")
    home.environment["TMPDIR"] = str(home.path)
    done = home.ssohelper("demo")
    assert (done.stderr, done.returncode) == ("", 0)
    headings = [line.removeprefix(":: ") for line in done.stdout.splitlines() if line.startswith(":: ")]
    assert len(headings) == 11
    assert done.stdout.count("$ ssohelper ") == 9
    assert "1 to add, 1 to remove, 15 unchanged" in done.stdout
    assert re.search(r"^data-platform-dev\.Developer: ASIA[A-Z2-7]{16} from sso$", done.stdout, re.MULTILINE)
    assert re.search(
        r"^payments-staging\.Developer: ASIA[A-Z2-7]{16} from custom-process$", done.stdout, re.MULTILINE
    )
    assert "GetRoleCredentials calls: 2" in done.stdout.splitlines()
    assert re.search(r"^default: ASIA[A-Z2-7]{16} from container-role$", done.stdout, re.MULTILINE)
    assert "set sso_session = acme on line 119 (ssohelper doctor --fix)" in done.stdout
    assert home.tree() == {}


@pytest.mark.full
def test_admin(make_home: Callable[..., Home]) -> None:
    """The tour for administrators shows what each command prints, and leaves nothing behind.

    The review has one example of each finding, but for the one that takes Access Analyzer.
    """
    home = make_home(AWS_PROFILE="mine", AWS_CONFIG_FILE="/nonexistent/config", SSOHELPER_SESSION="mine")
    home.environment["TMPDIR"] = str(home.path)
    done = home.ssohelper("demo", "--admin")
    assert (done.stderr, done.returncode) == ("", 0)
    commands = re.findall(r"^\$ ssohelper (\S+ \S+)", done.stdout, re.MULTILINE)
    own = ["permission-sets list", "who ReadOnly", "why --user", "permission-sets review"]
    assert commands == ["configure --session", "login --no-browser", *own]
    found = re.findall(r"^[x!] .* \(([a-z-]+)\)$", done.stdout, re.MULTILINE)
    kinds = {each.kind for each in examples.examples(time.time())} - {"policy-finding"}
    assert Counter(found) == Counter(kinds)
    expected = [
        "DataAnalytics +4h +5 ",
        "333344445555 +payments-prod +group +developers +3$",
        "ann can use Developer in sandbox, but ",
        "46 permission sets, 86 assignments, 10 accounts$",
    ]
    assert [each for each in expected if not re.search(f"^{each}", done.stdout, re.MULTILINE)] == []
    assert home.tree() == {}


@pytest.mark.full
def test_keep(make_home: Callable[..., Home]) -> None:
    """With --keep, the printed variables work in another shell, and Ctrl-C deletes the folder."""
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
        assert demo_folder(home).is_dir()
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(HANG_SECONDS) == 0
    assert list((home.path / "tmp").iterdir()) == []


@pytest.mark.full
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "dash"])
def test_shell(make_home: Callable[..., Home], shell: str) -> None:
    """With --keep on a terminal, the person's shell has everything set, survives Ctrl-C, and is the end of it."""
    home = make_home(SHELL=need(shell), NO_COLOR="1", TERM="dumb")
    (home.path / "tmp").mkdir()
    home.environment["TMPDIR"] = str(home.path / "tmp")
    demo = home.terminal("demo", "--keep")
    demo.expect_exact("To end the demo and delete its folder: exit")
    demo.sendline("sleep 60")
    time.sleep(1)
    demo.sendcontrol("c")
    use = f"ssohelper use {PROFILE}" if shell != "dash" else f"export AWS_PROFILE={PROFILE}"
    demo.sendline(f"{use}; ssohelper env | grep -c SECRET; echo IS-$AWS_PROFILE")
    demo.expect(f"\n1\r\n.*IS-{PROFILE}\r\n")
    assert demo_folder(home).is_dir()
    demo.sendline("exit")
    demo.expect(pexpect.EOF)
    demo.close()
    assert (demo.exitstatus, list((home.path / "tmp").glob("ssohelper-demo-*"))) == (0, [])
    assert not home.config.exists()


@pytest.mark.full
def test_modules_in_the_current_folder(make_home: Callable[..., Home]) -> None:
    """Python modules in the current folder are not imported."""
    home = make_home()
    for name in ("click", "boto3", "json"):
        (home.path / f"{name}.py").write_text("raise SystemExit(66)\n")
    assert home.run(*command("ssohelper", "demo")).returncode == 0  # by the path, so that it loads its modules


@pytest.mark.full
def test_run_as_a_module(make_home: Callable[..., Home]) -> None:
    """`python -m ssohelper demo` works."""
    home = make_home()
    assert home.run(sys.executable, "-m", "ssohelper", "demo").returncode == 0
