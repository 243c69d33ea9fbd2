"""Whether another process lives, without asking again and again."""

import asyncio
import os
import select
import sys

_POLL_SECONDS = 1.0


async def ended(process_id: int) -> None:
    """Return when a process has ended, or is not there."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    try:
        handle = _handle(process_id)
    except ProcessLookupError:
        return
    if handle is None:
        while _lives(process_id):  # noqa: ASYNC110 (nobody here could set an event)
            await asyncio.sleep(_POLL_SECONDS)
        return
    loop.add_reader(handle, over.cancel)
    try:
        await asyncio.wait((over,))
    finally:
        loop.remove_reader(handle)
        os.close(handle)


if sys.platform == "linux":

    def _handle(process_id: int) -> int | None:
        """A file that can be read once the process has ended; None where the kernel is older than 5.3."""
        try:
            return os.pidfd_open(process_id)
        except ProcessLookupError:
            raise
        except OSError:
            return None

elif sys.platform == "darwin":

    def _handle(process_id: int) -> int | None:
        """A file that can be read once the process has ended."""
        queue = select.kqueue()
        event = select.kevent(process_id, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        queue.control([event], 0)
        return os.dup(queue.fileno())

else:

    def _handle(process_id: int) -> int | None:
        """There is none here. Raises NotImplementedError: on Windows even to ask for a process may end it."""
        raise NotImplementedError(f"no way to wait for process {process_id} on {sys.platform}")


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
