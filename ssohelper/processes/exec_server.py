"""The process of the exec server: `python -m ssohelper.processes.exec_server`, started by `ssohelper exec`.

It loads neither click nor an AWS SDK, since it may run for days. It reads a request from stdin, as JSON (see
`commands/exec.py`), and prints the path of its folder and its URL, as JSON; then it detaches itself.
"""

import asyncio
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from ssohelper.errors import SsohelperError
from ssohelper.model import Session, parse_source
from ssohelper.processes import refresh_worker_command
from ssohelper.refresher import notify, private_folder
from ssohelper.refresher.exec_server import ExecServer, ExecServerActions, Job
from ssohelper.refresher.worker import Worker
from ssohelper.ui import terminal

assert sys.platform != "win32"


def main() -> int:
    """Keep the credentials fresh that stdin names, while the job runs."""
    request = json.load(sys.stdin)
    # The first process ends at once: a job that waits for its children must not find one that it never started.
    if os.fork():
        os._exit(0)
    try:
        with private_folder.create() as folder:
            # Not closed: asyncio would complain, on the job's terminal, of clients that are connected just then.
            asyncio.new_event_loop().run_until_complete(_run(request, folder))
    except SsohelperError as error:
        terminal.error(error)
        return error.exit_code
    os._exit(0)


async def _run(request: dict[str, Any], folder: Path) -> None:
    role = parse_source(request["role"])
    assert role is not None
    job = Job(role, request["process_id"], Path(request["token_path"]))
    actions = ExecServerActions(
        time.time, Worker(refresh_worker_command(), Session.from_dict(request["session"])).refresh, _notify
    )
    server = ExecServer(job, actions, request["answer"], request["token_expires_at"])
    ready = {"folder": str(folder)}
    contents = {name: text.encode("utf-8", "surrogateescape") for name, text in request["files"].items()}
    private_folder.write_all(folder, contents)
    if request["endpoint"]:
        token = secrets.token_urlsafe(32)
        private_folder.write(folder / "token", token.encode())  # without a line end: SDKs would send it along
        ready["url"] = await server.serve(token)
    try:
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # `exec` was ended before the command began
        return
    _detach()
    await server.run()


def _detach() -> None:
    """Release stdin and stdout, so that a process that reads our output does not wait for us."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 0)
    os.close(null)


def _notify(message: str, hint: str | None) -> None:
    terminal.warn(message)
    if hint:
        terminal.hint(hint)
    notify.notify("ssohelper", message)


if __name__ == "__main__":
    sys.exit(main())
