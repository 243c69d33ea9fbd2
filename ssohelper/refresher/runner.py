"""`ssohelper exec`: a command in the place of this very process, and its keeper beside it."""

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

from ssohelper.errors import Failed, SsohelperError

_KEEPER = (sys.executable, "-P", "-m", "ssohelper.processes.exec_server")
# Which role the command that we are inside of runs under.
INSIDE = "SSOHELPER_EXEC"
# What would win over the credentials that the command is to have, or say something of other ones.
_REMOVED = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIALS_EXPIRATION", "AWS_ACCOUNT_ID",
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)  # fmt: skip


class NotFound(Failed):
    """There is no such command: 127, as shells have it."""

    exit_code = 127


class NotExecutable(Failed):
    """The command is there and cannot be run: 126, as shells have it."""

    exit_code = 126


@dataclass(frozen=True, slots=True)
class Kept:
    """What the keeper has laid ready: a folder, and the URL of its endpoint if it serves one."""

    folder: Path
    url: str | None


def start_keeper(asked: Mapping[str, Any]) -> Kept:
    """Start the keeper of this process, which is about to become the command. Raises `Failed`."""
    process = subprocess.Popen(
        _KEEPER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd="/"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin:
        json.dump({**asked, "process_id": os.getpid()}, process.stdin)
    with process.stdout:
        line = process.stdout.readline()
    process.wait()
    try:
        ready = json.loads(line)
    except ValueError:
        raise Failed("the keeper of the credentials did not start") from None
    return Kept(Path(ready["folder"]), ready.get("url"))


def environment(before: Mapping[str, str], role: str, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command that runs under a role, with `more` in it. Pure."""
    kept = {name: value for name, value in before.items() if name not in _REMOVED}
    # Older SDKs for Go read no config file without it.
    return {**kept, "AWS_SDK_LOAD_CONFIG": "1", INSIDE: role, **more}


def leading_to(kept: Kept, files: Mapping[str, Path]) -> dict[str, str]:
    """The variables that lead every SDK to what the keeper has laid ready.

    `files` are the person's own files by variable; ssohelper goes on using those inside. The token stands in a
    variable as well as in a file: older SDKs (AWS CLI before 2.15, Java before 2.25) know of no file.
    """
    copies = {variable: str(kept.folder / variable) for variable in files}
    own = {f"SSOHELPER_{variable}": str(path) for variable, path in files.items()}
    if kept.url is None:
        return copies | own
    token = kept.folder / "token"
    return {
        **copies,
        **own,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": kept.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token.read_text(encoding="ascii"),
    }


def serves(environment: Mapping[str, str], role: str) -> bool:
    """Whether we are inside of a command that has this very role from an endpoint, and nothing goes before that."""
    url = urlsplit(environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""))
    others = {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"}
    if environment.get(INSIDE) != role or not url.port or others & environment.keys():
        return False
    try:
        socket.create_connection(("127.0.0.1", url.port), timeout=1).close()
    except OSError:  # its keeper was killed
        return False
    return True


def become(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Be the command from here on. Raises `NotFound`, `NotExecutable`."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), dict(environment))  # noqa: S606 (no shell, as it should be)
    except OSError as error:
        raise why_not(words[0], error) from error


def why_not(program: str, error: OSError) -> SsohelperError:
    """Why a command does not start, with the exit code that shells have for it."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound(f"there is no command {program!r}")
    return NotExecutable(f"{program!r} cannot be run: {(error.strerror or str(error)).lower()}")
