"""The kernel's lock on an open file, which it releases when the last process that has the handle ends."""

import os
import sys


def acquire(handle: int) -> bool | None:
    """Acquire the lock if no process holds it. Returns whether that succeeded; None if there are no locks here."""
    try:
        return _acquire(handle)
    except (OSError, ImportError):  # a file system without locks, or out of them; a system without the module
        return None


if sys.platform != "win32":

    def _acquire(handle: int) -> bool:
        import fcntl

        try:
            # Not lockf: closing any other handle on the same file would release it.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

else:
    import msvcrt

    def _acquire(handle: int) -> bool:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
