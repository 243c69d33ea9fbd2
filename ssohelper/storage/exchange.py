"""Exchanges two files atomically, where the platform can."""

import os
import sys
from pathlib import Path
from typing import Any

# Numbers of the system call renameat2: musl, and glibc before 2.28, have no function for it.
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276, "ppc64le": 357, "s390x": 347}


def exchange(one: Path, other: Path) -> bool:
    """Exchange two files atomically. False if this platform or file system cannot."""
    if sys.platform == "win32":
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        return exchange_on_linux(libc, first, second)
    if hasattr(libc, "renamex_np"):  # macOS: renamex_np(2), RENAME_SWAP is 2
        return bool(libc.renamex_np(first, second, 2) == 0)
    return False


def exchange_on_linux(libc: Any, first: bytes, second: bytes) -> bool:
    """Exchange two files atomically with renameat2(2). AT_FDCWD is -100, RENAME_EXCHANGE is 2."""
    import ctypes

    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(-100, first, -100, second, 2) == 0)
    import platform  # slow to load

    number = _RENAMEAT2.get(platform.machine()) if sys.maxsize > 2**32 else None
    here, swap = ctypes.c_long(-100), ctypes.c_long(2)
    return number is not None and libc.syscall(ctypes.c_long(number), here, first, here, second, swap) == 0
