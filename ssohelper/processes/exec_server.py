"""The process of the exec server: `python -m ssohelper.processes.exec_server`, started by `ssohelper exec`.

It loads neither click nor an AWS SDK, since it may run for days. It reads a request from stdin, as JSON (see
`job.start_server`), and inherits the job's socket and the lock of its folder. A job that has its credentials in
variables needs it only to delete the folder: its request names no role.
"""

import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from ssohelper.model import Session
from ssohelper.processes import refresh_worker_command
from ssohelper.refresher import notify, private_folder, process_exit
from ssohelper.refresher.exec_server import ExecServer, ExecServerActions, Job
from ssohelper.refresher.worker import Worker
from ssohelper.roles import parse_source
from ssohelper.ui import terminal

assert sys.platform != "win32"


def main() -> None:
    """Refresh the credentials that the request names until the job ends, then delete its folder."""
    text = sys.stdin.read()
    if not text:  # `exec` was killed before it wrote the request
        return
    request = json.loads(text)
    # The lock is held until this process ends: no worker may have it for longer.
    for handle in request["handles"].values():
        os.set_inheritable(handle, False)
    try:
        # Not closed: asyncio would complain, on the job's terminal, of clients that are connected just then.
        asyncio.new_event_loop().run_until_complete(_run(request))
    finally:
        private_folder.delete(Path(request["folder"]))
    os._exit(0)


async def _run(request: dict[str, Any]) -> None:
    handles = request["handles"]
    if "role" not in request:
        await process_exit.wait_for_exit(request["process_id"], handles.get("process"))
        return
    role = parse_source(request["role"])
    assert role is not None
    job = Job(role, request["process_id"], Path(request["watched_path"]), handles.get("process"))
    actions = ExecServerActions(
        time.time, Worker(refresh_worker_command(), Session.from_dict(request["session"])).refresh, _notify
    )
    server = ExecServer(job, actions, request["answer"], request["token_expires_at"], request["notify_at"])
    if "socket" in handles:
        await server.serve(request["token"], socket.socket(fileno=handles["socket"]))
    await server.run()


def _notify(message: str, hint: str | None) -> None:
    terminal.warn(message)
    if hint:
        terminal.hint(hint)
    notify.notify("ssohelper", message)


if __name__ == "__main__":
    main()
