"""`ssohelper exec`: the command is a process like any other, and nothing is left of it."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.exec_jobs import (
    PROFILE,
    exec_servers,
    execute,
    job_folders,
    start_job,
)
from tests.fixtures.home import HANG_SECONDS, Home, command, wait_for

pytestmark = pytest.mark.full


@pytest.mark.parametrize("via", ["endpoint", "credential-process", "env"])
def test_afterwards(synced: Home, via: str) -> None:
    """There is a private folder while the command runs; afterwards neither folder nor process is left."""
    show = (
        "import os; p = os.environ['AWS_CONFIG_FILE']; print(os.stat(os.path.dirname(p)).st_mode, os.stat(p).st_mode)"
    )
    done = synced.ssohelper("exec", "--via", via, "--profile", PROFILE, "--", sys.executable, "-c", show)
    assert (done.stdout.split(), done.stderr) == ([str(0o40700), str(0o100600)], "")
    wait_for(lambda: job_folders(synced) == [])
    assert exec_servers(synced) == []


@pytest.mark.parametrize("via", ["endpoint", "env"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_death_by_signal(synced: Home, number: signal.Signals, via: str) -> None:
    """Signals go to the command, and end it as usual; the exec server cleans up."""
    with start_job(synced, "sh", "-c", "echo ready; exec sleep 60", via=via) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        wait_for(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes() == b"sleep\x0060\0")
        process.send_signal(number)
        assert process.wait(HANG_SECONDS) == -number
    wait_for(lambda: job_folders(synced) == [] and exec_servers(synced) == [])


@pytest.mark.parametrize("via", ["endpoint", "env"])
def test_killed_exec_server(synced: Home, via: str) -> None:
    """The command continues if its exec server is killed; the leftover folder is removed by the next one."""
    with start_job(synced, "cat", via=via) as process:
        wait_for(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes() == b"cat\0")
        wait_for(lambda: exec_servers(synced) != [])
        (folder,) = job_folders(synced)
        (server,) = exec_servers(synced)
        os.kill(server, signal.SIGKILL)
        wait_for(lambda: exec_servers(synced) == [])
        assert (process.poll(), folder.exists()) == (None, True)
        assert execute(synced, "true").returncode == 0
        assert not folder.exists()
        assert process.communicate("still here\n", timeout=HANG_SECONDS) == ("still here\n", "")


def test_exit_codes(synced: Home) -> None:
    """The exit code is that of the command."""
    assert [execute(synced, "sh", "-c", f"exit {code}").returncode for code in (0, 1, 4, 255)] == [0, 1, 4, 255]


def test_missing_commands(synced: Home, identity_center: Simulator) -> None:
    """The exit codes of shells: 127 for a missing command, 126 if it cannot be executed; before any request."""
    plain, broken = synced.path / "plain", synced.path / "broken"
    plain.write_text("no program")
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    identity_center.counters.reset()
    found = {}
    for words in ("nosuch", "/no/such/file", str(plain), str(synced.path), PROFILE):
        done = execute(synced, words)
        found[words] = (done.stderr, done.returncode)
    assert found == {
        "nosuch": ("ssohelper: command not found: nosuch\n", 127),
        "/no/such/file": ("ssohelper: command not found: /no/such/file\n", 127),
        str(plain): (f"ssohelper: cannot execute {plain}: it is not executable\n", 126),
        str(synced.path): (f"ssohelper: cannot execute {synced.path}: it is a folder\n", 126),
        PROFILE: (
            (
                f"ssohelper: command not found: {PROFILE} (it is a profile)\n"
                f"hint: ssohelper exec {PROFILE} -- COMMAND\n"
            ),
            127,
        ),
    }
    assert identity_center.counters.calls == {}
    done = execute(synced, str(broken))
    assert done.returncode == 127
    wait_for(lambda: job_folders(synced) == [])


def test_clean_process(synced: Home) -> None:
    """The command has no child, no file beyond the usual three, and no signal that is ignored or blocked."""
    look = """
import os, re
try:
    os.wait()
except ChildProcessError:
    print("no child")
print(sorted(os.listdir("/proc/self/fd"))[:-1])
"""
    done = execute(synced, sys.executable, "-c", look)
    assert done.stdout == "no child\n['0', '1', '2']\n"
    # This process ignores two signals because of Python; it has inherited the others.
    (ignored,) = re.findall(r"SigIgn:\t(\w+)", Path("/proc/self/status").read_text())
    inherited = int(ignored, 16) & ~(1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)
    done = execute(synced, "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
    assert done.stdout == f"SigBlk:\t{0:016x}\nSigIgn:\t{inherited:016x}\n"


def test_pipelines(synced: Home) -> None:
    """The command's output ends when the command ends, and a broken pipe ends the command."""
    line = f"{command('ssohelper')[0]} exec --profile {PROFILE} -- yes | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = synced.run("bash", "-c", line)
    assert (done.stdout, done.stderr) == (f"y\n{128 + signal.SIGPIPE}\n", "")


def test_background_child(synced: Home) -> None:
    """`exec` does not wait for a background process of the command; its credentials end with the command."""
    done = execute(synced, "sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!")
    wait_for(lambda: job_folders(synced) == [])
    os.kill(int(done.stdout), signal.SIGKILL)


LOOP = """\
import os, signal, time
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, f"{os.get_terminal_size()}\\n".encode()))
print("started", flush=True)
while True:
    time.sleep(0.1)
"""


def test_on_a_terminal(synced: Home) -> None:
    """Ctrl-C, Ctrl-Z, fg and window resizes reach the command; a message shows how long the credentials are valid."""
    (synced.path / "loop.py").write_text(LOOP)
    shell = synced.terminal("--norc", "--noprofile", program="bash")
    shell.sendline("PS1='$ '")
    shell.expect(r"\$ $")
    shell.sendline(f"ssohelper exec --profile {PROFILE} -- {sys.executable} loop.py")
    shell.expect(r"ssohelper: payments-prod.ReadOnly: credentials valid for \w+ \w+,\s+refreshed\s+automatically")
    shell.expect("started")
    shell.setwinsize(33, 99)
    shell.expect(re.escape("os.terminal_size(columns=99, lines=33)"))
    shell.sendcontrol("z")
    shell.expect("Stopped")
    shell.sendline("jobs; fg")
    shell.expect(r"Stopped\s+ssohelper exec")
    shell.expect(r"loop\.py")
    shell.setwinsize(34, 98)
    shell.expect(re.escape("os.terminal_size(columns=98, lines=34)"))
    shell.sendcontrol("c")
    shell.expect("KeyboardInterrupt")
    shell.sendline("echo code $?")
    shell.expect(r"code 130")
    shell.close(force=True)
    wait_for(lambda: job_folders(synced) == [])
