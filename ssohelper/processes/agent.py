"""The process of the agent: `python -m ssohelper.processes.agent`, started by `ssohelper agent run` and `start`.

It loads neither click nor an AWS SDK, since it may run for weeks.
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
from ssohelper.processes import refresh_worker_command
from ssohelper.refresher import agent, notify
from ssohelper.refresher.agent_process import LOCK
from ssohelper.refresher.worker import Worker
from ssohelper.storage import files, flock, locks, paths
from ssohelper.ui import terminal

# A report that is overwritten in whole blocks needs no free space on the disk.
_BLOCK_BYTES = 4096


def main() -> int:
    """Run the agent until it is stopped."""
    try:
        with locks.held(LOCK, waiting=lambda _process: None, deadline=0) as handle, suppress(asyncio.CancelledError):
            if flock.acquire(handle) is None:  # without a lock, nobody could find this process to stop it
                raise Failed("the agent needs file locks, which this system does not support for its state folder")
            asyncio.run(_run())
    except Unavailable:
        terminal.error(Failed("agent is already running", hint="ssohelper agent status"))
        return 1
    except SsohelperError as error:
        terminal.error(error)
        return error.exit_code
    return 0


async def _run() -> None:
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    _log("agent started")
    refresh_all = Worker(refresh_worker_command()).refresh_all
    actions = agent.AgentActions(time.time, refresh_all, _folders, _notify, _log, _report)
    try:
        await agent.Agent(actions).run()
    finally:
        _log("agent stopped")


def _folders() -> Iterable[Path]:
    with suppress(Failed):
        files.make_folder(paths.recent_roles())
        files.make_folder(paths.refresh_history())
    return (
        paths.sso_cache(),
        paths.aws_config().parent,
        paths.settings().parent,
        paths.recent_roles(),
        paths.refresh_history(),
    )


def _notify(message: str, hint: str | None) -> None:
    _log(message)
    notify.notify("ssohelper", f"{message}\n{hint}" if hint else message)


def _log(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {terminal.plain(message)}\n")
    sys.stderr.flush()


def _report(report: dict[str, Any]) -> None:
    data = json.dumps({"process_id": os.getpid(), **report}).encode()
    data += b" " * (-len(data) % _BLOCK_BYTES)
    try:
        files.replace(paths.agent(), data, private=True)
    except Failed:  # most likely the disk is full, and the report says so: overwrite the last one in place
        with suppress(Failed):
            files.overwrite(paths.agent(), data)


if __name__ == "__main__":
    sys.exit(main())
