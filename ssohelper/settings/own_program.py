"""What the `credential_process` lines that we write are to run."""

import os
import shutil
import sys
from pathlib import Path

from ssohelper.errors import BadInput
from ssohelper.settings.model import Settings

# The words before a role's options: the launcher, or the program and its command.
Command = tuple[str, ...]

_LAUNCHER = "ssohelper-credential-process"


def command_of(settings: Settings) -> Command:
    """The launcher beside the program, where there is one and sh can run it; else the program itself.

    Raises `BadInput` where config.toml names a program that is not there.
    """
    called = settings.program or path()
    if not Path(called).exists():
        raise BadInput(f"{called}, which profiles are to call, is not there", hint='in config.toml: program = "/..."')
    for folder in (Path(called).parent, Path(called).resolve().parent):
        launcher = folder / _LAUNCHER
        if os.name == "posix" and launcher.exists():
            return (str(launcher),)
    return (called, "credential-process")


def path() -> str:
    """The absolute path of the `ssohelper` that runs, as it stands on PATH: a link there outlives an upgrade."""
    called = Path(sys.argv[0])
    if called.stem == "ssohelper":
        return str(called.absolute())
    beside = Path(sys.executable).with_name("ssohelper")
    return str(beside) if beside.exists() else shutil.which("ssohelper") or str(beside)
