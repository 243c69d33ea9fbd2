"""A command whose stderr is read along behaves as without: output, exit code, signals, terminal."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pexpect
import pytest

from tests.fixtures.home import HANG_SECONDS

# Runs its arguments as `watched_job` does; what was read goes to the file that WATCHED names.
RUN = """\
import os, sys
from ssohelper.refresher import watched_job
read = []
code = watched_job.run(sys.argv[1:], os.environ, read.append)
with open(os.environ["WATCHED"], "wb") as file:
    file.write(b"".join(read))
sys.exit(watched_job.exit_as(code))
"""
WATCHED = (sys.executable, "-c", RUN)

COMMANDS = {
    "nothing": "true",
    "exit code": "exit 3",
    "both streams": "echo out; echo err >&2; echo out again",
    "no line end": "printf err >&2",
    "binary": r"printf '\377\000\033[31m\r\n\x85' >&2",
    "much": "yes 0123456789 | head -c 3000000 >&2",
    "stdin": "cat >&2",
    "closed stderr": "exec 2>&-; echo out",
    "moved stderr": "echo a >&2; exec 2>/dev/null; echo b >&2",
    "terminated": "kill -TERM $$",
    "killed": "kill -KILL $$",
    "aborted": "kill -ABRT $$",
    "ignored signals": "trap '' TERM; kill -TERM $$; echo still >&2",
    "not found": "exec /nonexistent/program",
}


def run(*words: str, watched: Path, stdin: bytes = b"in\xff\n") -> "subprocess.CompletedProcess[bytes]":
    """Run a command with pipes, to its end."""
    return subprocess.run(
        words,
        input=stdin,
        capture_output=True,
        timeout=HANG_SECONDS,
        env={**os.environ, "WATCHED": str(watched)},
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_same(tmp_path: Path, name: str) -> None:
    """Output and exit code are byte for byte the same, and all of stderr was read along."""
    watched = tmp_path / "watched"
    plain = run("sh", "-c", COMMANDS[name], watched=watched)
    done = run(*WATCHED, "sh", "-c", COMMANDS[name], watched=watched)
    assert (done.stdout, done.stderr, done.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    assert watched.read_bytes() == plain.stderr


ORDER = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done"


def test_same_order(tmp_path: Path) -> None:
    """Where stdout and stderr are the same pipe or file, what stands in it has the same order."""
    outputs = []
    for first in ((), WATCHED):
        environment = {**os.environ, "WATCHED": str(tmp_path / "watched")}
        words = [*first, "sh", "-c", ORDER]
        piped = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=True)
        with (tmp_path / "log").open("wb") as log:
            subprocess.run(words, stdout=log, stderr=log, env=environment, check=True)
        outputs.append((piped.stdout, (tmp_path / "log").read_bytes()))
    assert outputs[1] == outputs[0]


def test_does_not_start(tmp_path: Path) -> None:
    """A command that cannot be started is an error."""
    done = run(*WATCHED, "/nonexistent/program", watched=tmp_path / "watched")
    assert (b"NotFound" in done.stderr, done.returncode) == (True, 1)


def test_background_process(tmp_path: Path) -> None:
    """What the command leaves in the background goes on printing, and nobody waits for it."""
    code = "(sleep 1; echo later >&2; echo done >finished) >/dev/null & echo now >&2"
    watched = tmp_path / "watched"
    began = time.monotonic()
    with (tmp_path / "err").open("wb") as file:
        words = (*WATCHED, "sh", "-c", code)
        environment = {**os.environ, "WATCHED": str(watched)}
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=file, env=environment, cwd=tmp_path, check=True)
    finished = tmp_path / "finished"
    assert (done.stdout, watched.read_bytes(), finished.exists()) == (b"", b"now\n", False)
    while not finished.exists():
        assert time.monotonic() < began + HANG_SECONDS
        time.sleep(0.05)
    while (tmp_path / "err").read_bytes() != b"now\nlater\n":
        assert time.monotonic() < began + HANG_SECONDS
        time.sleep(0.05)


def test_reader_is_gone(tmp_path: Path) -> None:
    """If nobody reads stderr any more, the command ends as it would without us."""
    script = 'exec 3>&1; { "$@"; echo $? >code; } 2>&1 >/dev/null | head -1 >&3'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *WATCHED, "sh", "-c", "while :; do echo err >&2 || exit 7; done"],
        capture_output=True,
        timeout=HANG_SECONDS,
        env={**os.environ, "WATCHED": str(tmp_path / "watched")},
        cwd=tmp_path,
        check=False,
    )
    assert (done.stdout, (tmp_path / "code").read_text()) == (b"err\n", "141\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGQUIT])
def test_forwarded(tmp_path: Path, number: signal.Signals) -> None:
    """A signal that is sent to us reaches the command; without a handler it ends both in the same way."""
    for handler, expected in ((f"trap 'exit 9' {number.name[3:]}", 9), (":", -number)):
        with subprocess.Popen(
            [*WATCHED, "sh", "-c", f"{handler}; echo ready >&2; while :; do sleep 0.1; done"],
            stderr=subprocess.PIPE,
            env={**os.environ, "WATCHED": str(tmp_path / "watched")},
            start_new_session=True,
        ) as process:
            assert process.stderr is not None
            assert process.stderr.readline() == b"ready\n"
            process.send_signal(number)
            assert process.wait(HANG_SECONDS) == expected


SHOW = """\
import json, os, signal, sys, time
def show(*_): os.write(2, json.dumps([os.isatty(2), tuple(os.get_terminal_size(2))]).encode() + b"\\n")
signal.signal(signal.SIGWINCH, show)
show()
time.sleep(60)
"""


def on_terminal(tmp_path: Path, *words: str) -> "pexpect.spawn[bytes]":
    """A command on a terminal."""
    added = {"HOME": str(tmp_path), "PS1": "PROMPT> ", "WATCHED": str(tmp_path / "watched")}
    environment = cast("os._Environ[str]", {**os.environ, **added})
    return pexpect.spawn(words[0], list(words[1:]), env=environment, timeout=HANG_SECONDS, cwd=str(tmp_path))


def test_terminal(tmp_path: Path) -> None:
    """The command has a terminal as its stderr, of the right size; Ctrl-C ends it once."""
    shown = on_terminal(tmp_path, *WATCHED, sys.executable, "-c", SHOW)
    shown.expect_exact("[true, [80, 24]]\r\n")
    shown.setwinsize(30, 100)
    shown.expect_exact("[true, [100, 30]]\r\n")
    shown.sendintr()
    shown.expect_exact("KeyboardInterrupt\r\n")
    shown.expect(pexpect.EOF)
    shown.close()
    assert (shown.before, shown.signalstatus) == (b"", signal.SIGINT)


@pytest.mark.parametrize(
    "code",
    [
        r"printf 'a\nb\r\n\033[31mc' >&2; echo out",
        ORDER,
        "stty size <&2; stty size",
        "test -t 1 && test -t 2 && echo yes",
    ],
)
def test_same_on_terminal(tmp_path: Path, code: str) -> None:
    """What a terminal shows is byte for byte the same."""
    results = []
    for first in ((), WATCHED):
        shown = on_terminal(tmp_path, *first, "sh", "-c", code)
        shown.expect(pexpect.EOF)
        shown.close()
        results.append((shown.before, shown.exitstatus))
    assert results[1] == results[0]


def test_stopped_and_continued(tmp_path: Path) -> None:
    """Ctrl-Z stops command and watcher together, and `fg` continues both."""
    shown = on_terminal(tmp_path, "bash", "--norc", "--noprofile", "-i")
    (tmp_path / "run.py").write_text(RUN)
    shown.expect("PROMPT> ")
    code = "echo started >&2; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; done; echo ended >&2; exit 5"
    shown.sendline(f"{sys.executable} run.py sh -c '{code}'; echo code=$?")
    shown.expect("started\r\n")
    shown.send(b"\x1a")
    shown.expect("Stopped")
    shown.expect("PROMPT> ")
    shown.sendline("fg; echo code=$?")
    shown.expect("ended\r\n")
    shown.expect("code=5")
    shown.sendline("exit")
    shown.expect(pexpect.EOF)
    shown.close()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, closed: str) -> None:
    """Without one of the streams, the command runs as it would without us."""
    results = []
    for number, first in enumerate(((), WATCHED)):
        mark = tmp_path / f"mark{number}"
        environment = {**os.environ, "WATCHED": str(tmp_path / "watched")}
        script = f'"$@" {closed}; echo $? >code{number}'
        words = ["sh", "-c", script, "sh", *first, "sh", "-c", f"echo err >&2; touch {mark}; exit 3"]
        subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, timeout=HANG_SECONDS, check=True)
        results.append((mark.exists(), (tmp_path / f"code{number}").read_text()))
    assert results[1] == results[0] == (True, "3\n")


def test_inherited_descriptors(tmp_path: Path) -> None:
    """Descriptors that the caller has opened are the command's, too."""
    code = f"{' '.join(map(shlex.quote, WATCHED))} sh -c 'cat <&3; echo out >&4' 3<in 4>out"
    (tmp_path / "in").write_text("given\n")
    environment = {**os.environ, "WATCHED": str(tmp_path / "watched")}
    done = subprocess.run(["sh", "-c", code], env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert (done.stdout, (tmp_path / "out").read_text()) == (b"given\n", "out\n")


def test_full_disk(tmp_path: Path) -> None:
    """If our stderr cannot be written to, the command goes on."""
    environment = {**os.environ, "WATCHED": str(tmp_path / "watched")}
    with Path("/dev/full").open("wb") as full:
        words = [*WATCHED, "sh", "-c", "echo x >&2; sleep 0.2; echo y >&2; echo out; exit 7"]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=full, env=environment, check=False)
    assert (done.stdout, done.returncode) == (b"out\n", 7)


def test_ignored_child_signal(tmp_path: Path) -> None:
    """If SIGCHLD is ignored when we start, the exit code is the command's all the same."""
    start = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    words = [sys.executable, "-c", start, *WATCHED, "sh", "-c", "echo e >&2; exit 7"]
    assert run(*words, watched=tmp_path / "watched").returncode == 7


def test_stops_itself(tmp_path: Path) -> None:
    """A command that stops itself stops us, too, so that its shell notices; continued, both go on."""
    words = [*WATCHED, "sh", "-c", "kill -STOP $$; exit 4"]
    environment = {**os.environ, "WATCHED": str(tmp_path / "watched")}
    with subprocess.Popen(words, env=environment, start_new_session=True) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(HANG_SECONDS) == 4


def test_watch_that_fails(tmp_path: Path) -> None:
    """Whatever is wrong with the watch, the command goes on."""
    program = RUN.replace("read.append", "lambda data: 1 / 0")
    words = [sys.executable, "-c", program, "sh", "-c", "echo a >&2; sleep 0.2; echo b >&2; exit 7"]
    done = run(*words, watched=tmp_path / "watched")
    assert (done.stderr, done.returncode) == (b"a\nb\n", 7)
