"""The job of `ssohelper exec`: a command that replaces this process, with an exec server beside it.

On Windows, which cannot replace a process, the command is a child process, without a server.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ssohelper.aws_config import selection
from ssohelper.aws_config.selection import EXEC_CHAIN_VARIABLE, OUTRANKING_VARIABLES
from ssohelper.errors import Failed, SsohelperError
from ssohelper.model import CredentialSource

_CHUNK_BYTES = 65536
_ENDPOINT_HOST = "127.0.0.1"
# What cmd.exe treats in a special way, some of it even in quotes.
_READ_BY_CMD = re.compile(r'["%!^&|<>()\r\n]')


class NotFound(Failed):
    """The command is not found: 127, as in shells."""

    exit_code = 127


class NotExecutable(Failed):
    """The command cannot be executed: 126, as in shells."""

    exit_code = 126


@dataclass(frozen=True, slots=True)
class Served:
    """The job's private folder, and the URL of its endpoint if the exec server has one."""

    folder: Path
    url: str | None


def start_server(command: Sequence[str], request: Mapping[str, Any]) -> Served:
    """Start the exec server for this process, which is about to become the job. Raises `Failed`."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd="/"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin:
        json.dump({**request, "process_id": os.getpid()}, process.stdin)
    with process.stdout:
        line = process.stdout.readline()
    process.wait()
    try:
        ready = json.loads(line)
    except ValueError:
        raise Failed("the exec server did not start") from None
    return Served(Path(ready["folder"]), ready.get("url"))


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
    hosts = dict.fromkeys([*filter(None, named), _ENDPOINT_HOST])
    everything = any(before.get(name, "").strip() == "*" for name in ("NO_PROXY", "no_proxy"))
    return dict.fromkeys(("NO_PROXY", "no_proxy"), "*" if everything else ",".join(hosts))


def served_environment(served: Served, files: Mapping[str, Path]) -> dict[str, str]:
    """The variables that point SDKs to what the exec server has prepared.

    `files` are the user's own files by variable; ssohelper itself continues to use those inside the job. The token is
    in a variable as well as in a file: older SDKs (AWS CLI before 2.15, Java before 2.25) support no file. SDK 1
    for Java takes `[default]` of the file that AWS_CREDENTIAL_PROFILES_FILE names before the endpoint.
    """
    copies = {variable: str(served.folder / variable) for variable in files}
    first = "AWS_CONFIG_FILE" if served.url is None else "AWS_SHARED_CREDENTIALS_FILE"
    copies["AWS_CREDENTIAL_PROFILES_FILE"] = copies[first]
    own = {f"SSOHELPER_{variable}": str(path) for variable, path in files.items()}
    if served.url is None:
        return copies | own
    token = served.folder / "token"
    return {
        **copies,
        **own,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": served.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token.read_text(encoding="ascii"),
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
        socket.create_connection((_ENDPOINT_HOST, url.port), timeout=1).close()
    except OSError:  # its exec server was killed
        return False
    return True


def default_command(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The shell of the user."""
    if sys.platform == "win32":
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
