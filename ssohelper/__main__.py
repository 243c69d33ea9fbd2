"""`python -m ssohelper`, and the entry point of the `ssohelper` command."""

import gc
import os
import sys


class Ended(BaseException):
    """A signal asked this process to end."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


def main() -> None:
    """Run the command line and end the process with its exit code."""
    quick = {"credential-process": _answered_quickly, "complete": _offered_quickly}.get("".join(sys.argv[1:2]))
    if quick is not None and quick(sys.argv[2:]):
        code = 0
    else:
        relax_collector()
        _hear_signals()
        try:
            from ssohelper.cli import run  # here, so that importing this module stays free of click

            code = run(sys.argv[1:])
        except Ended as ended:
            _die_of(ended.signal_number)
        except KeyboardInterrupt:  # before there was anything to cancel
            code = 130
            if os.name == "posix":
                import signal

                _die_of(signal.SIGINT)
    _end(code)


def relax_collector() -> None:
    """Let the collector of reference cycles run rarely.

    A command is short, makes next to no cycles, and may hold ten thousand profiles: by default they would be walked
    again and again, which costs a third of a sync's time and grows faster than their number.
    """
    gc.set_threshold(100_000, 50, 100)


def _answered_quickly(words: list[str]) -> bool:
    """Print the answer that is prepared for these words, if there is a fresh one, before anything heavy is loaded."""
    from ssohelper.credentials import prepared

    answer = prepared.quick(words)
    if answer is not None:
        sys.stdout.write(f"{answer}\n")
    return answer is not None


def _offered_quickly(words: list[str]) -> bool:
    """Print what TAB offers, `words` being `SHELL -- WORDS`, where that takes no more than a look at the config."""
    from ssohelper.shell import completions

    typed, granted = completions.joined(words[0], words[2:] or [""]) if words[1:2] == ["--"] else ([], "")
    found = completions.quick(typed)
    if found is not None:
        sys.stdout.write(completions.lines(words[0], found, granted))
    return found is not None


def _hear_signals() -> None:
    """Let the signals that end a process be exceptions: what must be seen through is, and what was begun is put away.

    Whoever closes a terminal (SIGHUP) or shuts a machine down (SIGTERM) amid a renewal would lose the sign-in.
    """
    import signal

    def end(number: int, _frame: object) -> None:
        raise Ended(number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, end)


def _die_of(number: int) -> None:
    """End as if the signal had not been heard: that is what the parent process is to see."""
    import signal

    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _end(code: int) -> None:
    """End the process at once: to take a hundred modules apart first takes longer than most commands."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # a stream that was closed at the start is None
        try:
            stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
