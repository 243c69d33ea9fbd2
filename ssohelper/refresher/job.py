"""The job of `ssohelper exec`: a command that replaces this process, with an exec server beside it.

On Windows, which cannot replace a process, the command is a child process, without a server.
"""

import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from ssohelper import loopback
from ssohelper.aws_config import selection
from ssohelper.aws_config.selection import EXEC_CHAIN_VARIABLE, OUTRANKING_VARIABLES
from ssohelper.errors import Failed, SsohelperError
from ssohelper.refresher import container_credentials, private_folder, process_exit
from ssohelper.roles import CredentialSource

_CHUNK_BYTES = 65536
_STDERR = 2
# What cmd.exe treats in a special way, some of it even in quotes.
_READ_BY_CMD = re.compile(r'["%!^&|<>()\r\n]')


class NotFound(Failed):
    """The command is not found: 127, as in shells."""

    exit_code = 127


class NotExecutable(Failed):
    """The command cannot be executed: 126, as in shells."""

    exit_code = 126


class Served(NamedTuple):
    """The job's private folder; the URL and the token of its endpoint, if it has one."""

    folder: Path
    url: str | None = None
    token: str = ""

    def __repr__(self) -> str:
        return f"<Served {self.folder} {self.url}>"


def start_server(
    command: Sequence[str], request: Mapping[str, Any], copies: Mapping[str, bytes], *, endpoint: bool
) -> Served:
    """Start the exec server for this process, which is about to become the job.

    What the job needs at once is made here, so that it need not wait until the server has loaded: the private folder
    with `copies`, and the socket, on which the system accepts clients already. The server inherits their handles,
    and reads the request from its stdin: a secret must not be in its arguments. Raises `Failed`.
    """
    with _standard_streams():
        return _start_server(command, request, copies, endpoint=endpoint)


@contextmanager
def _standard_streams() -> Iterator[None]:
    """Have the handles 0 to 2 open: where a stream was closed, a new file would get its number, and lose it again."""
    opened = [os.open(os.devnull, os.O_RDWR)]
    while opened[-1] <= _STDERR:
        opened.append(os.open(os.devnull, os.O_RDWR))
    os.close(opened.pop())
    try:
        yield
    finally:
        for handle in opened:
            os.close(handle)


def _start_server(
    command: Sequence[str], request: Mapping[str, Any], copies: Mapping[str, bytes], *, endpoint: bool
) -> Served:
    folder = private_folder.make()
    handles = {"lock": folder.lock}
    try:
        private_folder.write_all(folder.path, copies)
        served = Served(folder.path)
        if endpoint:
            url, token, handles["socket"] = _listen(folder.path)
            served = Served(folder.path, url, token)
        process = process_exit.own_exit_handle()
        if process is not None:
            handles["process"] = process
        own = {"process_id": os.getpid(), "folder": str(folder.root), "token": served.token, "handles": handles}
        _start(command, json.dumps({**request, **own}), handles.values())
    except BaseException:
        private_folder.delete(folder.root)
        raise
    finally:
        for handle in handles.values():
            os.close(handle)
    return served


def _token_file(folder: Path) -> Path:
    return folder / "token"


def _listen(folder: Path) -> tuple[str, str, int]:
    """Listen on 127.0.0.1. Returns the URL, the token, which is in the folder, too, and the socket's handle."""
    token = os.urandom(32).hex()
    private_folder.write(_token_file(folder), token.encode())  # without a line end: SDKs would send it along
    listening = loopback.listen()
    url = container_credentials.url(listening.getsockname()[1])
    return url, token, listening.detach()


def _start(command: Sequence[str], request: str, handles: Iterable[int]) -> None:
    """Start a process with a request on its stdin, which inherits the handles. Raises `Failed`.

    It is no child of this process, so that the job finds no child that it did not start, and has its own session.
    """
    if sys.platform == "win32":
        raise NotImplementedError("Windows has no exec server")
    reader, writer = os.pipe()
    others = _open_handles() - {0, 1, _STDERR, reader, *handles}
    child = os.fork()
    if child == 0:
        _exec_server(command, reader, handles, others)
    os.close(reader)
    with suppress(ChildProcessError):  # where SIGCHLD is ignored, the system has reaped it already
        os.waitpid(child, 0)
    try:
        with open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 (a handle)
            pipe.write(request)
    except BrokenPipeError:
        raise Failed("the exec server did not start") from None


def _open_handles() -> set[int]:
    """The handles that are open, among them those that a shell has opened for the job: locks and pipes."""
    try:
        return {int(name) for name in os.listdir("/dev/fd")}  # noqa: PTH208 (numbers, not paths)
    except OSError:  # /dev is not mounted
        return set(range(256))


def _exec_server(command: Sequence[str], stdin: int, handles: Iterable[int], closed: Iterable[int]) -> NoReturn:
    """Replace the forked child by the server. Takes no lock, since a thread that it does not have may hold it."""
    if sys.platform == "win32":
        raise NotImplementedError("Windows has no exec server")
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        for handle in closed:
            with suppress(OSError):  # the one that listed them
                os.close(handle)
        os.dup2(stdin, 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what reads our output must not wait for the server
        for handle in handles:
            os.set_inheritable(handle, True)
        os.chdir("/")
        os.execv(command[0], [*command])  # noqa: S606 (no shell)
    finally:
        os._exit(1)


def environment(before: Mapping[str, str], source: CredentialSource, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command that runs under a role, with `more` in it. Pure."""
    removed = (*OUTRANKING_VARIABLES, EXEC_CHAIN_VARIABLE)
    kept = {name: value for name, value in before.items() if name not in removed}
    beside_proxies = without_proxy(before) if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in more else {}
    # Older Go SDKs read no config file without AWS_SDK_LOAD_CONFIG.
    return {**kept, "AWS_SDK_LOAD_CONFIG": "1", **beside_proxies, **selection.exec_variables(source), **more}


def without_proxy(before: Mapping[str, str]) -> dict[str, str]:
    """The variables that keep requests to the endpoint from a proxy; none if there is no proxy. Pure.

    Rust's SDK and object_store would send it the endpoint's token, and get the keys through it.
    """
    if not any(before[name] for name in before if name.lower() in ("http_proxy", "https_proxy", "all_proxy")):
        return {}
    named = [host.strip() for name in ("NO_PROXY", "no_proxy") for host in before.get(name, "").split(",")]
    hosts = dict.fromkeys([*filter(None, named), loopback.ADDRESS])
    everything = any(before.get(name, "").strip() == "*" for name in ("NO_PROXY", "no_proxy"))
    return dict.fromkeys(("NO_PROXY", "no_proxy"), "*" if everything else ",".join(hosts))


def served_environment(served: Served, files: Mapping[str, Path], via: str) -> dict[str, str]:
    """The variables that point SDKs to the job's endpoint and copies.

    `files` are the user's own files by variable; ssohelper itself continues to use those inside the job. The token is
    in a variable as well as in a file: older SDKs (AWS CLI before 2.15, Java before 2.25) support no file. SDK 1
    for Java takes `[default]` of the file that AWS_CREDENTIAL_PROFILES_FILE names before the endpoint.
    """
    copies = {variable: str(served.folder / variable) for variable in files}
    first = "AWS_CONFIG_FILE" if via == "credential-process" else "AWS_SHARED_CREDENTIALS_FILE"
    copies["AWS_CREDENTIAL_PROFILES_FILE"] = copies[first]
    own = {f"SSOHELPER_{variable}": str(path) for variable, path in files.items()}
    if served.url is None:
        return copies | own
    return {
        **copies,
        **own,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": served.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(_token_file(served.folder)),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": served.token,
    }


def is_served(environment: Mapping[str, str], source: CredentialSource) -> bool:
    """Whether this process is inside a job that gets this role from an endpoint, and nothing overrides that."""
    url = urlsplit(environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""))
    others = {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"}
    own = selection.exec_variables(source)
    if (
        any(environment.get(name) != value for name, value in own.items())
        or not url.port
        or others & environment.keys()
    ):
        return False
    try:
        socket.create_connection((loopback.ADDRESS, url.port), timeout=1).close()
    except OSError:  # its exec server was killed
        return False
    return True


def default_command(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The shell of the user."""
    if sys.platform == "win32":
        import shutil

        return ("pwsh" if shutil.which("pwsh") else "powershell",)
    return (environment.get("SHELL") or "/bin/sh",)


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Execute the command in place of this process; on Windows, as a child process, whose exit code is returned.

    Raises `NotFound`, `NotExecutable`.
    """
    if sys.platform != "win32":
        _replace_process(words, environment)
    return run_child(words, environment)


def run_child(
    words: Sequence[str], environment: Mapping[str, str], on_stderr: Callable[[bytes], object] | None = None
) -> int:
    """Execute the command as a child process; `on_stderr` gets what it prints there, instead of our stderr.

    Returns its exit code. Raises `NotFound`, `NotExecutable`.
    """
    import shutil  # both are slow to load, and not needed to replace this process
    import subprocess

    # The console sends Ctrl-C to both processes, and only the command decides what to do. SIG_IGN would be inherited.
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    program = shutil.which(words[0]) or words[0]  # Windows itself finds no `.cmd`
    _check_batch_arguments(program, words[1:])
    try:
        stderr = subprocess.PIPE if on_stderr else None
        with subprocess.Popen([program, *words[1:]], env=dict(environment), stderr=stderr) as child:
            while on_stderr and child.stderr and (data := os.read(child.stderr.fileno(), _CHUNK_BYTES)):
                on_stderr(data)
            code = child.wait()
        return code - 2**32 if code >= 2**31 else code  # as `os._exit` takes it
    except OSError as error:
        raise exec_error(words[0], error) from error
    finally:
        signal.signal(signal.SIGINT, before)


def _check_batch_arguments(program: str, arguments: Sequence[str]) -> None:
    """Raise `NotExecutable` for arguments of a batch file that cmd.exe, which runs it, would read as commands.

    https://nvd.nist.gov/vuln/detail/CVE-2024-24576
    """
    if Path(program).suffix.lower() in (".bat", ".cmd") and any(map(_READ_BY_CMD.search, arguments)):
        raise NotExecutable(f"cannot pass these arguments to a batch file safely: {program}")


def _replace_process(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and an ignored signal stays ignored
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), dict(environment))  # noqa: S606 (no shell)
    except OSError as error:
        raise exec_error(words[0], error) from error


def exec_error(program: str, error: OSError) -> SsohelperError:
    """Why a command does not start, with the exit code that shells use."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound(f"command not found: {program}")
    return NotExecutable(f"cannot execute {program}: {(error.strerror or str(error)).lower()}")
