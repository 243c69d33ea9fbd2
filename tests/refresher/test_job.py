"""The job of `ssohelper exec`: its environment, and how it replaces this process."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ssohelper.errors import Failed
from ssohelper.refresher import job
from ssohelper.refresher.job import NotExecutable, NotFound, Served
from ssohelper.roles import RoleRef
from tests.fixtures.home import HANG_SECONDS, wait_for

ROLE = RoleRef("my company", "111122223333", "ReadOnly")
REPLACE = "import sys; from ssohelper.refresher import job; job.run(sys.argv[1:], {'ONLY': 'this'})"


def test_environment() -> None:
    """Other credentials and profiles are removed, everything else is kept, and the role is named."""
    before = {
        "PATH": "/bin",
        "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": "/config",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SESSION_TOKEN": "token",
        "AWS_PROFILE": "other",
        "AWS_DEFAULT_PROFILE": "other",
        "AWS_ROLE_ARN": "arn",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/other",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
    }
    assert job.environment(before, ROLE, {"PATH": "/usr/bin", "MORE": "1"}) == {
        "PATH": "/usr/bin",
        "AWS_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": "/config",
        "AWS_SDK_LOAD_CONFIG": "1",
        "SSOHELPER_EXEC": "my company 111122223333 ReadOnly",
        "MORE": "1",
    }


def test_served_environment(tmp_path: Path) -> None:
    """SDKs get the endpoint and the copies of the files; ssohelper gets the user's own files."""
    files = {"AWS_CONFIG_FILE": Path("/own/config"), "AWS_SHARED_CREDENTIALS_FILE": Path("/own/credentials")}
    without_endpoint = {
        "AWS_CONFIG_FILE": str(tmp_path / "AWS_CONFIG_FILE"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "AWS_SHARED_CREDENTIALS_FILE"),
        "SSOHELPER_AWS_CONFIG_FILE": "/own/config",
        "SSOHELPER_AWS_SHARED_CREDENTIALS_FILE": "/own/credentials",
        "AWS_CREDENTIAL_PROFILES_FILE": str(tmp_path / "AWS_CONFIG_FILE"),
    }
    assert job.served_environment(Served(tmp_path), files, "credential-process") == without_endpoint
    assert job.served_environment(
        Served(tmp_path, "http://127.0.0.1:7/credentials", "secret"), files, "endpoint"
    ) == {
        **without_endpoint,
        "AWS_CREDENTIAL_PROFILES_FILE": str(tmp_path / "AWS_SHARED_CREDENTIALS_FILE"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:7/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret",
    }


@pytest.mark.parametrize(
    ("before", "no_proxy"),
    [
        ({}, None),
        ({"NO_PROXY": "x"}, None),
        ({"HTTP_PROXY": ""}, None),
        ({"HTTP_PROXY": "http://p"}, "127.0.0.1"),
        ({"http_proxy": "http://p", "NO_PROXY": "a, b", "no_proxy": "b,c"}, "a,b,c,127.0.0.1"),
        ({"ALL_PROXY": "http://p", "no_proxy": "127.0.0.1,.corp"}, "127.0.0.1,.corp"),
        ({"all_proxy": "http://p", "NO_PROXY": "*"}, "*"),
        ({"all_proxy": "http://p", "NO_PROXY": "*,a"}, "*,a,127.0.0.1"),
        ({"HTTPS_PROXY": "http://p", "no_proxy": ","}, "127.0.0.1"),
    ],
)
def test_proxy(before: dict[str, str], no_proxy: str | None) -> None:
    """With a proxy, both variables name the hosts of both and the endpoint's; what a person has set is kept."""
    endpoint = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:7/credentials"}
    found = job.environment(before, ROLE, endpoint)
    expected = before if no_proxy is None else {**before, "NO_PROXY": no_proxy, "no_proxy": no_proxy}
    assert {name: value for name, value in found.items() if "proxy" in name.lower()} == expected
    without = job.environment(before, ROLE, {})
    assert {name: value for name, value in without.items() if "proxy" in name.lower()} == before


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_is_served(port: int) -> None:
    """A nested `exec` uses the endpoint of the outer one, if it is for the same role and nothing overrides it."""
    inside = {
        "SSOHELPER_EXEC": ROLE.text,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/credentials",
    }
    assert job.is_served(inside, ROLE)
    assert not job.is_served(inside, RoleRef("my company", "111122223333", "Admin"))
    assert not job.is_served({"SSOHELPER_EXEC": ROLE.text}, ROLE)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        assert not job.is_served({**inside, variable: "x"}, ROLE)


def test_is_not_served_by_a_killed_server(port: int) -> None:
    """An endpoint that does not accept connections does not count."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
        inside = {
            "SSOHELPER_EXEC": ROLE.text,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{closed}/credentials",
        }
        assert closed != port
        assert not job.is_served(inside, ROLE)


# A server that writes its request to a file, with its session, parent, stdout and folder.
SERVER = """
import json, os, sys
request = json.load(sys.stdin)
other_session = os.getsid(0) != os.getsid(request["process_id"])
found = {"request": request, "other_session": other_session, "parent": os.getppid()}
found["stdout"], found["folder"] = os.fstat(1).st_rdev == os.stat(os.devnull).st_rdev, os.getcwd()
found["handles"] = sorted(int(each) for each in os.listdir("/proc/self/fd"))
found["inodes"] = [os.fstat(handle).st_ino for handle in request["handles"].values()]
open(sys.argv[1] + ".new", "w").write(json.dumps(found))
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


@pytest.mark.parametrize("endpoint", [True, False])
def test_start_server(home: Path, endpoint: bool) -> None:
    """The server gets its request on stdin, and handles; it is no child of ours, and no handle stays here."""
    lock = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(lock, True)  # as a shell does it for `9>lock`
    before, children, written = set(Path("/proc/self/fd").iterdir()), _children(), home / "written"
    words = (sys.executable, "-c", SERVER, str(written))
    served = job.start_server(words, {"role": ROLE.text}, {"AWS_CONFIG_FILE": b"[default]\n"}, endpoint=endpoint)
    assert _children() == children
    assert set(Path("/proc/self/fd").iterdir()) == before
    names = {"lock", "token", "AWS_CONFIG_FILE"} if endpoint else {"lock", "AWS_CONFIG_FILE"}
    assert {each.name for each in served.folder.iterdir()} == names
    assert (served.folder / "AWS_CONFIG_FILE").read_bytes() == b"[default]\n"
    wait_for(written.exists)
    found = json.loads(written.read_text())
    request, handles = found["request"], found["request"].pop("handles")
    own = {"process_id": os.getpid(), "folder": str(served.folder), "token": served.token}
    assert request == {"role": ROLE.text, **own}
    assert list(handles) == (["lock", "socket", "process"] if endpoint else ["lock", "process"])
    assert found["inodes"][0] == (served.folder / "lock").stat().st_ino
    assert len(found["inodes"]) == len(handles)  # each can be used
    assert len({*found["handles"]} - {0, 1, 2, *handles.values()}) == 1  # the one that lists them
    os.close(lock)
    assert (found["other_session"], found["stdout"], found["folder"]) == (True, True, "/")
    assert found["parent"] != os.getpid()
    assert (len(served.token), served.url is not None) == ((64, True) if endpoint else (0, False))


def test_ignored_sigchld(home: Path) -> None:
    """The server gets its request as well where the system reaps children by itself."""
    written, before = home / "written", signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        served = job.start_server((sys.executable, "-c", SERVER, str(written)), {}, {}, endpoint=False)
    finally:
        signal.signal(signal.SIGCHLD, before)
    wait_for(written.exists)
    assert json.loads(written.read_text())["request"]["folder"] == str(served.folder)


def test_clients_wait_for_the_server(home: Path) -> None:
    """Before the server has loaded, clients can connect: the system queues them."""
    served = job.start_server((sys.executable, "-c", "input(); import time; time.sleep(60)"), {}, {}, endpoint=True)
    port = urlsplit(served.url or "").port
    assert port is not None
    socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS).close()

    def holders() -> list[int]:
        return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _holds(each, served.folder / "lock")]

    wait_for(lambda: len(holders()) == 1)  # it may just close what it has inherited
    os.kill(holders()[0], signal.SIGKILL)


def _children() -> set[str]:
    """The ids of this process's children, those that have ended included."""
    return {child for each in Path("/proc/self/task").iterdir() for child in (each / "children").read_text().split()}


def _holds(process: Path, file: Path) -> bool:
    """Whether a process has a file open."""
    try:
        return any(each.readlink() == file for each in (process / "fd").iterdir())
    except OSError:
        return False


def test_server_that_does_not_start(home: Path) -> None:
    """Without the program of the server it is an error, and nothing is left."""
    request = {"long": "x" * 1_000_000}  # longer than a pipe holds
    with pytest.raises(Failed, match=r"^the exec server did not start$"):
        job.start_server(("/no/such/program",), request, {}, endpoint=True)
    assert list((home / ".local/state/ssohelper/exec").iterdir()) == []


def test_secrets(home: Path) -> None:
    """The token is not shown."""
    assert "s3cr3t" not in repr(Served(home, "http://127.0.0.1:7/credentials", "s3cr3t"))


def test_replace_process() -> None:
    """The command has this process's id and only the given environment, and does not ignore SIGPIPE."""
    show = "import json, os; print(json.dumps([os.getpid(), os.environ.get('ONLY'), 'HOME' in os.environ]))"
    words = [sys.executable, "-c", REPLACE, sys.executable, "-c", show]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        printed, _ = process.communicate(timeout=HANG_SECONDS)
    assert json.loads(printed) == [process.pid, "this", False]
    # Python ignores SIGPIPE, and an ignored signal stays ignored.
    shell = [sys.executable, "-c", REPLACE, "/bin/sh", "-c", 'kill -PIPE $$; echo "ignored"']
    done = subprocess.run(shell, capture_output=True, timeout=HANG_SECONDS, check=False)
    assert (done.stdout, done.returncode) == (b"", -13)


@pytest.mark.parametrize(
    ("error", "kind", "message", "code"),
    [
        (FileNotFoundError(2, "No such file"), NotFound, "command not found: tool", 127),
        (NotADirectoryError(20, "Not a directory"), NotFound, "command not found: tool", 127),
        (PermissionError(13, "Permission denied"), NotExecutable, "cannot execute tool: permission denied", 126),
        (OSError(8, "Exec format error"), NotExecutable, "cannot execute tool: exec format error", 126),
    ],
)
def test_command_that_does_not_start(error: OSError, kind: type, message: str, code: int) -> None:
    """The exit codes are those of shells."""
    found = job.exec_error("tool", error)
    assert (type(found), str(found), found.exit_code) == (kind, message, code)


CHILD = "import sys; from ssohelper.refresher import job; sys.exit(job.run_child(sys.argv[1:], {'ONLY': 'this'}))"


def test_child() -> None:
    """On Windows the command is a child process: it gets the environment, Ctrl-C and its exit code are its own."""
    script = 'trap "echo caught; exit 7" INT; printf "%s" "$ONLY"; kill -INT $PPID; kill -INT $$'
    words = [sys.executable, "-c", CHILD, "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "thiscaught\n", "")


def test_child_not_found() -> None:
    """Its errors are those of a command that replaces this process."""
    with pytest.raises(NotFound, match=r"^command not found: no-such-program$"):
        job.run_child(["no-such-program"], {})


def test_batch_file(tmp_path: Path) -> None:
    """Arguments that cmd.exe would read as commands are not passed to a batch file."""
    program = tmp_path / "tool.cmd"
    program.write_text('#!/bin/sh\nprintf %s "$1"\n')
    program.chmod(0o700)
    for argument in ('"&calc', "%PATH%", "a|b", "a\nb"):
        with pytest.raises(NotExecutable, match="cannot pass these arguments to a batch file safely"):
            job.run_child([str(program), argument], {})
    assert job.run_child([str(program), "plain argument"], dict(os.environ)) == 0
