"""Our own program: its path, and the `credential_process` lines that run it."""

import os
import re
import sys
from pathlib import Path

from ssohelper import hints
from ssohelper.errors import BadInput, Failed
from ssohelper.roles import AssumedRole, CredentialSource
from ssohelper.settings.model import Settings

# The words before a role's options: the launcher, or the program and its command.
Command = tuple[str, ...]

_LAUNCHER = "ssohelper-credential-process"
# The environments that `uvx` and `pipx run` install programs into, and may delete, by the names of their folders:
# uv's cache can be anywhere (UV_CACHE_DIR), but its parts have these names (uv 0.13); pipx names an environment by
# the first 15 hexadecimal digits of a hash (pipx 1.18), in ~/.cache/pipx, or .cache of PIPX_HOME.
_CACHES = {
    "uv": re.compile(r"[/\\](archive|builds|environments)-v\d+[/\\][^/\\]+[/\\](bin|Scripts)[/\\]"),
    "pipx": re.compile(r"[/\\](pipx|\.cache|Cache)[/\\][0-9a-f]{15}[/\\](bin|Scripts)[/\\]"),
}
# The commands that install a program for good, instead of into the tool's cache.
INSTALL = {"uv": "uv tool install", "pipx": "pipx install"}
_PLAIN_ARGUMENT = re.compile(r"[A-Za-z0-9_@+=:,./-]+")  # no %: cmd.exe expands it
# SDKs on Windows do not treat a backslash in a path as an escape.
_PLAIN_PROGRAM = re.compile(rf"[A-Za-z0-9_@+=:,./{re.escape(os.sep)}-]+")


def command_of(settings: Settings) -> Command:
    """The launcher beside the program, if there is one and sh can run it; else the program itself.

    Raises `BadInput` if config.toml names a program that does not exist.
    """
    program = settings.program or path()
    if not Path(program).exists():
        raise BadInput(f"program not found: {program}", hint='in config.toml: program = "/..."')
    for folder in (Path(program).parent, Path(program).resolve().parent):
        launcher = folder / _LAUNCHER
        if sys.platform != "win32" and launcher.exists():
            return (str(launcher),)
    return (program, "credential-process")


def path() -> str:
    """The absolute path of the running `ssohelper`, as it is on PATH: a link there outlives an upgrade."""
    called = Path(sys.argv[0])
    if called.stem == "ssohelper":
        return str(_with_exe(called.absolute()))
    beside = _with_exe(Path(sys.executable).with_name("ssohelper"))
    return str(beside) if beside.exists() else _which() or str(beside)


def _which(path: str | None = None) -> str | None:
    """The `ssohelper` on a search path, by default PATH."""
    import shutil  # slow to load, and rarely needed

    return shutil.which("ssohelper", path=path)


def _with_exe(program: Path) -> Path:
    """The file of a program: on Windows, the scripts that pip makes see their own path without `.exe`."""
    with_suffix = program.with_name(f"{program.name}.exe")
    return with_suffix if with_suffix.exists() and not program.exists() else program


def check_permanent(program: str) -> None:
    """Raise `Failed` if a program lies in the cache of uv or pipx: a file must not name it."""
    cache = cache_of(program)
    if cache:
        installed = _installed()
        install = f"install ssohelper with `{INSTALL[cache]}` (see README), then run the command again"
        raise Failed(
            f"ssohelper runs from {cache}'s cache, which may be deleted: its path cannot be saved",
            hint=hints.shell(installed, *sys.argv[1:]) if installed else install,
        )


def _installed() -> str | None:
    """An `ssohelper` on PATH that is in no cache."""
    found = (_which(folder) for folder in os.environ.get("PATH", "").split(os.pathsep))
    return next((each for each in found if each and not cache_of(each)), None)


def cache_of(program: str) -> str | None:
    """The tool in whose cache a program lies, which may delete it: uv or pipx; None for any other program."""
    names = (program, str(Path(program).resolve()))
    return next((tool for tool, folder in _CACHES.items() if any(map(folder.search, names))), None)


def credential_process(command: Command, role: CredentialSource) -> str:
    """The `credential_process` line for a role: an absolute path and plain arguments, in quotes if one has spaces.

    An assumed role is named by the requested profile.

    Each SDK splits or runs this line in its own way (shlex, `sh -c`, `cmd /C`), so it must not contain anything that
    they read differently. Raises `BadInput` if it would.
    """
    program, *_ = command
    words = (*command, *_options(role))
    if not Path(program).is_absolute():
        raise BadInput(
            f"cannot use {program!r} in credential_process: not an absolute path",
            hint="set `program` in config.toml to the absolute path of ssohelper, or use --style sso",
        )
    return " ".join(_argument(word, of_program=word in command) for word in words)


def _options(role: CredentialSource) -> tuple[str, ...]:
    if isinstance(role, AssumedRole):
        return "--profile", role.settings_profile
    return "--session", role.session, "--account-id", role.account_id, "--role-name", role.role_name


def _argument(word: str, *, of_program: bool) -> str:
    if (_PLAIN_PROGRAM if of_program else _PLAIN_ARGUMENT).fullmatch(word):
        return word
    # Quotes around the program itself would confuse cmd.exe.
    if not of_program and all(map(_PLAIN_ARGUMENT.fullmatch, word.split(" "))):
        return f'"{word}"'
    raise BadInput(
        f"cannot use {word!r} in credential_process: some SDKs would read it differently",
        hint="set `program` in config.toml to a path without spaces, or use --style sso"
        if of_program
        else "use --style sso",
    )
