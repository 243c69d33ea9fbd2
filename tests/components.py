"""Real components that tests use beyond Python: found, or the test is skipped with the reason.

With SSOHELPER_REQUIRE_ALL set, as continuous integration has it, a missing component is a failure: nothing that is
skipped there by accident can pass for tested.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest


def need(program: str) -> str:
    """The path of a program: beside this Python, or on PATH."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        absent(f"{program} is not installed")
    return found


def absent(reason: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get("SSOHELPER_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)
