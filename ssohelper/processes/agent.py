"""The agent, a program of its own: `python -m ssohelper.processes.agent`, by `ssohelper agent run` and `start`.

No command of the group: it loads neither click nor an AWS SDK, since it stays.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper.errors import Failed, SsohelperError, Unavailable
from ssohelper.refresher import agent, notify, worker
from ssohelper.storage import files, locks, paths
from ssohelper.ui import terminal

LOCK = "agent"
# In what is written over a file by whole blocks nothing has to be found a place for.
_BLOCK_BYTES = 4096


def main() -> int:
    """Keep everything fresh until somebody ends it."""
    try:
        with locks.held(LOCK, waiting=lambda _who: None, deadline=0), suppress(asyncio.CancelledError):
            asyncio.run(_run())
    except Unavailable:
        terminal.complain(Failed("the agent runs already", hint="ssohelper agent status"))
        return 1
    except SsohelperError as error:
        terminal.complain(error)
        return error.exit_code
    return 0


async def _run() -> None:
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    _log("the agent begins")
    doors = agent.Doors(time.time, _look, _folders, _tell, _log, _report)
    try:
        await agent.Agent(doors).run()
    finally:
        _log("the agent ends")


async def _look(roles: int) -> list[worker.Renewed]:
    return await worker.renew_everything(roles)


def _folders() -> Iterable[Path]:
    with suppress(Failed):
        files.make_folder(paths.used())
        files.make_folder(paths.renewals())
    return (paths.sso_cache(), paths.aws_config().parent, paths.settings().parent, paths.used(), paths.renewals())


def _tell(message: str, hint: str | None) -> None:
    _log(message)
    notify.notify("ssohelper", f"{message}\n{hint}" if hint else message)


def _log(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {terminal.plain(message)}\n")
    sys.stderr.flush()


def _report(facts: dict[str, Any]) -> None:
    data = json.dumps({"process_id": os.getpid(), **facts}).encode()
    data += b" " * (-len(data) % _BLOCK_BYTES)
    try:
        files.replace(paths.agent(), data, private=True)
    except Failed:  # most likely the disk is full, and that is just what is to be told: over the last report
        with suppress(OSError), paths.agent().open("r+b") as file:
            file.write(data)
            file.truncate()


if __name__ == "__main__":
    sys.exit(main())
