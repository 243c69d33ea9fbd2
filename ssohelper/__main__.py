"""`python -m ssohelper`, and the entry point of the `ssohelper` command."""

import gc
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:2] == ["credential-process"] and _answered_quickly(sys.argv[2:]):
        return
    relax_collector()
    from ssohelper.cli import run  # here, so that importing this module stays free of click

    sys.exit(run(sys.argv[1:]))


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


if __name__ == "__main__":
    main()
