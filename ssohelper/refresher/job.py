"""The job of `ssohelper exec`: a command that replaces this very process, with an exec server beside it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ssohelper.aws_config import selection
from ssohelper.aws_config.selection import EXEC_CHAIN_VARIABLE
from ssohelper.errors import Failed, SsohelperError
from ssohelper.model import CredentialSource

# Variables that would override the credentials of the job, or belong to other credentials.
_REMOVED = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIALS_EXPIRATION", "AWS_ACCOUNT_ID",
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", EXEC_CHAIN_VARIABLE,
)  # fmt: skip


class NotFound(Failed):
    """The command is not found: 127, as in shells."""

    exit_code = 127


class NotExecutable(Failed):
    """The command cannot be executed: 126, as in shells."""

    exit_code = 126


@dataclass(frozen=True, slots=True)
class Served:
    """What the exec server has prepared: a folder, and the URL of its endpoint if it serves one."""

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
    kept = {name: value for name, value in before.items() if name not in _REMOVED}
    # Older Go SDKs read no config file without AWS_SDK_LOAD_CONFIG.
    return {**kept, "AWS_SDK_LOAD_CONFIG": "1", **selection.exec_variables(source), **more}


def served_environment(served: Served, files: Mapping[str, Path]) -> dict[str, str]:
    """The variables that point every SDK to what the exec server has prepared.

    `files` are the user's own files by variable; ssohelper itself continues to use those inside the job. The token is
    in a variable as well as in a file: older SDKs (AWS CLI before 2.15, Java before 2.25) support no file.
    """
    copies = {variable: str(served.folder / variable) for variable in files}
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
        socket.create_connection(("127.0.0.1", url.port), timeout=1).close()
    except OSError:  # its exec server was killed
        return False
    return True


def replace_process(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Execute the command in place of this process. Raises `NotFound`, `NotExecutable`."""
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
