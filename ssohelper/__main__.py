"""`python -m ssohelper`, and the entry point of the `ssohelper` command."""

import codecs
import gc
import os
import sys
from io import TextIOWrapper

from ssohelper import __version__

# The width that `--help` needs.
_HELP_COLUMNS = 80


class Terminated(BaseException):
    """A signal asked this process to end."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _choose_encodings()
    command, words = "".join(sys.argv[1:2]), sys.argv[2:]
    code = 0
    try:
        if command not in _WITHOUT_A_COMMAND or not _WITHOUT_A_COMMAND[command](words):
            relax_garbage_collection()
            _handle_signals()
            code = _run(command, words)
    except Terminated as terminated:
        _kill_self(terminated.signal_number)
    except KeyboardInterrupt:  # before `run` could handle it
        code = 130
        if sys.platform != "win32":
            import signal

            _kill_self(signal.SIGINT)
    _exit(code)


def _choose_encodings() -> None:
    """Use the console's encoding on Windows, and replace characters that a stream cannot encode.

    PowerShell decodes what a program writes to a pipe in the code page of the console, which is not the one that
    Python chooses: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.encoding == "utf-8":
                stream.reconfigure(errors="surrogateescape")  # names of files have any bytes
            else:
                stream.reconfigure(encoding=_console_encoding(), errors="replace")


def _console_encoding() -> str | None:
    """The encoding of the console on Windows; None for the one that a stream already has."""
    if sys.platform != "win32":
        return None
    import ctypes

    name = f"cp{ctypes.windll.kernel32.GetConsoleOutputCP()}"
    try:
        return codecs.lookup(name).name
    except LookupError:  # there is no console, or Python does not have its code page
        return None


def relax_garbage_collection() -> None:
    """Let the garbage collector look for reference cycles rarely.

    A command is short, makes almost no cycles, and may hold ten thousand profiles. With the defaults they are
    traversed again and again: a third of the time of a sync, and it grows faster than their number.
    """
    gc.set_threshold(100_000, 50, 100)


def _run(command: str, words: list[str]) -> int:
    """Run a command, without click if possible: this module must load without it. Returns the exit code."""
    if command in _EXACT_FORMS:
        from ssohelper.actions import exact_forms

        code = exact_forms.run(command, words)
        if code is not None:
            return code
    from ssohelper import cli

    return cli.run(sys.argv[1:])


def _print_prepared_answer(words: list[str]) -> bool:
    """Print the prepared answer to `credential-process WORDS` if it is fresh, without loading anything slow."""
    from ssohelper.credentials import prepared

    answer = prepared.lookup(words)
    return answer is not None and _written(f"{answer}\n")


def _print_completions(words: list[str]) -> bool:
    """Print the completions for `complete SHELL -- WORDS` if the AWS config file is all that is needed."""
    from ssohelper.shell import completions

    typed, kept = completions.rejoin(words[0], words[2:] or [""]) if words[1:2] == ["--"] else ([], "")
    found = completions.for_shell(words[0], typed)
    return found is not None and _written(completions.output(words[0], found, kept))


def _print_help(words: list[str]) -> bool:
    """Print the stored `--help`, which is the same for every width from 80 columns on."""
    if words or _columns() < _HELP_COLUMNS:
        return False
    try:
        with open(f"{__file__.removesuffix('__main__.py')}help.txt", encoding="utf-8") as file:  # noqa: PTH123
            return _written(file.read())
    except OSError:  # the package is in a zip file
        return False


def _columns() -> int:
    """The width of the terminal, as `shutil.get_terminal_size` says, which is slow to load."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(1).columns or _HELP_COLUMNS
    except OSError:
        return _HELP_COLUMNS


def _print_version(words: list[str]) -> bool:
    """Print the version."""
    return not words and _written(f"ssohelper {__version__}\n")


def _written(text: str) -> bool:
    """Whether stdout takes the text; if it does not, the command itself says why."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, AttributeError):  # a stream that was closed at the start is None
        return False
    return True


# Answered here, without loading a command. Each returns False if it cannot.
_WITHOUT_A_COMMAND = {
    "credential-process": _print_prepared_answer,
    "complete": _print_completions,
    "--help": _print_help,
    "-h": _print_help,
    "--version": _print_version,
}

# Commands with a form that needs no click, see `actions/exact_forms.py`.
_EXACT_FORMS = frozenset(
    {"status", "profiles", "list", "roles", "whoami", "env", "console", "exec", "credential-process"}
)


def _handle_signals() -> None:
    """Turn the signals that end a process into exceptions, so that a critical section is completed first.

    Otherwise closing the terminal (SIGHUP) or a shutdown (SIGTERM) during a token refresh would lose the sign-in.
    """
    import signal

    def terminate(number: int, _frame: object) -> None:
        raise Terminated(number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, terminate)


def _kill_self(number: int) -> None:
    """End by the signal itself, so that the parent process sees which one it was."""
    import signal

    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _exit(code: int) -> None:
    """End the process at once: unloading a hundred modules takes longer than most commands."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # a stream that was closed at the start is None
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader has closed it
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
