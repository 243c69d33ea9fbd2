"""Turns the error that ends a command into a message and an exit code."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ssohelper.errors import Failed, SsohelperError
from ssohelper.storage import paths
from ssohelper.ui import terminal


def run(work: Callable[[], object]) -> int:
    """Do the work of a command, and print its error, if any. Returns the exit code: `work`'s own, if it has one."""
    try:
        result = work()
    except SsohelperError as error:
        terminal.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        terminal.say("cancelled")
        return 130
    except BrokenPipeError:  # the reader of our output has closed it, as `head` does
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 (for the interpreter's last flush)
        return 1
    except Exception as error:  # noqa: BLE001 (a bug: report it in one line, without the locals of a traceback)
        return _unexpected(error)
    return result if isinstance(result, int) else 0


def _unexpected(error: Exception) -> int:
    """Report an exception that ssohelper does not define. Returns the exit code."""
    import traceback

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG) and not error.filename:
        terminal.error(Failed(f"can't write the output: {(error.strerror or '').lower()}"))
        return 1

    if os.environ.get("SSOHELPER_TRACEBACK"):
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.strerror:  # what this machine lacks: files, memory, permissions
        place = f": {paths.shown(Path(os.fsdecode(error.filename)))}" if error.filename else ""
        terminal.error(Failed(f"{error.strerror.lower()}{place}"))
        return 1
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}, line {last.lineno}"
    terminal.error(
        SsohelperError(
            f"this is a bug in ssohelper: {type(error).__name__} in {where}",
            hint="run it again with SSOHELPER_TRACEBACK=1 and report what it prints",
        )
    )
    return 1
