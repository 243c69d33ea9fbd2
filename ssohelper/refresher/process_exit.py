"""Waits for the end of another process, which is not a child; without polling if the system can do that."""

import os
import select
import sys

_POLL_SECONDS = 1.0


async def wait_for_exit(process_id: int, handle: int | None = None) -> None:
    """Return when the process has ended; at once if it does not exist.

    `handle` is its `own_exit_handle`, which cannot mean a later process with the same id; it is closed.
    """
    import asyncio  # slow to load, and not needed to get a handle

    loop = asyncio.get_running_loop()
    end = loop.create_future()
    try:
        handle = _handle(process_id) if handle is None else handle
    except ProcessLookupError:
        return
    if handle is None:
        while _is_running(process_id):  # noqa: ASYNC110 (nothing could set an event)
            await asyncio.sleep(_POLL_SECONDS)
        return
    loop.add_reader(handle, end.cancel)
    try:
        await asyncio.wait((end,))
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def own_exit_handle() -> int | None:
    """A handle with which another process can wait for the end of this one; None if the system has none."""
    return _handle(os.getpid()) if sys.platform == "linux" else None  # a kqueue is not inherited


if sys.platform == "linux":

    def _handle(process_id: int) -> int | None:
        """A descriptor that is readable when the process has ended; None if the kernel is older than 5.3."""
        try:
            return os.pidfd_open(process_id)
        except ProcessLookupError:
            raise
        except OSError:
            return None

elif sys.platform == "win32":

    def _handle(process_id: int) -> int | None:
        """Raises NotImplementedError: on Windows, `os.kill(process_id, 0)` ends the process."""
        raise NotImplementedError(f"no way to wait for process {process_id} on Windows")

else:

    def _handle(process_id: int) -> int | None:
        """A descriptor that is readable when the process has ended, with kqueue; None if there is none."""
        if not hasattr(select, "kqueue"):
            return None
        queue = select.kqueue()
        event = select.kevent(process_id, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        try:
            queue.control([event], 0)
        except ProcessLookupError:
            raise
        except OSError:  # a process of another user
            return None
        return os.dup(queue.fileno())


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True
