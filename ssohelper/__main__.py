"""`python -m ssohelper`, and the entry point of the `ssohelper` command."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:2] == ["credential-process"] and _answered_quickly(sys.argv[2:]):
        code = 0
    else:
        from ssohelper.cli import run  # here, so that importing this module stays free of click

        relax_collector()
        code = run(sys.argv[1:])
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
