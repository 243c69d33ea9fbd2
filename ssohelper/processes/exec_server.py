"""The keeper of one job, a program of its own: `python -m ssohelper.processes.exec_server`, started by `ssohelper exec`.

No command of the group: it loads neither click nor an AWS SDK, since it may wait for days. On stdin it is told, as
JSON, what to keep; on stdout it says, as JSON, where its folder and its endpoint are; then it is on its own.
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
from ssohelper.refresher import notify, private_folder, worker
from ssohelper.refresher.exec_server import Doors, Job, Keeper
from ssohelper.ui import terminal


def main() -> int:
    """Keep what stdin says, for as long as its process lives."""
    asked = json.load(sys.stdin)
    # The first process ends at once: a job that waits for its children must not find one that it never started.
    if os.fork():
        os._exit(0)
    try:
        with private_folder.made() as folder:
            # Not closed: asyncio would complain, on the job's terminal, of whoever is connected just then.
            asyncio.new_event_loop().run_until_complete(_keep(asked, folder))
    except SsohelperError as error:
        terminal.complain(error)
        return error.exit_code
    os._exit(0)


async def _keep(asked: dict[str, Any], folder: Path) -> None:
    job = Job(
        asked["session"], asked["account_id"], asked["role_name"], asked["process_id"], Path(asked["token_path"])
    )
    keeper = Keeper(job, Doors(time.time, worker.renew, _tell), asked["answer"], asked["token_ends"])
    ready = {"folder": str(folder)}
    for name, text in asked["files"].items():
        private_folder.write(folder / name, text.encode("utf-8", "surrogateescape"))
    if asked["endpoint"]:
        token = secrets.token_urlsafe(32)
        private_folder.write(folder / "token", token.encode())  # without a line end: SDKs would send it along
        ready["url"] = await keeper.serve(token)
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    _let_go_of_stdout()
    await keeper.keep()


def _let_go_of_stdout() -> None:
    """Whoever reads it shall not wait for us."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 0)
    os.close(nowhere)


def _tell(message: str, hint: str | None) -> None:
    terminal.say(message)
    if hint:
        terminal.hint(hint)
    notify.notify("ssohelper", message)


if __name__ == "__main__":
    sys.exit(main())
